"""What a process needs to hand in jobs and to look at them: settings, store and doorbell."""

from dataclasses import dataclass
from typing import Protocol

from core import Settings
from store import Store, open_store


class Doorbell(Protocol):
    """Tells workers to look at a job. The row is the truth: a lost ring is rung again later."""

    def ring(self, job_id: str) -> bool:
        """Ask some worker to look at the job; False when the queue cannot be reached."""
        ...

    def stop(self, job_id: str) -> None:
        """Ask whoever runs the job to drop it at once."""
        ...


@dataclass(frozen=True)
class JobQueue:
    """Everything that `submit`, `perform` and the pages share."""

    settings: Settings
    store: Store
    doorbell: Doorbell


def open_queue(settings: Settings, *, pooled: bool = True) -> JobQueue:
    """Open store and doorbell as the settings say: Redis, or a thread when USE_QUEUE is false."""
    from queue_jobs.doorbell import open_doorbell

    store = open_store(settings, pooled=pooled)
    return JobQueue(settings, store, open_doorbell(settings, store))
