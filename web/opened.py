"""The one store and queue of the web process, opened on first use."""

import threading
from functools import cache

from core import Settings
from queue_jobs import JobQueue, open_queue

opening = threading.Lock()


@cache
def open_once(settings: Settings) -> JobQueue:
    """Open store and doorbell; the result is shared by all threads."""
    return open_queue(settings)


def queue_of(settings: Settings) -> JobQueue:
    """The queue of these settings. Two requests at once must not migrate the database twice."""
    with opening:
        return open_once(settings)
