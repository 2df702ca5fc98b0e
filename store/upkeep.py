"""Figures about what is kept, sent and scheduled, and how often something had to be mended."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, select

from store.database import Database
from store.outbox import MOST_ATTEMPTS
from store.schema import dataset as datasets
from store.schema import outbox, schedule, tally


@dataclass(frozen=True)
class Uploads:
    """Uploads that are kept, their bytes, and how many retention deleted in the last 24 hours."""

    kept: int
    bytes: int
    deleted: int


@dataclass(frozen=True)
class Outbox:
    """Notifications that are still to be sent, and those that were given up."""

    waiting: int
    given_up: int


@dataclass(frozen=True)
class Schedules:
    """Schedules, those of them that are paused or whose last run went wrong, and missed runs."""

    total: int
    paused: int
    failing: int
    missed: int


def uploads(database: Database) -> Uploads:
    """What is kept of uploads. Raises Transient."""
    held = datasets.c.files_deleted_at.is_(None) & (datasets.c.sha256 != "")
    with database.read() as connection:
        yesterday = database.now(connection) - 86_400.0
        row = connection.execute(
            select(
                number_of(held),
                func.coalesce(func.sum(case((held, datasets.c.bytes), else_=0)), 0),
                number_of(datasets.c.files_deleted_at >= yesterday),
            )
        ).one()
    return Uploads(*map(int, row))


def notifications(database: Database) -> Outbox:
    """What is in the outbox and not sent. Raises Transient."""
    over = outbox.c.attempts >= MOST_ATTEMPTS
    query = select(number_of(~over), number_of(over)).where(outbox.c.sent_at.is_(None))
    with database.read() as connection:
        return Outbox(*map(int, connection.execute(query).one()))


def schedules(database: Database) -> Schedules:
    """How recurring profiles fare. Raises Transient."""
    query = select(
        func.count(),
        number_of(schedule.c.enabled.is_(False)),
        number_of(schedule.c.error_message.is_not(None)),
        func.coalesce(func.sum(schedule.c.missed), 0),
    )
    with database.read() as connection:
        return Schedules(*map(int, connection.execute(query).one()))


def number_of(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """How many rows meet a condition; 0 of an empty table."""
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def totals(database: Database, names: Sequence[str]) -> dict[str, float]:
    """Some counters over all their labels, 0 for one that has counted nothing. Raises Transient."""
    query = (
        select(tally.c.name, func.sum(tally.c.value))
        .where(tally.c.name.in_(names))
        .group_by(tally.c.name)
    )
    with database.read() as connection:
        counted = {name: float(value) for name, value in connection.execute(query)}
    return {name: counted.get(name, 0.0) for name in names}
