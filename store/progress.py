"""Where a running job is: one line per step, and a share on the job's row."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, select, update

from core import LeaseLost, StepProgress
from store import tally
from store.database import Database
from store.leases import Lease, held
from store.schema import job as jobs
from store.schema import step_progress as steps


def plan(database: Database, lease: Lease, titles: Sequence[tuple[str, str]]) -> None:
    """Write the steps to come, (name, title) in order, the first one as running.

    Raises LeaseLost.
    """
    with database.write() as connection:
        move(connection, lease, 0, titles[0][1], steps_total=len(titles))
        connection.execute(delete(steps).where(steps.c.job_id == lease.job_id))
        lines = [
            {
                "job_id": lease.job_id,
                "position": position,
                "attempt": lease.attempt,
                "name": name,
                "title": title,
                "state": "waiting" if position else "running",
            }
            for position, (name, title) in enumerate(titles)
        ]
        connection.execute(steps.insert(), lines)


def step_done(
    database: Database, lease: Lease, position: int, seconds: float, report: Mapping[str, Any]
) -> None:
    """Mark a step as done, with its report as JSON, and the next one as running.

    Raises LeaseLost, which is also how a cancellation arrives.
    """
    with database.write() as connection:
        near = select(steps.c.name, steps.c.title).where(
            steps.c.job_id == lease.job_id, steps.c.position >= position
        )
        found = connection.execute(near.order_by(steps.c.position).limit(2)).all()
        if not found:
            raise LeaseLost("This job, or this step of it, is no longer there.")
        now = database.now(connection)
        tool = move(connection, lease, position + 1, found[-1].title, updated_at=now)
        values = {"state": "done", "seconds": seconds, "report": dict(report)}
        mark(connection, lease, position, **values)
        if len(found) > 1:
            mark(connection, lease, position + 1, state="running")
        tally.observe(connection, "step_duration_seconds", seconds, tool=tool, step=found[0].name)


def mark(connection: Connection, lease: Lease, position: int, **values: Any) -> None:
    """Change the line of a step."""
    where = steps.c.job_id == lease.job_id, steps.c.position == position
    connection.execute(update(steps).where(*where).values(**values))


def move(connection: Connection, lease: Lease, done: int, step: str, **more: Any) -> str:
    """Write how far the job is into its row; return its tool. Raises LeaseLost."""
    total = more.get("steps_total", jobs.c.steps_total)
    values = {"steps_done": done, "current_step": step, "progress": 100.0 * done / total, **more}
    moved = update(jobs).where(*held(lease)).values(**values).returning(jobs.c.tool)
    tool = connection.execute(moved).scalar()
    if tool is None:
        raise LeaseLost("Another attempt owns this job, or it was cancelled.")
    return str(tool)


def of(database: Database, job_id: str) -> tuple[StepProgress, ...]:
    """The steps of a job in order."""
    query = select(steps).where(steps.c.job_id == job_id).order_by(steps.c.position)
    with database.read() as connection:
        return tuple(StepProgress(**row._mapping) for row in connection.execute(query))
