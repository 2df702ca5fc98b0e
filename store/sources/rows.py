"""What a database must offer to be a source; one module for each kind implements it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

BATCH = 2_000
"""Rows that are in memory at a time."""


@dataclass(frozen=True)
class Rows:
    """The answer to a query: column names, which may repeat, and the rows in batches."""

    names: Sequence[str]
    batches: Iterator[Sequence[Sequence[Any]]]


class Connection(Protocol):
    """An open connection that cannot write."""

    def ask(self, query: str) -> Rows:
        """Run one query. Raises an error of the driver."""
        ...

    def cancel(self) -> None:
        """Stop the query that runs, from another thread."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


class NoRows(Exception):
    """The statement is no query: it gives no rows."""
