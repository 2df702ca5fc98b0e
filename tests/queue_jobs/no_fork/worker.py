"""What a guard starts in the tests: the worker of systems without fork, and jobs that misbehave.

The name of the uploaded file says what a job does at its first attempt; the next one is good.
Only `read` reads the file, since that takes a second.
"""

import os
import sys
import time
from collections import deque
from itertools import repeat

from queue_jobs import bell_worker, perform, simple_worker
from store import datasets


def loop() -> None:
    """Python code without an end."""
    while True:
        pass


def sleep() -> None:
    """C code that lets other threads run, but none interrupt it."""
    time.sleep(600)


def hold() -> None:
    """C code without an end that lets neither another thread run nor a signal's handler."""
    deque(repeat(0), maxlen=0)


def crash() -> None:
    """What native code does when it finds itself broken."""
    os.abort()


def dawdle() -> None:
    """Two seconds of work."""
    for _ in range(20):
        time.sleep(0.1)


DEEDS = {deed.__name__: deed for deed in (loop, sleep, hold, crash, dawdle)}
run_tool = perform.run_tool


def misbehave(queue, job, lease, folder):
    """Do what the name of a job's file asks for."""
    deed = datasets.load(queue.store.database, job.dataset_id).name.partition(".")[0]
    if deed == "read":
        return run_tool(queue, job, lease, folder)
    if job.attempt == 1 and deed in DEEDS:
        DEEDS[deed]()
    return {"rows_in": 1, "columns": 2}


if __name__ == "__main__":
    perform.run_tool = misbehave
    bell_worker.PRELOADED = ()
    simple_worker.run(int(sys.argv[1]))
