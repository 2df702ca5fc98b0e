"""The only code that touches the database and the files."""

from dataclasses import dataclass

from core import Settings
from store.artifacts import Artifacts, open_artifacts
from store.database import Database, open_database


@dataclass(frozen=True)
class Store:
    """Rows and files, opened together."""

    database: Database
    artifacts: Artifacts


def open_store(settings: Settings, *, pooled: bool = True) -> Store:
    """Open the database (migrated) and the file store that the settings name.

    `pooled=False` keeps no connection open: for a process that forks.
    """
    return Store(open_database(settings, pooled=pooled), open_artifacts(settings))


__all__ = ["Artifacts", "Database", "Store", "open_artifacts", "open_database", "open_store"]
