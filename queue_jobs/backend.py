"""What runs beside the pages: the embedded server, worker processes, and the reconciler."""

import contextlib
import os
import subprocess
import threading
import time
from dataclasses import dataclass, field, fields
from types import TracebackType

from redis.exceptions import RedisError
from rq.worker_registration import get_keys

from core import AssayError, QueueUnavailable, Settings
from queue_jobs.connection import connect
from queue_jobs.doorbell import bell_queue
from queue_jobs.embedded_server import ROOT, RunningServer, ensure_server, stop_server
from queue_jobs.interpreter import ask_to_stop, start_python
from queue_jobs.job_queue import JobQueue, open_queue
from queue_jobs.lifeline import SUPERVISOR
from queue_jobs.logs import log
from queue_jobs.notify import check, keep_delivering
from queue_jobs.processes import runs
from queue_jobs.reconcile import reconcile
from queue_jobs.retention import retain

LOOK_SECONDS = 0.25
RECONCILE_SECONDS = 5.0
FIRST_RETAIN_SECONDS, RETAIN_SECONDS = 60.0, 3600.0

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
COLD_SECONDS = 3.0


@dataclass
class Child:
    """A worker process that is kept running: its restarts in a row, and when the next is due."""

    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    restarts: int = 0
    due: float = 0.0

    @property
    def runs(self) -> bool:
        """True while the process has not ended."""
        return self.process is not None and self.process.poll() is None


@dataclass
class Backend:
    """Server, workers and reconciler, to be used as a context.

    `workers` is the number of worker processes; by default WORKERS, but none when REDIS_URL
    names a server of your own, whose workers are started separately, and none without a queue.
    """

    settings: Settings
    workers: int | None = None
    children: list[Child] = field(default_factory=list)
    server: RunningServer | None = None
    stopping: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def __post_init__(self) -> None:
        wanted = self.settings.workers if self.workers is None else self.workers
        if self.workers is None and self.settings.redis_url:
            wanted = 0
        self.children = [Child() for _ in range(wanted if self.settings.use_queue else 0)]

    def __enter__(self) -> "Backend":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def embedded(self) -> bool:
        """True when the queue's server is ours to run."""
        return self.settings.use_queue and not self.settings.redis_url

    def start(self) -> None:
        """Start in the background and return at once; `ready` tells when jobs can run."""
        self.stopping.clear()
        notifies = [self.notify] if self.settings.notify_urls else []
        self.threads = [
            threading.Thread(target=body, daemon=True) for body in (self.supervise, *notifies)
        ]
        # Nobody waits for this one: it may be deleting for minutes, and can be broken off.
        cleaner = threading.Thread(target=self.clean_up, daemon=True)
        for thread in (*self.threads, cleaner):
            thread.start()

    def ready(self) -> bool:
        """True when the server answers and every worker has registered there."""
        if not self.settings.use_queue:
            return True
        if self.embedded and self.server is None:
            return False
        try:
            queue = bell_queue(self.settings, connect(self.settings))
            names = [key.rsplit(":", 1)[-1] for key in get_keys(queue)]
        except (RedisError, QueueUnavailable):
            return False
        pids = {name.split(".")[-2] for name in names if name.count(".") >= 2}
        return all(
            child.runs and child.process is not None and str(child.process.pid) in pids
            for child in self.children
        )

    def stop(self) -> None:
        """Let workers finish for SHUTDOWN_SECONDS, take jobs back from those that do not, end all.

        A job that is broken off returns to the queue and does not count as failed.
        """
        self.stopping.set()
        for thread in self.threads:
            thread.join()
        for seconds in (self.settings.shutdown_seconds + COLD_SECONDS, COLD_SECONDS):
            self.ask_to_stop(seconds)
        for child in self.children:
            if child.process is not None and child.runs:
                child.process.kill()
                child.process.wait()
        if self.server is not None and self.server.started_by_us:
            stop_server(self.settings)
        self.server = None

    def ask_to_stop(self, seconds: float) -> None:
        """SIGTERM: the first asks to finish, the second to give the job back."""
        running = [child.process for child in self.children if child.process and child.runs]
        deadline = time.monotonic() + seconds
        for process in running:
            ask_to_stop(process)
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))

    def supervise(self) -> None:
        """The body of the thread: keep server and workers running, reconcile now and then."""
        queue: JobQueue | None = None
        due = 0.0
        while not self.stopping.is_set():
            try:
                self.keep_server()
                self.keep_workers()
                if time.monotonic() >= due:
                    queue = queue or open_queue(self.settings)
                    reconcile(queue)
                    due = time.monotonic() + RECONCILE_SECONDS
            except AssayError as error:
                log.warning("backend tries again", error=error.message)
                due = time.monotonic() + 1.0
            except Exception:  # noqa: BLE001 - nobody would start this thread again
                log.exception("backend tries again")
                due = time.monotonic() + 1.0
            self.stopping.wait(LOOK_SECONDS)

    def clean_up(self) -> None:
        """The body of a second thread, since deleting may take minutes: retention, each hour."""
        pause = FIRST_RETAIN_SECONDS
        while not self.stopping.wait(pause):
            try:
                pause = RETAIN_SECONDS if retain(open_queue(self.settings)).is_all else 0.0
            except Exception:  # noqa: BLE001 - nobody would start this thread again either
                log.exception("retention waits")
                pause = RETAIN_SECONDS

    def notify(self) -> None:
        """The body of a third thread, since an address may be slow: send what the outbox holds."""
        for problem in check(self.settings):
            log.warning("notifications", problem=problem)
        keep_delivering(open_queue(self.settings), self.stopping)

    def keep_server(self) -> None:
        """Start or attach to the embedded server when it does not run. Raises QueueUnavailable."""
        if self.embedded and (self.server is None or not runs(self.server.pid)):
            self.server = ensure_server(self.settings)

    def keep_workers(self) -> None:
        """Start workers that do not run, waiting longer each time one dies young."""
        for child in self.children:
            if child.runs or time.monotonic() < child.due:
                continue
            if child.process is not None:
                log.warning("worker ended", pid=child.process.pid, code=child.process.returncode)
            if time.monotonic() - child.started > LONGEST_PAUSE:
                child.restarts = 0
            child.process = start_worker(self.settings)
            child.started = time.monotonic()
            child.due = child.started + min(FIRST_PAUSE * 2**child.restarts, LONGEST_PAUSE)
            child.restarts += 1


def start_worker(settings: Settings) -> "subprocess.Popen[bytes]":
    """Start a worker by exec, in its own session, so that Ctrl-C does not reach its children.

    It follows this process: when this one is killed, the worker finishes its job and ends.
    """
    return start_python(
        "-m",
        "queue_jobs",
        "worker",
        stdin=subprocess.DEVNULL,
        env=worker_environment(settings),
    )


def worker_environment(settings: Settings) -> dict[str, str]:
    """This process's environment with the settings as they are, not as they were found."""
    values = {item.metadata["env"]: getattr(settings, item.name) for item in fields(settings)}
    texts = {
        env: str(value).lower() if isinstance(value, bool) else str(value)
        for env, value in values.items()
    }
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    own = {"DATA_DIR": str(settings.data_dir.resolve()), SUPERVISOR: str(os.getpid())}
    return dict(os.environ) | texts | own | {"PYTHONPATH": path}
