"""Datasets that come from elsewhere: an http(s) address, a bucket, or a query of a database.

Nothing is allowed until a setting allows it: SOURCE_HOSTS, SOURCE_BUCKETS, SOURCE_DATABASES.
"""

import io
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import IO, Any, cast

from core import Settings
from store.sources.content import ByteStream, clean_name
from store.sources.http import open_url
from store.sources.s3 import open_object, permitted_object
from store.sources.source import Kind, Source
from store.sources.sql import READING, databases, open_query, permitted_database
from store.sources.target import permitted

__all__ = ["Kind", "Source", "first_name", "offered", "open_source", "place", "reading_of"]


def offered(settings: Settings) -> dict[Kind, tuple[str, ...]]:
    """What may be fetched here: for each kind the hosts, buckets or databases; none is left out."""
    found: dict[Kind, tuple[str, ...]] = {
        "url": entries(settings.source_hosts),
        "bucket": entries(settings.source_buckets),
        "database": tuple(databases(settings.source_databases)),
    }
    return {kind: names for kind, names in found.items() if names}


def entries(text: str) -> tuple[str, ...]:
    """The entries of a list with commas."""
    return tuple(entry.strip() for entry in text.split(",") if entry.strip())


def place(source: Source, settings: Settings) -> str:
    """The host, bucket or database of a source, for the audit log: a name without any secret.

    Asks no server. Raises UnreadableFile (source_refused) when the settings do not allow it.
    """
    match source.kind:
        case "url":
            return permitted(source.url, settings.source_hosts).host
        case "bucket":
            return permitted_object(source.url, settings.source_buckets)[0]
        case "database":
            permitted_database(source.database, settings.source_databases)
            return source.database


def first_name(source: Source) -> str:
    """What to call the dataset until its bytes are there."""
    if source.kind == "database":
        return clean_name(f"{source.database}.csv")
    path = source.url.partition("#")[0].partition("?")[0]
    return clean_name(path.rstrip("/")) or "download"


def reading_of(source: Source) -> Mapping[str, Any]:
    """How the file is to be read: known for a query, to be found out for all else."""
    return READING if source.kind == "database" else {}


@contextmanager
def open_source(source: Source, settings: Settings) -> Iterator[tuple[str, IO[bytes]]]:
    """The name of the file and its bytes, within SOURCE_SECONDS.

    Raises UnreadableFile (source_refused, source_unavailable, too_large), or Transient; while
    the bytes are read, too.
    """
    deadline = time.monotonic() + settings.source_seconds
    match source.kind:
        case "url":
            content = open_url(source.url, settings.source_hosts, deadline)
        case "bucket":
            content = open_object(source.url, settings)
        case "database":
            content = open_query(source.database, source.query, deadline, settings)
    with closing(content.blocks):
        stream = io.BufferedReader(ByteStream(content.blocks, deadline))
        yield content.name, cast(IO[bytes], stream)
