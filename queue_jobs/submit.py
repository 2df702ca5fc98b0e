"""What a page can do with jobs: hand in a file, start tools, cancel, retry, run again, delete."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO, Any

from core import (
    Dataset,
    DatasetError,
    IllegalTransition,
    Job,
    Status,
    Transformer,
    Transient,
    UnreadableFile,
    new_id,
)
from core.params import parse
from queue_jobs.job_queue import JobQueue
from queue_jobs.logs import log_job
from queue_jobs.tools import READ, transformer
from store import audit, datasets, jobs, parts, uploads
from store.jobs import JobRequest
from store.sources import Source, first_name, place, reading_of
from store.sources.arrival import expected
from store.unpublished import remove_unnoted

KNOWN = ("decimal",)
"""What the user has said about the file and every tool should know."""

NO_FILE = "'{name}' is not here yet; start the tools when all of it has come."
DELETED = "'{name}' is no longer kept: nobody had used it for long; upload it again."


def upload(
    queue: JobQueue, owner: str, name: str, source: IO[bytes], reading: Mapping[str, Any]
) -> tuple[Dataset, Job]:
    """Keep an upload as it is and start the job that reads it.

    Raises UnreadableFile when the file is empty or over the limit, or AssayError "UPLOAD_QUOTA";
    nothing is kept then.
    """
    dataset_id = new_id()
    key = f"datasets/{dataset_id}/upload"
    artifacts, most = queue.store.artifacts, queue.settings.max_upload_mb * 2**20
    size, checksum = artifacts.save(key, source, most)
    try:
        if size == 0:
            raise UnreadableFile("empty", f"'{name}' is empty: it holds no data.")
        uploaded = Dataset(
            dataset_id, owner, name, size, checksum, key, dict(reading), None, None, None, 0.0
        )
        uploads.check_room(queue.store.database, uploaded, queue.settings.upload_quota_mb)
        dataset, job = datasets.add_with_job(
            queue.store.database,
            uploaded,
            read_request(queue, uploaded, reading),
        )
    except BaseException:
        with suppress(OSError, Transient):
            remove_unnoted(queue.store, dataset_id)
        raise
    announce(queue, job)
    return dataset, job


def read_again(queue: JobQueue, owner: str, dataset_id: str, reading: Mapping[str, Any]) -> Job:
    """Read the upload again with other choices (delimiter, encoding, header, sheet)."""
    dataset = datasets.get(queue.store.database, owner, dataset_id)
    check_kept(dataset)
    datasets.choose_reading(queue.store.database, owner, dataset_id, reading)
    return hand_in(queue, read_request(queue, dataset, reading))


def check_kept(dataset: Dataset) -> None:
    """Raise DatasetError "INPUTS_DELETED" when the dataset's file has outlived its retention."""
    if dataset.files_deleted_at:
        raise DatasetError(DELETED.format(name=dataset.name), code="INPUTS_DELETED")


def check_file(dataset: Dataset) -> None:
    """Raise DatasetError unless the dataset's file is here."""
    check_kept(dataset)
    if not dataset.sha256:
        raise DatasetError(NO_FILE.format(name=dataset.name))


def read_request(
    queue: JobQueue, dataset: Dataset, reading: Mapping[str, Any], **source: Any
) -> JobRequest:
    """The small job that reads a file: first of all, since its user looks at the page.

    `source` is where the file is to be fetched from, if it is not here.
    """
    return JobRequest(
        dataset.owner,
        dataset.id,
        READ,
        {"reading": dict(reading), **source},
        max_failures=queue.settings.max_failures,
        priority="high",
    )


def start(
    queue: JobQueue,
    owner: str,
    dataset_id: str,
    tools: Sequence[str],
    params: Mapping[str, Mapping[str, Any]],
) -> tuple[Job, ...]:
    """Start tools one after the other, each on the table that the one before leaves.

    `params` maps a tool's name to its parameters. Raises NotFound, DatasetError while there is
    no file, or ParamsError naming the field before anything is stored.
    """
    dataset = datasets.get(queue.store.database, owner, dataset_id)
    check_file(dataset)
    known = {name: dataset.reading[name] for name in KNOWN if dataset.reading.get(name)}
    chains = [transformer(tool) for tool in tools]
    given = [known | dict(params.get(chain.name, {})) for chain in chains]
    choices = [chain.choose(own).document() for chain, own in zip(chains, given, strict=True)]
    requests = [
        JobRequest(owner, dataset_id, chain.name, choice, max_failures=queue.settings.max_failures)
        for chain, choice in zip(chains, choices, strict=True)
    ]
    started = jobs.submit_chain(queue.store.database, requests, table_sources(chains))
    for job in started:
        announce(queue, job)
    return started


def table_sources(chains: Sequence[Transformer]) -> list[int | None]:
    """For each tool the position of the cleaning whose table it reads; None reads the upload."""
    sources: list[int | None] = []
    cleaned = None
    for position, chain in enumerate(chains):
        sources.append(cleaned)
        cleaned = position if chain.name == "clean-my-data" else cleaned
    return sources


def hand_in(queue: JobQueue, request: JobRequest) -> Job:
    """Store the row first, then ring."""
    job = jobs.submit(queue.store.database, request)
    announce(queue, job)
    return job


def announce(queue: JobQueue, job: Job) -> None:
    """Ring for a stored job; a bell that cannot be reached is rung by the reconciler."""
    log_job("submitted", job)
    if job.status == Status.QUEUED:
        queue.doorbell.ring(job.id)


def cancel(queue: JobQueue, owner: str, job_id: str) -> None:
    """Cancel a waiting or running job, and those that wait for it.

    Raises NotFound, or IllegalTransition when it has ended already.
    """
    cancelled = jobs.cancel(queue.store.database, owner, job_id)
    for job in cancelled:
        queue.doorbell.stop(job.id)
        log_job("cancelled", job)
    discard_unfinished(queue, owner, cancelled[0].dataset_id)
    audit.record(queue.store.database, owner, "cancel", job_id)


def discard_unfinished(queue: JobQueue, owner: str, dataset_id: str) -> None:
    """Delete the bytes of an upload that was cancelled before they were all here."""
    if not datasets.get(queue.store.database, owner, dataset_id).sha256:
        parts.discard(queue.store.artifacts, dataset_id)


def retry(queue: JobQueue, owner: str, job_id: str) -> Job:
    """Queue a failed job again. Raises NotFound, IllegalTransition, or DatasetError."""
    failed = jobs.get(queue.store.database, owner, job_id)
    check_kept(datasets.get(queue.store.database, owner, failed.dataset_id))
    job = jobs.retry(queue.store.database, owner, job_id)
    audit.record(queue.store.database, owner, "retry", job_id)
    log_job("retried", job)
    queue.doorbell.ring(job.id)
    return job


def run_again(queue: JobQueue, owner: str, job_id: str) -> Job:
    """A new job with the same input and parameters. Raises NotFound."""
    job = jobs.get(queue.store.database, owner, job_id)
    check_kept(datasets.get(queue.store.database, owner, job.dataset_id))
    return hand_in(
        queue,
        JobRequest(
            owner,
            job.dataset_id,
            job.tool,
            job.params,
            after_job_id=job.input_job_id,
            input_job_id=job.input_job_id,
            reference_dataset_id=job.reference_dataset_id,
            max_failures=queue.settings.max_failures,
            priority=job.priority,
        ),
    )


def delete(queue: JobQueue, owner: str, dataset_id: str) -> None:
    """Cancel what runs on a dataset, then delete its rows and files. Raises NotFound."""
    database = queue.store.database
    for job in jobs.search(database, owner, dataset_id=dataset_id, limit=1_000).jobs:
        # It may end, or be cancelled with the job it waits for, before its turn comes.
        with suppress(IllegalTransition):
            if not job.status.is_final:
                cancel(queue, owner, job.id)
    for key in datasets.remove(database, owner, dataset_id):
        queue.store.artifacts.remove(key)
    audit.record(database, owner, "delete", dataset_id)


def fetch(queue: JobQueue, owner: str, source: Mapping[str, Any]) -> tuple[Dataset, Job]:
    """Start a dataset whose bytes a worker fetches; `source` holds the fields of a Source.

    Raises ParamsError, or UnreadableFile "source_refused" when the settings do not allow it.
    """
    wanted = parse(Source, dict(source), "source")
    place(wanted, queue.settings)
    dataset_id, name, reading = new_id(), first_name(wanted), dict(reading_of(wanted))
    key = f"datasets/{dataset_id}/upload"
    awaited = Dataset(dataset_id, owner, name, 0, "", key, reading, None, None, None, 0.0)
    request = read_request(queue, awaited, reading, source=wanted.model_dump(exclude_defaults=True))
    dataset, job = expected(queue.store.database, awaited, request)
    announce(queue, job)
    return dataset, job
