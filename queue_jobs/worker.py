"""The worker of systems with fork, hardened so that a row is never run twice nor forgotten."""

import contextlib
import gc
import os
import random
import signal
import socket
import sys
import time
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from math import inf
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from rq import Queue, Worker
from rq.executions import Execution
from rq.job import Job as RqJob

from core import Job, Settings
from queue_jobs.bell_worker import BellWorker, preload, wait_for_server
from queue_jobs.doorbell import open_doorbell
from queue_jobs.horse import Horse, fork_horse
from queue_jobs.job_queue import JobQueue
from queue_jobs.keep_lease import interrupted
from queue_jobs.lifeline import die_with_parent, follow_supervisor
from queue_jobs.logs import configure, log
from queue_jobs.memory import job_memory_mb, memory_mb
from queue_jobs.metrics_server import serve
from queue_jobs.processes import machine
from queue_jobs.reading_process import keep_ready
from queue_jobs.watch import Watch
from store import open_store

if TYPE_CHECKING:
    # Windows has no such module.
    from resource import struct_rusage

YOUNG_SECONDS, PAUSE_SECONDS = 30.0, 5.0
"""A worker that ends by an error before it is so old waits so long before it starts anew."""


def open_house() -> JobQueue:
    """Store and doorbell of a process that forks: no connection stays open between two uses."""
    settings = Settings.from_environment()
    store = open_store(settings, pooled=False)
    return JobQueue(settings, store, open_doorbell(settings, store))


class JobWorker(BellWorker, Worker):
    """Runs its jobs in a forked child, which it watches and which dies with it."""

    def __init__(self, queues: Any, name: str | None = None, **options: Any) -> None:
        super().__init__(queues, name, **options)
        self.horse: Horse | None = None
        self.watch: Watch | None = None
        self.before: Job | None = None

    @cached_property
    def house(self) -> JobQueue:
        """The store, opened by the parent."""
        house = open_house()
        # What is loaded by now is never looked through again, and stays shared with children.
        gc.collect()
        gc.freeze()
        return house

    def execute_job(self, job: RqJob, queue: Queue) -> None:
        """Run a job; should this worker have to leave it, its row is free for another at once."""
        try:
            super().execute_job(job, queue)
        except BaseException:
            self.kill_horse()
            if self.watch:
                self.watch.let_go()
            raise
        else:
            if self.watch:
                self.watch.ended()
        finally:
            self.before = (self.watch and self.watch.taken) or self.before
            self.watch = None
            if self.horse and self.is_worn(self.horse):
                self.retire_horse()

    def is_worn(self, horse: Horse) -> bool:
        """True when a child is to be replaced: ended, so many jobs old, or grown too large."""
        settings = self.house.settings
        most_jobs, held = settings.worker_max_jobs, memory_mb(horse.pid)
        old = bool(most_jobs) and horse.jobs >= most_jobs
        # What it keeps and what the next job may take have to fit into the machine together.
        most = min(settings.worker_max_memory_mb or inf, job_memory_mb(settings) / 2)
        return not horse.stays or old or held > most

    def retire_horse(self) -> None:
        """Let go of the child that waits for the next job."""
        if self.horse:
            self.horse.retire()
        self.horse = None

    def fork_work_horse(self, job: RqJob, queue: Queue) -> None:
        """Hand the job to the child, a new one if need be, and start to watch it."""
        execution = next(reversed(self.executions))
        for _ in range(2):
            self.horse = self.horse or fork_horse(partial(self.perform_for, queue), self.set_off)
            self.watch = Watch(self.house, f"{machine()}:{self.horse.pid}", self.before)
            if self.horse.ask(job.id, execution):
                break
            self.retire_horse()
        if self.horse:
            self._horse_pid = self.horse.pid

    def set_off(self) -> None:
        """The child's first steps: bound to its parent's life, as in RQ, and ready to read."""
        die_with_parent(self.pid or 0)
        random.seed()
        self.setup_work_horse_signals()  # type: ignore[no-untyped-call]
        self._is_horse = True
        keep_ready()

    def perform_for(self, queue: Queue, job_id: str, execution_id: str) -> bool:
        """In the child: run one job as RQ does; False when this process had better end."""
        job = self.job_class.fetch(job_id, self.connection, serializer=self.serializer)
        execution = Execution(execution_id, job_id, self.connection, self.name)
        ended_well = self.perform_job(job, queue, execution)
        return ended_well and not interrupted.is_set()

    def wait_for_horse(self) -> "tuple[int | None, int | None, struct_rusage | None]":
        """Wait until the job or the child has ended; RQ's alarm breaks it off every second."""
        return self.horse.wait() if self.horse else (None, None, None)

    def maintain_heartbeats(self, job: RqJob, execution: Execution) -> None:
        """Every second: look at the row first, since Redis may make this call wait."""
        if self.watch and self.has_to_leave():
            self.watch.give_back()
            self.kill_horse()
            return
        if self.watch and not self.watch.look():
            self.kill_horse()
            return
        super().maintain_heartbeats(job, execution)

    def has_to_leave(self) -> bool:
        """True when the time is over that SIGTERM leaves to the current job."""
        asked = self._shutdown_requested_date
        patience = timedelta(seconds=self.house.settings.shutdown_seconds)
        return asked is not None and datetime.now(UTC) - asked > patience

    def kill_horse(self, sig: signal.Signals = signal.Signals.SIGTERM) -> None:
        """Kill the child and what it started, but never this worker's own process group.

        RQ would do that in the instant before the child has made its own group.
        """
        if not self.horse_pid:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            group = os.getpgid(self.horse_pid)
            kill = os.kill if group == os.getpgrp() else os.killpg
            kill(self.horse_pid, signal.SIGKILL)

    def handle_work_horse_killed(self, job: RqJob, retpid: int, ret_val: int, rusage: Any) -> None:
        """Write why the child died into the row at once."""
        if self.watch and rusage is not None:
            divisor = 2**10 if sys.platform == "linux" else 2**20
            self.watch.killed(os.WTERMSIG(ret_val), rusage.ru_maxrss // divisor)


def run_worker(settings: Settings) -> None:
    """Run one worker until SIGTERM or SIGINT, which let the current job finish.

    A second signal gives the job back to the queue. A worker that was ended by an error starts
    anew in its own place. The settings must be those of the environment, which
    the new one reads again. Raises AssayError when /metrics may not be served as they say.
    """
    configure(settings)
    began = time.monotonic()
    preload()
    follow_supervisor()
    name = f"{socket.gethostname()}.{os.getpid()}.{token_hex(3)}"
    worker = JobWorker([settings.queue], name, connection=wait_for_server(settings))
    serve(settings, worker.house)
    worker.work(logging_level="WARNING")
    # DuckDB's bindings print pages of leak warnings at a regular exit; nothing is left to do.
    sys.stdout.flush()
    if worker._shutdown_requested_date is None:
        # An error that lasts (a Redis that refuses, for one) must not keep a core busy.
        time.sleep(0.0 if time.monotonic() - began > YOUNG_SECONDS else PAUSE_SECONDS)
    if worker._shutdown_requested_date is None:
        log.info("worker starts anew", worker=name)
        worker.retire_horse()
        os.execv(sys.executable, sys.orig_argv)
    os._exit(0)
