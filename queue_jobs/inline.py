"""One job without a queue: read a file, run a tool, leave the artifacts in a folder."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from core import Outcome, ParamsError, Settings, Table, Work
from core.params import parse
from queue_jobs.chain import run_and_write
from queue_jobs.limited_child import Limits, existing, read_limited
from queue_jobs.tools import transformer
from store.readers import Reading
from store.readers.ingest import TABLE


@dataclass(frozen=True)
class InlineRun:
    """What one run on the command line gave."""

    outcome: Outcome
    rejected: int
    read_seconds: float
    out: Path


def load_params(text: str | None) -> dict[str, Any]:
    """Parameters from a JSON text or from the path of a JSON file. Raises ParamsError."""
    if not text:
        return {}
    source = text
    if not text.lstrip().startswith("{"):
        if not Path(text).is_file():
            raise ParamsError(f"--params is neither JSON nor a file: {text[:80]!r}.")
        source = Path(text).read_text(encoding="utf-8")
    try:
        values = json.loads(source)
    except json.JSONDecodeError as error:
        raise ParamsError(f"--params is not valid JSON: {error.msg} at {error.pos}.") from error
    if not isinstance(values, dict):
        raise ParamsError("--params must be a JSON object.")
    return values


def run_inline(
    tool: str, file: Path, reference: Path | None, params: Mapping[str, Any], out: Path
) -> InlineRun:
    """Run a tool on a file exactly as a worker would.

    `params` may hold "reading" (delimiter, encoding, header, sheet) beside the tool's own.
    Raises AssayError with the sentence that the page would show.
    """
    chain = transformer(tool)
    own = {name: value for name, value in params.items() if name != "reading"}
    choice = chain.choose(own)
    started = time.perf_counter()
    reading = parse(Reading, params.get("reading", {}), "reading")
    table, rejected = read_file(file, reading)
    second = read_file(reference, Reading())[0] if reference else None
    read_seconds = time.perf_counter() - started
    out.mkdir(parents=True, exist_ok=True)

    work = Work.of(table, second, reading.model_dump())
    outcome = run_and_write(chain, choice, work, out)
    return InlineRun(outcome, rejected, read_seconds, out)


def read_file(file: Path, reading: Reading) -> tuple[Table, int]:
    """A file's table and how many records were set aside. Raises UnreadableFile."""
    limits = Limits.of(Settings.from_environment())
    with TemporaryDirectory() as folder:
        ingested = read_limited(existing(file), file.name, reading, Path(folder), limits)
        return pl.read_parquet(Path(folder) / TABLE), ingested.rows_rejected


def describe(run: InlineRun) -> str:
    """A short summary with the seconds of each step."""
    report = run.outcome.report
    lines = [
        f"{report.transformer}: {report.rows_in:,} rows in, {report.rows_out:,} out, "
        f"{run.rejected:,} rejected by the reader",
        f"  {run.read_seconds:8.3f} s  read",
        *(f"  {part.seconds:8.3f} s  {part.name}" for part in report.steps),
        f"  {report.seconds:8.3f} s  all steps",
        *(f"  {finding.severity}: {finding.message}" for finding in report.alerts[:5]),
        f"  artifacts in {run.out}",
    ]
    return "\n".join(lines)
