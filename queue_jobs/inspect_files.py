"""Reads files as a job would and tells how each went, one line of JSON per file."""

import contextlib
import json
import os
import sys
import time
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from core import ROW_ID, UnreadableFile
from queue_jobs.limited_child import Limits, existing, read_limited
from queue_jobs.logs import log
from queue_jobs.reading_process import end_servers
from store.readers import Reading
from store.readers.ingest import TABLE, Ingested, as_frame

AT_ONCE = 2
KEYS = ("rows", "columns", "rejected_rows", "dialect", "sheet", "reason", "message")
BROKE = "Something went wrong on our side while reading this file; the log says where."
NOT_WRITTEN = "The table was read, but its CSV could not be written ({reason})."


def inspect(files: Sequence[Path], limits: Limits, out: Path | None) -> Generator[str, None, None]:
    """One line of JSON per file, in their order, each as soon as it is known.

    `out` is a folder for the tables as CSV. No file ends the run: what cannot be read is refused
    with its reason. Two files are read at once, each in its own limited child.
    """
    targets = csv_names(files) if out else [None] * len(files)

    def line(file: Path, name: str | None) -> str:
        target = out / name if out and name else None
        return json.dumps({"file": str(file), **tell(file, limits, target)})

    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        yield from pool.map(line, files, targets)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        end_servers()
        pool.shutdown()


def csv_names(files: Sequence[Path]) -> list[str]:
    """A name for the CSV of each file; the second of two equal names becomes "name-2.csv"."""
    taken: set[str] = set()
    names = []
    for file in files:
        stem = file.name[:-4] if file.name.lower().endswith(".csv") else file.name
        end = file.name[len(stem) :] or ".csv"
        name, number = stem + end, 1
        while same(name) in taken:
            number += 1
            name = f"{stem}-{number}{end}"
        taken.add(same(name))
        names.append(name)
    return names


def same(name: str) -> str:
    """What two names have in common that are one file on this system."""
    return name if sys.platform == "linux" else name.casefold()


def tell(file: Path, limits: Limits, target: Path | None) -> dict[str, Any]:
    """Read one file and say how that went; write its table to `target`."""
    started = time.monotonic()
    facts: dict[str, Any] = dict.fromkeys(KEYS) | ({"table": None} if target else {})
    try:
        with TemporaryDirectory() as folder:
            name = os.fsencode(file.name).decode("utf-8", "replace")
            ingested = read_limited(existing(file), name, Reading(), Path(folder), limits)
            facts |= {"outcome": "loaded", **books(ingested)}
            if target:
                facts |= write(Path(folder) / TABLE, target)
    except UnreadableFile as error:
        facts |= {"outcome": "refused", "reason": error.reason, "message": error.message}
    except Exception:  # noqa: BLE001 - a bug costs one line, not those of the other files
        log.exception("inspect broke")
        facts |= {"outcome": "refused", "reason": "reader_crashed", "message": BROKE}
    return {"outcome": facts["outcome"], **facts, "seconds": round(time.monotonic() - started, 3)}


def books(ingested: Ingested) -> dict[str, Any]:
    """The shape of a table and how it was read."""
    return {
        "rows": ingested.rows,
        "columns": len(ingested.columns),
        "rejected_rows": ingested.rows_rejected,
        "dialect": ingested.dialect,
        "sheet": ingested.dialect.get("sheet"),
    }


def write(table: Path, target: Path) -> dict[str, Any]:
    """Write a table as CSV and say where; a name or disk that does not allow it is said, too."""
    try:
        write_rows(table, target)
    except OSError as error:
        with contextlib.suppress(OSError):
            target.unlink(missing_ok=True)
        return {"message": NOT_WRITTEN.format(reason=error.strerror)}
    return {"table": str(target)}


def write_rows(table: Path, target: Path) -> None:
    """Write the rows of a Parquet file as UTF-8 CSV after RFC 4180, one row group in memory."""
    with pq.ParquetFile(table) as source, target.open("wb") as file:
        names = [name for name in source.schema_arrow.names if name != ROW_ID]
        for group in range(source.num_row_groups):
            rows = as_frame(source.read_row_group(group, columns=names))
            if len(names) == 1:
                # An empty cell alone in its row would be an empty line, which readers skip.
                rows = rows.with_columns(pl.all().fill_null(""))
            rows.write_csv(file, include_header=group == 0, line_terminator="\r\n")
