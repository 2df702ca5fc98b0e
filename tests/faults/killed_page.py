"""A page that is killed while it hands in a job.

python -m tests.faults.killed_page DATASET MOMENT
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from core import Settings
from queue_jobs import submit
from queue_jobs.doorbell import RedisDoorbell
from queue_jobs.job_queue import open_queue
from store import tally
from store.jobs import JobRequest
from tests.faults.drill import FAULT

ring, count = RedisDoorbell.ring, tally.count


def die(*arguments: Any, **options: Any) -> None:
    """In place of a call that is never made."""
    os.kill(os.getpid(), signal.SIGKILL)


def ring_and_die(self: RedisDoorbell, job_id: str) -> None:
    """The last thing that this process does."""
    ring(self, job_id)
    die()


MOMENTS: dict[str, tuple[object, str, Callable[..., None]]] = {
    "before the commit": (tally, "count", die),
    "after the commit": (RedisDoorbell, "ring", die),
    "after the bell": (RedisDoorbell, "ring", ring_and_die),
}

if __name__ == "__main__":
    dataset, moment = sys.argv[1:]
    house = open_queue(Settings.from_environment())
    setattr(*MOMENTS[moment])
    own = {"fault": {"label": moment}}
    submit.hand_in(house, JobRequest("ann", dataset, FAULT.name, own))
