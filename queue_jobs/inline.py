"""One job without a queue: read a file, run a tool, leave the artifacts in a folder."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core import Outcome, ParamsError, UnreadableFile
from core.params import parse
from queue_jobs.chain import run_and_write
from queue_jobs.tools import transformer
from store.readers import Reading, read_table


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
    result = read_table(existing(file), file.name, reading)
    second = None
    if reference is not None:
        second = read_table(existing(reference), reference.name, Reading()).table
    read_seconds = time.perf_counter() - started
    out.mkdir(parents=True, exist_ok=True)

    outcome = run_and_write(chain, choice, result.table, second, out)
    return InlineRun(outcome, result.rejected.height, read_seconds, out)


def existing(path: Path) -> Path:
    """The path itself. Raises UnreadableFile when there is no such file."""
    if not path.is_file():
        raise UnreadableFile("empty", f"There is no file '{path}'.")
    return path


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
