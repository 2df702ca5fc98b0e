"""How a worker takes a job: one statement that only one of many can win.

The database's clock decides, and a token in the row fences whatever the attempt writes later.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Float, bindparam, func, select, text, update
from sqlalchemy.sql.dml import ReturningUpdate

from core import Job, Status
from store import attempts, tally
from store.database import Database
from store.jobs import COLUMNS, as_job
from store.leases import Lease
from store.schema import job as jobs

CLAIMS = 7303015
"""The advisory lock of Postgres: workers that chose at once would all choose the same job."""

CLOCK_SLACK = 60.0


def claim(
    database: Database, job_id: str, worker: str, seconds: float, per_user: int = 0
) -> tuple[Job, Lease] | None:
    """Take a due QUEUED job; None when somebody else has it, or its user has no room for it.

    `per_user` is how many jobs of a user may run at once; 0 is no limit. A job whose lease ran
    out is first taken back by the reconciler, which counts that as a failure.
    """
    with claiming(database) as connection:
        return take(database, connection, job_id, worker, seconds, per_user)


@contextmanager
def claiming(database: Database) -> Iterator[Connection]:
    """A writing transaction, one at a time, in which jobs are chosen and taken."""
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": CLAIMS})
        yield connection


def take(
    database: Database,
    connection: Connection,
    job_id: str,
    worker: str,
    seconds: float,
    per_user: int,
) -> tuple[Job, Lease] | None:
    """As `claim`, within a transaction."""
    token, now = secrets.token_hex(16), database.now(connection)
    values = {"job": job_id, "now": now, "until": now + seconds, "by": worker, "fence": token}
    limit = {"per_user": per_user} if per_user else {}
    row = connection.execute(taking(bool(per_user)), values | limit).first()
    if row is None:
        return None
    job = as_job(row)
    attempts.begin(connection, job.id, job.attempt, worker, now)
    waited = now - max(job.queued_at or now, job.not_before)
    tally.observe(connection, "job_wait_seconds", waited, tool=job.tool)
    return job, Lease(job.id, token, job.attempt)


@cache
def taking(limited: bool) -> ReturningUpdate[Any]:
    """The statement that takes a job, built once: building it takes longer than running it."""
    now = bindparam("now", type_=Float)
    room = (has_room(bindparam("per_user")),) if limited else ()
    return (
        update(jobs)
        .where(jobs.c.id == bindparam("job"), *is_due(now), *room)
        .values(
            status=Status.PROCESSING,
            attempt=jobs.c.attempt + 1,
            lease_token=bindparam("fence"),
            lease_until=bindparam("until"),
            beat=0,
            worker=bindparam("by"),
            started_at=now,
            updated_at=now,
            error_code=None,
            error_message=None,
        )
        .returning(*COLUMNS)
    )


def is_due(now: ColumnElement[float]) -> tuple[ColumnElement[bool], ...]:
    """The condition under which a worker may take a job.

    Who queued it in the future had a wrong clock, and so had the pause that was asked for.
    """
    skewed = jobs.c.queued_at > now + CLOCK_SLACK
    return jobs.c.status == Status.QUEUED, (jobs.c.not_before <= now) | skewed


def has_room(per_user: ColumnElement[int]) -> ColumnElement[bool]:
    """The condition that the user of a job may have one more running."""
    other = jobs.alias("other")
    running = (
        select(func.count())
        .select_from(other)
        .where(other.c.owner == jobs.c.owner, other.c.status == Status.PROCESSING)
        .correlate(jobs)
        .scalar_subquery()
    )
    return running < per_user
