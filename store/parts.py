"""Uploads on their way: one part file per dataset, grown chunk by chunk until it is complete.

The length of a part file is the truth about what has arrived. A chunk that is cut off leaves its
bytes, and the next one goes on behind them.
"""

import errno
import os
import shutil
import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path

from core import AssayError, Transient, UnreadableFile
from store.artifacts import Artifacts

CHUNK_BYTES = 8 * 2**20
"""The most that one request may bring; proxies and their time-outs let this pass."""

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
DISK_FULL = "There is no room left on the server for this file; free some and resume the upload."
TOO_LONG = "More bytes came than the {room:,} that were due; choose the file again."
BUSY = "Another part of this file is being received; wait a moment and go on."

guard = threading.Lock()
busy: set[Path] = set()


class WrongOffset(AssayError):
    """A chunk does not begin where the last one ended; `have` bytes are here."""

    code = "UPLOAD_OFFSET"

    def __init__(self, have: int) -> None:
        super().__init__(f"The server holds {have:,} bytes of this file; go on from there.")
        self.have = have


@dataclass(frozen=True)
class Part:
    """The private folder of an upload that is not complete; it becomes the dataset's folder."""

    folder: Path

    @property
    def path(self) -> Path:
        """The part file."""
        return self.folder / "upload"

    def have(self) -> int | None:
        """Bytes that have arrived; None when there is no part file."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return None

    def lock(self) -> "Chunk":
        """Become the only one who writes, until the chunk is closed.

        Raises AssayError "UPLOAD_BUSY". One process receives all uploads of a data folder, so
        a lock in memory will do, and a killed process leaves none behind.
        """
        with guard:
            if self.folder in busy:
                raise AssayError(BUSY, code="UPLOAD_BUSY")
            busy.add(self.folder)
        return Chunk(self)

    def open(self) -> FileIO:
        """The part file for writing, for this user only; made when it is not there."""
        self.folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder.mkdir(exist_ok=True, mode=0o700)
        flags = os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        if not self.path.exists():
            flags |= os.O_CREAT | os.O_EXCL
        return FileIO(os.open(self.path, flags, 0o600), "w")

    def remove(self) -> None:
        """Delete what has arrived; nothing there is no error."""
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass
class Chunk:
    """The right to write behind what has arrived, from `offset` on and at most `room` bytes."""

    part: Part
    offset: int = 0
    room: int = 0
    file: FileIO | None = field(default=None, repr=False)

    def write(self, block: bytes) -> None:
        """Append a piece.

        Raises UnreadableFile ("too_large", "disk_full"), or Transient when the disk fails.
        """
        if len(block) > self.room:
            raise UnreadableFile("too_large", TOO_LONG.format(room=self.room))
        if not block:
            return
        try:
            if self.file is None:
                self.file = self.part.open()
                self.file.seek(self.offset)
            write_all(self.file, block)
        except OSError as error:
            if error.errno in NO_ROOM:
                raise UnreadableFile("disk_full", DISK_FULL) from error
            raise Transient("The file could not be written on the server; try again.") from error
        self.room -= len(block)

    def undo(self) -> None:
        """Forget the pieces of this chunk."""
        if self.file is not None:
            self.file.truncate(self.offset)

    def close(self) -> None:
        """Let others write."""
        if self.file is not None:
            self.file.close()
        with guard:
            busy.discard(self.part.folder)


def write_all(file: FileIO, block: bytes) -> None:
    """Write every byte; a bare file may take only some of them at a time."""
    rest = memoryview(block)
    while rest:
        rest = rest[file.write(rest) :]


def part_of(artifacts: Artifacts, dataset_id: str) -> Part:
    """Where the upload of a dataset arrives. The id must come from a row, never from a request."""
    return Part(folder_of_parts(artifacts) / dataset_id)


def folder_of_parts(artifacts: Artifacts) -> Path:
    """On this machine, also when the file store is elsewhere."""
    return artifacts.scratch.parent / "uploads"


def discard(artifacts: Artifacts, dataset_id: str) -> None:
    """Delete all bytes of an upload that never became complete."""
    part_of(artifacts, dataset_id).remove()
    artifacts.remove(f"datasets/{dataset_id}")


def ids_of_parts(artifacts: Artifacts) -> Collection[str]:
    """The ids of the datasets whose uploads have left bytes here."""
    return [folder.name for folder in folder_of_parts(artifacts).glob("*")]
