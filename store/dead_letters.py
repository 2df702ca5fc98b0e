"""Jobs that failed for good and that nobody has run again since, of all users."""

from dataclasses import dataclass

from sqlalchemy import func, select

from core import Dataset, Job, Status
from store.database import Database
from store.datasets import as_dataset
from store.jobs import COLUMNS, as_job
from store.schema import dataset as datasets
from store.schema import job as jobs


@dataclass(frozen=True)
class DeadLetter:
    """A failed job and its dataset."""

    job: Job
    dataset: Dataset


def counts(database: Database) -> dict[str, int]:
    """How many there are of each error code, the most frequent first."""
    query = (
        select(jobs.c.error_code, func.count())
        .where(jobs.c.status == Status.FAILED)
        .group_by(jobs.c.error_code)
        .order_by(func.count().desc(), jobs.c.error_code)
    )
    with database.read() as connection:
        return {code or "": count for code, count in connection.execute(query)}


def page(
    database: Database, code: str | None = None, *, limit: int = 20, offset: int = 0
) -> tuple[DeadLetter, ...]:
    """A slice of them, those that failed last first; `code` keeps those of one error code."""
    conditions = [jobs.c.status == Status.FAILED]
    if code is not None:
        conditions.append(func.coalesce(jobs.c.error_code, "") == code)
    query = (
        select(*COLUMNS)
        .where(*conditions)
        .order_by(jobs.c.ended_at.desc(), jobs.c.id)
        .limit(limit)
        .offset(offset)
    )
    with database.read() as connection:
        failed = [as_job(row) for row in connection.execute(query)]
        of_these = datasets.c.id.in_({job.dataset_id for job in failed})
        rows = connection.execute(select(datasets).where(of_these))
        found = {row.id: as_dataset(row) for row in rows}
    return tuple(DeadLetter(job, found[job.dataset_id]) for job in failed)
