"""What a page can do with jobs: hand in a file, start tools, cancel, retry, run again, delete."""

from collections.abc import Mapping, Sequence
from typing import IO, Any

from core import Dataset, Job, UnreadableFile, new_id
from queue_jobs.job_queue import JobQueue
from queue_jobs.logs import log_job
from queue_jobs.tools import READ, transformer
from store import audit, datasets, jobs
from store.jobs import JobRequest


def upload(
    queue: JobQueue, owner: str, name: str, source: IO[bytes], reading: Mapping[str, Any]
) -> tuple[Dataset, Job]:
    """Keep an upload as it is and start the job that reads it.

    Raises UnreadableFile when the file is empty or over the limit; nothing is kept then.
    """
    dataset_id = new_id()
    key = f"datasets/{dataset_id}/upload"
    size, checksum = queue.store.artifacts.save(key, source)
    limit = queue.settings.max_upload_mb
    if size == 0 or size > limit * 2**20:
        queue.store.artifacts.remove(f"datasets/{dataset_id}")
        raise refused(name, size, limit)
    dataset = datasets.add(
        queue.store.database,
        Dataset(dataset_id, owner, name, size, checksum, key, dict(reading), None, None, None, 0.0),
    )
    audit.record(queue.store.database, owner, "upload", dataset_id, bytes=size)
    return dataset, hand_in(queue, JobRequest(owner, dataset_id, READ))


def refused(name: str, size: int, limit: int) -> UnreadableFile:
    """Why an upload is not kept."""
    if size == 0:
        return UnreadableFile("empty", f"'{name}' is empty: it holds no data.")
    return UnreadableFile(
        "too_large", f"'{name}' has {size / 2**20:,.0f} MB; the limit is {limit:,} MB."
    )


def read_again(queue: JobQueue, owner: str, dataset_id: str, reading: Mapping[str, Any]) -> Job:
    """Read the upload again with other choices (delimiter, encoding, header, sheet)."""
    datasets.choose_reading(queue.store.database, owner, dataset_id, reading)
    return hand_in(queue, JobRequest(owner, dataset_id, READ, {"reading": dict(reading)}))


def start(
    queue: JobQueue,
    owner: str,
    dataset_id: str,
    tools: Sequence[str],
    params: Mapping[str, Mapping[str, Any]],
) -> tuple[Job, ...]:
    """Start tools one after the other, each on the table that the one before leaves.

    `params` maps a tool's name to its parameters. Raises NotFound, or ParamsError naming the
    field before anything is stored.
    """
    datasets.get(queue.store.database, owner, dataset_id)
    chains = [transformer(tool) for tool in tools]
    choices = [chain.choose(params.get(chain.name, {})).document() for chain in chains]
    started: list[Job] = []
    table_from = None
    for chain, choice in zip(chains, choices, strict=True):
        before = started[-1].id if started else None
        job = hand_in(
            queue,
            JobRequest(
                owner,
                dataset_id,
                chain.name,
                choice,
                after_job_id=before,
                input_job_id=table_from,
                max_failures=queue.settings.max_failures,
            ),
        )
        started.append(job)
        table_from = job.id if chain.name == "clean-my-data" else table_from
    return tuple(started)


def hand_in(queue: JobQueue, request: JobRequest) -> Job:
    """Store the row first, then ring; a bell that cannot be reached is rung by the reconciler."""
    job = jobs.submit(queue.store.database, request)
    log_job("submitted", job)
    if job.status == "QUEUED":
        queue.doorbell.ring(job.id)
    return job


def cancel(queue: JobQueue, owner: str, job_id: str) -> None:
    """Cancel a waiting or running job, and those that wait for it.

    Raises NotFound, or IllegalTransition when it has ended already.
    """
    for job in jobs.cancel(queue.store.database, owner, job_id):
        queue.doorbell.stop(job.id)
        log_job("cancelled", job)
    audit.record(queue.store.database, owner, "cancel", job_id)


def retry(queue: JobQueue, owner: str, job_id: str) -> Job:
    """Queue a failed job again. Raises NotFound or IllegalTransition."""
    job = jobs.retry(queue.store.database, owner, job_id)
    audit.record(queue.store.database, owner, "retry", job_id)
    log_job("retried", job)
    queue.doorbell.ring(job.id)
    return job


def run_again(queue: JobQueue, owner: str, job_id: str) -> Job:
    """A new job with the same input and parameters. Raises NotFound."""
    job = jobs.get(queue.store.database, owner, job_id)
    return hand_in(
        queue,
        JobRequest(
            owner,
            job.dataset_id,
            job.tool,
            job.params,
            input_job_id=job.input_job_id,
            reference_dataset_id=job.reference_dataset_id,
            max_failures=queue.settings.max_failures,
        ),
    )


def delete(queue: JobQueue, owner: str, dataset_id: str) -> None:
    """Cancel what runs on a dataset, then delete its rows and files. Raises NotFound."""
    database = queue.store.database
    for job in jobs.search(database, owner, dataset_id=dataset_id, limit=1_000).jobs:
        if not job.status.is_final:
            cancel(queue, owner, job.id)
    for key in datasets.remove(database, owner, dataset_id):
        queue.store.artifacts.remove(key)
    audit.record(database, owner, "delete", dataset_id)
