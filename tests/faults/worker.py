"""One worker that knows the tool of these tests: python -m tests.faults.worker"""

import os
import signal
import threading
import time
from typing import Any

from core import Settings
from queue_jobs import bell_worker, worker
from tests.faults import drill

DIES_AFTER_POP = "FAULT_DIES_AFTER_POP"


def die(self: worker.JobWorker, job: Any, queue: Any) -> None:
    """In place of running the job that was just taken out of the queue."""
    os.kill(os.getpid(), signal.SIGKILL)


def sleep(seconds: float) -> None:
    """Instead of time.sleep, to which libfaketime answers "Invalid argument"."""
    threading.Event().wait(seconds)


if __name__ == "__main__":
    # As `python -m queue_jobs worker`, without the slow import of ydata.
    bell_worker.PRELOADED = ("queue_jobs.perform", "queue_jobs.chain")
    drill.register()
    if os.environ.get(DIES_AFTER_POP):
        worker.JobWorker.execute_job = die  # type: ignore[method-assign]
    if os.environ.get("FAKETIME"):
        time.sleep = sleep
    worker.run_worker(Settings.from_environment())
