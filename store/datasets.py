"""Uploads: the immutable file, how it shall be read, and the job that read it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, select, update

from core import Dataset, NotFound
from store.database import Database
from store.schema import dataset as datasets
from store.schema import job as jobs

MAX_NAME = 255


def as_dataset(row: Row[Any]) -> Dataset:
    """A database row as a dataset."""
    return Dataset(**row._mapping)


def add(database: Database, dataset: Dataset) -> Dataset:
    """Store the row of an upload whose file is in place; `created_at` is set here."""
    values = {name: getattr(dataset, name) for name in Dataset.__dataclass_fields__}
    values["name"] = dataset.name[:MAX_NAME]
    with database.write() as connection:
        values["created_at"] = database.now(connection)
        connection.execute(datasets.insert().values(**values))
    return Dataset(**values)


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
    """A user's datasets, the newest first."""
    query = (
        select(datasets)
        .where(datasets.c.owner == owner)
        .order_by(datasets.c.created_at.desc(), datasets.c.id)
        .limit(limit)
        .offset(offset)
    )
    with database.read() as connection:
        return tuple(as_dataset(row) for row in connection.execute(query))


def choose_reading(
    database: Database, owner: str, dataset_id: str, reading: Mapping[str, Any]
) -> Dataset:
    """Store how the file shall be read; what was read before is forgotten."""
    get(database, owner, dataset_id)
    _update(
        database, dataset_id, reading=dict(reading), ingest_job_id=None, rows=None, columns=None
    )
    return load(database, dataset_id)


def ingested(database: Database, dataset_id: str, job_id: str, rows: int, columns: int) -> None:
    """Note the completed job that read the file."""
    _update(database, dataset_id, ingest_job_id=job_id, rows=rows, columns=columns)


def _update(database: Database, dataset_id: str, **values: Any) -> None:
    with database.write() as connection:
        connection.execute(update(datasets).where(datasets.c.id == dataset_id).values(**values))


def remove(database: Database, owner: str, dataset_id: str) -> tuple[str, ...]:
    """Delete a dataset with its jobs; return the keys of the folders whose files are to go."""
    dataset = get(database, owner, dataset_id)
    with database.write() as connection:
        ids = connection.execute(select(jobs.c.id).where(jobs.c.dataset_id == dataset_id)).scalars()
        keys = (dataset.key.rsplit("/", 1)[0], *(f"jobs/{job_id}" for job_id in ids))
        connection.execute(datasets.delete().where(datasets.c.id == dataset_id))
    return keys
