"""The rows of one SELECT as a CSV file, over a connection that cannot write."""

import json
import re
import sqlite3
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Timer
from typing import Any

import duckdb
import psycopg
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from core import AssayError, Settings, UnreadableFile
from store.sources.content import Content, clean_name, later, refused, too_slow
from store.sources.duckdb_file import DuckdbConnection
from store.sources.postgres import PostgresConnection
from store.sources.rows import Connection, NoRows, Rows
from store.sources.sqlite import SqliteConnection

READING: dict[str, Any] = {
    "encoding": "utf-8",
    "delimiter": ",",
    "quote": '"',
    "escape": "",
    "comment": "",
    "skip_rows": 0,
    "header": True,
    "header_rows": 1,
    "footer_rows": 0,
}
"""How the CSV is to be read: we wrote it, so there is nothing to find out."""

QUOTED = re.compile(r'[",\r\n]|^\s|\s$')
"""What stands in quotes: the reader may take spaces at the ends for a part of the separator."""

DRIVER_ERRORS = (sqlite3.Error, sqlite3.Warning, duckdb.Error, psycopg.Error)


def databases(setting: str) -> dict[str, URL]:
    """The databases that may be asked, by name (SOURCE_DATABASES).

    Raises UnreadableFile when the setting cannot be read; the message shows nothing of it.
    """
    try:
        return {str(name): make_url(url) for name, url in json.loads(setting or "{}").items()}
    except (ValueError, AttributeError, ArgumentError):
        raise refused(
            'SOURCE_DATABASES cannot be read; it must be {"name": "postgresql://…"} as JSON.'
        ) from None


def permitted_database(name: str, setting: str) -> URL:
    """The address of a database by its name. Raises UnreadableFile."""
    known = databases(setting)
    if name not in known:
        raise refused(f"There is no database '{name}' here; SOURCE_DATABASES names them.")
    if known[name].get_backend_name() not in {"postgresql", "sqlite", "duckdb"}:
        raise refused(f"'{name}' is neither PostgreSQL nor SQLite nor DuckDB.")
    return known[name]


def open_query(name: str, query: str, deadline: float, settings: Settings) -> Content:
    """The rows of a query as CSV (RFC 4180, UTF-8); a null is an empty cell, an empty text "".

    Raises UnreadableFile, or Transient when the database cannot be reached.
    """
    url = permitted_database(name, settings.source_databases)
    blocks = csv_of(name, url, query, deadline, settings.source_rows)
    return Content(clean_name(f"{name}.csv"), blocks)


def csv_of(name: str, url: URL, query: str, deadline: float, most: int) -> Generator[bytes]:
    """The CSV in blocks; at most `most` rows."""
    connection = connect(name, url, deadline)
    try:
        with explained(name, url, deadline), ending_at(deadline, connection):
            yield from csv_blocks(connection.ask(query), most)
    finally:
        connection.close()


def connect(name: str, url: URL, deadline: float) -> Connection:
    """Open a database read-only. Raises Transient, without what the driver says of the server."""
    try:
        match url.get_backend_name():
            case "sqlite":
                return SqliteConnection(url)
            case "duckdb":
                return DuckdbConnection(url)
            case _:
                return PostgresConnection(url, deadline - time.monotonic())
    except DRIVER_ERRORS:
        raise later(f"The database '{name}' cannot be opened; it is tried again.") from None


@contextmanager
def ending_at(deadline: float, connection: Connection) -> Iterator[None]:
    """Cancel the query when its time is up, wherever it is."""
    timer = Timer(max(0.0, deadline - time.monotonic()), cancel, [connection])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def cancel(connection: Connection) -> None:
    """Stop what runs; a connection that has been closed meanwhile is no error."""
    with suppress(*DRIVER_ERRORS):
        connection.cancel()


@contextmanager
def explained(name: str, url: URL, deadline: float) -> Iterator[None]:
    """Turn what the database says into a sentence without its address or password."""
    try:
        yield
    except NoRows:
        raise refused(f"'{name}' was not asked: write one SELECT, which gives rows.") from None
    except DRIVER_ERRORS as error:
        raise failure(name, url, error, time.monotonic() >= deadline) from None


def failure(name: str, url: URL, error: Exception, is_late: bool) -> AssayError:
    """The refusal for an error of a query."""
    if is_late or isinstance(error, psycopg.errors.QueryCanceled):
        return too_slow()
    if isinstance(error, psycopg.OperationalError) and error.sqlstate is None:
        return later(f"The connection to '{name}' broke off; it is tried again.")
    said = str(error).strip().partition("\n")[0]
    for secret in (url.password, url.database, url.host):
        said = said.replace(str(secret), "…") if secret else said
    return refused(f"The database '{name}' refused the query: {said[:300]}")


def csv_blocks(rows: Rows, most: int) -> Iterator[bytes]:
    """Names and rows as CSV. Raises UnreadableFile when there are more than `most` rows."""
    if not rows.names:
        raise NoRows
    yield csv_line(rows.names).encode()
    count = 0
    for batch in rows.batches:
        count += len(batch)
        if count > most:
            raise UnreadableFile(
                "too_large",
                f"The query gives more than {most:,} rows (SOURCE_ROWS); narrow it by WHERE.",
            )
        yield "".join(map(csv_line, batch)).encode()


def csv_line(row: Sequence[Any]) -> str:
    """One row; a lone null is a blank line, which our reader takes for a row of one column.

    Not by Polars: its threads would keep this process from forking the child that reads.
    """
    return ",".join(map(cell, row)) + "\r\n"


def cell(value: Any) -> str:
    """A value as a cell: numbers exactly, bytes in hexadecimal digits, an empty text as ""."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.hex() or '""'
    text = value if isinstance(value, str) else repr(value)
    if text and not QUOTED.search(text):
        return text
    return '"' + text.replace('"', '""') + '"'
