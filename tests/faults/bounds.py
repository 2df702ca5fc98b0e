"""Waits with the bounds of the faults' table, and notes how long each really took."""

import time
from collections.abc import Callable

taken: list[tuple[str, float, float]] = []
"""What happened, after how many seconds, and how many it may take."""


def within(seconds: float, what: str, condition: Callable[[], object]) -> None:
    """Wait until the condition holds; fail when it does not in these seconds."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"not in {seconds} seconds: {what}"
        time.sleep(0.02)
    taken.append((what, time.monotonic() - began, seconds))
