"""Counters in the database: exact, because they grow in the very transaction that they count.

Processes come and go (one per job) and run on many hosts, and rows are deleted after their
retention, so neither memory nor the job table can be what a monitoring system reads.
"""

import json
from bisect import bisect_left
from collections.abc import Mapping
from math import inf

from sqlalchemy import Connection, select

from store import additions
from store.database import Database
from store.schema import tally

BUCKETS = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0, inf)
"""Upper bounds of the histograms, in seconds."""

Labels = Mapping[str, str]


def count(connection: Connection, name: str, by: float = 1.0, **labels: str) -> None:
    """Add to a counter, in a transaction that writes."""
    additions.add(connection, (name, json.dumps(labels, sort_keys=True)), by)


def observe(connection: Connection, name: str, seconds: float, **labels: str) -> None:
    """Add a duration to a histogram: to its one bucket (not cumulative) and to its sum."""
    seconds = max(0.0, seconds)
    bound = BUCKETS[bisect_left(BUCKETS, seconds)]
    le = "+Inf" if bound == inf else str(bound)
    count(connection, f"{name}_bucket", 1.0, **labels, le=le)
    count(connection, f"{name}_sum", seconds, **labels)


def add(database: Database, name: str, by: float = 1.0, **labels: str) -> None:
    """Add to a counter of something that no other transaction writes. Raises Transient."""
    with database.write() as connection:
        count(connection, name, by, **labels)


def read(database: Database) -> dict[str, list[tuple[dict[str, str], float]]]:
    """Every counter by name: its labels and its value."""
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    with database.read() as connection:
        for row in connection.execute(select(tally).order_by(tally.c.name, tally.c.labels)):
            found.setdefault(row.name, []).append((json.loads(row.labels), row.value))
    return found
