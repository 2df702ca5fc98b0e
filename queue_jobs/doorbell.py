"""Doorbells: RQ jobs that carry nothing but a row's id, or a thread when there is no queue."""

import queue as queues
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import DuplicateJobError
from rq.executions import ExecutionRegistry
from rq.job import Job
from rq.registry import FailedJobRegistry, StartedJobRegistry
from rq.serializers import JSONSerializer

from core import AssayError, QueueUnavailable, Settings, new_id
from queue_jobs.connection import connect
from queue_jobs.job_queue import Doorbell, JobQueue
from queue_jobs.logs import log
from queue_jobs.perform import perform_with
from store import Store

PERFORM = "queue_jobs.perform.perform"
FAILURE_TTL = 3600
# RQ's own alarm only backs up the worker's clock, which also writes the reason into the row.
ALARM_SLACK = 30


class BellJob(Job):
    """An RQ job that can only ring: whatever else a hash in Redis asks for is refused.

    The JSON serializer stops pickles but not function names, and RQ imports and calls callbacks
    and sends webhooks that are named in the hash; all of it is closed here.
    """

    success_callback = failure_callback = stopped_callback = None

    def send_webhooks(self, *args: Any, **options: Any) -> None:
        """Never send anything."""

    @property
    def func(self) -> Callable[..., Any]:
        """The one allowed function. Raises PermissionError for any other."""
        if self.func_name != PERFORM or self.instance is not None:
            raise PermissionError(f"This job function is not allowed: {self.func_name!r}.")
        return super().func  # type: ignore[no-any-return]


def bell_queue(settings: Settings, connection: Redis) -> Queue:
    """The RQ queue, with our job class and serializer as every user of it needs them."""
    return Queue(
        settings.queue, connection=connection, job_class=BellJob, serializer=JSONSerializer
    )


def open_doorbell(settings: Settings, store: Store) -> Doorbell:
    """Redis, or a thread of this process when USE_QUEUE is false. Connects on the first ring.

    A process has one such thread for all its doorbells, since jobs are to run one by one.
    """
    if settings.use_queue:
        return RedisDoorbell(settings)
    with thread_lock:
        return threads.setdefault(settings, ThreadDoorbell(settings, store))


@dataclass(frozen=True)
class RedisDoorbell:
    """Rings through RQ. The address is looked up each time, since the server may be restarted."""

    settings: Settings

    def queue(self) -> Queue:
        """The queue behind this bell. Raises QueueUnavailable when no server was started."""
        return bell_queue(self.settings, connect(self.settings))

    def ring(self, job_id: str) -> bool:
        """Put the job's id into the queue, once; False when Redis cannot take it now."""
        try:
            ring(self.queue(), job_id, self.settings.job_timeout + ALARM_SLACK)
        except (RedisError, QueueUnavailable) as error:
            log.warning("queue unavailable", job=job_id, error=str(error))
            return False
        return True

    def stop(self, job_id: str) -> None:
        """Take the job's bell out of the queue; an absent one is no error.

        A running job is ended by its worker, which looks at the row every second: the bell that
        its worker answered may be that of another job, so RQ cannot be told which one to stop.
        """
        try:
            queue = self.queue()
            if queue.remove(job_id):
                forget(queue, job_id)
        except (RedisError, QueueUnavailable) as error:
            log.warning("queue unavailable", job=job_id, error=str(error))


def ring(queue: Queue, job_id: str, timeout: int) -> None:
    """Enqueue a bell. One that waits already is enough; a stale one is replaced.

    That a hash exists proves nothing: it outlives a lost or failed job. Membership does. A bell
    that a worker has answered rings no more, so there is a second one beside it.
    """
    try:
        enqueue(queue, job_id, job_id, timeout)
    except DuplicateJobError:
        if job_id in waiting(queue):
            return
        if job_id in answered(queue):
            enqueue(queue, f"{job_id}-{token_hex(4)}", job_id, timeout)
            return
        forget(queue, job_id)
        try:
            enqueue(queue, job_id, job_id, timeout)
        except DuplicateJobError:
            log.debug("rung by another process", job=job_id)


def enqueue(queue: Queue, bell: str, job_id: str, timeout: int) -> None:
    """Put a bell for a job into the queue. Raises DuplicateJobError when it has a hash already."""
    queue.enqueue(
        PERFORM,
        job_id,
        job_id=bell,
        unique=True,
        description="perform",
        job_timeout=timeout,
        result_ttl=0,
        failure_ttl=FAILURE_TTL,
    )


def waiting(queue: Queue) -> tuple[str, ...]:
    """The ids of the jobs whose bell no worker has answered yet, or is just picking up."""
    with queue.connection.pipeline() as pipeline:
        pipeline.lrange(queue.key, 0, -1)
        pipeline.lrange(queue.intermediate_queue_key, 0, -1)
        bells, picked = pipeline.execute()
    return tuple(rung_for(bell.decode()) for bell in (*bells, *picked))


def answered(queue: Queue) -> frozenset[str]:
    """The bells of workers that still answer."""
    key = StartedJobRegistry(queue=queue).key
    running: Any = queue.connection.zrangebyscore(key, time.time(), "+inf")
    return frozenset(member.split(b":")[0].decode() for member in running)


def rung_for(bell: str) -> str:
    """The id of the job that a bell was rung for."""
    return bell[: len(new_id())]


def forget(queue: Queue, job_id: str) -> None:
    """Remove every trace of a bell; works on a hash that cannot be read, too."""
    started = StartedJobRegistry(queue=queue).key
    members: list[bytes] = queue.connection.zrange(started, 0, -1)  # type: ignore[assignment]
    running = [member for member in members if member.split(b":")[0] == job_id.encode()]
    with queue.connection.pipeline() as pipeline:
        pipeline.lrem(queue.key, 0, job_id)
        pipeline.lrem(queue.intermediate_queue_key, 0, job_id)
        if running:
            pipeline.zrem(started, *running)
        pipeline.zrem(FailedJobRegistry(queue=queue).key, job_id)
        pipeline.delete(BellJob.key_for(job_id), ExecutionRegistry(job_id, queue.connection).key)
        pipeline.execute()


class ThreadDoorbell:
    """Runs jobs one after the other on a thread of this process: for quick local testing."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self.house = JobQueue(settings, store, self)
        self.bells: queues.SimpleQueue[str] = queues.SimpleQueue()
        self.waiting: set[str] = set()
        self.lock = threading.Lock()
        self.thread: threading.Thread | None = None

    def ring(self, job_id: str) -> bool:
        """Queue the job for the thread, once, and start the thread when it does not run."""
        with self.lock:
            if job_id not in self.waiting:
                self.waiting.add(job_id)
                self.bells.put(job_id)
            if self.thread is None or not self.thread.is_alive():
                self.thread = threading.Thread(target=self.run, name="jobs", daemon=True)
                self.thread.start()
        return True

    def run(self) -> None:
        """The body of the thread."""
        while True:
            job_id = self.bells.get()
            with self.lock:
                self.waiting.discard(job_id)
            try:
                perform_with(self.house, job_id)
            except AssayError as error:
                log.warning("job left for later", job=job_id, error=error.message)

    def stop(self, job_id: str) -> None:
        """Nothing to send: the thread that keeps the job's lease sees the cancellation."""


threads: dict[Settings, ThreadDoorbell] = {}
thread_lock = threading.Lock()
