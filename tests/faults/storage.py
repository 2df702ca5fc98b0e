"""A file store that fails as told by a text file: "faulty:///folder", for these tests alone."""

import errno
import os
import time
from pathlib import Path
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

MOOD = "FAULT_STORAGE_MOOD"
"""Names the file that holds the mood: nothing, "busy", "denied" or "slow"."""

SLOW_SECONDS = 3.0
ERRORS = {
    "busy": OSError(errno.EBUSY, "503 Slow Down"),
    "denied": PermissionError(errno.EACCES, "Access Denied"),
}


class FaultyStore(LocalFileSystem):
    """A local folder that is no plain file of this machine for those who ask."""

    protocol = "faulty"

    def open(self, path: str, mode: str = "rb", **options: Any) -> Any:
        suffer()
        return super().open(path, mode, **options)

    def put_file(self, lpath: str, rpath: str, **options: Any) -> None:
        suffer()
        Path(rpath).parent.mkdir(parents=True, exist_ok=True)
        super().put_file(lpath, rpath, **options)


def suffer() -> None:
    """Raise, or wait, as the mood is."""
    mood = Path(os.environ[MOOD]).read_text(encoding="utf-8")
    if mood in ERRORS:
        raise ERRORS[mood]
    if mood == "slow":
        time.sleep(SLOW_SECONDS)


def register() -> None:
    """Make the store known to this process."""
    fsspec.register_implementation("faulty", FaultyStore, clobber=True)
