"""What the workers of every system share: how they use RQ, and how they live through an outage."""

import importlib
import time
from functools import cached_property
from typing import Any

from redis import Redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry
from rq import Queue
from rq.job import Job as RqJob
from rq.serializers import JSONSerializer
from rq.worker import BaseWorker
from rq.worker_registration import REDIS_WORKER_KEYS

from core import QueueUnavailable, Settings, Transient
from queue_jobs.connection import connect
from queue_jobs.doorbell import BellJob
from queue_jobs.job_queue import JobQueue
from queue_jobs.logs import log
from queue_jobs.reconcile import reconcile

LOOK_SECONDS = 1
WORKER_TTL = 30
MAINTENANCE_SECONDS = 15
BEAT_TTL = 20
"""A worker that has not been heard of for so long has lost its RQ job; RQ would wait 90 s."""

PRELOADED = ("queue_jobs.perform", "transformers.profile_my_data.ydata")


def bell_options(queues: Any, options: dict[str, Any]) -> list[str]:
    """Set what RQ's commands leave at values of theirs; return the queues' names.

    Queues are rebuilt from their names, with our job class and serializer.
    """
    options |= {
        "job_class": BellJob,
        "serializer": JSONSerializer,
        "worker_ttl": WORKER_TTL,
        "maintenance_interval": MAINTENANCE_SECONDS,
        "job_monitoring_interval": LOOK_SECONDS,
    }
    return [queue.name if isinstance(queue, Queue) else queue for queue in queues]


def be_patient(connection: Redis) -> None:
    """Live through a minute without Redis, which ends a stock worker after eight seconds.

    A Redis that is full is as good as none.
    """
    away = (RedisConnectionError, RedisTimeoutError, OutOfMemoryError)
    connection.set_retry(Retry(ExponentialWithJitterBackoff(base=0.2, cap=3.0), 25, away))


class BellWorker(BaseWorker):
    """The part of a worker that does not depend on where its jobs run.

    `name` comes second, because RQ itself builds workers so when it lists them.
    """

    def __init__(self, queues: Any, name: str | None = None, **options: Any) -> None:
        super().__init__(bell_options(queues, options), name, **options)
        if self.pid:
            be_patient(self.connection)

    @cached_property
    def house(self) -> JobQueue:
        """The store of this process."""
        raise NotImplementedError

    def get_heartbeat_ttl(self, job: RqJob, working_time: float = 0.0) -> int:
        """Seconds after which the job counts as abandoned."""
        return BEAT_TTL

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """As in RQ, and sign on again when Redis has lost the list of workers."""
        stay_listed(self)
        super().heartbeat(timeout, pipeline)

    def run_maintenance_tasks(self) -> None:
        """Our cleaning, then RQ's, which an unreadable job in Redis would break."""
        maintain(self.house)
        super().run_maintenance_tasks()  # type: ignore[no-untyped-call]


def stay_listed(worker: BaseWorker) -> None:
    """Register a worker again that an emptied Redis has forgotten."""
    if worker.connection.sismember(REDIS_WORKER_KEYS, worker.key):
        return
    worker.connection.delete(worker.key)
    worker.register_birth()  # type: ignore[no-untyped-call]
    worker.set_state(worker.get_state())


def maintain(house: JobQueue) -> None:
    """Reconcile; a database that is busy now is asked again in 15 seconds."""
    try:
        reconcile(house)
    except Transient as error:
        log.warning("reconcile later", error=error.message)


def preload() -> None:
    """Import what jobs need, so that children start with it.

    Only imports: a single eager Polars operation here would make every child hang.
    """
    for name in PRELOADED:
        importlib.import_module(name)


def wait_for_server(settings: Settings) -> Redis:
    """Connect, however long it takes until the server answers."""
    while True:
        try:
            connection = connect(settings, patient=True)
            connection.ping()
        except (QueueUnavailable, RedisError) as error:
            log.warning("waiting for the queue's server", error=str(error))
            time.sleep(1.0)
        else:
            return connection
