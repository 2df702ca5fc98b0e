"""What becomes of a job whose attempt ended with an exception."""

import errno

from core import AssayError, Job, LeaseLost, Transient
from queue_jobs.job_queue import JobQueue
from queue_jobs.logs import log, log_job
from store import leases, tally
from store.leases import Lease

OUT_OF_MEMORY = "The data did not fit into the memory of the worker; try fewer rows or columns."
NO_ROOM = "The disk is full, so nothing was written; free some room and run the job again."
STORAGE = "A file could not be read or written ({reason})."
INTERNAL = "Something went wrong on our side; the log has the details under job {id}."
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def write_failure(queue: JobQueue, job: Job, lease: Lease, error: Exception) -> None:
    """Fail the job, or queue it again when a connection or a storage failed.

    Who lost the lease writes nothing into the row. Raises Transient when the database is away.
    """
    database = queue.store.database
    if isinstance(error, LeaseLost):
        log_job("dropped", job)
        tally.add(database, "lease_losses_total", tool=job.tool)
        return
    code, message = told(job, error)
    if may_pass(error):
        leases.interrupt(database, job.id, code, message, token=lease.token)
    else:
        leases.fail(database, lease, code, message)


def may_pass(error: Exception) -> bool:
    """True for failures of a connection or a storage, which may work in a minute."""
    return isinstance(error, Transient) or (isinstance(error, OSError) and error.errno not in FULL)


def told(job: Job, error: Exception) -> tuple[str, str]:
    """The code and the sentence for an exception; one that nobody foresaw goes into the log."""
    match error:
        case AssayError():
            return error.code, error.message
        case MemoryError():
            return "OUT_OF_MEMORY", OUT_OF_MEMORY
        case OSError() if error.errno in FULL:
            return "DISK_FULL", NO_ROOM
        case OSError():
            return "STORAGE_ERROR", STORAGE.format(reason=error.strerror or "no answer")
    log.error("job broke", job=job.id, tool=job.tool, attempt=job.attempt, exc_info=error)
    return "INTERNAL_ERROR", INTERNAL.format(id=job.id)
