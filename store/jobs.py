"""Jobs as users see them: submit, look at, list, cancel, retry. Every query names the owner."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Row, RowMapping, Select, func, select, text, update
from sqlalchemy.exc import IntegrityError

from core import IllegalTransition, Job, NotFound, Status, new_id
from core.records import PAYLOAD_VERSION
from core.status import FINAL, check_transition, sources
from store import endings, tally
from store.database import Database
from store.schema import job as jobs

SAME_CLICK_SECONDS = 2.0
"""A request repeated within this time is the same click, even if its job has ended already."""

DELETED = "What this job needs was deleted meanwhile; upload the file again."

FIELDS = tuple(Job.__dataclass_fields__)
COLUMNS = tuple(jobs.c[name] for name in FIELDS)


@dataclass(frozen=True)
class JobRequest:
    """What a user asks for. `after_job_id` makes it wait for that job's completion."""

    owner: str
    dataset_id: str
    tool: str
    params: Mapping[str, Any] = field(default_factory=dict)
    after_job_id: str | None = None
    input_job_id: str | None = None
    reference_dataset_id: str | None = None
    max_failures: int = 3
    priority: str = "default"
    schedule_id: str | None = None

    @property
    def fingerprint(self) -> str:
        """The same request has the same fingerprint; used against double clicks."""
        parts = [
            self.owner,
            self.dataset_id,
            self.tool,
            dict(self.params),
            self.after_job_id,
            self.input_job_id,
            self.reference_dataset_id,
        ]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Page:
    """A slice of a list, newest first, and how many there are in all."""

    jobs: tuple[Job, ...]
    total: int


def as_job(row: RowMapping | Row[Any]) -> Job:
    """A database row as a job."""
    values = dict(row if isinstance(row, RowMapping) else row._mapping)
    return Job(**values | {"status": Status(values["status"])})


def submit(database: Database, request: JobRequest) -> Job:
    """Store a job: QUEUED, or CREATED when it waits for another one.

    The same request while its job is still running, or within two seconds, returns that job:
    a double click and two tabs make one job.
    """
    return submit_chain(database, [request], [None])[0]


def submit_chain(
    database: Database, requests: Sequence[JobRequest], sources: Sequence[int | None]
) -> tuple[Job, ...]:
    """Store jobs that run one after the other, all or none.

    `sources` gives for each the position of the job in the chain whose table it reads, or None.
    """
    chain: list[Job] = []
    with database.write() as connection:
        if not database.is_sqlite:
            key = int(requests[0].fingerprint[:15], 16)
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
        now = database.now(connection)
        for request, source in zip(requests, sources, strict=True):
            linked = replace(
                request,
                after_job_id=chain[-1].id if chain else request.after_job_id,
                input_job_id=request.input_job_id if source is None else chain[source].id,
            )
            chain.append(same_click(connection, linked, now) or insert(connection, linked, now))
    return tuple(chain)


def same_click(connection: Connection, request: JobRequest, now: float) -> Job | None:
    """The job of an equal request that is still running or only just made."""
    row = connection.execute(
        select(*COLUMNS)
        .where(
            jobs.c.fingerprint == request.fingerprint,
            jobs.c.status.not_in(FINAL)
            | (
                jobs.c.status.in_((Status.COMPLETED, Status.FAILED))
                & (jobs.c.created_at > now - SAME_CLICK_SECONDS)
            ),
        )
        .order_by(jobs.c.created_at.desc())
        .limit(1)
    ).first()
    return as_job(row) if row else None


def insert(
    connection: Connection, request: JobRequest, now: float, *, awaits_upload: bool = False
) -> Job:
    """A new row for the request; CREATED when it waits for another job or for its file.

    Raises NotFound when its dataset, or the job it waits for, was deleted meanwhile.
    """
    waits = awaits_upload or (
        request.after_job_id is not None and not is_completed(connection, request.after_job_id)
    )
    values = {
        "id": new_id(),
        "owner": request.owner,
        "dataset_id": request.dataset_id,
        "tool": request.tool,
        "params": dict(request.params),
        "fingerprint": request.fingerprint,
        "status": Status.CREATED if waits else Status.QUEUED,
        "after_job_id": request.after_job_id,
        "input_job_id": request.input_job_id,
        "reference_dataset_id": request.reference_dataset_id,
        "max_failures": request.max_failures,
        "priority": request.priority,
        "schedule_id": request.schedule_id,
        "payload_version": PAYLOAD_VERSION,
        "summary": {},
        "created_at": now,
        "queued_at": None if waits else now,
        "updated_at": now,
    }
    try:
        connection.execute(jobs.insert().values(**values))
    except IntegrityError as error:
        raise NotFound(DELETED) from error
    tally.count(
        connection, "jobs_received_total", 1.0, tool=request.tool, priority=request.priority
    )
    return one(connection, select(*COLUMNS).where(jobs.c.id == values["id"]))


def is_completed(connection: Connection, job_id: str) -> bool:
    """True when the job has completed; its row stays locked, so that it cannot do so unseen."""
    query = select(jobs.c.status).where(jobs.c.id == job_id).with_for_update()
    status = connection.execute(query).scalar()
    return status == Status.COMPLETED


def one(connection: Connection, query: Select[Any]) -> Job:
    """The one job of a query; raises NotFound."""
    row = connection.execute(query).first()
    if row is None:
        raise NotFound("There is no such job, or it belongs to somebody else.")
    return as_job(row)


def get(database: Database, owner: str, job_id: str) -> Job:
    """A user's job. Raises NotFound for an unknown id and for somebody else's alike."""
    with database.read() as connection:
        return one(connection, select(*COLUMNS).where(jobs.c.id == job_id, jobs.c.owner == owner))


def load(database: Database, job_id: str) -> Job:
    """Any job, for workers and the reconciler. Raises NotFound."""
    with database.read() as connection:
        return one(connection, select(*COLUMNS).where(jobs.c.id == job_id))


def search(
    database: Database,
    owner: str | None,
    *,
    statuses: tuple[Status, ...] = (),
    dataset_id: str | None = None,
    limit: int = 20,
    offset: int = 0,
) -> Page:
    """Jobs, newest first; `owner=None` is everybody's (operations only)."""
    conditions = []
    if owner is not None:
        conditions.append(jobs.c.owner == owner)
    if statuses:
        conditions.append(jobs.c.status.in_(statuses))
    if dataset_id is not None:
        conditions.append(jobs.c.dataset_id == dataset_id)
    newest = select(*COLUMNS).where(*conditions).order_by(jobs.c.created_at.desc(), jobs.c.id)
    with database.read() as connection:
        total = connection.execute(select(func.count()).select_from(jobs).where(*conditions))
        rows = connection.execute(newest.limit(limit).offset(offset)).all()
        return Page(tuple(as_job(row) for row in rows), int(total.scalar_one()))


def move(
    connection: Connection,
    job_id: str,
    target: Status,
    now: float,
    *,
    before: tuple[Status, ...] = (),
    **values: Any,
) -> Job | None:
    """One conditional update along the table of transitions; None when the row did not move.

    `before` restricts what the job may have been; by default that is all that the table allows.
    """
    row = connection.execute(
        update(jobs)
        .where(jobs.c.id == job_id, jobs.c.status.in_(before or sources(target)))
        .values(status=target, updated_at=now, **values)
        .returning(*COLUMNS)
    ).first()
    return as_job(row) if row else None


def moved(connection: Connection, job_id: str, target: Status, now: float, **values: Any) -> Job:
    """As `move`; raises NotFound or IllegalTransition instead of returning None."""
    job = move(connection, job_id, target, now, **values)
    if job is not None:
        return job
    current = one(connection, select(*COLUMNS).where(jobs.c.id == job_id))
    check_transition(current.status, target)
    raise IllegalTransition(f"The job changed while it was to become {target}; look again.")


def cancel(database: Database, owner: str, job_id: str) -> tuple[Job, ...]:
    """Cancel a job and those that wait for it. Taking the lease makes a late publish fail.

    Raises NotFound, or IllegalTransition when the job has ended already.
    """
    get(database, owner, job_id)
    with database.write() as connection:
        now = database.now(connection)
        job = moved(connection, job_id, Status.CANCELLED, now, lease_token=None, ended_at=now)
        endings.ended(database, connection, job, "cancelled")
        return (job, *cancel_waiting(database, connection, job_id, now))


def cancel_waiting(
    database: Database, connection: Connection, job_id: str, now: float
) -> tuple[Job, ...]:
    """Cancel every job that waits for this one, and those that wait for them."""
    waiting = connection.execute(select(jobs.c.id).where(jobs.c.after_job_id == job_id)).scalars()
    cancelled: list[Job] = []
    for follower in waiting.all():
        job = move(connection, follower, Status.CANCELLED, now, ended_at=now)
        if job is not None:
            endings.ended(database, connection, job, "cancelled")
            cancelled.append(job)
        cancelled += cancel_waiting(database, connection, follower, now)
    return tuple(cancelled)


def retry(database: Database, owner: str, job_id: str) -> Job:
    """Queue a failed job again; its earlier attempts stay in the history.

    Raises NotFound, or IllegalTransition when it has not failed.
    """
    get(database, owner, job_id)
    with database.write() as connection:
        now = database.now(connection)
        return moved(
            connection,
            job_id,
            Status.QUEUED,
            now,
            before=(Status.FAILED,),
            failures=0,
            not_before=0.0,
            queued_at=now,
            ended_at=None,
            error_code=None,
            error_message=None,
            progress=0.0,
        )
