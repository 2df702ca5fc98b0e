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
SUPERVISOR = "ASSAY_SUPERVISOR"
"""Names the process that started a worker, to the worker."""


def die_with_parent(parent: int) -> None:
    """End this process when its parent ends: at once on Linux, within half a second elsewhere."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        threading.Thread(target=poll_parent, args=(parent,), daemon=True).start()
    if os.getppid() != parent:
        os._exit(1)


def poll_parent(parent: int) -> None:
    """End this process when its parent is another one."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


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
    with contextlib.suppress(psutil.NoSuchProcess):
        while supervisor.is_running() and supervisor.status() != psutil.STATUS_ZOMBIE:
            time.sleep(1.0)
    log.info("supervisor is gone, worker stops")
    os.kill(os.getpid(), signal.SIGTERM)
