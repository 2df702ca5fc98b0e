"""A Postgres database as a source: read-only transaction, server-side cursor, time limit."""

from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg.types.string import TextLoader
from sqlalchemy import URL

from store.sources.rows import BATCH, NoRows, Rows

CONNECT_SECONDS = 10
CANCEL_SECONDS = 5.0
OPTIONS = (
    "-c default_transaction_read_only=on -c datestyle=ISO -c intervalstyle=iso_8601 "
    "-c extra_float_digits=1 -c bytea_output=hex -c statement_timeout={milliseconds}"
)


class PostgresConnection:
    """A connection to the server of a URL. Raises psycopg.Error when it cannot be made."""

    def __init__(self, url: URL, seconds: float) -> None:
        own = url.set(drivername="postgresql+psycopg")
        _, options = own.get_dialect()().create_connect_args(own)
        given = options.pop("options", "")
        self.driver: psycopg.Connection[Any] = psycopg.connect(
            **options,
            connect_timeout=CONNECT_SECONDS,
            client_encoding="utf8",
            options=f"{given} {OPTIONS.format(milliseconds=int(seconds * 1000))}".strip(),
        )
        # The server's own text of a value is exact; only bytes are written by us.
        for kind in psycopg.adapters.types:
            for number in {kind.oid, kind.array_oid} - {0, psycopg.adapters.types["bytea"].oid}:
                self.driver.adapters.register_loader(number, TextLoader)

    def ask(self, query: str) -> Rows:
        """Run one query through a cursor of the server.

        DECLARE accepts nothing but a query that writes nothing, and the extended protocol
        nothing but one statement.
        """
        cursor = self.driver.cursor("assay_source")
        cursor.execute(query.strip().removesuffix(";").encode())
        if not cursor.description:
            raise NoRows
        return Rows([column.name for column in cursor.description], batches(cursor))

    def cancel(self) -> None:
        """Stop the query that runs."""
        self.driver.cancel_safe(timeout=CANCEL_SECONDS)

    def close(self) -> None:
        """Close the connection."""
        self.driver.close()


def batches(cursor: psycopg.ServerCursor[Any]) -> Iterator[list[Any]]:
    """The rows, some at a time."""
    while rows := cursor.fetchmany(BATCH):
        yield rows
