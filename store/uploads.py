"""The rows of uploads on their way: begun, growing, broken off, complete, abandoned.

An upload is the oldest job of its dataset, the one that will read the file. Until all bytes are
here its status is one of AWAITING, and the dataset has no checksum.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, update

from core import AssayError, Dataset, IllegalTransition, Job, Status
from store import attempts, audit, datasets, endings, jobs
from store.database import Database
from store.jobs import COLUMNS, JobRequest, as_job
from store.schema import dataset as dataset_table
from store.schema import job as job_table

AWAITING = (Status.CREATED, Status.UPLOADING, Status.UPLOAD_FAILED)

ENDED = "This upload was cancelled or has expired; choose the file again to begin anew."
EXPIRED = (
    "No more of this file came for {minutes} minutes, so its upload was ended; upload it again."
)
FULL = (
    "Your uploads may hold {quota:,} MB in all and this file does not fit; delete a dataset first."
)
MANY = (
    "{count} of your uploads are under way already; wait for one to end, or cancel it under Jobs."
)


@dataclass(frozen=True)
class Allowance:
    """What one user may have: bytes of all uploads together, and uploads at the same time."""

    quota_mb: int
    at_once: int


def begin(
    database: Database, dataset: Dataset, request: JobRequest, allowance: Allowance
) -> tuple[Dataset, Job]:
    """Store a dataset whose bytes are still to come, with the job that will read it.

    `dataset.bytes` is the size that was announced. Raises AssayError with the code
    "UPLOAD_QUOTA" or "TOO_MANY_UPLOADS".
    """
    with database.write() as connection:
        now = database.now(connection)
        check_quota(connection, dataset, allowance.quota_mb)
        check_at_once(connection, dataset.owner, allowance.at_once)
        added = datasets.insert(connection, dataset, now)
        return added, jobs.insert(connection, request, now, awaits_upload=True)


def check_room(database: Database, dataset: Dataset, quota_mb: int) -> None:
    """Raise AssayError "UPLOAD_QUOTA" unless this dataset fits beside the owner's others."""
    with database.read() as connection:
        check_quota(connection, dataset, quota_mb)


def check_quota(connection: Connection, dataset: Dataset, quota_mb: int) -> None:
    """The same within a transaction."""
    held = select(func.coalesce(func.sum(dataset_table.c.bytes), 0)).where(
        dataset_table.c.owner == dataset.owner,
        dataset_table.c.files_deleted_at.is_(None),
        (dataset_table.c.sha256 != "") | dataset_table.c.id.in_(awaiting(job_table.c.dataset_id)),
    )
    if connection.execute(held).scalar_one() + dataset.bytes > quota_mb * 2**20:
        raise AssayError(FULL.format(quota=quota_mb), code="UPLOAD_QUOTA")


def check_at_once(connection: Connection, owner: str, most: int) -> None:
    """Raise AssayError "TOO_MANY_UPLOADS" when the owner may not begin another upload."""
    query = awaiting(func.count()).where(job_table.c.owner == owner)
    count = connection.execute(query).scalar_one()
    if count >= most:
        raise AssayError(MANY.format(count=count), code="TOO_MANY_UPLOADS")


def awaiting(what: Any) -> Any:
    """A query over the jobs whose upload is on its way."""
    return select(what).where(*is_awaiting())


def is_awaiting() -> tuple[ColumnElement[bool], ...]:
    """A CREATED job that waits for another job is no upload."""
    return job_table.c.status.in_(AWAITING), job_table.c.after_job_id.is_(None)


def find(database: Database, owner: str, dataset_id: str) -> tuple[Dataset, Job]:
    """A user's upload, on its way or not. Raises NotFound."""
    dataset = datasets.get(database, owner, dataset_id)
    query = select(*COLUMNS).where(job_table.c.dataset_id == dataset_id)
    with database.read() as connection:
        return dataset, jobs.one(connection, query.order_by(job_table.c.created_at).limit(1))


def received(database: Database, job_id: str, percent: float) -> Job:
    """Note that bytes have come: the upload goes on. Raises IllegalTransition when it has ended."""
    with database.write() as connection:
        values = {"status": Status.UPLOADING, "progress": percent, **no_error()}
        return change(connection, job_id, AWAITING, database.now(connection), values)


def failed(database: Database, job_id: str, error: AssayError) -> None:
    """The upload broke off for a reason the user must know; it can be resumed."""
    with database.write() as connection:
        jobs.move(
            connection,
            job_id,
            Status.UPLOAD_FAILED,
            database.now(connection),
            error_code=error.code,
            error_message=attempts.storable(error.message),
        )


def complete(database: Database, job: Job, size: int, checksum: str) -> Job:
    """All bytes are in place: queue the job that reads them.

    Raises IllegalTransition when the upload has ended meanwhile.
    """
    with database.write() as connection:
        now = database.now(connection)
        values = {"status": Status.QUEUED, "progress": 0.0, "queued_at": now, **no_error()}
        queued = change(connection, job.id, (Status.UPLOADING,), now, values)
        connection.execute(
            update(dataset_table)
            .where(dataset_table.c.id == job.dataset_id)
            .values(bytes=size, sha256=checksum)
        )
        audit.append(connection, now, job.owner, "upload", job.dataset_id, bytes=size)
        return queued


def expire(database: Database, minutes: int) -> tuple[Job, ...]:
    """End the uploads that nothing came for; return their jobs."""
    with database.write() as connection:
        now = database.now(connection)
        rows = connection.execute(
            update(job_table)
            .where(*is_awaiting(), job_table.c.updated_at < now - minutes * 60)
            .values(
                status=Status.EXPIRED,
                ended_at=now,
                updated_at=now,
                error_code="UPLOAD_EXPIRED",
                error_message=EXPIRED.format(minutes=minutes),
            )
            .returning(*COLUMNS)
        ).all()
        expired = tuple(as_job(row) for row in rows)
        for job in expired:
            endings.ended(database, connection, job, "expired")
        return expired


def on_their_way(database: Database, dataset_ids: Iterable[str]) -> frozenset[str]:
    """Those of the datasets whose upload is on its way."""
    query = awaiting(job_table.c.dataset_id).where(job_table.c.dataset_id.in_(list(dataset_ids)))
    with database.read() as connection:
        return frozenset(connection.execute(query).scalars())


def change(
    connection: Connection,
    job_id: str,
    before: tuple[Status, ...],
    now: float,
    values: dict[str, Any],
) -> Job:
    """One conditional update. Raises IllegalTransition when the job is not in such a status."""
    row = connection.execute(
        update(job_table)
        .where(job_table.c.id == job_id, job_table.c.status.in_(before))
        .values(updated_at=now, **values)
        .returning(*COLUMNS)
    ).first()
    if row is None:
        raise IllegalTransition(ENDED)
    return as_job(row)


def no_error() -> dict[str, None]:
    """The values of a row whose trouble is over."""
    return {"error_code": None, "error_message": None}
