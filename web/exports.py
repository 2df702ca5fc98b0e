"""Files that are made on request: a CSV of a Parquet artifact, a ZIP of all artifacts.

They are written to an unnamed temporary file, so nothing is left behind, whether the download
ends, breaks off or never starts.
"""

import shutil
import tempfile
import zipfile
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import IO

import polars as pl

from core import Table
from store import Artifacts
from store.writers import write_csv

PACKED = frozenset({".parquet", ".xlsx", ".zip", ".gz", ".png"})
CHUNK = 1 << 20


def source_of(name: str, names: Collection[str]) -> str | None:
    """The artifact from which a CSV is written: the Parquet of that name, else the CSV itself."""
    parquet = f"{name.removesuffix('.csv')}.parquet"
    return next((source for source in (parquet, name) if source in names), None)


def csv_of(artifacts: Artifacts, key: str, *, safe: bool) -> IO[bytes]:
    """A table artifact as CSV; `safe` keeps spreadsheets from running a cell as a formula."""
    scratch = scratch_of(artifacts)
    with artifacts.local(key) as source, tempfile.TemporaryDirectory(dir=scratch) as folder:
        path = Path(folder) / "table.csv"
        write_csv(table_of(source, key), path, safe=safe)
        file = unnamed(scratch)
        with path.open("rb") as written:
            shutil.copyfileobj(written, file, CHUNK)
    return file


def table_of(path: Path, key: str) -> Table:
    """An artifact as a table; a CSV is read as text, an empty cell as a null."""
    if key.endswith(".parquet"):
        return pl.read_parquet(path)
    return pl.read_csv(path, infer_schema=False)


def zip_of(artifacts: Artifacts, folder: str, names: Iterable[str]) -> IO[bytes]:
    """All artifacts of a job, unchanged, so that they match the checksums of its manifest."""
    file = unnamed(scratch_of(artifacts))
    with zipfile.ZipFile(file, "w", compresslevel=1) as archive:
        for name in names:
            packed = Path(name).suffix in PACKED
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            entry.file_size = artifacts.size(f"{folder}/{name}")
            with artifacts.open(f"{folder}/{name}") as source, archive.open(entry, "w") as target:
                shutil.copyfileobj(source, target, CHUNK)
    return file


def scratch_of(artifacts: Artifacts) -> Path:
    """The folder for unfinished files."""
    artifacts.scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    return artifacts.scratch


def unnamed(folder: Path) -> IO[bytes]:
    """A temporary file that is gone as soon as it is closed or forgotten."""
    return tempfile.TemporaryFile(dir=folder)
