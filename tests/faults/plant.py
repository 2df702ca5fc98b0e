"""A running system: Valkey, workers, supervisor and reconciler, and what must be true of it."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import polars as pl
import psutil
import pytest

from benchmarks.chaos_evidence import effects, every_job, install_effect_log
from benchmarks.chaos_server import Server, assay_server
from core import ROW_ID, Job, Settings, Status
from queue_jobs import backend, submit
from queue_jobs.backend import Backend, worker_environment
from queue_jobs.job_queue import JobQueue, open_queue
from queue_jobs.perform import publish
from store import attempts, claims, jobs
from store.artifacts import sha256
from store.jobs import JobRequest
from store.writers import write_parquet
from tests.faults.bounds import within
from tests.faults.drill import FAULT
from tests.queue_jobs.conftest import is_dead, silent

OWNER = "ann"
CSV = b"a,b\n1,2\n3,4\n"
TABLE = pl.DataFrame({ROW_ID: [0, 1], "a": ["1", "3"], "b": ["2", "4"]})
RECONCILE_SECONDS = 2.0
"""Instead of 5, so that the tests take less time; the bounds are much longer."""

labels = count()


def start_worker(settings: Settings, **env: str) -> "subprocess.Popen[bytes]":
    """A worker in its own session that knows the faults; it appends to a log of all workers."""
    with (settings.data_dir / "workers.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.faults.worker"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=worker_environment(settings) | env,
            start_new_session=True,
        )


@dataclass(frozen=True)
class Site:
    """A house with a dataset that has been read, on which faults are started."""

    house: JobQueue
    dataset: str

    def hand_in(self, mode: str = "sleep", *, max_failures: int = 3, **params: object) -> Job:
        """A job that goes this way; each is another request than all before."""
        own = {"fault": {"mode": mode, "label": str(next(labels)), **params}}
        request = JobRequest(OWNER, self.dataset, FAULT.name, own, max_failures=max_failures)
        return submit.hand_in(self.house, request)

    def running(self, mode: str = "sleep", **params: object) -> Job:
        """A job that a worker has just begun."""
        job = self.hand_in(mode, **params)
        within(20, "a job is taken by a worker", lambda: self.has_begun(job))
        return self.row(job)

    def row(self, job: Job) -> Job:
        """The job as the database has it now."""
        return jobs.load(self.house.store.database, job.id)

    def has_begun(self, job: Job) -> bool:
        """True as soon as the tool itself runs, and ever after."""
        row = self.row(job)
        return row.status.is_final or row.current_step is not None

    def has_ended(self, job: Job) -> bool:
        """True when nothing will happen to it any more."""
        return self.row(job).status.is_final

    def endings(self, job: Job) -> list[str | None]:
        """How its attempts ended, the first one first."""
        return [each.ending for each in attempts.history(self.house.store.database, job.id)]

    def horse(self, job: Job) -> psutil.Process:
        """The process that runs it."""
        return psutil.Process(int((self.row(job).worker or "").rpartition(":")[2]))

    def worker(self, job: Job) -> psutil.Process:
        """The worker above that process."""
        return psutil.Process(self.horse(job).ppid())

    def completes(self, seconds: float, what: str, *waiting: Job) -> None:
        """All of these complete in this time."""
        within(seconds, what, lambda: all(self.has_ended(job) for job in waiting))
        found = [self.row(job) for job in waiting]
        assert [(row.status, row.error_message) for row in found] == [("COMPLETED", None)] * len(
            found
        )

    def database_file(self) -> Path:
        """The SQLite file."""
        return Path(self.house.store.database.engine.url.database or "")


@dataclass(frozen=True)
class Plant(Site):
    """A site with everything that runs in an installation."""

    server: Server
    backend: Backend

    @contextmanager
    def without_server(self, seconds: float) -> Iterator[None]:
        """SIGKILL the server, and start it again after at least so many seconds."""
        self.server.member.signal(signal.SIGKILL)
        assert self.server.member.process is not None
        self.server.member.process.wait()
        until = time.monotonic() + seconds
        yield
        time.sleep(max(0.0, until - time.monotonic()))
        self.server.member.start()
        within(10, "the server answers again", self.server.answers)


def open_site(settings: Settings) -> Site:
    """A house with the effect log, and a dataset that counts as read."""
    house = open_queue(settings)
    dataset, job = submit.upload(silent(house), OWNER, "small.csv", io.BytesIO(CSV), {})
    site = Site(house, dataset.id)
    install_effect_log(site.database_file())
    claimed = claims.claim(house.store.database, job.id, "nobody:0", 60)
    assert claimed is not None
    job, lease = claimed
    folder = house.store.artifacts.scratch_folder(lease.scratch)
    write_parquet(TABLE, folder / "table.parquet")
    publish(silent(house), job, lease, folder, {"rows_in": TABLE.height, "columns": 2})
    return site


@contextmanager
def running_server(folder: Path) -> Iterator[Server]:
    """A Valkey as the app configures it, with an administrator."""
    server = assay_server(folder, dict(os.environ))
    server.member.start()
    try:
        within(10, "the server answers", server.answers)
        yield server
    finally:
        assert server.member.process is not None
        server.member.process.kill()
        server.member.process.wait()


@contextmanager
def running_plant(folder: Path) -> Iterator[Plant]:
    """A plant with three workers whose limits are short: soft 8 s, hard 11 s, lease 10 s."""
    with running_server(folder / "s") as server, pytest.MonkeyPatch.context() as patch:
        settings = Settings(
            data_dir=folder,
            redis_url=server.url,
            lease_seconds=10,
            job_soft_timeout=8,
            job_timeout=11,
            job_memory_mb=600,
            log_level="WARNING",
        )
        site = open_site(settings)
        patch.setattr(backend, "start_worker", start_worker)
        patch.setattr(backend, "RECONCILE_SECONDS", RECONCILE_SECONDS)
        with Backend(settings, workers=3) as running:
            within(60, "all workers are there", running.ready)
            yield Plant(site.house, site.dataset, server, running)
        site.house.store.database.engine.dispose()


def check(site: Site) -> None:
    """After every fault: all jobs have ended, each publish happened once, nothing lies about."""
    store = site.house.store
    within(60, "all jobs have ended", lambda: all(map(site.has_ended, every_job(store).values())))
    rows = every_job(store)
    completed = {job_id for job_id, row in rows.items() if row.status == Status.COMPLETED}
    effected = Counter(job_id for job_id, _ in effects(site.database_file()))
    assert effected == Counter(completed)
    within(10, "no scratch folder is left", lambda: not any(store.artifacts.scratch.iterdir()))
    named = {rows[job_id].artifact_folder for job_id in completed}
    assert folders(site) == named
    if store.artifacts.is_local:
        for key in folders(site):
            check_files(Path(store.artifacts.path(key)))
    for job_id, row in rows.items():
        history = attempts.history(store.database, job_id)
        assert [each.number for each in history] == list(range(1, row.attempt + 1))
        assert all(each.ending for each in history)


def folders(site: Site) -> set[str]:
    """The keys of all sealed results that hold a file."""
    artifacts = site.house.store.artifacts
    found = artifacts.filesystem.find(artifacts.path("jobs"))
    return {path.removeprefix(f"{artifacts.root}/").rpartition("/")[0] for path in found}


def cancel_all(site: Site) -> None:
    """End whatever still waits or runs."""
    for row in every_job(site.house.store).values():
        if not row.status.is_final:
            submit.cancel(site.house, OWNER, row.id)


def check_files(folder: Path) -> None:
    """The bytes of a published result are those of its manifest."""
    manifest = folder / "manifest.json"
    if not manifest.exists():
        assert (folder / "table.parquet").exists()
        return
    files = json.loads(manifest.read_text(encoding="utf-8"))["files"]
    assert {name: sha256(folder / name) for name in files} == {
        name: each["sha256"] for name, each in files.items()
    }


def ends(*processes: psutil.Process) -> bool:
    """True when all have ended."""
    return all(map(is_dead, processes))
