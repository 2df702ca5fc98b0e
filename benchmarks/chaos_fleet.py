"""Processes with the restart policy that every installation has: what ends is started again."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
LOOK_SECONDS = 0.1
RESTART_SECONDS = 1.0
STOP_SECONDS = 20.0


@dataclass
class Member:
    """One process. While it is `held` it is not started again; `extra` joins its environment."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    log: Path
    extra: dict[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None
    held: bool = False
    due: float = 0.0
    starts: int = 0

    @property
    def runs(self) -> bool:
        """True while its process has not ended."""
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int:
        """The process id of its last start."""
        assert self.process is not None
        return self.process.pid

    def start(self) -> None:
        """Start it in a session of its own, so that signals reach no other member."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env={**self.environment, **self.extra},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.starts += 1

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; a process that has just ended needs none."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def children(self) -> list[psutil.Process]:
        """The processes below it, that is the jobs it runs."""
        try:
            return psutil.Process(self.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []


@dataclass
class Fleet:
    """All members, and the thread that starts them again a second after they ended."""

    members: list[Member]
    stopping: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None

    def start(self) -> None:
        """Start every member and the thread."""
        for member in self.members:
            member.start()
        self.thread = threading.Thread(target=self.keep, name="fleet", daemon=True)
        self.thread.start()

    def keep(self) -> None:
        """The body of the thread."""
        while not self.stopping.wait(LOOK_SECONDS):
            for member in self.members:
                self.look(member)

    def look(self, member: Member) -> None:
        """Start a member again whose pause is over."""
        if member.held or member.runs:
            member.due = 0.0
        elif not member.due:
            member.due = time.monotonic() + RESTART_SECONDS
        elif time.monotonic() >= member.due and not self.stopping.is_set():
            member.start()

    def named(self, prefix: str) -> list[Member]:
        """The members whose name begins so."""
        return [member for member in self.members if member.name.startswith(prefix)]

    def stop(self) -> None:
        """End all members, the last one first, and whatever they have started."""
        self.stopping.set()
        if self.thread is not None:
            self.thread.join()
        families = [(member, member.children()) for member in self.members if member.runs]
        for member, _ in families:
            member.signal(signal.SIGCONT)
        for member, below in reversed(families):
            end(member)
            for process in below:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()


def end(member: Member) -> None:
    """SIGTERM twice, as an impatient operator would, then SIGKILL."""
    assert member.process is not None
    for wait in (STOP_SECONDS / 4, STOP_SECONDS):
        member.signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            member.process.wait(wait)
            return
    member.process.kill()
    member.process.wait()


def wait_until(condition: Callable[[], bool], seconds: float, every: float = 0.2) -> bool:
    """Wait until a condition holds; False when it does not in this time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[str]:
    """Mount a small tmpfs on the folder; yields why that was not possible, or an empty text."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "tmpfs", str(folder)]
    if shutil.which("mount") is None or os.geteuid() != 0:
        yield "only root can mount a small disk"
        return
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        yield f"mount refused: {done.stderr.strip()}"
        return
    try:
        yield ""
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def end_in_order() -> None:
    """Make SIGTERM and SIGINT unwind this program, so that what it started ends with it."""

    def leave(number: int, frame: object) -> None:
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, signal.SIG_IGN)
        sys.exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)


def new_folder() -> Path:
    """A short path, since the path of a socket has at most 107 bytes."""
    return Path(tempfile.mkdtemp(prefix="drill-"))
