"""Fetches the bytes of a dataset that comes from a source, once, before they are read."""

from contextlib import suppress
from dataclasses import replace

from core import Dataset, Job, Transient
from core.params import parse
from queue_jobs.job_queue import JobQueue
from store import audit, datasets, jobs, uploads
from store.sources import Source, open_source, place
from store.sources.arrival import arrived
from store.unpublished import remove_unnoted


def fetch_source(queue: JobQueue, job: Job) -> None:
    """Keep the bytes of the job's source as if they had been uploaded, unless they are here.

    Raises UnreadableFile (not allowed, not there, too large), Transient when the source cannot
    be reached now, AssayError "UPLOAD_QUOTA", or LeaseLost; nothing is kept then.
    """
    dataset = datasets.load(queue.store.database, job.dataset_id)
    if dataset.sha256:
        return
    source = source_of(queue, dataset)
    if source is not None:
        fetch(queue, job, dataset, source)


def source_of(queue: JobQueue, dataset: Dataset) -> Source | None:
    """Where a dataset comes from: its first job knows, also when this one only reads again."""
    page = jobs.search(queue.store.database, dataset.owner, dataset_id=dataset.id, limit=1_000)
    known = (job.params["source"] for job in page.jobs if "source" in job.params)
    return next((parse(Source, values, "source") for values in known), None)


def fetch(queue: JobQueue, job: Job, dataset: Dataset, source: Source) -> None:
    """Bring the bytes here, then note them in the row; the audit log knows of every try."""
    store, settings = queue.store, queue.settings
    where = place(source, settings)
    audit.record(store.database, job.owner, "fetch", dataset.id, kind=source.kind, source=where)
    try:
        remove_unnoted(store, dataset.id)
        with open_source(source, settings) as (name, stream):
            size, checksum = store.artifacts.save(
                dataset.key, stream, settings.max_upload_mb * 2**20
            )
        uploads.check_room(store.database, replace(dataset, bytes=size), settings.upload_quota_mb)
        arrived(store.database, job, name, size, checksum)
    except BaseException:
        with suppress(OSError, Transient):
            remove_unnoted(store, dataset.id)
        raise
