"""The worker of systems without fork (Windows): it runs jobs in its own process, under a guard.

python -m queue_jobs.simple_worker GUARD   is started by the guard, whose process id is given
"""

import contextlib
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from functools import cached_property
from secrets import token_hex
from typing import NoReturn

from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.executions import Execution
from rq.job import Job as RqJob

from core import Settings
from queue_jobs.bell_worker import LOOK_SECONDS, BellWorker, preload, wait_for_server
from queue_jobs.guard import BEGINS, ENDS
from queue_jobs.job_queue import JobQueue
from queue_jobs.lifeline import die_with_parent
from queue_jobs.logs import configure
from queue_jobs.memory import memory_mb
from queue_jobs.perform import process_queue, worker_name
from queue_jobs.watch import Watch


class SimpleJobWorker(BellWorker, SimpleWorker):
    """Runs jobs in its own process, one after the other.

    A job that has lost its lease, or takes too long, is interrupted at its next Python
    instruction by the thread that keeps the lease. One that stays in C code is ended by the
    guard; RQ's own `rq worker -w` starts none.
    """

    guard: int | None = None
    """The pipe to the guard."""

    @cached_property
    def house(self) -> JobQueue:
        """The store of this process."""
        return process_queue(os.getpid())

    def _install_signal_handlers(self) -> None:
        """RQ's, and the one signal with which Windows can ask a process to stop."""
        super()._install_signal_handlers()  # type: ignore[no-untyped-call]
        if sys.platform == "win32":
            signal.signal(signal.SIGBREAK, self.request_stop)

    def perform_job(self, job: RqJob, queue: Queue, execution: Execution) -> bool:
        """Run the job beside a heartbeat, and tell the guard when it begins and ends."""
        self.tell(BEGINS)
        watch = Watch(self.house, worker_name())
        with self.beating(job, execution):
            done = super().perform_job(job, queue, execution)
        self.close_row(watch)
        self.tell(ENDS)
        self._stop_requested = self._stop_requested or self.has_grown()
        return done

    def tell(self, what: bytes) -> None:
        """Send word to the guard, if there is one."""
        if self.guard is not None:
            os.write(self.guard, what)

    @contextlib.contextmanager
    def beating(self, job: RqJob, execution: Execution) -> Iterator[None]:
        """Send heartbeats to Redis from a thread."""
        done = threading.Event()

        def beat() -> None:
            while not done.wait(LOOK_SECONDS):
                with contextlib.suppress(RedisError):
                    self.maintain_heartbeats(job, execution)

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def close_row(self, watch: Watch) -> None:
        """A row that the job left open goes back to the queue, as a failure unless we stop."""
        if self._stop_requested:
            watch.let_go()
        else:
            watch.ended()

    def has_grown(self) -> bool:
        """True when this process holds so much memory that a new one is to take over."""
        most = self.house.settings.worker_max_memory_mb
        return bool(most) and memory_mb(os.getpid()) > most


def run(guard: int) -> NoReturn:
    """Run a worker until its guard asks it to stop, or it has done WORKER_MAX_JOBS jobs."""
    die_with_parent(guard)
    settings = Settings.from_environment()
    configure(settings)
    pipe = take_standard_output()
    preload()
    # The guard's number, by which whoever started the guard recognises its worker.
    name = f"{socket.gethostname()}.{guard}.{token_hex(3)}"
    worker = SimpleJobWorker([settings.queue], name, connection=wait_for_server(settings))
    worker.guard = pipe
    worker.work(logging_level="WARNING", max_jobs=settings.worker_max_jobs or None)
    # DuckDB's bindings print pages of leak warnings at a regular exit; nothing is left to do.
    os._exit(0)


def take_standard_output() -> int:
    """The pipe to the guard; what libraries print goes to standard error from now on."""
    pipe = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return pipe


if __name__ == "__main__":
    run(int(sys.argv[1]))
