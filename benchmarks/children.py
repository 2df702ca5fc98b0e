"""A reader in a child process of its own, which may crash, hang or eat memory."""

import multiprocessing as mp
import os
import resource
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal

from benchmarks.peers import Loaded, Read, Refused

MEMORY_BYTES = 4 * 2**30

End = Literal["loaded", "refused", "error", "crash", "hang"]


@dataclass(frozen=True)
class Outcome:
    """How one file ended: what `digest` made of the table, the reason of a refusal, seconds.

    "error" is an exception that is not one of Assay's refusals; other readers refuse that way.
    """

    end: End
    value: Any = None
    reason: str = ""
    seconds: float = 0.0


Digest = Callable[[Loaded], Any]
"""What is kept of a table; it crosses a pipe, so it must be a function of a module."""


def serve(pipe: Connection, read: Read, digest: Digest) -> None:
    """In the child: say that it runs, then read each path that comes in, answer with an outcome."""
    limit_memory()
    be_quiet()
    pipe.send(None)
    while True:
        pipe.send(one(read, pipe.recv(), digest))


def limit_memory() -> None:
    """So that a bomb ends the child, not the machine."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def be_quiet() -> None:
    """Readers print warnings and stacks by the page; they also reach this end as exceptions."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)


def one(read: Read, path: Path, digest: Digest) -> Outcome:
    """Read one file."""
    started = time.perf_counter()
    try:
        value = digest(read(path))
    except Refused as refusal:
        return Outcome("refused", reason=refusal.reason, seconds=time.perf_counter() - started)
    except BaseException as error:  # noqa: BLE001 - a peer may raise anything, also a Rust panic
        said = f"{type(error).__name__}: {error}"[:300]
        return Outcome("error", reason=said, seconds=time.perf_counter() - started)
    return Outcome("loaded", value, seconds=time.perf_counter() - started)


class Child:
    """The child process of one reader; started again after each crash or hang."""

    def __init__(self, read: Read, digest: Digest) -> None:
        self.arguments = (read, digest)
        self.start()

    def start(self) -> None:
        """Start the process and wait until it runs, so that its start costs no file time."""
        context = mp.get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=serve, args=(other, *self.arguments), daemon=True)
        self.process.start()
        other.close()
        self.pipe.recv()

    def stop(self) -> None:
        """Kill the process."""
        self.process.kill()
        self.process.join()
        self.pipe.close()

    def read(self, path: Path, seconds: float) -> Outcome:
        """What the reader makes of a file within a time limit."""
        self.pipe.send(path)
        try:
            if self.pipe.poll(seconds):
                answer: Outcome = self.pipe.recv()
                return answer
            end: End = "hang"
        except (EOFError, ConnectionError):
            end = "crash"
        self.stop()
        self.start()
        return Outcome(end, seconds=seconds if end == "hang" else 0.0)


def outcomes(
    read: Read, paths: Iterable[Path], digest: Digest, seconds: float
) -> Iterator[Outcome]:
    """What a reader, a function of a module, makes of many files, one after the other."""
    child = Child(read, digest)
    try:
        for path in paths:
            yield child.read(path, seconds)
    finally:
        child.stop()
