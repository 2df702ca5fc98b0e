"""What Prometheus reads: counters and histograms of the database, and the state of everything now.

Safe with many processes by construction: nothing is counted in memory. Every process that is
asked answers the same, from the database and Redis, so scraping several of them counts nothing
twice as long as queries take the maximum over instances.
"""

import platform
import shutil
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, product
from math import inf
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from redis import Redis
from redis.exceptions import RedisError

from core import QueueUnavailable, Settings, Status, Transient
from queue_jobs.connection import connect
from queue_jobs.embedded_server import ROOT
from queue_jobs.job_queue import JobQueue
from queue_jobs.overview import worker_states
from queue_jobs.tools import READ, TOOLS
from store import Database, jobs, statistics, tally

PREFIX = "assay_"
MAX_SILENCE_SECONDS = 60.0
"""A worker beats every few seconds; one that was killed stays registered for more than a minute."""

MOST_RUNNING = 500

NAMES = (READ, *TOOLS)
PRIORITIES = ("high", "default", "low")
RETRIED = ("TRANSIENT_ERROR", "STORAGE_ERROR", "WORKER_LOST")
FINAL_CODES = (
    "TRANSIENT_ERROR", "WORKER_LOST", "POISON_JOB", "READER_CRASHED", "OUT_OF_MEMORY", "DISK_FULL",
    "SOFT_TIMEOUT", "HARD_TIMEOUT", "STORAGE_ERROR", "PROCESSING_ERROR", "INTERNAL_ERROR",
    "FILE_UNREADABLE", "FILE_TOO_LARGE", "SOURCE_REFUSED", "SOURCE_UNAVAILABLE", "STEP_ERROR",
    "INVALID_PARAMETERS",
)  # fmt: skip

Values = list[tuple[dict[str, str], float]]
"""The entries of one tally: labels and value."""


@dataclass(frozen=True)
class Family:
    """A metric and, for each label, the values that are shown as 0 before the first event.

    Without them a series begins at 1, and Prometheus does not see that first event.
    """

    help: str
    labels: Mapping[str, tuple[str, ...]]


TOOL = {"tool": NAMES}
COUNTERS = {
    "jobs_received_total": Family("Jobs that were handed in.", TOOL | {"priority": PRIORITIES}),
    "jobs_succeeded_total": Family("Jobs that completed.", TOOL),
    "jobs_failed_total": Family(
        "Jobs that failed for good, by reason.", TOOL | {"error_code": FINAL_CODES}
    ),
    "jobs_cancelled_total": Family("Jobs that were cancelled.", TOOL),
    "jobs_expired_total": Family("Jobs that waited too long.", TOOL),
    "jobs_retried_total": Family(
        "Attempts that broke off and were queued again.", TOOL | {"error_code": RETRIED}
    ),
    "lease_losses_total": Family("Attempts that lost their job to another one.", TOOL),
    "reconciled_total": Family(
        "What the reconciler mended.", {"what": ("recovered", "rung", "dropped", "expired")}
    ),
    "bytes_ingested_total": Family("Bytes of files that were read.", {}),
    "artifacts_published_total": Family("Results that were published, one for each job.", TOOL),
}
HISTOGRAMS = {
    "job_duration_seconds": Family("Run time of the completing attempt of a job.", TOOL),
    "job_wait_seconds": Family("Time from queued to claimed.", TOOL),
    "step_duration_seconds": Family("Run time of one step.", {"tool": (), "step": ()}),
}


def registry(queue: JobQueue) -> CollectorRegistry:
    """What an exposition of Prometheus reads from; everything is looked up at each scrape."""
    made = CollectorRegistry()
    made.register(QueueCollector(queue))
    return made


@dataclass(frozen=True)
class QueueCollector(Collector):
    """All metrics. A scrape never fails: without database or Redis it says so with a 0."""

    queue: JobQueue

    def collect(self) -> Iterator[Metric]:
        """One scrape."""
        yield build_info()
        yield from from_disk(self.queue.settings)
        yield from from_rows(self.queue)
        if self.queue.settings.use_queue:
            yield from from_redis(self.queue.settings)


@cache
def build_info() -> Metric:
    """The version of Assay and of Python."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    versions = {"version": project["version"], "python": platform.python_version()}
    return InfoMetricFamily(f"{PREFIX}build", "What runs here.", versions)


def from_disk(settings: Settings) -> list[Metric]:
    """Room on the disk of DATA_DIR; nothing when the folder is gone."""
    try:
        usage = shutil.disk_usage(settings.data_dir)
    except OSError:
        return []
    return [
        gauge("disk_free_bytes", "Free bytes on the disk of DATA_DIR.", usage.free),
        gauge("disk_total_bytes", "Size of the disk of DATA_DIR.", usage.total),
    ]


def from_rows(queue: JobQueue) -> list[Metric]:
    """Everything from rows."""
    up = "1 while the database answers."
    try:
        counted = tally.read(queue.store.database)
        now = state(queue.store.database, queue.settings.lease_seconds)
    except Transient:
        return [gauge("database_up", up, 0)]
    return [gauge("database_up", up, 1), *now, *counters(counted), *histograms(counted)]


def state(database: Database, lease_seconds: int) -> list[Metric]:
    """What waits, runs and has failed. Raises Transient."""
    counts = statistics.counts_by_status(database)
    waiting = statistics.queued_by_priority(database)
    depth = {name: float(waiting.get(name, 0)) for name in {*PRIORITIES, *waiting}}
    by_status = {str(status): float(counts.get(status, 0)) for status in Status}
    return [
        gauges("jobs", "Jobs by status.", "status", by_status),
        gauges("queue_length", "Jobs that wait for a worker.", "priority", depth),
        gauge(
            "oldest_wait_seconds",
            "How long the oldest due job has waited.",
            statistics.oldest_wait(database) or 0.0,
        ),
        gauge("running_jobs", "Jobs that run.", counts.get(Status.PROCESSING, 0)),
        gauge(
            "job_heartbeat_age_seconds",
            "How long the most silent running job has not been heard of; 0: none runs.",
            silence(database, lease_seconds),
        ),
        gauge("dead_letters", "Failed jobs that nobody has run again.", by_status["FAILED"]),
    ]


def silence(database: Database, lease_seconds: int) -> float:
    """Seconds since the oldest heartbeat of a running job; 0: none runs. Raises Transient.

    A heartbeat sets the end of the lease, so its time is that end less the length of a lease.
    """
    running = jobs.search(database, None, statuses=(Status.PROCESSING,), limit=MOST_RUNNING).jobs
    with database.read() as connection:
        now = database.now(connection)
    ends = (job.lease_until for job in running if job.lease_until is not None)
    return max(0.0, now - min(ends, default=now + lease_seconds) + lease_seconds)


def counters(counted: Mapping[str, Values]) -> Iterator[Metric]:
    """Every counter of the tally, and the known ones before they have counted anything."""
    found = {name for name in counted if name.endswith("_total")}
    for name in sorted(found | COUNTERS.keys()):
        values = counted.get(name, [])
        family = COUNTERS.get(name) or unknown(name, values)
        metric = CounterMetricFamily(PREFIX + name, family.help, labels=tuple(family.labels))
        entries = dict.fromkeys(product(*family.labels.values()), 0.0)
        entries |= {key(family, labels): value for labels, value in values}
        for labels, value in entries.items():
            metric.add_metric(labels, value)
        yield metric


def histograms(counted: Mapping[str, Values]) -> Iterator[Metric]:
    """Every histogram of the tally, its buckets summed up as Prometheus wants them."""
    found = {name.removesuffix("_bucket") for name in counted if name.endswith("_bucket")}
    for name in sorted(found | HISTOGRAMS.keys()):
        sums, buckets = counted.get(f"{name}_sum", []), counted.get(f"{name}_bucket", [])
        family = HISTOGRAMS.get(name) or unknown(name, sums)
        metric = HistogramMetricFamily(PREFIX + name, family.help, labels=tuple(family.labels))
        totals = dict.fromkeys(product(*family.labels.values()), 0.0)
        totals |= {key(family, labels): value for labels, value in sums}
        inside = {(*key(family, labels), float(labels["le"])): value for labels, value in buckets}
        for labels, total in totals.items():
            metric.add_metric(labels, cumulative(labels, inside), total)
        yield metric


def cumulative(
    labels: tuple[str, ...], inside: Mapping[tuple[Any, ...], float]
) -> list[tuple[str, float]]:
    """The buckets of one series; `inside` holds how many values fell into each."""
    counts = accumulate(inside.get((*labels, bound), 0.0) for bound in tally.BUCKETS)
    names = ["+Inf" if bound == inf else str(bound) for bound in tally.BUCKETS]
    return list(zip(names, counts, strict=True))


def key(family: Family, labels: Mapping[str, str]) -> tuple[str, ...]:
    """The values of the labels in the order of the family."""
    return tuple(labels.get(name, "") for name in family.labels)


def unknown(name: str, values: Values) -> Family:
    """A counter of another module, with the labels that it has come with."""
    return Family(f"The tally {name}.", {label: () for labels, _ in values for label in labels})


def from_redis(settings: Settings) -> list[Metric]:
    """The queue's server and its workers."""
    up = "1 while Redis answers."
    try:
        connection = connect(settings)
        info = connection.info()
        ages = heartbeat_ages(connection)
    except (RedisError, QueueUnavailable):
        return [gauge("redis_up", up, 0)]
    return [gauge("redis_up", up, 1), *server(info), *workers(ages)]


def server(info: Mapping[str, Any]) -> Iterable[Metric]:
    """What INFO says. Without a limit Redis may fill the memory of its computer."""
    limit = info.get("maxmemory") or info.get("total_system_memory", 0)
    yield gauge("redis_memory_used_bytes", "Memory of Redis.", info.get("used_memory", 0))
    yield gauge("redis_memory_max_bytes", "Most memory that Redis may use; 0: not known.", limit)
    yield gauge("redis_connected_clients", "Clients.", info.get("connected_clients", 0))
    yield CounterMetricFamily(
        f"{PREFIX}redis_evicted_keys_total",
        "Keys that Redis has thrown away to stay within its memory.",
        info.get("evicted_keys", 0),
    )


def workers(ages: Mapping[str, float]) -> Iterable[Metric]:
    """Who is there, and since when each has been silent."""
    active = sum(age < MAX_SILENCE_SECONDS for age in ages.values())
    yield gauge("active_workers", "Workers heard of within a minute.", active)
    yield gauges("worker_heartbeat_age_seconds", "Seconds since a worker's beat.", "worker", ages)


def eviction_policy(settings: Settings) -> str:
    """What Redis does when its memory is full; "" when it cannot be asked."""
    try:
        return str(connect(settings).info("memory").get("maxmemory_policy", ""))
    except (RedisError, QueueUnavailable):
        return ""


def heartbeat_ages(connection: Redis) -> dict[str, float]:
    """Seconds since each registered worker was heard of."""
    return {
        worker.name: worker.heartbeat_age
        for worker in worker_states(connection)
        if worker.heartbeat_age is not None
    }


def gauge(name: str, help: str, value: float) -> Metric:
    """A gauge without labels."""
    return GaugeMetricFamily(PREFIX + name, help, value)


def gauges(name: str, help: str, label: str, values: Mapping[str, float]) -> Metric:
    """A gauge with one label."""
    metric = GaugeMetricFamily(PREFIX + name, help, labels=[label])
    for text, value in values.items():
        metric.add_metric([text], value)
    return metric
