"""The queues that are compared: how each is handed a job that does nothing, and its workers."""

import io
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from benchmarks import drill
from benchmarks.chaos_system import environment_of
from benchmarks.chaos_tasks import BROKER
from benchmarks.queue_noop import NOOP
from core import Settings
from queue_jobs import open_queue, submit
from store.jobs import JobRequest

Submit = Callable[[str], None]


@dataclass(frozen=True)
class QueueSystem:
    """One queue: the command of a worker, and how a job with a label is handed in."""

    name: str
    command: list[str]
    submit: Submit


def assay(folder: Path, url: str) -> QueueSystem:
    """A drill of no seconds: row, claim, publish, artifacts."""
    drill.register()
    queue = open_queue(settings_of(folder, url))
    dataset, _ = submit.upload(queue, "local", "small.csv", io.BytesIO(b"a,b\n1,2\n"), {})

    def hand_in(label: str) -> None:
        params = drill.DRILL.choose({"drill": {"label": label}}).document()
        submit.hand_in(queue, JobRequest("local", dataset.id, drill.DRILL.name, params))

    return QueueSystem("Assay", [sys.executable, "-m", "benchmarks.drill"], hand_in)


def assay_without_row(folder: Path, url: str) -> QueueSystem:
    """Our worker with an RQ job that does nothing and has no row."""
    name = settings_of(folder, url).queue
    queue = Queue(name, connection=Redis.from_url(url), serializer=JSONSerializer)
    command = [sys.executable, "-m", "benchmarks.queue_noop"]
    return QueueSystem("Assay's worker, no row", command, enqueue_in(queue))


def enqueue_in(queue: Queue) -> Submit:
    """Hand a job to RQ as Assay does, its result kept by nobody."""

    def hand_in(label: str) -> None:
        queue.enqueue(NOOP, label, result_ttl=0)

    return hand_in


def stock_rq(folder: Path, url: str) -> QueueSystem:
    """`rq worker`, which forks for each job."""
    queue = Queue("stock", connection=Redis.from_url(url))
    return QueueSystem("rq Worker", rq_worker("stock", url), enqueue_in(queue))


def stock_simple(folder: Path, url: str) -> QueueSystem:
    """`rq worker -w rq.SimpleWorker`, which does not fork."""
    queue = Queue("simple", connection=Redis.from_url(url))
    command = [*rq_worker("simple", url), "-w", "rq.SimpleWorker"]
    return QueueSystem("rq SimpleWorker", command, enqueue_in(queue))


def rq_worker(queue: str, url: str) -> list[str]:
    """RQ's own command."""
    program = str(Path(sys.executable).with_name("rq"))
    return [program, "worker", queue, "--url", url, "--logging_level", "WARNING"]


def celery(folder: Path, url: str) -> QueueSystem:
    """A prefork worker of one process, acknowledging late."""
    os.environ[BROKER] = url
    from benchmarks.chaos_celery import nothing

    command = [sys.executable, "-m", "celery", "-A", "benchmarks.chaos_celery", "worker"]
    options = ["--concurrency", "1", "-n", "bench-%n-{number}", "-l", "ERROR"]
    return QueueSystem("Celery prefork", [*command, *options], lambda label: nothing.delay(label))


SYSTEMS = (assay, assay_without_row, stock_rq, stock_simple, celery)


def environment(folder: Path, url: str) -> Mapping[str, str]:
    """What every worker gets; the lease and the retries are those of an installation."""
    drilled = environment_of(folder, url) | {BROKER: url}
    return {
        name: value
        for name, value in drilled.items()
        if name not in ("LEASE_SECONDS", "JOB_MAX_RETRIES")
    }


def settings_of(folder: Path, url: str) -> Settings:
    """The settings of those workers."""
    return Settings.from_environment(environment(folder, url))
