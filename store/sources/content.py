"""What every source gives: a name and the bytes, block by block."""

import io
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass

from core import Transient, UnreadableFile
from core.errors import Reason

MAX_NAME = 200


@dataclass(frozen=True)
class Content:
    """A file on its way. Closing `blocks` closes the connection behind it."""

    name: str
    blocks: Generator[bytes]


class ByteStream(io.RawIOBase):
    """Blocks of bytes as a file to read from, until a moment on the monotonic clock."""

    def __init__(self, blocks: Iterator[bytes], deadline: float) -> None:
        self.blocks = blocks
        self.deadline = deadline
        self.rest = memoryview(b"")

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill the buffer from the current block. Raises UnreadableFile when time is up."""
        while not self.rest:
            block = next(self.blocks, None)
            if block is None:
                return 0
            if time.monotonic() > self.deadline:
                raise too_slow()
            self.rest = memoryview(block)
        size = min(len(buffer), len(self.rest))
        buffer[:size], self.rest = self.rest[:size], self.rest[size:]
        return size


def refused(message: str) -> UnreadableFile:
    """The policy of this installation does not allow the source."""
    return UnreadableFile("source_refused", message)


def unavailable(message: str) -> UnreadableFile:
    """The source does not give the file, and asking again would not help."""
    return UnreadableFile("source_unavailable", message)


def later(message: str) -> Transient:
    """The source cannot be reached now; the job is tried again."""
    reason: Reason = "source_unavailable"
    return Transient(message, code=UnreadableFile(reason, message).code)


def too_slow() -> UnreadableFile:
    """The whole transfer took longer than SOURCE_SECONDS."""
    return unavailable(
        "The source did not deliver everything within the time limit (SOURCE_SECONDS); "
        "ask for less, or upload the file."
    )


def clean_name(text: str) -> str:
    """A file name without folders and without characters that cannot be seen."""
    last = text.replace("\\", "/").rpartition("/")[2]
    name = "".join(letter for letter in last if letter.isprintable()).strip(" .")
    stem, dot, extension = name.rpartition(".")
    return name if len(name) <= MAX_NAME else (stem or name)[: MAX_NAME - 16] + dot + extension[:15]
