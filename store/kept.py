"""What has outlived its retention: the rows say so first, then the caller deletes the files.

Nothing is deleted that a waiting or running job, a schedule or a newer job still uses. Every
function takes an age in seconds, 0 for "keep for ever", and returns the keys of the folders
that are to be deleted.
"""

from sqlalchemy import ColumnElement, Connection, exists, select, update

from core.status import FINAL
from store.artifacts import Artifacts
from store.database import Database
from store.leases import Lease
from store.schema import dataset as datasets
from store.schema import job as jobs
from store.schema import schedule as schedules

READ = "read-my-data"
MOST = 1_000
"""How many go at a time: databases limit a statement, and nobody else writes meanwhile."""

UNSEALED_SECONDS = 3600.0
"""A folder younger than this may belong to a row that is just being written."""


def forget_results(database: Database, age: float) -> tuple[str, ...]:
    """Results of tools that ended so long ago; their jobs stay, with what was said in short."""
    if not age:
        return ()
    other = jobs.alias("other")
    used = exists().where(other.c.input_job_id == jobs.c.id, other.c.status.not_in(FINAL))
    with database.write() as connection:
        old = select(jobs.c.id, jobs.c.artifact_folder).where(
            jobs.c.ended_at < database.now(connection) - age,
            jobs.c.artifact_folder.is_not(None),
            jobs.c.tool != READ,
            ~used,
        )
        found = connection.execute(old.limit(MOST)).all()
        forget_folders(connection, [row.id for row in found])
        return tuple(f"jobs/{row.id}" for row in found)


def forget_uploads(database: Database, age: float) -> tuple[str, ...]:
    """Uploads, with the tables read from them, that no job has used for so long."""
    if not age:
        return ()
    with database.write() as connection:
        now = database.now(connection)
        idle = (
            datasets.c.created_at < now - age,
            datasets.c.files_deleted_at.is_(None),
            ~used_since(now - age),
            ~scheduled(),
        )
        ids = list(connection.execute(select(datasets.c.id).where(*idle).limit(MOST)).scalars())
        gone = {"files_deleted_at": now, "ingest_job_id": None}
        connection.execute(update(datasets).where(datasets.c.id.in_(ids)).values(**gone))
        readers = select(jobs.c.id).where(jobs.c.dataset_id.in_(ids), jobs.c.tool == READ)
        read = list(connection.execute(readers).scalars())
        forget_folders(connection, read)
        return (*(f"datasets/{each}" for each in ids), *(f"jobs/{each}" for each in read))


def forget_rows(database: Database, age: float) -> tuple[str, ...]:
    """Datasets without files, with their jobs and history, once nothing happened for so long."""
    if not age:
        return ()
    with database.write() as connection:
        before = database.now(connection) - age
        kept = exists().where(
            jobs.c.dataset_id == datasets.c.id, jobs.c.artifact_folder.is_not(None)
        )
        old = (datasets.c.files_deleted_at < before, ~kept, ~used_since(before), ~scheduled())
        ids = list(connection.execute(select(datasets.c.id).where(*old).limit(MOST)).scalars())
        connection.execute(datasets.delete().where(datasets.c.id.in_(ids)))
        return tuple(f"datasets/{each}" for each in ids)


def forget_folders(connection: Connection, job_ids: list[str]) -> None:
    """Note that the files of these jobs are gone."""
    connection.execute(update(jobs).where(jobs.c.id.in_(job_ids)).values(artifact_folder=None))


def used_since(moment: float) -> ColumnElement[bool]:
    """The condition that a job on the dataset, or that compares with it, runs or ended later."""
    on = (jobs.c.dataset_id == datasets.c.id) | (jobs.c.reference_dataset_id == datasets.c.id)
    return exists().where(on, jobs.c.status.not_in(FINAL) | (jobs.c.ended_at >= moment))


def scheduled() -> ColumnElement[bool]:
    """The condition that a schedule starts from the dataset or compares with it."""
    own = schedules.c.dataset_id == datasets.c.id
    return exists().where(own | (schedules.c.baseline_dataset_id == datasets.c.id))


def nameless(database: Database, artifacts: Artifacts) -> tuple[str, ...]:
    """Folders that no row names, left by a process that was killed at a bad moment.

    Only of a local folder, where looking is cheap: a bucket needs a lifecycle rule instead.
    """
    if not artifacts.is_local:
        return ()
    found = artifacts.old_folders(("datasets/*", "jobs/*/*"), UNSEALED_SECONDS)
    return tuple(sorted(set(found) - named(database)))


def named(database: Database) -> set[str]:
    """The folders of datasets and results, and those that running attempts may seal."""
    held = select(datasets.c.id).where(datasets.c.files_deleted_at.is_(None))
    sealed = select(jobs.c.artifact_folder).where(jobs.c.artifact_folder.is_not(None))
    running = select(jobs.c.id, jobs.c.attempt, jobs.c.lease_token).where(
        jobs.c.lease_token.is_not(None)
    )
    with database.read() as connection:
        leases = [
            Lease(row.id, row.lease_token, row.attempt) for row in connection.execute(running)
        ]
        return {
            *(f"datasets/{each}" for each in connection.execute(held).scalars()),
            *connection.execute(sealed).scalars(),
            *(lease.folder for lease in leases),
        }
