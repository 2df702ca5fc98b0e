"""Where a running job is: one line per step, and a share on the job's row."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select, update

from core import LeaseLost, StepProgress
from store import tally
from store.database import Database
from store.leases import Lease, held
from store.schema import job as jobs
from store.schema import step_progress as steps


def plan(database: Database, lease: Lease, titles: Sequence[tuple[str, str]]) -> None:
    """Write the steps to come as waiting: (name, title) in order. Raises LeaseLost."""
    with database.write() as connection:
        done = connection.execute(
            update(jobs)
            .where(*held(lease))
            .values(steps_total=len(titles), steps_done=0, progress=0.0, current_step=None)
        )
        if done.rowcount != 1:
            raise LeaseLost("Another attempt owns this job, or it was cancelled.")
        connection.execute(delete(steps).where(steps.c.job_id == lease.job_id))
        lines = [
            {
                "job_id": lease.job_id,
                "position": position,
                "attempt": lease.attempt,
                "name": name,
                "title": title,
                "state": "waiting",
            }
            for position, (name, title) in enumerate(titles)
        ]
        connection.execute(steps.insert(), lines)


def step_started(database: Database, lease: Lease, position: int) -> None:
    """Mark a step as running. Raises LeaseLost, which is also how a cancellation arrives."""
    _write(database, lease, position, {"state": "running"}, done=position)


def step_done(
    database: Database, lease: Lease, position: int, seconds: float, report: Mapping[str, Any]
) -> None:
    """Mark a step as done, with its report as JSON. Raises LeaseLost."""
    values = {"state": "done", "seconds": seconds, "report": dict(report)}
    _write(database, lease, position, values, done=position + 1)


def _write(
    database: Database, lease: Lease, position: int, values: Mapping[str, Any], done: int
) -> None:
    with database.write() as connection:
        where = (steps.c.job_id == lease.job_id, steps.c.position == position)
        step = connection.execute(select(steps.c.name, steps.c.title).where(*where)).first()
        if step is None:
            raise LeaseLost("This job, or this step of it, is no longer there.")
        tool = connection.execute(
            update(jobs)
            .where(*held(lease))
            .values(
                steps_done=done,
                current_step=step.title,
                progress=100.0 * done / jobs.c.steps_total,
                updated_at=database.now(connection),
            )
            .returning(jobs.c.tool)
        ).scalar()
        if tool is None:
            raise LeaseLost("Another attempt owns this job, or it was cancelled.")
        connection.execute(update(steps).where(*where).values(**values))
        if "seconds" in values:
            seconds = float(values["seconds"])
            tally.observe(connection, "step_duration_seconds", seconds, tool=tool, step=step.name)


def of(database: Database, job_id: str) -> tuple[StepProgress, ...]:
    """The steps of a job in order."""
    query = select(steps).where(steps.c.job_id == job_id).order_by(steps.c.position)
    with database.read() as connection:
        return tuple(StepProgress(**row._mapping) for row in connection.execute(query))
