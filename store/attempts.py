"""The history of a job: one line per try."""

from sqlalchemy import Connection, select, update

from core import Attempt
from store.database import Database
from store.schema import attempt as attempts


def begin(connection: Connection, job_id: str, number: int, worker: str, now: float) -> None:
    """Open the line of a new attempt; what was still open before it counts as lost."""
    if number > 1:
        end(connection, job_id, now, "lost", "The worker stopped answering.")
    connection.execute(
        attempts.insert().values(job_id=job_id, number=number, worker=worker, started_at=now)
    )


def end(
    connection: Connection,
    job_id: str,
    now: float,
    ending: str,
    message: str | None,
    number: int | None = None,
) -> None:
    """Close the open lines of a job, or that of one attempt."""
    condition = [attempts.c.job_id == job_id, attempts.c.ended_at.is_(None)]
    if number is not None:
        condition.append(attempts.c.number == number)
    connection.execute(
        update(attempts)
        .where(*condition)
        .values(ended_at=now, ending=ending, message=storable(message))
    )


def storable(message: str | None) -> str | None:
    """A sentence that every database takes: Postgres refuses NUL and lone surrogates."""
    if message is None:
        return None
    return message.replace("\x00", "\u2400").encode("utf-8", "replace").decode("utf-8")


def history(database: Database, job_id: str) -> tuple[Attempt, ...]:
    """All attempts at a job, the first one first."""
    query = select(attempts).where(attempts.c.job_id == job_id).order_by(attempts.c.number)
    with database.read() as connection:
        return tuple(Attempt(**row._mapping) for row in connection.execute(query))
