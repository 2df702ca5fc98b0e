"""What else is written when a job ends or is tried again: history, counters, a message."""

from sqlalchemy import Connection

from core import Job, Status
from store import attempts, outbox, tally
from store.database import Database

COUNTERS = {
    Status.COMPLETED: "jobs_succeeded_total",
    Status.FAILED: "jobs_failed_total",
    Status.CANCELLED: "jobs_cancelled_total",
    Status.EXPIRED: "jobs_expired_total",
}


def ended(database: Database, connection: Connection, job: Job, ending: str) -> None:
    """Close the open attempt of a job that has ended, count it and tell about it.

    `job` is the row as it is now; `ending` is the word of its history.
    """
    now = job.ended_at or job.updated_at
    attempts.end(connection, job.id, now, ending, job.error_message)
    failure = {"error_code": job.error_code or ""} if job.status == Status.FAILED else {}
    tally.count(connection, COUNTERS[job.status], 1.0, tool=job.tool, **failure)
    if job.status == Status.COMPLETED:
        tally.count(connection, "artifacts_published_total", 1.0, tool=job.tool)
        tally.observe(connection, "job_duration_seconds", seconds(job), tool=job.tool)
    if database.notifies:
        outbox.put(
            connection,
            f"job:{job.id}:{job.attempt}:{job.status.lower()}",
            "job",
            job.owner,
            told(job),
        )


def queued_again(connection: Connection, job: Job, code: str, message: str) -> None:
    """Close the attempt of a job that will be tried again, and count that."""
    attempts.end(connection, job.id, job.updated_at, "interrupted", message, job.attempt)
    tally.count(connection, "jobs_retried_total", 1.0, tool=job.tool, error_code=code)


def seconds(job: Job) -> float:
    """How long the last attempt took; 0 for a job that never started."""
    return max(0.0, (job.ended_at or 0.0) - job.started_at) if job.started_at else 0.0


def told(job: Job) -> dict[str, object]:
    """What a message about an ended job says: never a value of the data."""
    return {
        "job": job.id,
        "status": str(job.status),
        "tool": job.tool,
        "dataset": job.dataset_id,
        "error_code": job.error_code,
        "message": job.error_message,
        "seconds": round(seconds(job), 3),
    }
