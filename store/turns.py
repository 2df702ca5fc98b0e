"""Whose turn it is: by priority, then the user who was served least recently, then the oldest job.

All of it is decided from the rows when a worker asks for work, so that any number of queues,
workers and hosts agree, and losing Redis changes no order.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Float, Select, bindparam, func, select

from core import Job, Status
from store.claims import claiming, is_due, take
from store.database import Database
from store.leases import Lease
from store.schema import job as jobs

PRIORITIES = ("high", "default", "low")
NOW = bindparam("now", type_=Float)


class Turn(NamedTuple):
    """A user with due jobs of one priority. `served` is when a worker last took one of theirs."""

    rank: int
    served: float
    oldest: float
    owner: str
    priority: str
    running: int
    waiting: int


@cache
def waiting_users() -> Select[Any]:
    """The users with jobs that are due at "now", built once: building takes longer than asking."""
    other = jobs.alias("other")
    mine = other.c.owner == jobs.c.owner
    served = select(func.max(other.c.started_at)).where(mine).scalar_subquery()
    running = select(func.count()).where(mine, other.c.status == Status.PROCESSING)
    return (
        select(
            jobs.c.owner,
            jobs.c.priority,
            func.min(jobs.c.queued_at).label("oldest"),
            func.count().label("waiting"),
            served.correlate(jobs).label("served"),
            running.scalar_subquery().correlate(jobs).label("running"),
        )
        .where(*is_due(NOW))
        .group_by(jobs.c.owner, jobs.c.priority)
    )


@cache
def due_jobs() -> Select[Any]:
    """The ids of the jobs of an "owner" with a "priority" that are due at "now", oldest first."""
    theirs = jobs.c.owner == bindparam("owner"), jobs.c.priority == bindparam("priority")
    query = select(jobs.c.id).where(*is_due(NOW), *theirs)
    return query.order_by(jobs.c.queued_at, jobs.c.id).limit(bindparam("most"))


def turns(connection: Connection, now: float, per_user: int) -> list[Turn]:
    """The users whose jobs may start now, the next one first; 0 for `per_user` is no limit."""
    found = [
        Turn(
            rank(row.priority),
            row.served or 0.0,
            row.oldest or 0.0,
            row.owner,
            row.priority,
            row.running,
            row.waiting,
        )
        for row in connection.execute(waiting_users(), {"now": now})
    ]
    return sorted(turn for turn in found if not per_user or turn.running < per_user)


def rank(priority: str) -> int:
    """0 is the most urgent; a word that nobody knows is a default."""
    return PRIORITIES.index(priority if priority in PRIORITIES else "default")


def next_job(database: Database, per_user: int) -> str | None:
    """The id of the job that a worker should take now; None when there is none."""
    with database.read() as connection:
        return choose(database, connection, per_user)


def choose(database: Database, connection: Connection, per_user: int) -> str | None:
    """The same within a transaction."""
    now = database.now(connection)
    for turn in turns(connection, now, per_user):
        for job_id in jobs_of(turn, connection, now, 1):
            return job_id
    return None


def jobs_of(turn: Turn, connection: Connection, now: float, most: int) -> Sequence[str]:
    """The ids of at most so many jobs whose turn it is."""
    values = {"now": now, "owner": turn.owner, "priority": turn.priority, "most": most}
    return connection.execute(due_jobs(), values).scalars().all()


def claim_next(
    database: Database, worker: str, seconds: float, per_user: int
) -> tuple[Job, Lease] | None:
    """Take the job whose turn it is, for `seconds`; None when nothing may start now."""
    # A bell too many is frequent; it need not wait for others that write.
    if next_job(database, per_user) is None:
        return None
    with claiming(database) as connection:
        # In Postgres the job may be cancelled between the two steps; then the next one.
        while (job_id := choose(database, connection, per_user)) is not None:
            taken = take(database, connection, job_id, worker, seconds, per_user)
            if taken is not None:
                return taken
    return None


def startable(database: Database, per_user: int) -> tuple[str, ...]:
    """The due jobs that have room under the limit of their user, those of the next turn first."""
    found: list[str] = []
    with database.read() as connection:
        now = database.now(connection)
        room: dict[str, int] = {}
        for turn in turns(connection, now, per_user):
            left = room.setdefault(turn.owner, per_user - turn.running)
            ids = jobs_of(turn, connection, now, left if per_user else turn.waiting)
            room[turn.owner] = left - len(ids)
            found += ids
    return tuple(found)
