"""Ties the life of a process to that of another: a child to its worker, a worker to its app."""

import contextlib
import ctypes
import os
import signal
import sys
import threading
import time

import psutil

from queue_jobs.logs import log

PR_SET_PDEATHSIG = 1
POLL_SECONDS = 0.5
SUPERVISOR = "ASSAY_SUPERVISOR"
"""Names the process that started a worker, to the worker."""


def die_with_parent(parent: int) -> None:
    """End this process when its parent ends: at once on Linux, within half a second elsewhere."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        threading.Thread(target=poll_parent, daemon=True).start()
    if os.getppid() != parent:
        os._exit(1)


def poll_parent() -> None:
    """End this process when its parent, known by id and start time, has ended.

    On Windows a child keeps the id of its parent for ever, and the id may be used again.
    """
    parent = psutil.Process().parent()
    while parent is not None and still_runs(parent):
        time.sleep(POLL_SECONDS)
    os._exit(1)


def still_runs(process: psutil.Process) -> bool:
    """True until the process has ended, whoever has its id now."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def follow_supervisor() -> None:
    """When the app that started this worker is gone, stop as on SIGTERM."""
    pid = os.environ.get(SUPERVISOR)
    if not pid:
        return
    try:
        supervisor = psutil.Process(int(pid))
    except psutil.NoSuchProcess:
        sys.exit(1)
    threading.Thread(target=stop_after, args=(supervisor,), daemon=True).start()


def stop_after(supervisor: psutil.Process) -> None:
    """Wait for the end of a process, then stop this one, its current job finished."""
    while still_runs(supervisor):
        time.sleep(2 * POLL_SECONDS)
    log.info("supervisor is gone, worker stops")
    if sys.platform == "win32":
        # os.kill would end this process at once there.
        signal.raise_signal(signal.SIGTERM)
    else:
        os.kill(os.getpid(), signal.SIGTERM)
