"""What the reconciler asks about jobs that wait, and about those whose worker is silent."""

from sqlalchemy import select

from core import Job, Status
from core.status import sources
from store import endings
from store.database import Database
from store.jobs import COLUMNS, as_job, cancel_waiting, move
from store.schema import job as jobs

EXPIRED = "Its turn did not come for {hours:,} hours; run it again when workers are free."


def settle_waiting(database: Database) -> int:
    """Move on jobs that wait for one that has ended: released, or cancelled with it.

    A job that waits for a failed one goes on waiting, since that one may be retried. Returns
    how many were moved; normally none, since publishing and cancelling do it themselves.
    """
    before = jobs.alias("before")
    waiting = (
        select(jobs.c.id, before.c.status)
        .select_from(jobs.outerjoin(before, jobs.c.after_job_id == before.c.id))
        .where(jobs.c.status == Status.CREATED, jobs.c.after_job_id.is_not(None))
    )
    with database.write() as connection:
        now = database.now(connection)
        moved = 0
        for job_id, status in connection.execute(waiting).all():
            if status == Status.COMPLETED:
                waits = (Status.CREATED,)
                job = move(connection, job_id, Status.QUEUED, now, before=waits, queued_at=now)
                moved += job is not None
            elif status in (None, Status.CANCELLED, Status.EXPIRED):
                job = move(connection, job_id, Status.CANCELLED, now, ended_at=now)
                if job is not None:
                    endings.ended(database, connection, job, "cancelled")
                    moved += 1
        return moved


def expire(database: Database, hours: int) -> tuple[Job, ...]:
    """End the jobs that have waited in the queue for so long, and those that wait for them.

    0 hours is for ever.
    """
    if not hours:
        return ()
    with database.write() as connection:
        now = database.now(connection)
        old = select(jobs.c.id).where(
            jobs.c.status == Status.QUEUED, jobs.c.queued_at < now - hours * 3600
        )
        expired: list[Job] = []
        for job_id in connection.execute(old).scalars().all():
            message = EXPIRED.format(hours=hours)
            job = move(
                connection,
                job_id,
                Status.EXPIRED,
                now,
                ended_at=now,
                error_code="QUEUE_EXPIRED",
                error_message=message,
            )
            if job is not None:
                endings.ended(database, connection, job, "expired")
                expired += [job, *cancel_waiting(database, connection, job_id, now)]
        return tuple(expired)


def lapsed(database: Database) -> tuple[Job, ...]:
    """PROCESSING jobs whose lease is over."""
    with database.read() as connection:
        query = select(*COLUMNS).where(
            jobs.c.status.in_(sources(Status.COMPLETED)),
            jobs.c.lease_until < database.now(connection),
        )
        return tuple(as_job(row) for row in connection.execute(query))
