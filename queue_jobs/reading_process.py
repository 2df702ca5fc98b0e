"""Starts a process that reads one file, in the quickest way that is safe here."""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, NoReturn, Protocol

from queue_jobs.fork_server import serve
from queue_jobs.interpreter import start_python
from queue_jobs.lifeline import die_with_parent
from queue_jobs.reading_child import Request, fork

ROOT = Path(__file__).resolve().parent.parent
LOADED_BY = os.getpid()
POLARS_THREADS = ("polars-0", "async-executor", "tokio-rt")
"""What its threads are called once it has run; one that idles from the import on is harmless."""

POLL_SECONDS = 0.005
END_SECONDS = 60.0
MOST_FILES = 1 << 16
"""No file here has a higher number; a system may allow a billion, and an old libc tries each."""


class ReadingProcess(Protocol):
    """A process that reads one file and ends."""

    pid: int

    def wait(self, seconds: float) -> int | None:
        """The exit code (minus the signal that ended it), or None when it still runs then."""
        ...

    def end(self) -> None:
        """Kill it if it still runs, and wait for its end."""
        ...


def start(request: Request) -> ReadingProcess:
    """Start to read: the one place that decides how."""
    if may_fork():
        return Forked(request)
    return Served(request) if hasattr(os, "fork") else Spawned(request)


def may_fork() -> bool:
    """True in a child that a worker has forked for a job, as long as Polars has not run in it.

    Everywhere else there may be threads that hold locks, and a fork of a process in which Polars
    has run hangs. Only Linux tells the names of threads, and other systems do not fork safely.
    """
    if sys.platform != "linux" or os.getpid() == LOADED_BY:
        return False
    names = [file.read_text() for file in Path("/proc/self/task").glob("*/comm")]
    return not any(name.startswith(POLARS_THREADS) for name in names)


class Forked:
    """A fork of this process."""

    def __init__(self, request: Request) -> None:
        self.pid = fork(request)
        self.code: int | None = None

    def wait(self, seconds: float) -> int | None:
        """See ReadingProcess."""
        until = time.monotonic() + seconds
        while not self.has_ended(os.WNOHANG) and time.monotonic() < until:
            time.sleep(POLL_SECONDS)
        return self.code

    def has_ended(self, options: int) -> bool:
        """Look for the end, or wait for it."""
        if self.code is None:
            pid, status = os.waitpid(self.pid, options)
            self.code = os.waitstatus_to_exitcode(status) if pid else None
        return self.code is not None

    def end(self) -> None:
        """See ReadingProcess."""
        if not self.has_ended(os.WNOHANG):
            os.kill(self.pid, signal.SIGKILL)
            self.has_ended(0)


class Server(Protocol):
    """A process that forks a reader for each line that it is given."""

    pid: int
    stdin: IO[bytes] | None
    stdout: IO[bytes] | None

    def poll(self) -> int | None:
        """None while it runs."""
        ...

    def kill(self) -> None:
        """End it."""
        ...

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end."""
        ...


servers: set[Server] = set()
idle: list[Server] = []
"""Fork servers, and those of them that have no child; all end with this process."""


class ForkedServer:
    """A fork of this process as a server, for the time when Polars has run here.

    It costs a fork, where a server that starts as a new program has to import everything.
    """

    def __init__(self) -> None:
        requests, to_server = os.pipe()
        from_server, answers = os.pipe()
        parent = os.getpid()
        self.pid = os.fork()
        if not self.pid:
            become_server(parent, requests, answers)
        os.close(requests)
        os.close(answers)
        self.stdin: IO[bytes] | None = os.fdopen(to_server, "wb", buffering=0)
        self.stdout: IO[bytes] | None = os.fdopen(from_server, "rb", buffering=0)
        self.code: int | None = None

    def poll(self) -> int | None:
        """See Server."""
        if self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.code = os.waitstatus_to_exitcode(status) if pid else None
        return self.code

    def kill(self) -> None:
        """See Server."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """See Server; it was killed, so this takes no time."""
        if self.code is None:
            self.code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.code


def become_server(parent: int, requests: int, answers: int) -> NoReturn:
    """The life of a forked server."""
    code = 1
    try:
        die_with_parent(parent)
        os.dup2(requests, 0)
        os.dup2(answers, 1)
        os.closerange(3, MOST_FILES)
        sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)  # noqa: SIM115
        serve()
        code = 0
    finally:
        os._exit(code)


def keep_ready() -> None:
    """Have a server at hand before Polars runs in this process."""
    if may_fork():
        server = ForkedServer()
        servers.add(server)
        idle.append(server)


def launch(*arguments: str) -> Server:
    """Start a fork server, out of reach of the terminal's Ctrl-C."""
    server = start_python(
        "-m",
        "queue_jobs.fork_server",
        *arguments,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
    )
    servers.add(server)
    return server


def idle_server() -> Server:
    """A fork server for the caller alone."""
    with contextlib.suppress(IndexError):
        while True:
            server = idle.pop()
            if server.poll() is None:
                return server
            servers.discard(server)
    return launch()


def end_server(server: Server) -> None:
    """End a server; a child of it that runs now ends as if it had been killed."""
    server.kill()
    server.wait()
    servers.discard(server)


def end_servers() -> None:
    """End all servers."""
    idle.clear()
    for server in list(servers):
        end_server(server)


def ask(server: Server, request: Request) -> None:
    """Send a request."""
    assert server.stdin is not None
    server.stdin.write(request.line())


class Served:
    """A child of a fork server."""

    def __init__(self, request: Request) -> None:
        self.server = idle_server()
        self.code: int | None = None
        try:
            ask(self.server, request)
            self.pid = self.answer()
        except BaseException:
            # A job that is interrupted here has no child yet that it could end.
            end_server(self.server)
            raise

    def answer(self) -> int:
        """The next number of the server, which has been killed when there is none."""
        assert self.server.stdout is not None
        line = self.server.stdout.readline()
        return int(line) if line else -signal.SIGKILL

    def wait(self, seconds: float) -> int | None:
        """See ReadingProcess."""
        assert self.server.stdout is not None
        if self.code is None and select.select([self.server.stdout], [], [], seconds)[0]:
            self.code = self.answer()
            idle.append(self.server)
        return self.code

    def end(self) -> None:
        """See ReadingProcess."""
        if self.wait(0.0) is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self.wait(END_SECONDS)


class Spawned:
    """A new process, where there is no fork."""

    def __init__(self, request: Request) -> None:
        self.server = launch("once")
        self.pid = self.server.pid
        ask(self.server, request)

    def wait(self, seconds: float) -> int | None:
        """See ReadingProcess."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.server.wait(seconds)
        return None

    def end(self) -> None:
        """See ReadingProcess."""
        end_server(self.server)
