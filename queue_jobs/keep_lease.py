"""Keeps the lease of a running job alive, and ends the run when the lease is lost."""

import ctypes
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from core import Transient
from queue_jobs.job_queue import JobQueue
from queue_jobs.logs import log
from store import leases
from store.leases import Lease

LOOK_SECONDS = 1.0
RENEW_EVERY = 5
SOFT = "The job took longer than {limit:,} seconds and was stopped."


class Dropped(BaseException):
    """Raised into the running code, past every `except Exception` of a library."""


interrupted = threading.Event()
"""Set when a job of this process was interrupted: who knows in what state that left a library."""


@contextmanager
def keeping_lease(queue: JobQueue, lease: Lease) -> Iterator[Callable[[], None]]:
    """Renew every five seconds from a thread, and look every second whether it is still ours.

    When it is not (cancelled, or another attempt took over), or when the job takes longer than
    JOB_SOFT_TIMEOUT, the running code is interrupted at its next Python instruction. Code that
    stays in C is ended by the worker's parent process at JOB_TIMEOUT. Yields a function that ends
    the watch: to be called before publishing, since a published job is no longer held either.
    """
    done = threading.Event()
    runner = threading.get_ident()
    keeper = threading.Thread(target=keep, args=(queue, lease, done, runner), daemon=True)
    keeper.start()

    def stop() -> None:
        done.set()
        keeper.join()

    try:
        yield stop
    except Dropped:
        log.info("job interrupted", job=lease.job_id)
    finally:
        stop()


def keep(queue: JobQueue, lease: Lease, done: threading.Event, runner: int) -> None:
    """The body of the thread."""
    beats, limit = 0, min(queue.settings.job_soft_timeout, queue.settings.job_timeout)
    end = time.monotonic() + limit
    while not done.wait(LOOK_SECONDS):
        beats += 1
        try:
            if time.monotonic() > end:
                leases.fail(queue.store.database, lease, "SOFT_TIMEOUT", SOFT.format(limit=limit))
            if beats % RENEW_EVERY:
                ours = leases.holds(queue.store.database, lease)
            else:
                ours = leases.renew(queue.store.database, lease, queue.settings.lease_seconds)
        except Transient:
            continue
        if not ours and not done.is_set():
            interrupt(runner)
            return


def interrupt(thread: int) -> None:
    """Raise Dropped in another thread of this process."""
    interrupted.set()
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(Dropped))
