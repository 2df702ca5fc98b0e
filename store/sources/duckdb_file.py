"""A DuckDB file as a source: read-only, without access to files, network or extensions."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy import URL

from store.sources.rows import BATCH, NoRows, Rows

CONFIG: dict[str, Any] = {
    "enable_external_access": False,
    "autoload_known_extensions": False,
    "autoinstall_known_extensions": False,
    "memory_limit": "512MB",
    "threads": 2,
    "lock_configuration": True,
}


class DuckdbConnection:
    """A connection to the file of a URL. Raises duckdb.Error when there is none."""

    def __init__(self, url: URL) -> None:
        path = Path(url.database or "").resolve()
        self.driver = duckdb.connect(str(path), read_only=True, config=CONFIG)

    def ask(self, query: str) -> Rows:
        """Run one SELECT, each cell cast to text by the database itself, so that none changes.

        Columns go by position, because their names may repeat.
        """
        statements = self.driver.extract_statements(query)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise NoRows
        alone = query.strip().removesuffix(";")
        columns = self.driver.execute(f"DESCRIBE {alone}").fetchall()
        names = [name for name, *_ in columns]
        cells = [as_text(f"c{at}", kind) for at, (_, kind, *_) in enumerate(columns)]
        places = ", ".join(f"c{at}" for at in range(len(columns)))
        self.driver.execute(f"SELECT {', '.join(cells)} FROM ({alone}\n) AS t({places})")
        return Rows(names, batches(self.driver))

    def cancel(self) -> None:
        """Stop the query that runs."""
        self.driver.interrupt()

    def close(self) -> None:
        """Close the file."""
        self.driver.close()


def as_text(place: str, kind: str) -> str:
    """The expression that writes a column as text; bytes as hexadecimal digits."""
    return f"lower(hex({place}))" if kind == "BLOB" else f"CAST({place} AS VARCHAR)"


def batches(driver: duckdb.DuckDBPyConnection) -> Iterator[list[Any]]:
    """The rows, some at a time."""
    while rows := driver.fetchmany(BATCH):
        yield rows
