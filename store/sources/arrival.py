"""The row of a dataset whose bytes are fetched: first without them, then with them."""

from sqlalchemy import exists, update

from core import Dataset, Job, LeaseLost
from store import datasets, jobs
from store.database import Database
from store.jobs import JobRequest
from store.schema import dataset as dataset_table
from store.schema import job as job_table


def expected(database: Database, dataset: Dataset, request: JobRequest) -> tuple[Dataset, Job]:
    """Store a dataset without bytes or checksum, and the job that fetches and reads it."""
    with database.write() as connection:
        now = database.now(connection)
        added = datasets.insert(connection, dataset, now)
        return added, jobs.insert(connection, request, now)


def arrived(database: Database, job: Job, name: str, size: int, sha256: str) -> None:
    """Note what was fetched, if the job still holds its lease. Raises LeaseLost."""
    holds = exists().where(job_table.c.id == job.id, job_table.c.lease_token == job.lease_token)
    with database.write() as connection:
        noted = connection.execute(
            update(dataset_table)
            .where(dataset_table.c.id == job.dataset_id, holds)
            .values(name=name[: datasets.MAX_NAME], bytes=size, sha256=sha256)
        )
    if noted.rowcount != 1:
        raise LeaseLost("Another attempt fetches this dataset, or it was deleted.")
