"""Settings for the stock command: `rq worker -c queue_jobs.rq_settings`.

The command takes its worker class, job class and serializer from its own options before it
reads this module, and it has no option for most of what a hardened worker needs. So this
module makes `rq.Worker(...)` build a JobWorker, which then sets all of it: JSON only, the
allow-list, intervals, retries, the watch over the row. Without fork (Windows) name the class
instead: `rq worker -c queue_jobs.rq_settings -w queue_jobs.simple_worker.SimpleJobWorker`.

The command ends when Redis is absent at its start, so it needs a restart policy;
`python -m queue_jobs worker` waits instead.
"""

from typing import Any

from rq import Worker

from core import Settings
from queue_jobs.bell_worker import preload
from queue_jobs.connection import redis_url
from queue_jobs.logs import configure
from queue_jobs.worker import JobWorker

settings = Settings.from_environment()
configure(settings)
preload()

REDIS_URL = redis_url(settings)
QUEUES = [settings.queue]


def hardened(cls: type[Worker], *args: Any, **options: Any) -> Worker:
    """Replaces `Worker.__new__`; Python then calls JobWorker's own `__init__`."""
    return object.__new__(JobWorker if cls is Worker else cls)


Worker.__new__ = hardened  # type: ignore[method-assign, assignment]
