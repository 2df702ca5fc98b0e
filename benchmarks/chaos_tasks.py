"""The job of the peers: it takes its time, and appends its effect at its end."""

import os
import time

EFFECTS = "DRILL_EFFECTS"
"""Names the file of effects."""

BROKER = "DRILL_BROKER"
"""Names the server to Celery."""


def task(number: int, mode: str, seconds: float) -> None:
    """As a drill of ours, with one line as its effect."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.01) if mode == "sleep" else sum(range(1_000))
    if mode == "crash":
        os.abort()
    if mode == "exit":
        os._exit(3)
    append(f"{number}\n")


def append(line: str) -> None:
    """One write at the end of the file."""
    handle = os.open(os.environ[EFFECTS], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, line.encode())
    finally:
        os.close(handle)
