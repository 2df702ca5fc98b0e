"""Reading as a job does it, in a limited child, with the checks that hold for every file."""

import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import IO

import polars as pl

from core import ROW_ID, UnreadableFile
from queue_jobs.limited_child import Limits, read_limited
from store.readers import Reading
from store.readers.ingest import Ingested

SECONDS = 30
MEMORY_MB = 1_000
MAX_MESSAGE = 700
INTERNALS = ("Traceback", "Error", "polars", "pyarrow", "duckdb", "calamine", "site-packages")
LIMITS_HIT = {"timeout", "out_of_memory", "reader_crashed", "disk_full"}

Content = bytes | str | Callable[[IO[bytes]], object]


@dataclass(frozen=True)
class Outcome:
    """What became of a file: its cells with the names first, or why it was refused."""

    reason: str | None
    message: str
    cells: list[tuple[str | None, ...]]
    rejected: list[tuple[int, str, str]]
    findings: dict[str, str]
    dialect: dict[str, object]

    @property
    def texts(self) -> str:
        """All texts that are kept anywhere, one per line."""
        kept = [text for row in self.cells for text in row if text]
        return "\n".join([*kept, *(raw for _, raw, _ in self.rejected)])


def read_hostile(
    folder: Path, content: Content, name: str = "data.csv", **reading: object
) -> Outcome:
    """Read a file within SECONDS and MEMORY_MB; afterwards nothing but the tables may be left."""
    path, scratch = folder / "upload", Path(mkdtemp(dir=folder))
    with path.open("wb") as file:
        if callable(content):
            content(file)
        else:
            file.write(content.encode() if isinstance(content, str) else content)
    start = time.monotonic()
    chosen, limits = Reading.model_validate(reading), Limits(MEMORY_MB, SECONDS)
    try:
        found = read_limited(path, name, chosen, scratch, limits)
    except UnreadableFile as error:
        refusal = error
    else:
        return loaded(found, scratch, folder)
    finally:
        assert time.monotonic() - start < SECONDS + 2
    assert refusal.reason not in LIMITS_HIT, refusal.message
    assert list(scratch.iterdir()) == []
    check_sentence(refusal.message, folder)
    return Outcome(refusal.reason, refusal.message, [], [], {}, {})


def loaded(found: Ingested, scratch: Path, folder: Path) -> Outcome:
    """The tables that a reading left, and whether its books agree with them."""
    assert {left.name for left in scratch.iterdir()} == {"table.parquet", "rejected.parquet"}
    for finding in found.findings:
        check_sentence(finding.message, folder)
    table = pl.read_parquet(scratch / "table.parquet")
    assert table[ROW_ID].to_list() == list(range(found.rows))
    cells = [tuple(found.columns), *table.select(found.columns).rows()]
    rejected = pl.read_parquet(scratch / "rejected.parquet").rows()
    assert len(rejected) == found.rows_rejected == found.dialect["rows_rejected"]
    findings = {finding.code: finding.message for finding in found.findings}
    return Outcome(None, "", cells, rejected, findings, found.dialect)


def check_sentence(message: str, folder: Path) -> None:
    """A sentence of bounded length, without control characters, internals or places."""
    assert message.endswith(".")
    assert len(message) <= MAX_MESSAGE
    seen = message.replace("\u200c", "").replace("\u200d", "")
    assert not any(unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp", "Cs"} for c in seen)
    assert not any(word in message for word in INTERNALS)
    assert str(folder) not in message
