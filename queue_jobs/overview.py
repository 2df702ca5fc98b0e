"""What the operations page shows: the queue's server, its workers, and figures about jobs."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psutil
from redis import Redis
from redis.exceptions import RedisError
from rq.serializers import JSONSerializer
from rq.worker import BaseWorker, Worker

from core import Job, QueueUnavailable, Status
from queue_jobs.connection import connect
from queue_jobs.doorbell import BellJob, bell_queue
from queue_jobs.job_queue import JobQueue
from queue_jobs.processes import machine
from store import jobs, statistics, upkeep
from store.statistics import Durations

MENDED = ("jobs_retried_total", "lease_losses_total", "reconciled_total")
"""The counters of what went wrong and was put right."""

MOST_RUNNING = 100


@dataclass(frozen=True)
class WorkerState:
    """One worker and its process. `heartbeat_age` is in seconds; `processed` counts RQ jobs.

    `job_id` is the bell that it answered, which need not be the job that it runs.
    """

    name: str
    state: str
    job_id: str | None
    heartbeat_age: float | None
    processed: int
    host: str
    pid: int


@dataclass(frozen=True)
class ServerState:
    """The queue's server. `depth` is the number of jobs that wait in Redis.

    `is_full`: it takes no more jobs; they wait as rows until it has room.
    """

    version: str
    memory_bytes: int
    depth: int
    workers: tuple[WorkerState, ...]
    is_full: bool = False


@dataclass(frozen=True)
class Overview:
    """The queue at a glance. `server` is None when Redis cannot be reached or is not used."""

    uses_queue: bool
    server: ServerState | None
    jobs: Mapping[Status, int]


@dataclass(frozen=True)
class Figures:
    """What the rows say about all jobs.

    `oldest_wait` is in seconds, None when no job waits. `ended_5` and `ended_60` count the jobs
    that ended in so many minutes, `ended` those of each five minutes by outcome. `failures`,
    `durations` and `waits` are of 24 hours; `mended` counts since the database was made.
    """

    queued: Mapping[str, int]
    oldest_wait: float | None
    waits: Durations | None
    running: tuple[Job, ...]
    ended_5: int
    ended_60: int
    ended: Mapping[tuple[float, Status], int]
    failures: Mapping[str, int]
    durations: Mapping[str, Durations]
    mended: Mapping[str, float]


def overview(queue: JobQueue) -> Overview:
    """Look at server and database. Raises Transient when the database cannot be reached."""
    return Overview(
        queue.settings.use_queue,
        server_state(queue) if queue.settings.use_queue else None,
        statistics.counts_by_status(queue.store.database),
    )


def figures(queue: JobQueue) -> Figures:
    """Look at the database only. Raises Transient when it cannot be reached."""
    database = queue.store.database
    running = jobs.search(database, None, statuses=(Status.PROCESSING,), limit=MOST_RUNNING).jobs
    return Figures(
        queued=statistics.queued_by_priority(database),
        oldest_wait=statistics.oldest_wait(database),
        waits=statistics.waits(database),
        running=running,
        ended_5=statistics.ended_since(database, 5),
        ended_60=statistics.ended_since(database, 60),
        ended=statistics.ended_by_time(database),
        failures=statistics.failures_by_code(database),
        durations=statistics.durations_by_tool(database),
        mended=upkeep.totals(database, MENDED),
    )


def server_state(queue: JobQueue) -> ServerState | None:
    """Ask the server; None when it cannot be reached."""
    try:
        connection = connect(queue.settings)
        info = connection.info()
        version = info.get("valkey_version") or info.get("redis_version", "")
        name = str(info.get("server_name", "redis"))
        return ServerState(
            f"{name} {version}",
            int(info.get("used_memory", 0)),
            bell_queue(queue.settings, connection).count,
            worker_states(connection),
            0 < int(info.get("maxmemory", 0)) <= int(info.get("used_memory", 0)),
        )
    except (RedisError, QueueUnavailable):
        return None


def worker_states(connection: Redis) -> tuple[WorkerState, ...]:
    """All registered workers by name."""
    found = Worker.all(connection, job_class=BellJob, serializer=JSONSerializer)
    return tuple(sorted((worker_state(worker) for worker in found), key=lambda each: each.name))


def worker_state(worker: BaseWorker) -> WorkerState:
    """One worker as plain values."""
    beat = worker.last_heartbeat
    return WorkerState(
        worker.name,
        worker.get_state(),
        worker.get_current_job_id(),
        None if beat is None else round(time.time() - beat.timestamp(), 1),
        worker.successful_job_count + worker.failed_job_count,
        worker.hostname or "",
        worker.pid or 0,
    )


def jobs_by_worker(workers: Sequence[WorkerState], running: Sequence[Job]) -> dict[str, Job]:
    """The job that each worker really runs, by the worker's name.

    A row names the process that holds its lease: the worker's, or a child that it forked. Whose
    child that is can be told on this host only, so jobs of other hosts may be missing.
    """
    names = {(worker.host, worker.pid): worker.name for worker in workers}
    found = {}
    for job in running:
        host, pid = process_of(job)
        for process in ((host, pid), (host, parent_of(job, pid))):
            if process in names:
                found[names[process]] = job
    return found


def process_of(job: Job) -> tuple[str, int]:
    """Host name and process id of who holds the lease; the mark of its boot is left out."""
    place, _, pid = (job.worker or "").rpartition(":")
    return place.rpartition("-")[0], int(pid) if pid.isdigit() else 0


def parent_of(job: Job, pid: int) -> int:
    """The parent of a process on this host; 0 for one of another host, or that is gone."""
    if not (job.worker or "").startswith(f"{machine()}:"):
        return 0
    try:
        return psutil.Process(pid).ppid()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0
