"""Rows made without files, for tests that look at many."""

from core import Dataset, Job, new_id
from store import Store, datasets, jobs
from store.jobs import JobRequest


def add_rows(store: Store, owner: str = "ann", priority: str = "default", number: int = 0) -> Job:
    """A dataset whose file was never there, and a waiting job on it."""
    dataset_id = new_id()
    row = Dataset(dataset_id, owner, "a.csv", 1, "x", "k", {}, None, None, None, created_at=0.0)
    datasets.add(store.database, row)
    request = JobRequest(owner, dataset_id, "clean-my-data", {"number": number}, priority=priority)
    return jobs.submit(store.database, request)
