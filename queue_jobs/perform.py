"""The one function that RQ may call: claim the row, run the tool, publish the result."""

import os
import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

from core import AssayError, Job, LeaseLost, NotFound, Settings, Transient
from core.records import PAYLOAD_VERSION
from queue_jobs.chain import run_chain
from queue_jobs.job_queue import JobQueue, open_queue
from queue_jobs.keep_lease import keeping_lease
from queue_jobs.logs import configure, log, log_job
from queue_jobs.processes import machine
from queue_jobs.read_upload import run_read
from queue_jobs.tools import READ
from store import datasets, jobs, leases
from store.leases import Lease


def perform(job_id: str) -> None:
    """Run one job, named by its id: the only function that workers accept from Redis.

    The row decides whether there is anything to do; being called twice is harmless.
    """
    perform_with(process_queue(os.getpid()), job_id)


@cache
def process_queue(pid: int) -> JobQueue:
    """Store and doorbell of this process; a forked child has another pid and opens its own."""
    settings = Settings.from_environment()
    configure(settings)
    return open_queue(settings)


def worker_name() -> str:
    """Who holds a lease: host and process, so that a dead process can be recognised."""
    return f"{machine()}:{os.getpid()}"


def perform_with(queue: JobQueue, job_id: str) -> None:
    """Claim and run a job with a store and doorbell that are open already."""
    claimed = leases.claim(
        queue.store.database, job_id, worker_name(), queue.settings.lease_seconds
    )
    if claimed is None:
        log.info("nothing to claim", job=job_id)
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


def attempt(queue: JobQueue, job: Job, lease: Lease, stop_watch: Callable[[], None]) -> None:
    """One try; however it ends, the row says so and no file of a loser stays."""
    try:
        folder = queue.store.artifacts.scratch_folder(lease.scratch)
        try:
            summary = run_tool(queue, job, lease, folder)
        finally:
            stop_watch()
        publish(queue, job, lease, folder, summary)
    except LeaseLost:
        log_job("dropped", job)
    except Transient as error:
        leases.interrupt(queue.store.database, job.id, error.code, error.message, token=lease.token)
    except AssayError as error:
        leases.fail(queue.store.database, lease, error.code, error.message)
    except MemoryError:
        leases.fail(queue.store.database, lease, "OUT_OF_MEMORY", OUT_OF_MEMORY)
    except OSError as error:
        leases.fail(queue.store.database, lease, *storage_failure(error))
    except Exception:  # noqa: BLE001 - the one place where any failure becomes a row
        log.exception("job broke", job=job.id, tool=job.tool, attempt=job.attempt)
        leases.fail(queue.store.database, lease, "INTERNAL_ERROR", INTERNAL.format(id=job.id))
    finally:
        queue.store.artifacts.sweep(lease.scratch)


OUT_OF_MEMORY = "The data did not fit into the memory of the worker; try fewer rows or columns."
INTERNAL = "Something went wrong on our side; the log has the details under job {id}."


def storage_failure(error: OSError) -> tuple[str, str]:
    """Code and sentence for a failed read or write."""
    return "STORAGE_ERROR", f"A file could not be read or written ({error.strerror}); try again."


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
    queue.store.artifacts.seal(folder, key)
    try:
        due = leases.publish(queue.store.database, lease, key, summary, also)
    except BaseException:
        queue.store.artifacts.remove(key)
        raise
    for job_id in due:
        queue.doorbell.ring(job_id)
