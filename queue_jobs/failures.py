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

    def fail(code: str, message: str) -> None:
        leases.fail(database, lease, code, message)

    def try_again(code: str, message: str) -> None:
        leases.interrupt(database, job.id, code, message, token=lease.token)

    match error:
        case LeaseLost():
            log_job("dropped", job)
            tally.add(database, "lease_losses_total", tool=job.tool)
        case Transient():
            try_again(error.code, error.message)
        case AssayError():
            fail(error.code, error.message)
        case MemoryError():
            fail("OUT_OF_MEMORY", OUT_OF_MEMORY)
        case OSError() if error.errno in FULL:
            fail("DISK_FULL", NO_ROOM)
        case OSError():
            try_again("STORAGE_ERROR", STORAGE.format(reason=error.strerror or "no answer"))
        case _:
            log.error("job broke", job=job.id, tool=job.tool, attempt=job.attempt, exc_info=error)
            fail("INTERNAL_ERROR", INTERNAL.format(id=job.id))
