"""The child that runs a worker's jobs, one after the other, and the parent's hold on it.

A fork of a process that holds all libraries costs more than a small job, so a child stays for the
next job as long as each one ends cleanly. It is still alone with its job: its end, however it
comes about, costs that one job a try, and the next one gets a new child.
"""

import os
import select
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from resource import struct_rusage
from typing import NoReturn

from queue_jobs.logs import log

DONE, WORN = b"+", b"-"
"""What a child answers: ready for another job, or about to leave."""

Ending = tuple[int, int, struct_rusage | None]
"""Process id, wait status (0 also for a child that goes on), and what it used."""


@dataclass
class Horse:
    """A child, seen from its parent. `jobs` counts those that it was given."""

    pid: int
    requests: int
    answers: int
    jobs: int = 0
    stays: bool = True

    def ask(self, job: str, execution: str) -> bool:
        """Hand over an RQ job; False when the child has ended while it had nothing to do."""
        if not self.stays or has_closed(self.answers):
            return False
        self.jobs += 1
        try:
            return os.write(self.requests, f"{job} {execution}\n".encode()) > 0
        except BrokenPipeError:
            return False

    def wait(self) -> Ending:
        """Wait for the end of the job, or of the child."""
        answer = os.read(self.answers, 1)
        if answer == DONE:
            return self.pid, 0, None
        self.stays = False
        return os.wait4(self.pid, 0)

    def retire(self) -> None:
        """Let go of a child that waits for a job, or has ended."""
        os.close(self.requests)
        os.close(self.answers)
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)


def has_closed(answers: int) -> bool:
    """True when the other end of a pipe, on which nothing is expected now, is closed."""
    return bool(select.select([answers], [], [], 0)[0])


def fork_horse(perform: Callable[[str, str], bool], prepare: Callable[[], None]) -> Horse:
    """Fork a child that calls `prepare` once, then `perform(job, execution)` for each request.

    `perform` says whether the child may stay for another job.
    """
    theirs, requests = os.pipe()
    answers, ours = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(requests)
        os.close(answers)
        serve(theirs, ours, perform, prepare)
    os.close(theirs)
    os.close(ours)
    return Horse(pid, requests, answers)


def serve(
    requests: int, answers: int, perform: Callable[[str, str], bool], prepare: Callable[[], None]
) -> NoReturn:
    """The life of a child; whatever is raised here ends it."""
    code = 1
    try:
        os.setpgrp()
        prepare()
        with os.fdopen(requests, encoding="utf-8") as lines:
            for line in lines:
                stays = perform(*line.split())
                os.write(answers, DONE if stays else WORN)
                if not stays:
                    break
        code = 0
    except BaseException:
        log.exception("job process broke")
        raise
    finally:
        # No exit handlers: they belong to the parent.
        os._exit(code)
