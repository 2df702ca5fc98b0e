"""What the operations page shows: the queue's server, its workers, and figures about jobs."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from redis import Redis
from redis.exceptions import RedisError
from rq.serializers import JSONSerializer
from rq.worker import BaseWorker, Worker

from core import QueueUnavailable, Status
from queue_jobs.connection import connect
from queue_jobs.doorbell import BellJob, bell_queue
from queue_jobs.job_queue import JobQueue
from store import statistics
from store.statistics import Durations


@dataclass(frozen=True)
class WorkerState:
    """One worker. `heartbeat_age` is in seconds; `processed` counts RQ jobs since its start."""

    name: str
    state: str
    job_id: str | None
    heartbeat_age: float | None
    processed: int


@dataclass(frozen=True)
class ServerState:
    """The queue's server. `depth` is the number of jobs that wait in Redis."""

    version: str
    memory_bytes: int
    depth: int
    workers: tuple[WorkerState, ...]


@dataclass(frozen=True)
class Overview:
    """The state of everything. `server` is None when Redis cannot be reached or is not used.

    `oldest_wait` is in seconds, None when no job waits; failures and durations are of 24 hours.
    """

    uses_queue: bool
    server: ServerState | None
    oldest_wait: float | None
    jobs: Mapping[Status, int]
    failures: Mapping[str, int]
    durations: Mapping[str, Durations]


def overview(queue: JobQueue) -> Overview:
    """Look at server and database. Raises Transient when the database cannot be reached."""
    database = queue.store.database
    return Overview(
        queue.settings.use_queue,
        server_state(queue) if queue.settings.use_queue else None,
        statistics.oldest_wait(database),
        statistics.counts_by_status(database),
        statistics.failures_by_code(database),
        statistics.durations_by_tool(database),
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
    )
