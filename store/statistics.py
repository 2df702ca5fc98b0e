"""Figures about all jobs for the operations page, the reconciler and the metrics."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import quantiles

from sqlalchemy import BigInteger, cast, func, select

from core import Status
from store.database import Database
from store.schema import job as jobs

SAMPLE = 1_000
CHUNK = 500

BIN_SECONDS = 300.0
"""The width of a bar of throughput."""


@dataclass(frozen=True)
class Durations:
    """How long some jobs took, or waited, in seconds."""

    jobs: int
    p50: float
    p95: float


def counts_by_status(database: Database) -> dict[Status, int]:
    """How many jobs there are in each status; a status without jobs is absent."""
    query = select(jobs.c.status, func.count()).group_by(jobs.c.status)
    with database.read() as connection:
        return {Status(status): count for status, count in connection.execute(query)}


def queued_by_priority(database: Database) -> dict[str, int]:
    """How many jobs wait for a worker at each priority, those in their back-off included."""
    query = (
        select(jobs.c.priority, func.count().label("jobs"))
        .where(jobs.c.status == Status.QUEUED)
        .group_by(jobs.c.priority)
    )
    with database.read() as connection:
        return {row.priority: row.jobs for row in connection.execute(query)}


def failures_by_code(database: Database, hours: float = 24.0) -> dict[str, int]:
    """Failed jobs of the last hours by error code, the most frequent first."""
    with database.read() as connection:
        since = database.now(connection) - hours * 3600
        failed = (
            select(jobs.c.error_code, func.count())
            .where(jobs.c.status == Status.FAILED, jobs.c.ended_at >= since)
            .group_by(jobs.c.error_code)
            .order_by(func.count().desc())
        )
        return {code or "": count for code, count in connection.execute(failed)}


def oldest_wait(database: Database) -> float | None:
    """Seconds that the oldest due job has waited for a worker; None when nothing waits."""
    with database.read() as connection:
        now = database.now(connection)
        due = (jobs.c.status == Status.QUEUED) & (jobs.c.not_before <= now)
        row = connection.execute(
            select(jobs.c.queued_at, jobs.c.not_before)
            .where(due)
            .order_by(jobs.c.queued_at)
            .limit(1)
        ).first()
    return None if row is None else max(0.0, now - max(row.queued_at or 0.0, row.not_before))


def durations_by_tool(database: Database, hours: float = 24.0) -> dict[str, Durations]:
    """Median and 95th percentile of the run time of completed jobs, newest 1,000 in all."""
    # Joined to nothing, the status keeps SQLite from its index, under which it would sort all jobs.
    is_completed = jobs.c.status.concat("") == Status.COMPLETED
    with database.read() as connection:
        since = database.now(connection) - hours * 3600
        rows = connection.execute(
            select(jobs.c.tool, (jobs.c.ended_at - jobs.c.started_at).label("seconds"))
            .where(is_completed, jobs.c.ended_at >= since)
            .order_by(jobs.c.ended_at.desc())
            .limit(SAMPLE)
        ).all()
    seconds: dict[str, list[float]] = {}
    for row in rows:
        seconds.setdefault(row.tool, []).append(float(row.seconds))
    return {tool: durations(values) for tool, values in sorted(seconds.items())}


def waits(database: Database, hours: float = 24.0) -> Durations | None:
    """How long the newest 1,000 jobs that have ended waited for a worker; None without any.

    Of a job that was tried again it is the last wait, from the end of its pause.
    """
    with database.read() as connection:
        since = database.now(connection) - hours * 3600
        rows = connection.execute(
            select(jobs.c.queued_at, jobs.c.not_before, jobs.c.started_at)
            .where(jobs.c.ended_at >= since, jobs.c.started_at >= jobs.c.queued_at)
            .order_by(jobs.c.ended_at.desc())
            .limit(SAMPLE)
        ).all()
    seconds = [max(0.0, row.started_at - max(row.queued_at, row.not_before)) for row in rows]
    return durations(seconds) if seconds else None


def ended_since(database: Database, minutes: float) -> int:
    """How many jobs have ended, however they did, in the last minutes."""
    with database.read() as connection:
        since = database.now(connection) - minutes * 60
        query = select(func.count()).where(jobs.c.ended_at >= since)
        return int(connection.execute(query).scalar_one())


def ended_by_time(database: Database, hours: float = 3.0) -> dict[tuple[float, Status], int]:
    """Jobs that ended in the last hours, by the start of their five minutes and by outcome.

    Five minutes begin on the clock, seconds since the epoch, so the first ones may not be whole.
    """
    bins = jobs.c.ended_at / BIN_SECONDS
    # SQLite may lack floor, and a cast rounds down only there.
    whole = cast(bins, BigInteger) if database.is_sqlite else func.floor(bins)
    number = whole.label("number")
    with database.read() as connection:
        since = database.now(connection) - hours * 3600
        query = (
            select(number, jobs.c.status, func.count())
            .where(jobs.c.ended_at >= since)
            .group_by(number, jobs.c.status)
            .order_by(number)
        )
        return {
            (bin_number * BIN_SECONDS, Status(status)): count
            for bin_number, status, count in connection.execute(query)
        }


def durations(seconds: list[float]) -> Durations:
    """Percentiles with linear interpolation; a single value is both."""
    if len(seconds) == 1:
        return Durations(1, seconds[0], seconds[0])
    cuts = quantiles(seconds, n=100, method="inclusive")
    return Durations(len(seconds), cuts[49], cuts[94])


def statuses(database: Database, job_ids: Iterable[str]) -> dict[str, Status]:
    """The status of each of these jobs; an id without a row is absent."""
    ids = list(job_ids)
    found: dict[str, Status] = {}
    with database.read() as connection:
        for start in range(0, len(ids), CHUNK):
            some = jobs.c.id.in_(ids[start : start + CHUNK])
            for row in connection.execute(select(jobs.c.id, jobs.c.status).where(some)):
                found[row.id] = Status(row.status)
    return found
