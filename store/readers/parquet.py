"""Parquet: the footer is checked first, then every value is written as text."""

import json
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core import UnreadableFile, with_row_ids
from store.readers.limits import MAX_CELLS, MAX_UNPACKED_BYTES
from store.readers.names import column_names, renamed
from store.readers.reading import (
    ReadResult,
    refuse_empty,
    refuse_no_rows,
    refuse_width,
    rejected_table,
)

TAIL = 8
"""Bytes of the footer's length and the closing signature."""


def read_parquet(path: Path, name: str) -> ReadResult:
    """Read a Parquet file as text: shortest floats, ISO dates, hex bytes, nested values as JSON.

    Raises UnreadableFile.
    """
    check_footer(path, name)
    try:
        file = pq.ParquetFile(path)
        check_sizes(file.metadata, name)
        check_columns(file.schema_arrow, name)
        table = file.read(use_threads=False)
        columns = [as_text(column) for column in table.columns]
    except (pa.ArrowException, OSError, ValueError, TypeError, OverflowError, MemoryError) as error:
        raise refused(error, name) from error
    header = list(table.column_names)
    if table.num_rows == 0:
        raise refuse_no_rows(len(header), name)
    names = column_names(header)
    frame = pl.DataFrame(
        [
            pl.Series(column, pl.from_arrow(values), pl.String)
            for column, values in zip(names, columns, strict=True)
        ]
    )
    dialect = {"format": "parquet", "rows_read": frame.height, "rows_rejected": 0}
    return ReadResult(with_row_ids(frame), renamed(header, names), dialect, rejected_table([]))


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


def check_sizes(metadata: pq.FileMetaData, name: str) -> None:
    """Refuse by what the footer declares, before anything is unpacked.

    Sizes are asked of row groups only: asking them of a damaged or encrypted column aborts the
    process.
    """
    groups = range(metadata.num_row_groups)
    size = sum(metadata.row_group(group).total_byte_size for group in groups)
    cells = metadata.num_rows * metadata.num_columns
    if size > MAX_UNPACKED_BYTES or cells > MAX_CELLS:
        raise UnreadableFile(
            "too_large_uncompressed",
            f"'{name}' grows to about {size // 2**20:,} MB and {cells:,} cells when "
            f"unpacked; the limits are {MAX_UNPACKED_BYTES // 2**20:,} MB and {MAX_CELLS:,} cells. "
            "Upload it in parts.",
        )


def check_columns(schema: pa.Schema, name: str) -> None:
    """Refuse a table without columns or with too many."""
    if not schema.names:
        raise refuse_empty(name)
    refuse_width(len(schema.names), name)


def as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of any type as text."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return as_text(column.cast(kind.value_type))
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        return column.cast(pa.string())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind):
        return column.cast(pa.large_string())
    if pa.types.is_date(kind):
        return column.cast(pa.date32()).cast(pa.string())
    if pa.types.is_timestamp(kind):
        return timestamp_text(column)
    if pa.types.is_struct(kind):
        # Dates out of Python's range inside a record would raise elsewhere.
        return as_struct_text(column)
    return pa.chunked_array([written(column, kind)])


def as_struct_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Records as JSON, by way of Python where that can hold their values."""
    try:
        return pa.chunked_array([written(column, column.type)])
    except OverflowError:
        records = pl.DataFrame({"value": pl.from_arrow(column)})
        text = records.select(pl.col("value").struct.json_encode()).to_series()
        return pa.chunked_array([text.to_arrow().cast(pa.large_string())])


def timestamp_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """ISO date and time with a space between; the fraction only where one is needed."""
    text = column.cast(pa.string())
    return pc.replace_substring_regex(text, r"\.0+(Z?)$", r"\1")


def written(column: pa.ChunkedArray, kind: pa.DataType) -> pa.Array:
    """Values that need Python: floats, times, bytes and nested values."""
    write: Callable[[Any], str] = repr if pa.types.is_floating(kind) else value_text
    return pa.array(
        [None if value is None else write(value) for value in column.to_pylist()], pa.large_string()
    )


def value_text(value: Any) -> str:
    """One value as text: hex for bytes, ISO for dates and times, JSON for what is nested."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=value_text, separators=(",", ":"))
    return str(value)


def refused(error: BaseException, name: str) -> UnreadableFile:
    """The refusal that fits what the library complained about."""
    if isinstance(error, UnreadableFile):
        return error
    if "crypt" in str(error).lower():
        return encrypted(name)
    return damaged(name)


def encrypted(name: str) -> UnreadableFile:
    """The refusal of an encrypted file."""
    return UnreadableFile(
        "encrypted", f"'{name}' is encrypted; export it without encryption and upload it again."
    )


def damaged(name: str) -> UnreadableFile:
    """The refusal of a file that is cut off or damaged."""
    return UnreadableFile("corrupt", f"'{name}' is damaged or incomplete; export it again.")
