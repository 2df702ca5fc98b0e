"""A real Valkey server for all tests here; store, queue and workers of its own for each test."""

import io
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import psutil
import pytest

from core import Job, Settings
from queue_jobs import submit
from queue_jobs.backend import worker_environment
from queue_jobs.connection import connect
from queue_jobs.doorbell import bell_queue
from queue_jobs.embedded_server import ensure_server, stop_server, valkey_binary
from queue_jobs.job_queue import JobQueue, open_queue
from store import datasets, jobs

LIGHT_WORKER = """
import sys
from core import Settings
from queue_jobs import bell_worker, guard, worker
bell_worker.PRELOADED = ("queue_jobs.perform",)
run = {"JobWorker": worker.run_worker, "SimpleJobWorker": guard.run_guard}[sys.argv[1]]
run(Settings.from_environment())
"""
"""A worker as `python -m queue_jobs worker` starts it, without the slow import of ydata."""


@pytest.fixture(scope="session")
def server_url(tmp_path_factory) -> Iterator[str]:
    """The address of a Valkey server; skipped where none exists."""
    if valkey_binary() is None:
        pytest.skip("there is no Valkey binary for this platform")
    settings = Settings(data_dir=tmp_path_factory.mktemp("server"))
    yield ensure_server(settings).url
    stop_server(settings)


@pytest.fixture
def settings(tmp_path, server_url) -> Settings:
    """Settings with a database, a folder and a queue that no other test uses."""
    return Settings(
        data_dir=tmp_path, redis_url=server_url, queue=f"test-{uuid4().hex}", log_level="WARNING"
    )


@pytest.fixture
def house(settings) -> JobQueue:
    """Store and doorbell."""
    return open_queue(settings)


@pytest.fixture
def spawn() -> Iterator[Callable[..., subprocess.Popen]]:
    """Start processes that end with the test."""
    started: list[subprocess.Popen] = []

    def start(*command: str, **options) -> subprocess.Popen:
        process = subprocess.Popen([sys.executable, *command], start_new_session=True, **options)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def work(spawn) -> Callable[..., subprocess.Popen]:
    """Start a worker and wait until it has registered."""

    def start(house: JobQueue, kind: str = "JobWorker", **env: str) -> subprocess.Popen:
        environment = worker_environment(house.settings) | {"ASSAY_SUPERVISOR": ""} | env
        process = spawn("-c", LIGHT_WORKER, kind, env=environment)
        eventually(lambda: workers(house) > 0, 30)
        return process

    return start


def workers(house: JobQueue) -> int:
    """How many workers have registered for the queue."""
    from rq import Worker

    return Worker.count(queue=rq_queue(house))


def rq_queue(house: JobQueue):
    """The RQ queue behind a house."""
    return bell_queue(house.settings, connect(house.settings))


def hand_in(house: JobQueue, content: str = "a,b\n1,2\n") -> Job:
    """Upload a small file and start the job that reads it."""
    return submit.upload(house, "ann", "small.csv", io.BytesIO(content.encode()), {})[1]


def silent(house: JobQueue) -> JobQueue:
    """The same house with a bell that nobody hears."""
    return replace(house, doorbell=NoBell())


class NoBell:
    """A doorbell without a wire."""

    def ring(self, job_id: str) -> bool:
        return False

    def stop(self, job_id: str) -> None:
        pass


def upload_path(house: JobQueue, job: Job) -> Path:
    """Where the upload of a job lies."""
    dataset = datasets.load(house.store.database, job.dataset_id)
    return Path(house.store.artifacts.path(dataset.key))


def hand_in_endless(house: JobQueue) -> Job:
    """A job that never ends: its upload is a pipe to which nobody writes."""
    job = hand_in(silent(house))
    path = upload_path(house, job)
    path.unlink()
    os.mkfifo(path)
    house.doorbell.ring(job.id)
    eventually(lambda: row(house, job).worker, 20)
    return job


def mend(house: JobQueue, job: Job) -> None:
    """Make an endless job one that ends."""
    path = upload_path(house, job)
    path.unlink()
    path.write_text("a,b\n1,2\n")


def row(house: JobQueue, job: Job) -> Job:
    """The job as the database has it now."""
    return jobs.load(house.store.database, job.id)


def runner(house: JobQueue, job: Job) -> psutil.Process:
    """The process that runs the job."""
    return psutil.Process(int(row(house, job).worker.rpartition(":")[2]))


def is_dead(process: psutil.Process) -> bool:
    """True when it has ended, reaped or not."""
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


SLOW_DISK = 3
"""A shared disk that is busy elsewhere makes each fsync wait; bounds of ours are not about that."""


def eventually(condition: Callable[[], object], seconds: float = 15) -> None:
    """Wait until the condition holds; fail when it does not in time."""
    deadline = time.monotonic() + seconds * SLOW_DISK
    while not condition():
        assert time.monotonic() < deadline, "this did not happen in time"
        time.sleep(0.02)
