"""The parent of a worker that cannot fork (Windows): starts it, watches its job, replaces it.

The worker runs its jobs in its own process, one after the other, and no thread of a process can
end C code that holds Python's lock. So a second process watches the row of the job from outside,
as the parent of a forked child does.
"""

import contextlib
import os
import signal
import subprocess
import threading
import time
from types import FrameType

from core import Settings
from queue_jobs.interpreter import ask_to_stop, start_python
from queue_jobs.job_object import contain
from queue_jobs.job_queue import JobQueue, open_queue
from queue_jobs.lifeline import follow_supervisor
from queue_jobs.logs import configure, log
from queue_jobs.memory import memory_mb
from queue_jobs.processes import machine
from queue_jobs.watch import Watch

WORKER = ("-m", "queue_jobs.simple_worker")
BEGINS, ENDS = b"+", b"-"
"""What the worker says of each bell."""

LOOK_SECONDS = 0.5
GRACE_SECONDS = 10.0
IDLE_SECONDS = 2.0
"""An idle worker on Windows notices only when its wait for a bell is over that it is to stop."""

SAME_REQUEST_SECONDS = 1.0
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0

WINDOWS_CRASH = 0xC000_0000
"""Exit codes from here on are those of Windows for a process that broke."""

WINDOWS_SIGNALS = {3: signal.SIGABRT, 0xC000_013A: signal.SIGTERM}
"""What `abort` and an unheard Ctrl-C or CTRL_BREAK leave as the exit code there."""


def run_guard(settings: Settings) -> None:
    """Keep one worker running until SIGTERM, SIGINT or CTRL_BREAK.

    The current job then has ten seconds to finish before it goes back to the queue; a second
    signal gives it back at once. The settings must be those of the environment, which the
    worker reads again.
    """
    configure(settings)
    guard = Guard(open_queue(settings, pooled=False))
    if settings.metrics_port:
        # It loads what jobs need: a hundred megabytes that a guard can do without.
        from queue_jobs.metrics_server import serve

        serve(settings, guard.house)
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), guard.asked_to_stop)
    follow_supervisor()
    guard.run()


class Guard:
    """Runs one worker process after the other."""

    def __init__(self, house: JobQueue) -> None:
        self.house = house
        self.asked: float | None = None
        self.deadline: float | None = None

    def asked_to_stop(self, number: int, frame: FrameType | None) -> None:
        """The first signal sets the time until which a job may go on, the next one ends it."""
        now = time.monotonic()
        if self.asked is None or self.deadline is None:
            self.asked, self.deadline = now, now + GRACE_SECONDS
        elif now - self.asked > SAME_REQUEST_SECONDS:
            self.deadline = now

    def run(self) -> None:
        """Replace the worker whenever it ends, after a growing pause when it achieved nothing."""
        vain = 0
        while self.asked is None:
            child = Child(self.house)
            self.tend(child)
            vain = 0 if child.was_of_use() else vain + 1
            if vain:
                log.warning("worker ended", pid=child.pid, code=child.process.returncode)
                self.pause(min(FIRST_PAUSE * 2 ** (vain - 1), LONGEST_PAUSE))

    def pause(self, seconds: float) -> None:
        """Wait; a request to stop ends the wait."""
        until = time.monotonic() + seconds
        while self.asked is None and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)

    def tend(self, child: "Child") -> None:
        """Look after a worker until it has ended, however that comes about."""
        told = False
        while not child.ends_within(LOOK_SECONDS):
            child.look()
            if self.asked is not None and not told:
                ask_to_stop(child.process)
                told = True
            if self.is_over(child):
                child.take_job_back()
        child.bury()

    def is_over(self, child: "Child") -> bool:
        """True when a worker that was asked to stop has had its time."""
        if self.asked is None or self.deadline is None:
            return False
        now = time.monotonic()
        return now > self.deadline or (child.watch is None and now - self.asked > IDLE_SECONDS)


class Child:
    """A worker process, and the watch over the job that it runs now."""

    def __init__(self, house: JobQueue) -> None:
        self.house = house
        self.started = time.monotonic()
        self.process = start_python(
            *WORKER, str(os.getpid()), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, bufsize=0
        )
        self.pid = self.process.pid
        self.empty = contain(self.pid)
        self.watch: Watch | None = None
        self.bells = 0
        self.memory_mb = 0
        self.silent = threading.Event()
        self.listener = threading.Thread(target=self.listen, daemon=True)
        self.listener.start()

    def listen(self) -> None:
        """The body of a thread: a fresh watch for each job that the worker begins."""
        assert self.process.stdout is not None
        while word := self.process.stdout.read(1):
            begins = word == BEGINS
            self.watch = Watch(self.house, f"{machine()}:{self.pid}") if begins else None
            self.bells += begins
        self.silent.set()

    def ends_within(self, seconds: float) -> bool:
        """Wait for the end of the process, which closes the pipe; True when it has ended."""
        if self.silent.wait(seconds):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)
        return self.process.poll() is not None

    def look(self) -> None:
        """Look at the row, and end a process that must not go on."""
        watch = self.watch
        if watch is None:
            return
        self.memory_mb = memory_mb(self.pid)
        # The worker may have gone on to the next job meanwhile.
        if not watch.look() and watch is self.watch:
            self.process.kill()

    def take_job_back(self) -> None:
        """End the process; its job returns to the queue and does not count as failed."""
        self.process.kill()
        self.process.wait()
        if self.watch is not None:
            self.watch.let_go()

    def bury(self) -> None:
        """Write into the row of its last job how the process ended, and end what it left."""
        self.empty()
        self.listener.join(LOOK_SECONDS)
        if self.watch is not None:
            self.watch.killed(signal_of(self.process.returncode), self.memory_mb)
            self.watch.ended()

    def was_of_use(self) -> bool:
        """False for a process that died young and without having answered a bell."""
        return self.bells > 0 or time.monotonic() - self.started > LONGEST_PAUSE


def signal_of(code: int) -> int:
    """The signal that ended a process, 0 when none did; Windows has exit codes instead."""
    if code < 0:
        return -code
    return WINDOWS_SIGNALS.get(code, signal.SIGSEGV if code >= WINDOWS_CRASH else 0)
