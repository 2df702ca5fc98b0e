"""Notifications to be sent, written in the very transaction of what they tell about.

What happened and the duty to tell it stand or fall together. Sending is at-least-once: a process
claims a row for a while, and if it dies, the row is due again when that while is over.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Row

from store.database import Database
from store.schema import outbox

MOST_ATTEMPTS = 10
FIRST_PAUSE, LONGEST_PAUSE = 15.0, 21_600.0
"""Seconds between attempts: three times as long after each, so ten of them span 16 hours."""

DAY = 86_400.0
CLAIMED = "It is being sent now, or the process that sent it has ended."


@dataclass(frozen=True)
class Notification:
    """One thing to tell. `key` names it for ever: who gets the same key twice may drop it.

    `accepted` marks the addresses that have it already, as the sender names them.
    """

    id: int
    key: str
    kind: str
    owner: str | None
    payload: Mapping[str, Any]
    accepted: tuple[str, ...]
    attempts: int
    error_message: str | None
    created_at: float


def put(
    connection: Connection, key: str, kind: str, owner: str | None, payload: Mapping[str, Any]
) -> None:
    """Add a notification to the caller's transaction; the same key a second time is nothing.

    `key` is ASCII, at most 128 characters: "job:<id>:<attempt>:<status>".
    """
    is_sqlite = connection.dialect.name == "sqlite"
    now = Database(connection.engine).now(connection)
    row = (sqlite.insert if is_sqlite else postgresql.insert)(outbox).values(
        key=key,
        kind=kind,
        owner=owner,
        payload={"told": dict(payload), "accepted": []},
        created_at=now,
        not_before=now,
    )
    connection.execute(row.on_conflict_do_nothing(index_elements=[outbox.c.key]))


def due(database: Database, limit: int) -> tuple[int, ...]:
    """Ids of notifications to be sent now, the longest due first."""
    with database.read() as connection:
        query = (
            select(outbox.c.id)
            .where(*is_due(database.now(connection)))
            .order_by(outbox.c.not_before, outbox.c.id)
            .limit(limit)
        )
        return tuple(connection.execute(query).scalars())


def claim(database: Database, id: int, seconds: float) -> Notification | None:
    """Take a due notification for a while; None when somebody else has it, or has sent it.

    The attempt counts from here, so that one that kills its sender is given up, too.
    """
    with database.write() as connection:
        now = database.now(connection)
        row = connection.execute(
            update(outbox)
            .where(outbox.c.id == id, *is_due(now))
            .values(attempts=outbox.c.attempts + 1, not_before=now + seconds, error_message=CLAIMED)
            .returning(outbox)
        ).first()
        return None if row is None else as_notification(row)


def is_due(now: float) -> tuple[ColumnElement[bool], ...]:
    """Not sent, not given up, and not before its time."""
    return (
        outbox.c.sent_at.is_(None),
        outbox.c.attempts < MOST_ATTEMPTS,
        outbox.c.not_before <= now,
    )


def sent(database: Database, id: int) -> None:
    """Every address has it."""
    with database.write() as connection:
        connection.execute(
            update(outbox)
            .where(outbox.c.id == id)
            .values(sent_at=database.now(connection), error_message=None)
        )


def failed(
    database: Database, notification: Notification, message: str, accepted: Sequence[str] = ()
) -> None:
    """Some address has not got it: try again later, or give up after ten attempts.

    `message` says why, without a secret; `accepted` marks the addresses that need not be told
    again. A sender that is late, and whose notification another one took since, changes nothing.
    """
    with database.write() as connection:
        connection.execute(
            update(outbox)
            .where(
                outbox.c.id == notification.id,
                outbox.c.attempts == notification.attempts,
                outbox.c.sent_at.is_(None),
            )
            .values(
                error_message=message,
                not_before=database.now(connection) + pause(notification.attempts),
                payload={"told": dict(notification.payload), "accepted": list(accepted)},
            )
        )


def pause(attempts: int) -> float:
    """Seconds until the next attempt, a quarter more or less, so that not all come at once."""
    return min(FIRST_PAUSE * 3.0 ** (attempts - 1), LONGEST_PAUSE) * random.uniform(0.75, 1.25)


def given_up(database: Database, limit: int) -> tuple[Notification, ...]:
    """What could not be sent in ten attempts, with its last error, the newest first."""
    query = (
        select(outbox)
        .where(outbox.c.sent_at.is_(None), outbox.c.attempts >= MOST_ATTEMPTS)
        .order_by(outbox.c.created_at.desc(), outbox.c.id.desc())
        .limit(limit)
    )
    with database.read() as connection:
        return tuple(as_notification(row) for row in connection.execute(query))


def sweep(database: Database, older_than_days: float) -> int:
    """Forget what was sent or given up and is older than this; what is to be sent stays."""
    with database.write() as connection:
        oldest = database.now(connection) - older_than_days * DAY
        over = outbox.c.sent_at.is_not(None) | (outbox.c.attempts >= MOST_ATTEMPTS)
        return connection.execute(delete(outbox).where(over, outbox.c.created_at < oldest)).rowcount


def as_notification(row: Row[Any]) -> Notification:
    """The value of a row."""
    return Notification(
        id=row.id,
        key=row.key,
        kind=row.kind,
        owner=row.owner,
        payload=row.payload["told"],
        accepted=tuple(row.payload["accepted"]),
        attempts=row.attempts,
        error_message=row.error_message,
        created_at=row.created_at,
    )
