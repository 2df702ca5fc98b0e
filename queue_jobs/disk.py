"""Room on the disk, and what the data folder takes of it."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core import Settings


@dataclass(frozen=True)
class Room:
    """Bytes of the disk that holds the data folder."""

    total: int
    free: int


@dataclass(frozen=True)
class Taken:
    """Bytes of the parts of the data folder; what a bucket or Postgres holds is not among them."""

    results: int
    unfinished: int
    database: int


def room(settings: Settings) -> Room:
    """How much room there is: one call of the system. Raises OSError when the folder is gone."""
    usage = shutil.disk_usage(settings.data_dir)
    return Room(usage.total, usage.free)


def taken(settings: Settings) -> Taken:
    """Look at every file but the uploads, whose sizes are in their rows.

    That takes about a second for 60,000 files, so do it rarely.
    """
    root = settings.data_dir
    return Taken(
        results=sum(sizes_in(root / "files" / "jobs")),
        unfinished=sum(sizes_in(root / "uploads")) + sum(sizes_in(root / "scratch")),
        database=sum(path.stat().st_size for path in root.glob("assay.sqlite3*")),
    )


def sizes_in(folder: Path) -> Iterator[int]:
    """The bytes of each file at any depth; what is deleted meanwhile counts nothing."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    yield from sizes_in(Path(entry.path))
                else:
                    yield entry.stat(follow_symlinks=False).st_size
    except FileNotFoundError:
        return
