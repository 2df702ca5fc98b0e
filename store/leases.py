"""The fence around a running job: renew, publish, fail. The database's clock decides."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from core import Job, LeaseLost, Status
from store import attempts, endings
from store.database import Database
from store.jobs import COLUMNS, as_job, move
from store.schema import job as jobs

BACK_OFF_SECONDS = (2.0, 10.0, 60.0, 300.0)


@dataclass(frozen=True)
class Lease:
    """The right to write about a job: valid while the row carries this token."""

    job_id: str
    token: str
    attempt: int

    @property
    def folder(self) -> str:
        """The key under which this attempt publishes its files."""
        return f"jobs/{self.job_id}/{self.attempt}-{self.token[:8]}"

    @property
    def scratch(self) -> str:
        """The name of this attempt's scratch folder; another attempt has another one."""
        return f"{self.job_id}.{self.token[:8]}"


def renew(database: Database, lease: Lease, seconds: float) -> bool:
    """Prolong the lease; False when it is lost (cancelled, or taken by another attempt)."""
    with database.write() as connection:
        now = database.now(connection)
        found = connection.execute(
            update(jobs).where(*held(lease)).values(lease_until=now + seconds, beat=jobs.c.beat + 1)
        )
        return found.rowcount == 1


def holds(database: Database, lease: Lease) -> bool:
    """True while this attempt still owns the job."""
    with database.read() as connection:
        return connection.execute(select(jobs.c.id).where(*held(lease))).first() is not None


def held(lease: Lease) -> tuple[Any, ...]:
    """The condition that fences every write of an attempt."""
    return (
        jobs.c.id == lease.job_id,
        jobs.c.status == Status.PROCESSING,
        jobs.c.lease_token == lease.token,
    )


def publish(
    database: Database,
    lease: Lease,
    folder: str,
    summary: Mapping[str, Any],
    also: Callable[[Connection], None] | None = None,
) -> tuple[str, ...]:
    """Complete the job with its artifact folder; return the ids of jobs that are now due.

    `also` writes what belongs to the result, in the same transaction.

    Raises LeaseLost when another attempt or a cancellation came first: nothing is written then,
    and the caller deletes its files.
    """
    with database.write() as connection:
        now = database.now(connection)
        row = connection.execute(
            update(jobs)
            .where(*held(lease))
            .values(
                status=Status.COMPLETED,
                artifact_folder=folder,
                summary=dict(summary),
                lease_token=None,
                progress=100.0,
                current_step=None,
                ended_at=now,
                updated_at=now,
            )
            .returning(*COLUMNS)
        ).first()
        if row is None:
            raise LeaseLost("Another attempt owns this job, or it was cancelled.")
        endings.ended(database, connection, as_job(row), "completed")
        if also is not None:
            also(connection)
        return release(connection, lease.job_id, now)


def release(connection: Connection, job_id: str, now: float) -> tuple[str, ...]:
    """Queue the jobs that waited for this one."""
    waiting = select(jobs.c.id).where(
        jobs.c.after_job_id == job_id, jobs.c.status == Status.CREATED
    )
    due = connection.execute(waiting).scalars().all()
    return tuple(
        follower
        for follower in due
        if move(connection, follower, Status.QUEUED, now, before=(Status.CREATED,), queued_at=now)
    )


def fail(database: Database, lease: Lease, code: str, message: str) -> bool:
    """End the job as FAILED with a code and a sentence; False when the lease was lost."""
    with database.write() as connection:
        now = database.now(connection)
        row = connection.execute(
            update(jobs)
            .where(*held(lease))
            .values(failures=jobs.c.failures + 1, **failed(now, code, message))
            .returning(*COLUMNS)
        ).first()
        if row is None:
            attempts.end(connection, lease.job_id, now, "failed", message, lease.attempt)
            return False
        endings.ended(database, connection, as_job(row), "failed")
        return True


def failed(now: float, code: str, message: str) -> dict[str, Any]:
    """The values of a failed row."""
    return {
        "status": Status.FAILED,
        "error_code": code,
        "error_message": attempts.storable(message),
        "lease_token": None,
        "ended_at": now,
        "updated_at": now,
    }


def give_back(database: Database, lease: Lease) -> bool:
    """Queue the job again at once without counting a failure: a deploy, a warm shutdown."""
    with database.write() as connection:
        now = database.now(connection)
        done = connection.execute(
            update(jobs).where(*held(lease)).values(**queued_again(now, now, None))
        )
        attempts.end(connection, lease.job_id, now, "given back", None, lease.attempt)
        return done.rowcount == 1


def queued_again(now: float, due: float, message: str | None) -> dict[str, Any]:
    """The values of a row that goes back to the queue."""
    return {
        "status": Status.QUEUED,
        "lease_token": None,
        "not_before": due,
        "queued_at": now,
        "updated_at": now,
        "error_message": attempts.storable(message),
    }


def interrupt(
    database: Database, job_id: str, code: str, message: str, *, token: str | None = None
) -> Status | None:
    """An attempt broke off (transient error, lost worker): queue again with back-off, or fail.

    `token` restricts it to that lease; without one the caller knows that the lease is over.
    Returns the new status, None when the job had moved on.
    """
    with database.write() as connection:
        now = database.now(connection)
        condition = [jobs.c.id == job_id, jobs.c.status == Status.PROCESSING]
        if token is not None:
            condition.append(jobs.c.lease_token == token)
        row = connection.execute(select(*COLUMNS).where(*condition).with_for_update()).first()
        if row is None:
            return None
        before = as_job(row)
        values = after_failure(before, now, code, message)
        moved = update(jobs).where(*condition).values(failures=before.failures + 1, **values)
        job = as_job(connection.execute(moved.returning(*COLUMNS)).one())
        if job.status == Status.FAILED:
            endings.ended(database, connection, job, "interrupted")
        else:
            endings.queued_again(connection, job, code, message)
        return job.status


def after_failure(job: Job, now: float, code: str, message: str) -> dict[str, Any]:
    """The values of a job that failed once more: to be tried after a pause, or set aside."""
    if job.failures + 1 < job.max_failures:
        wait = BACK_OFF_SECONDS[min(job.failures, len(BACK_OFF_SECONDS) - 1)]
        jitter = 1 + secrets.randbelow(250) / 1000
        return queued_again(now, now + wait * jitter, message)
    if code == "WORKER_LOST" and job.failures:
        message = f"{message} So it was {job.failures + 1} times; the job is set aside."
        return failed(now, "POISON_JOB", message)
    return failed(now, code, message)
