"""A file store that fails as told: "faulty://bucket", for these tests alone."""

import errno
import time
from typing import Any

import fsspec
from fsspec.implementations.memory import MemoryFileSystem

SLOW_SECONDS = 0.5
ERRORS = {
    "busy": OSError(errno.EBUSY, "503 Slow Down"),
    "denied": PermissionError(errno.EACCES, "Access Denied"),
}


class FaultyStore(MemoryFileSystem):
    """A bucket in memory; `mood` is empty, "busy", "denied", "slow", or "half": of a folder."""

    protocol = "faulty"
    store: dict[str, Any] = {}  # noqa: RUF012 - of this class, not of every memory store
    pseudo_dirs = [""]  # noqa: RUF012
    mood = ""

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return super()._strip_protocol(path.replace("faulty://", "memory://"))

    def open(self, path: str, mode: str = "rb", **options: Any) -> Any:
        self.suffer()
        return super().open(path, mode, **options)

    def put_file(self, lpath: str, rpath: str, **options: Any) -> None:
        self.suffer()
        if self.mood == "half" and self.exists(rpath.rpartition("/")[0]):
            raise ERRORS["busy"]
        super().put_file(lpath, rpath, **options)

    def suffer(self) -> None:
        """Raise, or wait, as the mood is."""
        if self.mood in ERRORS:
            raise ERRORS[self.mood]
        if self.mood == "slow":
            time.sleep(SLOW_SECONDS)


def register() -> None:
    """Make the store known to this process."""
    fsspec.register_implementation("faulty", FaultyStore, clobber=True)
