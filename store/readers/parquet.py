"""Parquet: the footer is checked first, then its rows are read batch by batch."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from store.readers.arrow_text import (
    FAILURES,
    batch_rows,
    check_schema,
    check_sizes,
    damaged,
    encrypted,
    refused,
    text_stream,
)
from store.readers.stream import Stream

TAIL = 8
"""Bytes of the footer's length and the closing signature."""

PIECE = 2**20
"""Bytes that are read of a column at a time."""


def read_parquet(path: Path, name: str) -> Stream:
    """Read a Parquet file as text, in batches whose memory does not grow with the file.

    Raises UnreadableFile; damage in the middle is found when its batch is taken.
    """
    check_footer(path, name)
    try:
        file = pq.ParquetFile(path, buffer_size=PIECE, pre_buffer=False)
        check_declared(file.metadata, path.stat().st_size, name)
        check_schema(file.schema_arrow, name)
    except FAILURES as error:
        raise refused(error, name) from error
    return text_stream("parquet", file.schema_arrow, batches(file, name), name)


def batches(file: pq.ParquetFile, name: str) -> Iterator[pa.RecordBatch]:
    """All rows that the footer promises, or a refusal at the end."""
    with file:
        missing = declared_rows(file.metadata)
        for batch in file.iter_batches(batch_rows(len(file.schema_arrow.names)), use_threads=False):
            missing -= batch.num_rows
            yield batch
    if missing > 0:
        raise damaged(name)


def declared_rows(metadata: pq.FileMetaData) -> int:
    """The rows of all row groups; some writers leave the sum for the whole file at 0."""
    groups = range(metadata.num_row_groups)
    rows: int = max(metadata.num_rows, sum(metadata.row_group(group).num_rows for group in groups))
    return rows


def check_footer(path: Path, name: str) -> None:
    """Refuse a file that does not end as its beginning promises."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - TAIL))
        tail = file.read()
    if tail.endswith(b"PARE"):
        raise encrypted(name)
    if len(tail) < TAIL or not tail.endswith(b"PAR1") or size < 4 + TAIL:
        raise damaged(name)
    if int.from_bytes(tail[:4], "little") > size - 4 - TAIL:
        raise damaged(name)


def check_declared(metadata: pq.FileMetaData, real: int, name: str) -> None:
    """Refuse by what the footer declares, before anything is unpacked.

    Sizes are asked of row groups only: asking them of a damaged or encrypted column aborts the
    process.
    """
    groups = range(metadata.num_row_groups)
    size = sum(metadata.row_group(group).total_byte_size for group in groups)
    check_sizes(size, declared_rows(metadata) * metadata.num_columns, real, name)
