"""Processes by id and start time, since the system uses ids again."""

import hashlib
import socket
import subprocess
import time
from functools import cache
from pathlib import Path

import psutil

STOP_SECONDS = 5.0

children: dict[int, "subprocess.Popen[bytes]"] = {}
"""The servers that this process started, kept so that they are reaped when they end."""


@cache
def machine() -> str:
    """This host, and on Linux this boot and process namespace: where a process id has a meaning.

    Containers may share a host's name while the same number is another process in each.
    """
    marks = [mark for mark in (boot_id(), namespace()) if mark]
    digest = hashlib.sha256(" ".join(marks).encode()).hexdigest()[:8]
    return f"{socket.gethostname()}-{digest}"


def boot_id() -> str:
    """The random id of this boot; empty where the system has none."""
    file = Path("/proc/sys/kernel/random/boot_id")
    return file.read_text(encoding="ascii").strip() if file.exists() else ""


def namespace() -> str:
    """The number of this process's namespace; empty where the system has none."""
    file = Path("/proc/self/ns/pid")
    return str(file.stat().st_ino) if file.exists() else ""


def reap() -> None:
    """Forget the children that have ended, so that no zombie stays."""
    for pid in [pid for pid, child in children.items() if child.poll() is not None]:
        del children[pid]


def born(pid: int) -> float:
    """Start time of a process, seconds since the epoch; 0 when it is gone."""
    try:
        return psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return 0.0


def runs(pid: int) -> bool:
    """True when a process of this id runs; a zombie does not."""
    return is_alive(pid, born(pid))


def is_alive(pid: int, started: float) -> bool:
    """True when the process runs that started then; the clock may have been set by 2 seconds."""
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - started) < 2.0
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def end(pid: int) -> None:
    """Ask a process to end, and kill it when it does not within five seconds."""
    try:
        process = psutil.Process(pid)
        process.terminate()
        if not has_ended(pid):
            process.kill()
            has_ended(pid)
    except psutil.NoSuchProcess:
        pass
    reap()


def has_ended(pid: int) -> bool:
    """Wait up to five seconds for the end of a process; one that only waits to be reaped counts."""
    deadline = time.monotonic() + STOP_SECONDS
    while runs(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not runs(pid)
