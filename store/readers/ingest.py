"""A file in, two Parquet files out, in memory that does not grow with the file."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass

from core import ROW_ID, Finding, Table
from store.readers import open_stream
from store.readers.reading import REJECTED_SCHEMA, Reading, rejected_table
from store.readers.stream import Hollow, in_the_end, watched

PREVIEW_ROWS = 20
TABLE, REJECTED = "table.parquet", "rejected.parquet"


@dataclass(frozen=True)
class Ingested:
    """How a file was read: its shape, dialect and first rows, and what was noticed."""

    rows: int
    columns: tuple[str, ...]
    rows_rejected: int
    dialect: dict[str, Any]
    findings: tuple[Finding, ...]
    preview: tuple[tuple[str | None, ...], ...]


INGESTED_JSON = TypeAdapter(Ingested)


def ingest(path: Path, name: str, reading: Reading, folder: Path) -> Ingested:
    """Read an upload into `folder`: table.parquet (with row ids) and rejected.parquet.

    `name` is the user's file name. Raises UnreadableFile; the folder then holds halves.
    """
    stream = open_stream(path, name, reading, folder)
    hollow = Hollow(stream)
    first: Table | None = None
    rows = rows_rejected = 0
    with writing(folder / TABLE) as table, writing(folder / REJECTED) as rejected:
        for block in watched(stream, hollow):
            first = block.head(PREVIEW_ROWS) if first is None or not first.height else first
            table.write(numbered(block, rows))
            rows += block.height
            rows_rejected += rejected.write(taken(stream.rejects))
        closing = stream.close()
        rows_rejected += rejected.write(taken(stream.rejects))
        if first is None:
            table.write(numbered(pl.DataFrame(schema=dict.fromkeys(stream.names, pl.String)), 0))
    columns = hollow.columns()
    if columns:
        drop(folder / TABLE, columns)
    preview = () if first is None else tuple(first.drop(columns).rows())
    return Ingested(
        rows,
        stream.names[: len(stream.names) - len(columns)],
        rows_rejected,
        closing.dialect,
        (*closing.findings, *in_the_end(rows, stream.names, columns)),
        preview,
    )


def numbered(block: Table, start: int) -> Table:
    """The block with the row ids that follow those of the blocks before it."""
    ids = pl.int_range(start, start + block.height, dtype=pl.UInt32, eager=True)
    return block.select(ids.alias(ROW_ID), pl.all())


def taken(rejects: list[tuple[int, str, str]]) -> Table:
    """The records set aside since the last block; the list is empty afterwards."""
    table = rejected_table(rejects) if rejects else pl.DataFrame(schema=REJECTED_SCHEMA)
    rejects.clear()
    return table


class ParquetFile:
    """Appends tables to a Parquet file; each is compressed while the next is being made."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.thread = ThreadPoolExecutor(1)
        self.writer: pq.ParquetWriter | None = None
        self.pending: Future[None] | None = None

    def write(self, table: Table) -> int:
        """Append a table; return its rows."""
        if table.height or self.writer is None:
            self.settle()
            self.pending = self.thread.submit(self.append, table)
        return table.height

    def append(self, table: Table) -> None:
        """Convert and compress a table; runs beside the parser."""
        content = table.to_arrow()
        if self.writer is None:
            # Nobody asks for the smallest and largest text of a column.
            self.writer = pq.ParquetWriter(
                self.path,
                content.schema,
                compression="zstd",
                compression_level=1,
                write_statistics=False,
            )
        self.writer.write_table(content)

    def settle(self) -> None:
        """Wait for the table that is being written; its failure is raised here."""
        if self.pending is not None:
            self.pending.result()


@contextmanager
def writing(path: Path) -> Iterator[ParquetFile]:
    """A Parquet file that is complete at the end."""
    file = ParquetFile(path)
    try:
        yield file
        file.settle()
    finally:
        file.thread.shutdown()
        if file.writer is not None:
            file.writer.close()


def drop(path: Path, columns: tuple[str, ...]) -> None:
    """Write a Parquet file again without some columns, one row group after the other."""
    slim = path.with_suffix(".slim")
    with pq.ParquetFile(path) as file:
        kept = [name for name in file.schema_arrow.names if name not in columns]
        with writing(slim) as target:
            for group in range(file.num_row_groups):
                target.write(as_frame(file.read_row_group(group, columns=kept)))
    slim.replace(path)


def as_frame(table: pa.Table) -> Table:
    """An Arrow table as a frame."""
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame
