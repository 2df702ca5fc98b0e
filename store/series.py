"""The runs of a series: what became of each, and what is told when the last one has ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from core import Dataset, Job, Status
from store import datasets, jobs, tally
from store.database import Database
from store.jobs import COLUMNS, as_job
from store.schedules import Schedule, alert, change
from store.schema import dataset as dataset_table
from store.schema import job as job_table
from store.schema import step_progress as steps

READ, PROFILE = "read-my-data", "profile-my-data"
BROKEN = (Status.FAILED, Status.EXPIRED)

FAILED = "The scheduled run of '{name}' failed: {message}"
DRIFTED = "'{name}' shows {verdict} against its baseline; findings that are alerts: {alerts}."
NO_REASON = "no reason was given."


@dataclass(frozen=True)
class Run:
    """One dataset of a series with its latest reading and profile.

    `drift` holds the figures of the drift step ("verdict", "alerts", …), None without a baseline.
    """

    dataset: Dataset
    read: Job | None
    profile: Job | None
    drift: Mapping[str, Any] | None

    @property
    def failure(self) -> Job | None:
        """The job that broke the run off."""
        ended = (job for job in (self.read, self.profile) if job is not None)
        return next((job for job in ended if job.status in BROKEN), None)


def runs(database: Database, series_id: str, limit: int = 50) -> tuple[Run, ...]:
    """The datasets of a series, the newest first."""
    own = (dataset_table.c.series_id == series_id) | (dataset_table.c.id == series_id)
    newest = (
        select(dataset_table)
        .where(own)
        .order_by(dataset_table.c.created_at.desc(), dataset_table.c.id)
    )
    with database.read() as connection:
        rows = connection.execute(newest.limit(limit)).all()
        found = [datasets.as_dataset(row) for row in rows]
        latest = latest_jobs(connection, [dataset.id for dataset in found])
        drifts = drifts_of(connection, [job.id for job in latest.values()])
    return tuple(run_of(dataset, latest, drifts) for dataset in found)


def run_of(
    dataset: Dataset,
    latest: Mapping[tuple[str, str], Job],
    drifts: Mapping[str, Mapping[str, Any]],
) -> Run:
    """A dataset with its own of the latest jobs."""
    profile = latest.get((dataset.id, PROFILE))
    drift = drifts.get(profile.id) if profile is not None else None
    return Run(dataset, latest.get((dataset.id, READ)), profile, drift)


def latest_jobs(connection: Connection, dataset_ids: Sequence[str]) -> dict[tuple[str, str], Job]:
    """The newest job per dataset and tool, of those that read the upload."""
    query = (
        select(*COLUMNS)
        .where(job_table.c.dataset_id.in_(dataset_ids), job_table.c.input_job_id.is_(None))
        .order_by(job_table.c.created_at, job_table.c.id)
    )
    return {(row.dataset_id, row.tool): as_job(row) for row in connection.execute(query)}


def drifts_of(connection: Connection, job_ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """What the drift step said about the whole table, by job."""
    query = select(steps.c.job_id, steps.c.report).where(
        steps.c.job_id.in_(job_ids), steps.c.name == "drift", steps.c.report.is_not(None)
    )
    return {
        row.job_id: finding["evidence"]
        for row in connection.execute(query)
        for finding in row.report["findings"]
        if finding["code"] == "drift.verdict"
    }


def note_end(database: Database, schedule: Schedule) -> bool:
    """If the run under way has ended, free the schedule for the next and raise its alert.

    True when it was this call that did so; the alert is written in the same transaction.
    """
    with database.write() as connection:
        now = database.now(connection)
        read, profile = chain_of(connection, schedule.last_job_id)
        trouble = next((job for job in (read, profile) if job and job.status in BROKEN), None)
        if profile is not None and not profile.status.is_final and trouble is None:
            return False
        said = failure(connection, trouble) if trouble else None
        if not change(connection, schedule, last_job_id=None, error_message=said):
            return False
        if trouble is not None and said:
            jobs.cancel_waiting(database, connection, trouble.id, now)
            alert(database, connection, schedule, f"run:{schedule.last_job_id}", said)
        elif profile is not None:
            note_drift(database, connection, schedule, profile)
        return True


def chain_of(connection: Connection, job_id: str | None) -> tuple[Job | None, Job | None]:
    """The job that reads and the one that profiles; None for what was deleted."""
    profile = job_of(connection, job_id)
    return job_of(connection, profile.after_job_id if profile else None), profile


def job_of(connection: Connection, job_id: str | None) -> Job | None:
    row = connection.execute(select(*COLUMNS).where(job_table.c.id == job_id)).first()
    return as_job(row) if row else None


def failure(connection: Connection, job: Job) -> str:
    """The sentence about a run that broke off."""
    return FAILED.format(name=name_of(connection, job), message=job.error_message or NO_REASON)


def name_of(connection: Connection, job: Job) -> str:
    query = select(dataset_table.c.name).where(dataset_table.c.id == job.dataset_id)
    return str(connection.execute(query).scalar_one())


def note_drift(
    database: Database, connection: Connection, schedule: Schedule, profile: Job
) -> None:
    """Count and tell drift of medium severity or more."""
    found = drifts_of(connection, [profile.id]).get(profile.id)
    if found and found["alerts"]:
        tally.count(connection, "drift_alerts_total")
        sentence = DRIFTED.format(name=name_of(connection, profile), **found)
        alert(database, connection, schedule, f"run:{profile.id}", sentence)
