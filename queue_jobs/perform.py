"""The one function that RQ may call: claim the row, run the tool, publish the result."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Any

from core import AssayError, Job, NotFound, Settings, Transient
from core.records import PAYLOAD_VERSION
from queue_jobs.chain import run_chain
from queue_jobs.failures import write_failure
from queue_jobs.job_queue import JobQueue, open_queue
from queue_jobs.keep_lease import keeping_lease
from queue_jobs.logs import configure, log, log_job
from queue_jobs.processes import machine
from queue_jobs.read_upload import run_read
from queue_jobs.tools import READ
from store import datasets, jobs, leases, turns
from store.leases import Lease
from store.unpublished import remove_unpublished


def perform(bell: str) -> None:
    """Do the job whose turn it is: the only function that workers accept from Redis.

    `bell` is the id of the job that was rung for, which need not be the one whose turn it is:
    the rows decide, and being called once too often is harmless.
    """
    perform_with(process_queue(os.getpid()), bell)


@cache
def process_queue(pid: int) -> JobQueue:
    """Store and doorbell of this process; a forked child has another pid and opens its own."""
    settings = Settings.from_environment()
    configure(settings)
    return open_queue(settings)


def worker_name() -> str:
    """Who holds a lease: host and process, so that a dead process can be recognised."""
    return f"{machine()}:{os.getpid()}"


def perform_with(queue: JobQueue, bell: str) -> None:
    """Claim and run the next job with a store and doorbell that are open already."""
    settings = queue.settings
    claimed = turns.claim_next(
        queue.store.database, worker_name(), settings.lease_seconds, settings.jobs_per_user
    )
    if claimed is None:
        log.info("nothing to claim", bell=bell)
        return
    job, lease = claimed
    log_job("started", job, worker=job.worker)
    started = time.monotonic()
    with keeping_lease(queue, lease) as stop_watch:
        attempt(queue, job, lease, stop_watch)
    seconds = round(time.monotonic() - started, 3)
    try:
        ended = jobs.load(queue.store.database, job.id)
        log_job("ended", ended, seconds=seconds, error=ended.error_code)
    except NotFound:
        log_job("deleted while it ran", job, seconds=seconds)
    if settings.jobs_per_user:
        ring_next(queue)


def ring_next(queue: JobQueue) -> None:
    """Ring for a job that had to wait until its user had one running less."""
    job_id = turns.next_job(queue.store.database, queue.settings.jobs_per_user)
    if job_id is not None:
        queue.doorbell.ring(job_id)


def attempt(queue: JobQueue, job: Job, lease: Lease, stop_watch: Callable[[], None]) -> None:
    """One try; however it ends, the row says so and no file of a loser stays."""
    try:
        folder = queue.store.artifacts.scratch_folder(lease.scratch)
        try:
            summary = run_tool(queue, job, lease, folder)
        finally:
            stop_watch()
        publish(queue, job, lease, folder, summary)
    except Exception as error:  # noqa: BLE001 - the one place where any failure becomes a row
        write_failure(queue, job, lease, error)
    finally:
        queue.store.artifacts.sweep(lease.scratch)


def run_tool(queue: JobQueue, job: Job, lease: Lease, folder: Path) -> dict[str, Any]:
    """Write the artifacts of a job into the folder; return the summary for its row."""
    if job.payload_version > PAYLOAD_VERSION:
        raise AssayError(
            f"This job was made by a newer version ({job.payload_version}); update the worker."
        )
    if job.tool == READ:
        return run_read(queue, job, lease, folder)
    return run_chain(queue, job, lease, folder)


def publish(queue: JobQueue, job: Job, lease: Lease, folder: Path, summary: dict[str, Any]) -> None:
    """Seal the folder, then complete the row; who lost the lease removes the files again."""
    key = lease.folder
    also = None
    if job.tool == READ:
        rows, columns = summary["rows_in"], summary["columns"]
        also = partial(datasets.ingested, job=job, rows=rows, columns=columns)
    try:
        queue.store.artifacts.seal(folder, key)
        due = leases.publish(queue.store.database, lease, key, summary, also)
    except BaseException:
        # What cannot be asked or deleted now, the worker and retention look at again.
        with suppress(OSError, Transient):
            remove_unpublished(queue.store, lease)
        raise
    for job_id in due:
        queue.doorbell.ring(job_id)
