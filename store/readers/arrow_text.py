"""Arrow values of any type as text, and what is refused of any file that holds them."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from core import Table, UnreadableFile
from store.readers.limits import (
    MAX_CELLS,
    MAX_CELLS_PER_BYTE,
    MAX_RATIO,
    MAX_SCHEMA_DEPTH,
    MAX_UNPACKED_BYTES,
    MAX_UNPACKED_FILE_BYTES,
)
from store.readers.names import column_names, renamed
from store.readers.reading import refuse_empty, refuse_width
from store.readers.stream import Closing, Stream

BATCH_CELLS = 1_000_000
MAX_BATCH_ROWS = 65_536

CAST = (
    pa.types.is_boolean,
    pa.types.is_integer,
    pa.types.is_decimal,
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_string_view,
    pa.types.is_null,
)
"""Types whose values the library writes without loss."""

FAILURES = (pa.ArrowException, OSError, ValueError, TypeError, OverflowError, MemoryError)
"""What the library raises on damaged files."""


def text_stream(
    kind: str, schema: pa.Schema, batches: Iterable[pa.RecordBatch], name: str
) -> Stream:
    """The stream of batches as text: shortest floats, ISO dates, hex bytes, nested values as JSON.

    Its blocks raise UnreadableFile where the file is damaged.
    """
    header = list(schema.names)
    names = column_names(header)
    rows = 0

    def blocks() -> Iterator[Table]:
        nonlocal rows
        for table in texts(batches, names, name):
            rows += table.height
            yield table

    def close() -> Closing:
        dialect = {"format": kind, "rows_read": rows, "rows_rejected": 0}
        return Closing(renamed(header, names), dialect)

    return Stream(tuple(names), blocks(), close)


def texts(batches: Iterable[pa.RecordBatch], names: list[str], name: str) -> Iterator[Table]:
    """Batches as tables of text, in parts that are small enough to be held."""
    size = batch_rows(len(names))
    try:
        for batch in batches:
            for start in range(0, batch.num_rows, size):
                part = batch.slice(start, size)
                yield pl.DataFrame(
                    [
                        pl.Series(
                            column, pl.from_arrow(as_text(pa.chunked_array([values]))), pl.String
                        )
                        for column, values in zip(names, part.columns, strict=True)
                    ]
                )
    except FAILURES as error:
        raise refused(error, name) from error


def batch_rows(columns: int) -> int:
    """How many rows of so many columns are read at a time."""
    return max(1, min(MAX_BATCH_ROWS, BATCH_CELLS // columns))


def check_schema(schema: pa.Schema, name: str) -> None:
    """Refuse a table without columns, with too many, or with types nested too deeply."""
    if not schema.names:
        raise refuse_empty(name)
    refuse_width(len(schema.names), name)
    depth = max(map(type_depth, schema.types))
    if depth > MAX_SCHEMA_DEPTH:
        raise UnreadableFile(
            "too_deep",
            f"'{name}' nests types {depth:,} levels deep, and at most {MAX_SCHEMA_DEPTH:,} are "
            "accepted; flatten it first.",
        )


def type_depth(kind: pa.DataType) -> int:
    """How many types stand inside one another, counted without recursion."""
    depth, inner = 0, [kind]
    while inner:
        depth += 1
        inner = [child.field(i).type for child in inner for i in range(child.num_fields)]
    return depth


def as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of any type as text."""
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return as_text(
            pa.chunked_array([chunk.storage for chunk in column.chunks], kind.storage_type)
        )
    if pa.types.is_dictionary(kind):
        return as_text(column.cast(kind.value_type))
    if any(is_kind(kind) for is_kind in CAST):
        return column.cast(pa.large_string())
    if pa.types.is_floating(kind):
        return float_text(column)
    if pa.types.is_date(kind):
        return column.cast(pa.date32()).cast(pa.string())
    if pa.types.is_timestamp(kind):
        return timestamp_text(column)
    if pa.types.is_struct(kind):
        return struct_text(column)
    return written(column)


def struct_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Records as JSON, by way of Python where that can hold their values."""
    try:
        return written(column)
    except OverflowError:
        # Dates out of Python's range.
        records = pl.DataFrame({"value": pl.from_arrow(column)})
        text = records.select(pl.col("value").struct.json_encode()).to_series()
        return pa.chunked_array([text.to_arrow().cast(pa.large_string())])


def timestamp_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """ISO date and time with a space between; the fraction only where one is needed."""
    text = column.cast(pa.string())
    return pc.replace_substring_regex(text, r"\.0+(Z|[+-]\d{4})?$", r"\1")


def float_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The shortest digits that give the same number again in the column's own precision."""
    if column.type == pa.float64():
        values = column.to_pylist()
    else:
        # Python has no short floats: their shortest digits come from the library.
        short = column.cast(pa.float32()).cast(pa.string()).to_pylist()
        values = [None if text is None else float(text) for text in short]
    return text_array(values, repr)


def written(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Values that need Python: times, bytes and nested values."""
    return text_array(column.to_pylist(), value_text)


def text_array(values: list[Any], write: Callable[[Any], str]) -> pa.ChunkedArray:
    """A column of texts."""
    texts = [None if value is None else write(value) for value in values]
    return pa.chunked_array([pa.array(texts, pa.large_string())])


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


def check_sizes(size: int, cells: int, real: int, name: str) -> None:
    """Refuse a file of `real` bytes that declares far more bytes or cells than they can hold.

    Tables are read in batches, so a large file may be as large as it is.
    """
    if size > max(MAX_UNPACKED_BYTES, min(MAX_RATIO * real, MAX_UNPACKED_FILE_BYTES)):
        raise too_large(size, real, name)
    if cells > max(MAX_CELLS, MAX_CELLS_PER_BYTE * real):
        raise UnreadableFile(
            "too_large_uncompressed",
            f"'{name}' declares {cells:,} cells in {real:,} bytes; upload it in parts.",
        )


def too_large(size: int, real: int, name: str) -> UnreadableFile:
    """The refusal of a file that unpacks to far more than its bytes."""
    return UnreadableFile(
        "too_large_uncompressed",
        f"'{name}' has {real:,} bytes and would unpack to about {size // 2**20:,} MB; upload it in "
        "parts, or with less compression.",
    )
