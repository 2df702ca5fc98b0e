"""Which job a process runs: asked by whoever watches that process from outside."""

from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, select

from core import Job, Status
from store.database import Database
from store.jobs import COLUMNS, as_job
from store.leases import Lease
from store.schema import job as jobs


def taken_by(database: Database, worker: str, seconds: float, but: Job | None = None) -> Job | None:
    """The job that a process took last, whatever became of it; None when it took none.

    That is the one that it runs, or one that it took in the last `seconds` and lost since;
    never `but`, an attempt that is known to be over.
    """
    over = {"over": but.id, "attempt_over": but.attempt} if but else {"over": "", "attempt_over": 0}
    with database.read() as connection:
        since = database.now(connection) - seconds
        row = connection.execute(last_taken(), {"by": worker, "since": since, **over}).first()
    return as_job(row) if row else None


@cache
def last_taken() -> Select[Any]:
    """The query of `taken_by`, built once: every job asks it, and building it takes longer."""
    over = and_(jobs.c.id == bindparam("over"), jobs.c.attempt == bindparam("attempt_over"))
    runs = jobs.c.status == Status.PROCESSING
    lately = jobs.c.started_at >= bindparam("since")
    return (
        select(*COLUMNS)
        .where(jobs.c.worker == bindparam("by"), ~over, runs | lately)
        .order_by(runs.desc(), jobs.c.started_at.desc())
        .limit(1)
    )


def look_up(database: Database, job: Job) -> Job | None:
    """The row of an attempt now; None when another attempt has it, or it was deleted."""
    attempt = (jobs.c.id == job.id, jobs.c.attempt == job.attempt, jobs.c.worker == job.worker)
    with database.read() as connection:
        row = connection.execute(select(*COLUMNS).where(*attempt)).first()
    return as_job(row) if row else None


def scratch_names(database: Database) -> frozenset[str]:
    """What the scratch folders of the attempts are called that hold a lease now."""
    query = select(jobs.c.id, jobs.c.lease_token, jobs.c.attempt).where(
        jobs.c.status == Status.PROCESSING, jobs.c.lease_token.is_not(None)
    )
    with database.read() as connection:
        rows = connection.execute(query).all()
    return frozenset(Lease(row.id, row.lease_token, row.attempt).scratch for row in rows)
