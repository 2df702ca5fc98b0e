"""Files: a local folder by default, any fsspec store by STORAGE_URL.

A key looks like "jobs/<id>/<attempt>-<token>/report.json" and never holds a user's file name.
"""

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import fsspec

from core import NotFound, Settings, Transient, UnreadableFile

CHUNK = 1 << 20
TOO_LARGE = "The file has more than {limit:,.0f} MB, which is the limit; split it or cut columns."


@dataclass(frozen=True)
class Artifacts:
    """A file system and the folder in it under which everything lies."""

    filesystem: Any
    root: str
    scratch: Path

    @property
    def is_local(self) -> bool:
        """True when keys are plain files of this machine."""
        return isinstance(self.filesystem, fsspec.get_filesystem_class("file"))

    def path(self, key: str) -> str:
        """The key as a path of the file system; a key that leaves the folder is refused."""
        if key.startswith("/") or ".." in key.split("/"):
            raise NotFound(f"'{key}' is not the key of a file.")
        return f"{self.root}/{key}"

    def exists(self, key: str) -> bool:
        """True when a file of this key is there."""
        return bool(self.filesystem.exists(self.path(key)))

    def names(self, folder: str) -> tuple[str, ...]:
        """The file names in a sealed folder, in alphabetical order."""
        return tuple(
            sorted(Path(path).name for path in self.filesystem.ls(self.path(folder), False))
        )

    def size(self, key: str) -> int:
        """Bytes of a file."""
        return int(self.filesystem.size(self.path(key)))

    def read(self, key: str) -> bytes:
        """The whole content of a small file. Raises NotFound."""
        with self.open(key) as file:
            return file.read()

    def open(self, key: str) -> IO[bytes]:
        """Open a file for reading. Raises NotFound, or Transient when the store fails."""
        try:
            return self.filesystem.open(self.path(key), "rb")  # type: ignore[no-any-return]
        except FileNotFoundError as error:
            raise NotFound("This file is no longer kept; run the job again.") from error
        except OSError as error:
            raise Transient("The file store cannot be reached; try again.") from error

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        """A path on this machine with the content of the key, for readers that want a path."""
        if self.is_local:
            if not self.exists(key):
                raise NotFound("This file is no longer kept; upload it again.")
            yield Path(self.path(key))
            return
        with tempfile.TemporaryDirectory(dir=self.scratch) as folder:
            target = Path(folder) / "file"
            with self.open(key) as source, target.open("wb") as file:
                shutil.copyfileobj(source, file, CHUNK)
            yield target

    def save(self, key: str, source: IO[bytes], most: int | None = None) -> tuple[int, str]:
        """Store a stream under a key that does not exist yet; return its bytes and sha256.

        Raises UnreadableFile as soon as there are more than `most` bytes; nothing is kept then.
        """
        folder = self.scratch_folder()
        try:
            part = folder / Path(key).name
            size, digest = 0, hashlib.sha256()
            with part.open("xb") as file:
                while block := source.read(CHUNK):
                    file.write(block)
                    digest.update(block)
                    size += len(block)
                    if most is not None and size > most:
                        raise UnreadableFile("too_large", TOO_LARGE.format(limit=most / 2**20))
            self.seal(folder, key.rsplit("/", 1)[0])
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return size, digest.hexdigest()

    def scratch_folder(self, name: str = "") -> Path:
        """A new private folder to write in; `seal` publishes it, or the caller deletes it.

        By the name of its attempt, others can delete what a killed process left.
        """
        self.scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
        return Path(tempfile.mkdtemp(dir=self.scratch, prefix=f"{name}." if name else None))

    def sweep(self, name: str) -> None:
        """Delete the scratch folder of an attempt that nobody runs any more."""
        for folder in self.scratch.glob(f"{name}.*"):
            shutil.rmtree(folder, ignore_errors=True)

    def seal(self, folder: Path, key: str) -> None:
        """Move a finished folder to its key: fsync, then one rename, so nobody sees half of it."""
        target = self.path(key)
        if not self.is_local:
            for part in sorted(folder.iterdir()):
                self.filesystem.put_file(str(part), f"{target}/{part.name}")
            shutil.rmtree(folder)
            return
        for part in folder.iterdir():
            sync(part)
        sync(folder)
        Path(target).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.replace(target)
        sync(Path(target).parent)

    def old_folders(self, patterns: Iterable[str], seconds: float) -> tuple[str, ...]:
        """The keys of folders of a local store that were last changed so many seconds ago."""
        before, root = time.time() - seconds, Path(self.root)
        found = (path for pattern in patterns for path in root.glob(pattern))
        return tuple(
            path.relative_to(root).as_posix()
            for path in found
            if path.is_dir() and path.stat().st_mtime < before
        )

    def remove(self, key: str) -> None:
        """Delete a file or folder; one that is gone already is no error."""
        if self.filesystem.exists(self.path(key)):
            self.filesystem.rm(self.path(key), recursive=True)


def sync(path: Path) -> None:
    """Flush a file or folder to disk; folders cannot be synced on Windows."""
    if path.is_dir() and os.name == "nt":
        return
    # Windows refuses to flush a file that is open for reading only.
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256(path: Path) -> str:
    """The checksum of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def open_artifacts(settings: Settings) -> Artifacts:
    """The file store of the settings."""
    scratch = (settings.data_dir / "scratch").resolve()
    if settings.storage_url:
        filesystem, root = fsspec.core.url_to_fs(settings.storage_url)
        return Artifacts(filesystem, str(root).rstrip("/"), scratch)
    root = (settings.data_dir / "files").resolve()
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Artifacts(fsspec.filesystem("file"), root.as_posix(), scratch)
