"""The rows of schedules: a source that is fetched, read and profiled again and again.

Each run is a new dataset of the same series. `last_job_id` names the profile job of the run under
way and is emptied when its end has been noted, so runs of one schedule exclude each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select, update

from core import Dataset, DatasetError, Job, NotFound
from core.recurrence import Recurrence, recurrence
from store import audit, datasets, jobs, outbox
from store.database import Database
from store.jobs import JobRequest
from store.schema import dataset as dataset_table
from store.schema import schedule as table

SCHEDULED_ALREADY = "This dataset has a schedule already; change that one."
FIRST_IS_GONE = "The first dataset of this series was deleted; fetch the source once more instead."
NOT_READ = "'{name}' has no table to compare with: it has not been read, or is no longer kept."
OTHER_SERIES = "Only a dataset of the same source can be the baseline of this schedule."
MISSED = "Scheduled runs of '{name}' that were due while nothing ran, and were missed: {count}."


@dataclass(frozen=True)
class Schedule:
    """When to run and against what to compare.

    `dataset_id` is the first dataset of the series; `rule` is that of a Recurrence; `params` holds
    the "source" to fetch. `missed` counts the runs that were due but not made. `error_message`
    says what went wrong last, until a run goes well. Times are seconds since the epoch by the
    database's clock.
    """

    id: str
    owner: str
    dataset_id: str
    rule: str
    params: Mapping[str, Any]
    baseline_dataset_id: str | None
    enabled: bool
    next_at: float
    last_at: float | None
    last_job_id: str | None
    missed: int
    error_message: str | None
    created_at: float

    @property
    def recurrence(self) -> Recurrence:
        """The rule, checked when it was stored."""
        return Recurrence(self.rule)


@dataclass(frozen=True)
class NewRun:
    """A run to be stored: its dataset without bytes, and the jobs that fetch and profile it."""

    dataset: Dataset
    read: JobRequest
    profile: JobRequest


def as_schedule(row: Row[Any]) -> Schedule:
    """A database row as a schedule."""
    return Schedule(**row._mapping)


def series_of(dataset: Dataset) -> str:
    """The id of the first dataset of the same series."""
    return dataset.series_id or dataset.id


def add(database: Database, new: Schedule) -> Schedule:
    """Store a schedule; `next_at` and `created_at` are set here.

    Raises DatasetError when the dataset has not been read, is gone, or has a schedule already.
    """
    with database.write() as connection:
        first = locked(connection, new.dataset_id)
        check_read(first)
        if connection.execute(select(table).where(table.c.dataset_id == first.id)).first():
            raise DatasetError(SCHEDULED_ALREADY)
        now = database.now(connection)
        values = vars(new) | {"created_at": now, "next_at": next(new.recurrence.times(now))}
        connection.execute(table.insert().values(**values))
        audit.append(connection, now, new.owner, "schedule", new.dataset_id, rule=new.rule)
    return Schedule(**values)


def locked(connection: Connection, dataset_id: str) -> Dataset:
    """The first dataset of a series, kept as it is until the transaction ends."""
    query = select(dataset_table).where(dataset_table.c.id == dataset_id).with_for_update()
    row = connection.execute(query).first()
    if row is None:
        raise DatasetError(FIRST_IS_GONE)
    return datasets.as_dataset(row)


def check_read(dataset: Dataset) -> None:
    """Raise DatasetError unless the dataset's table is there to be compared with."""
    if dataset.ingest_job_id is None:
        raise DatasetError(NOT_READ.format(name=dataset.name))


def get(database: Database, owner: str, schedule_id: str) -> Schedule:
    """A user's schedule. Raises NotFound for an unknown id and for somebody else's alike."""
    found = find(database, table.c.id == schedule_id, table.c.owner == owner)
    if not found:
        raise NotFound("There is no such schedule, or it belongs to somebody else.")
    return found[0]


def of_series(database: Database, dataset: Dataset) -> Schedule | None:
    """The schedule to whose series a dataset belongs, if there is one."""
    found = find(database, table.c.dataset_id == series_of(dataset))
    return found[0] if found else None


def due(database: Database) -> tuple[Schedule, ...]:
    """Enabled schedules whose time has come, the longest due first."""
    with database.read() as connection:
        now = database.now(connection)
    return find(database, table.c.enabled, table.c.next_at <= now)


def under_way(database: Database) -> tuple[Schedule, ...]:
    """Schedules with a run whose end has not been noted."""
    return find(database, table.c.last_job_id.is_not(None))


def find(database: Database, *conditions: ColumnElement[bool]) -> tuple[Schedule, ...]:
    """The schedules that meet all conditions, the next one first."""
    query = select(table).where(*conditions).order_by(table.c.next_at, table.c.id)
    with database.read() as connection:
        return tuple(as_schedule(row) for row in connection.execute(query))


def change(connection: Connection, schedule: Schedule, **values: Any) -> bool:
    """Change a schedule if it has not moved on; False when somebody else was quicker."""
    same = (
        table.c.id == schedule.id,
        table.c.next_at == schedule.next_at,
        table.c.enabled == schedule.enabled,
        table.c.last_job_id.is_not_distinct_from(schedule.last_job_id),
    )
    return connection.execute(update(table).where(*same).values(**values)).rowcount == 1


def begin(database: Database, schedule: Schedule, run: NewRun, *, is_due: bool) -> Job | None:
    """Store a run with its jobs, in one transaction; its first job, None if another was quicker.

    A run that is due stands for all times that have come since, and the next one is set. It is
    refused while another run is under way.
    """
    if schedule.last_job_id is not None:
        return None
    with database.write() as connection:
        now = database.now(connection)
        values, missed = moved_on(schedule, now, made=1) if is_due else ({}, 0)
        if not change(connection, schedule, last_at=now, **values):
            return None
        if missed:
            message = MISSED.format(count=missed, name=run.dataset.name)
            alert(database, connection, schedule, f"due:{schedule.next_at:.0f}", message)
        datasets.insert(connection, run.dataset, now)
        read = jobs.insert(connection, run.read, now)
        profile = jobs.insert(connection, replace(run.profile, after_job_id=read.id), now)
        write(connection, schedule, last_job_id=profile.id)
        return read


def skip(database: Database, schedule: Schedule, reason: str) -> bool:
    """Count the runs that are due as missed and say why; False if another was quicker.

    A reason that has been told already raises no second alert.
    """
    with database.write() as connection:
        values, _ = moved_on(schedule, database.now(connection), made=0)
        if not change(connection, schedule, error_message=reason, **values):
            return False
        if reason != schedule.error_message:
            alert(database, connection, schedule, f"due:{schedule.next_at:.0f}", reason)
        return True


def moved_on(schedule: Schedule, now: float, *, made: int) -> tuple[dict[str, Any], int]:
    """The values of a schedule whose time has come, and how many of its runs were missed."""
    times, following = schedule.recurrence.after(schedule.next_at, now)
    missed = times - made
    return {"next_at": following, "missed": schedule.missed + missed}, missed


def alert(
    database: Database, connection: Connection, schedule: Schedule, event: str, message: str
) -> None:
    """Tell the addresses of NOTIFY_URLS of an event, once; no value of the data leaves the house.

    `event` names the run ("run:<job>") or the time that was due ("due:<seconds>").
    """
    if database.notifies:
        told = {"title": "Scheduled profile", "message": message, "dataset": schedule.dataset_id}
        key = f"schedule:{schedule.id}:{event}"
        outbox.put(connection, key, "alert", schedule.owner, told)


def switch(database: Database, owner: str, schedule_id: str, *, on: bool) -> None:
    """Pause or resume a schedule; times that come meanwhile are not missed. Raises NotFound."""
    schedule = get(database, owner, schedule_id)
    with database.write() as connection:
        now = database.now(connection)
        write(connection, schedule, enabled=on, next_at=next(schedule.recurrence.times(now)))
        audit.append(connection, now, owner, "resume" if on else "pause", schedule.dataset_id)


def reschedule(database: Database, owner: str, schedule_id: str, rule: str) -> None:
    """Give a schedule another rule. Raises NotFound, or ParamsError with what is wrong."""
    schedule, wanted = get(database, owner, schedule_id), recurrence(rule)
    with database.write() as connection:
        now = database.now(connection)
        write(connection, schedule, rule=wanted.rule, next_at=next(wanted.times(now)))
        audit.append(connection, now, owner, "schedule", schedule.dataset_id, rule=wanted.rule)


def accept_baseline(database: Database, owner: str, schedule_id: str, dataset_id: str) -> None:
    """Compare later runs with this dataset.

    Raises NotFound, or DatasetError when it is not of the series or has not been read.
    """
    schedule, dataset = get(database, owner, schedule_id), datasets.get(database, owner, dataset_id)
    if series_of(dataset) != schedule.dataset_id:
        raise DatasetError(OTHER_SERIES)
    check_read(dataset)
    with database.write() as connection:
        now = database.now(connection)
        write(connection, schedule, baseline_dataset_id=dataset_id)
        audit.append(connection, now, owner, "accept baseline", dataset_id)


def remove(database: Database, owner: str, schedule_id: str) -> None:
    """Delete a schedule; its datasets and jobs stay. Raises NotFound."""
    schedule = get(database, owner, schedule_id)
    with database.write() as connection:
        connection.execute(table.delete().where(table.c.id == schedule.id))
        now = database.now(connection)
        audit.append(connection, now, owner, "unschedule", schedule.dataset_id)


def write(connection: Connection, schedule: Schedule, **values: Any) -> None:
    """Change a schedule whatever has become of it meanwhile."""
    connection.execute(update(table).where(table.c.id == schedule.id).values(**values))
