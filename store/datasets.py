"""Uploads: the immutable file, how it shall be read, and the job that read it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, select, update

from core import Dataset, Job, NotFound, Status
from store import audit, tally
from store.database import Database
from store.jobs import JobRequest
from store.jobs import insert as insert_job
from store.schema import dataset as datasets
from store.schema import job as jobs

MAX_NAME = 255


def as_dataset(row: Row[Any]) -> Dataset:
    """A database row as a dataset."""
    return Dataset(**row._mapping)


def add(database: Database, dataset: Dataset) -> Dataset:
    """Store the row of an upload whose file is in place; `created_at` is set here."""
    with database.write() as connection:
        return insert(connection, dataset, database.now(connection))


def insert(connection: Connection, dataset: Dataset, now: float) -> Dataset:
    """The same within a transaction."""
    values = {name: getattr(dataset, name) for name in Dataset.__dataclass_fields__}
    values |= {"name": dataset.name[:MAX_NAME], "created_at": now}
    connection.execute(datasets.insert().values(**values))
    return Dataset(**values)


def add_with_job(database: Database, dataset: Dataset, request: JobRequest) -> tuple[Dataset, Job]:
    """Store an upload, the job that reads it and the line of the audit log, all or none."""
    with database.write() as connection:
        now = database.now(connection)
        added = insert(connection, dataset, now)
        job = insert_job(connection, request, now)
        audit.append(connection, now, dataset.owner, "upload", dataset.id, bytes=dataset.bytes)
        return added, job


def get(database: Database, owner: str, dataset_id: str) -> Dataset:
    """A user's dataset. Raises NotFound for an unknown id and for somebody else's alike."""
    return _one(database, datasets.c.id == dataset_id, datasets.c.owner == owner)


def load(database: Database, dataset_id: str) -> Dataset:
    """Any dataset, for workers. Raises NotFound."""
    return _one(database, datasets.c.id == dataset_id)


def _one(database: Database, *conditions: Any) -> Dataset:
    with database.read() as connection:
        row = connection.execute(select(datasets).where(*conditions)).first()
    if row is None:
        raise NotFound("There is no such dataset, or it belongs to somebody else.")
    return as_dataset(row)


def recent(database: Database, owner: str, limit: int = 20, offset: int = 0) -> tuple[Dataset, ...]:
    """A user's datasets, the newest first, but for those whose upload was given up."""
    ended = jobs.c.status.in_((Status.CANCELLED, Status.EXPIRED))
    given_up = select(jobs.c.dataset_id).where(jobs.c.owner == owner, ended)
    query = (
        select(datasets)
        .where(
            datasets.c.owner == owner, (datasets.c.sha256 != "") | datasets.c.id.not_in(given_up)
        )
        .order_by(datasets.c.created_at.desc(), datasets.c.id)
        .limit(limit)
        .offset(offset)
    )
    with database.read() as connection:
        return tuple(as_dataset(row) for row in connection.execute(query))


def choose_reading(
    database: Database, owner: str, dataset_id: str, reading: Mapping[str, Any]
) -> Dataset:
    """Store how the file shall be read; what was read otherwise is forgotten."""
    before = get(database, owner, dataset_id)
    if dict(before.reading) == dict(reading):
        return before
    values = {"reading": dict(reading), "ingest_job_id": None, "rows": None, "columns": None}
    with database.write() as connection:
        connection.execute(update(datasets).where(datasets.c.id == dataset_id).values(**values))
    return load(database, dataset_id)


def ingested(connection: Connection, job: Job, rows: int, columns: int) -> None:
    """Note the job that read the file, unless the user has chosen another reading meanwhile."""
    row = datasets.c.id == job.dataset_id
    reading = connection.execute(select(datasets.c.reading).where(row).with_for_update()).scalar()
    if reading == job.params.get("reading", {}):
        values = {"ingest_job_id": job.id, "rows": rows, "columns": columns}
        done = update(datasets).where(row).values(**values).returning(datasets.c.bytes)
        size = connection.execute(done).scalar_one()
        tally.count(connection, "bytes_ingested_total", float(size))


def remove(database: Database, owner: str, dataset_id: str) -> tuple[str, ...]:
    """Delete a dataset with its jobs; return the keys of the folders whose files are to go."""
    dataset = get(database, owner, dataset_id)
    with database.write() as connection:
        # Whoever writes about a job locks its row before the dataset's, so this does, too.
        theirs = select(jobs.c.id).where(jobs.c.dataset_id == dataset_id)
        locked = theirs.order_by(jobs.c.created_at, jobs.c.id).with_for_update()
        ids = connection.execute(locked).scalars().all()
        keys = (dataset.key.rsplit("/", 1)[0], *(f"jobs/{job_id}" for job_id in ids))
        connection.execute(datasets.delete().where(datasets.c.id == dataset_id))
    return keys
