"""What a transaction adds to the counters: written last, and always in the same order.

Two transactions that held counters and waited for each other's would never end, and whoever
holds one makes everybody wait that counts the same.
"""

from functools import cache

from sqlalchemy import Connection, Insert
from sqlalchemy.dialects import postgresql, sqlite

from store.schema import tally

Key = tuple[str, str]
"""A counter's name and its labels as JSON."""

PENDING = "additions"


def collect(connection: Connection) -> None:
    """Begin to collect what the transaction of this connection adds."""
    connection.info[PENDING] = {}


def add(connection: Connection, key: Key, by: float) -> None:
    """Add to a counter, at the end of the transaction."""
    pending: dict[Key, float] = connection.info[PENDING]
    pending[key] = pending.get(key, 0.0) + by


def write(connection: Connection) -> None:
    """Write what was collected; one that is new starts at 0."""
    pending: dict[Key, float] = connection.info.pop(PENDING)
    rows = [
        {"name": name, "labels": labels, "value": by}
        for (name, labels), by in sorted(pending.items())
    ]
    if rows:
        connection.execute(addition(connection.dialect.name), rows)


@cache
def addition(dialect: str) -> Insert:
    """The statement that adds, built once: building it takes longer than running it."""
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    row = insert(tally)
    return row.on_conflict_do_update(
        index_elements=[tally.c.name, tally.c.labels],
        set_={"value": tally.c.value + row.excluded.value},
    )
