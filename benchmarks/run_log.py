"""The log to which every run of a benchmark's job appends one line; imports next to nothing."""

import os
import time
from pathlib import Path

RUN_LOG = "DRILL_RUN_LOG"
"""Names the file."""


def note_run(label: str) -> None:
    """Append label, process id and time (seconds since the epoch) in one write."""
    path = os.environ.get(RUN_LOG)
    if path is None:
        return
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, f"{label} {os.getpid()} {time.time():.6f}\n".encode())
    finally:
        os.close(handle)


def runs(path: Path) -> list[tuple[str, int, float]]:
    """Label, process id and start of every run so far."""
    if not path.exists():
        return []
    lines = (line.rsplit(" ", 2) for line in path.read_text(encoding="utf-8").splitlines())
    return [(label, int(pid), float(at)) for label, pid, at in lines]
