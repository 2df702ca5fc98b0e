"""A SQLite file as a source: opened read-only, and every action but reading denied."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import URL

from store.sources.rows import BATCH, NoRows, Rows

BUSY_SECONDS = 15
MAX_CELL_BYTES = 64 * 2**20
READING = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
}
"""The actions a query may take (sqlite.org/c3ref/c_alter_table.html); ATTACH is none of them."""


class SqliteConnection:
    """A connection to the file of a URL. Raises sqlite3.Error when there is none."""

    def __init__(self, url: URL) -> None:
        path = Path(url.database or "").resolve()
        self.driver = sqlite3.connect(
            f"{path.as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS, check_same_thread=False
        )
        # A file that is missing or no database shows only with the first statement.
        self.driver.execute("PRAGMA query_only = ON")
        self.driver.execute("SELECT 1 FROM sqlite_master")
        self.driver.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_CELL_BYTES)
        self.driver.set_authorizer(permit)

    def ask(self, query: str) -> Rows:
        """Run one query; the driver refuses a second statement."""
        cursor = self.driver.execute(query)
        if cursor.description is None:
            raise NoRows
        return Rows([column[0] for column in cursor.description], batches(cursor))

    def cancel(self) -> None:
        """Stop the query that runs."""
        self.driver.interrupt()

    def close(self) -> None:
        """Close the file."""
        self.driver.close()


def permit(action: int, *about: Any) -> int:
    """Allow reading, deny the rest."""
    return sqlite3.SQLITE_OK if action in READING else sqlite3.SQLITE_DENY


def batches(cursor: sqlite3.Cursor) -> Iterator[list[Any]]:
    """The rows, some at a time."""
    while rows := cursor.fetchmany(BATCH):
        yield rows
