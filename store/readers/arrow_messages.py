"""What the messages of an Arrow file declare: rows and unpacked bytes, told without unpacking.

Arrow allocates what the eight bytes before a compressed buffer say, and they may lie. The few
fields needed here are read by the rules of Message.fbs in the Arrow format.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

HEADER, DICTIONARY_DATA = 2, 1
LENGTH, BUFFERS, COMPRESSION = 0, 2, 3
"""Positions of fields in the tables Message, DictionaryBatch and RecordBatch."""

PREFIX = 8
NOT_COMPRESSED = -1


@dataclass(frozen=True)
class Declared:
    """Rows, and bytes in memory, of one batch."""

    rows: int
    size: int


def declared(source: pa.NativeFile) -> Iterator[Declared]:
    """What each batch declares. Raises struct.error, ValueError or ArrowException on damage."""
    for message in pa.ipc.MessageReader.open_stream(source):
        if message.type in ("record batch", "dictionary"):
            body = memoryview(message.body) if message.body else memoryview(b"")
            yield of_batch(memoryview(message.metadata), body, message.type == "dictionary")


def of_batch(metadata: memoryview, body: memoryview, is_dictionary: bool) -> Declared:
    """What one batch declares."""
    batch = linked(metadata, field(metadata, number(metadata, "<I", 0), HEADER))
    if is_dictionary:
        batch = linked(metadata, field(metadata, batch, DICTIONARY_DATA))
    length, buffers = field(metadata, batch, LENGTH), field(metadata, batch, BUFFERS)
    rows = number(metadata, "<q", length) if length else 0
    packed = field(metadata, batch, COMPRESSION) > 0
    sizes = [
        unpacked(body, offset, size) if packed else size
        for offset, size in buffer_places(metadata, buffers)
    ]
    return Declared(rows, sum(sizes))


def buffer_places(metadata: memoryview, at: int) -> Iterator[tuple[int, int]]:
    """Offset and bytes of each buffer in the body."""
    if at:
        start = linked(metadata, at)
        for i in range(number(metadata, "<I", start)):
            yield struct.unpack_from("<qq", metadata, start + 4 + 16 * i)


def unpacked(body: memoryview, offset: int, size: int) -> int:
    """The bytes that a compressed buffer claims to hold."""
    if size < PREFIX:
        return size
    claimed = number(body, "<q", offset)
    return size - PREFIX if claimed == NOT_COMPRESSED else claimed


def field(data: memoryview, table: int, index: int) -> int:
    """Where a field of a table stands; 0 when it is absent."""
    fields = table - number(data, "<i", table)
    place = 4 + 2 * index
    if place >= number(data, "<H", fields):
        return 0
    offset = number(data, "<H", fields + place)
    return table + offset if offset else 0


def linked(data: memoryview, at: int) -> int:
    """Where the table or vector begins that a field points to."""
    return at + number(data, "<I", at)


def number(data: memoryview, kind: str, at: int) -> int:
    """A number of a `kind` of struct."""
    if at < 0:
        raise ValueError("a position before the beginning")
    found: Any = struct.unpack_from(kind, data, at)[0]
    return int(found)
