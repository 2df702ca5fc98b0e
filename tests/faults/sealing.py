"""Runs a job and kills its process at every step of publishing, one process for each step.

python -m tests.faults.sealing DATASET   prints, as JSON, the job that each process was killed in
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core import Settings
from queue_jobs import chain, perform, submit
from queue_jobs.job_queue import JobQueue, open_queue
from queue_jobs.logs import configure
from store import artifacts, leases, writers
from store.artifacts import Artifacts
from store.jobs import JobRequest
from tests.faults import drill
from tests.queue_jobs.conftest import silent

STEPS: tuple[tuple[object, str], ...] = (
    (chain, "write_artifact"),
    (chain, "write_manifest"),
    (Artifacts, "seal"),
    (artifacts, "sync"),
    (writers, "sync"),
    (Path, "replace"),
    (Path, "mkdir"),
    (leases, "publish"),
    (Artifacts, "sweep"),
)
"""Before and after each call of these the process is killed once."""


class Countdown:
    """Kills this process at the n-th of the moments that it is told about."""

    def __init__(self, moments: int) -> None:
        self.left = moments

    def tick(self) -> None:
        """One moment."""
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """The call, with a moment before it and one after it."""

        def counted(*arguments: Any, **options: Any) -> Any:
            self.tick()
            answer = call(*arguments, **options)
            self.tick()
            return answer

        return counted


def run(house: JobQueue, job_id: str, moments: int) -> int:
    """Run a job in a child that is killed after so many moments; return how the child ended."""
    pid = os.fork()
    if pid:
        return os.waitpid(pid, 0)[1]
    countdown = Countdown(moments)
    for owner, name in STEPS:
        setattr(owner, name, countdown.around(getattr(owner, name)))
    perform.perform_with(house, job_id)
    os._exit(0)


def kill_at_every_step(dataset: str) -> list[str]:
    """The jobs, one for each moment there is, and a last one that nobody killed."""
    settings = Settings.from_environment()
    configure(settings)
    house = silent(open_queue(settings))
    house.store.database.engine.dispose()
    made: list[str] = []
    while True:
        own = {"fault": {"label": f"moment {len(made)}"}}
        job = submit.hand_in(house, JobRequest("ann", dataset, drill.FAULT.name, own))
        house.store.database.engine.dispose()
        made.append(job.id)
        if not run(house, job.id, len(made)):
            return made


if __name__ == "__main__":
    drill.register()
    made = kill_at_every_step(sys.argv[1])
    sys.stdout.write(json.dumps(made))
