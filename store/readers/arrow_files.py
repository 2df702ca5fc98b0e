"""Arrow IPC (Feather V2) as file or stream, and Feather V1: declared sizes first, then batches."""

import struct
import warnings
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.feather as feather

from store.readers.arrow_messages import declared
from store.readers.arrow_text import (
    FAILURES,
    check_schema,
    check_sizes,
    refused,
    text_stream,
    too_large,
)
from store.readers.limits import MAX_UNPACKED_BYTES
from store.readers.stream import Stream

FILE_MARK = b"ARROW1"
OLD_FEATHER = b"FEA1"
MESSAGES = 8
"""Where the messages begin in a file: behind its signature and two bytes of padding."""


def read_arrow(path: Path, name: str) -> Stream:
    """Read an Arrow or Feather file as text, batch by batch; only one batch is unpacked at a time.

    Raises UnreadableFile; damage in the middle is found when its batch is taken.
    """
    with path.open("rb") as file:
        head = file.read(MESSAGES)
    try:
        schema, batches = opened(path, head, name)
        check_schema(schema, name)
    except (*FAILURES, struct.error) as error:
        raise refused(error, name) from error
    return text_stream("arrow", schema, batches, name)


def opened(path: Path, head: bytes, name: str) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """The schema and the batches of a file whose declared sizes are in bounds."""
    if head.startswith(OLD_FEATHER):
        table = old_feather(path)
        return table.schema, checked(table.to_batches())
    # Not mapped: the whole file would count as memory of the limited process.
    source = pa.OSFile(str(path))
    is_file = head.startswith(FILE_MARK)
    source.seek(MESSAGES if is_file else 0)
    check_messages(source, name)
    source.seek(0)
    if not is_file:
        stream = pa.ipc.open_stream(source)
        return stream.schema, checked(stream)
    file = pa.ipc.open_file(source)
    return file.schema, checked(map(file.get_batch, range(file.num_record_batches)))


def old_feather(path: Path) -> pa.Table:
    """The table of a Feather V1 file, which knows no compression."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return feather.read_table(path)


def check_messages(source: pa.NativeFile, name: str) -> None:
    """Refuse by what the batches declare, before any is unpacked."""
    rows = size = 0
    real = source.size()
    for batch in declared(source):
        rows += batch.rows
        size += batch.size
        if batch.size > MAX_UNPACKED_BYTES:
            raise too_large(batch.size, real, name)
    check_sizes(size, rows, real, name)


def checked(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Batches whose offsets and codes lie within their data; text is made of no others."""
    for batch in batches:
        batch.validate(full=True)
        yield batch
