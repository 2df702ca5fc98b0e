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
from socket import MSG_PEEK, socket, socketpair
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from queue_jobs.logs import log

if TYPE_CHECKING:
    # Windows has no such module.
    from resource import struct_rusage

DONE, WORN = b"+", b"-"
"""What a child answers: ready for another job, or about to leave."""

Ending: TypeAlias = "tuple[int, int, struct_rusage | None]"
"""Process id, wait status (0 also for a child that goes on), and what it used."""


@dataclass
class Horse:
    """A child, seen from its parent. `jobs` counts those that it was given."""

    pid: int
    requests: int
    answers: socket
    jobs: int = 0
    stays: bool = True
    ending: "Ending | None" = None

    def ask(self, job: str, execution: str) -> bool:
        """Hand over an RQ job; False when the child has ended while it had nothing to do."""
        if self.jobs and self.stays:
            self.answers.recv(1)
        if not self.stays or self.has_closed():
            return False
        self.jobs += 1
        try:
            return os.write(self.requests, f"{job} {execution}\n".encode()) > 0
        except BrokenPipeError:
            return False

    def has_closed(self) -> bool:
        """True when the child has closed its end, on which nothing is expected now."""
        return bool(select.select([self.answers], [], [], 0)[0])

    def wait(self) -> Ending:
        """Wait for the end of the job, or of the child.

        RQ's alarm breaks this off with an exception at any point, and then it is called again:
        so the answer is only looked at here, and taken by the next `ask`.
        """
        if self.answers.recv(1, MSG_PEEK) == DONE:
            return self.pid, 0, None
        self.stays = False
        with suppress(ChildProcessError):
            self.ending = os.wait4(self.pid, 0)
        return self.ending or (self.pid, 0, None)

    def retire(self) -> None:
        """Let go of a child that waits for a job, or has ended."""
        os.close(self.requests)
        self.answers.close()
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)


def fork_horse(perform: Callable[[str, str], bool], prepare: Callable[[], None]) -> Horse:
    """Fork a child that calls `prepare` once, then `perform(job, execution)` for each request.

    `perform` says whether the child may stay for another job.
    """
    theirs, requests = os.pipe()
    answers, ours = socketpair()
    pid = os.fork()
    if not pid:
        os.close(requests)
        answers.close()
        serve(theirs, ours, perform, prepare)
    os.close(theirs)
    ours.close()
    return Horse(pid, requests, answers)


def serve(
    requests: int, answers: socket, perform: Callable[[str, str], bool], prepare: Callable[[], None]
) -> NoReturn:
    """The life of a child; whatever is raised here ends it."""
    code = 1
    try:
        os.setpgrp()
        prepare()
        with os.fdopen(requests, encoding="utf-8") as lines:
            for line in lines:
                stays = perform(*line.split())
                answers.send(DONE if stays else WORN)
                if not stays:
                    break
        code = 0
    except BaseException:
        log.exception("job process broke")
        raise
    finally:
        # No exit handlers: they belong to the parent.
        os._exit(code)
