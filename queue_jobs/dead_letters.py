"""Runs failed jobs of any user again, on behalf of an administrator."""

from collections.abc import Sequence
from dataclasses import dataclass

from core import DatasetError, IllegalTransition, NotFound
from queue_jobs.job_queue import JobQueue
from queue_jobs.logs import log_job
from queue_jobs.submit import DELETED
from store import audit, datasets, jobs

POISON = "POISON_JOB"
"""The code of a job that was set aside because it took its worker with it each time."""


@dataclass(frozen=True)
class RunAgain:
    """How many jobs were queued again, and a sentence for each that was not."""

    queued: int
    refused: tuple[str, ...]


def run_again(queue: JobQueue, admin: str, job_id: str) -> None:
    """Queue a failed job again, whoever owns it; `admin` is named in the audit log.

    The caller makes sure that `admin` is an administrator. Raises NotFound, IllegalTransition when
    the job has not failed (any more), or DatasetError when its file is no longer kept.
    """
    database = queue.store.database
    job = jobs.load(database, job_id)
    dataset = datasets.load(database, job.dataset_id)
    if dataset.files_deleted_at:
        raise DatasetError(DELETED.format(name=dataset.name), code="INPUTS_DELETED")
    again = jobs.retry(database, job.owner, job_id)
    audit.record(
        database, admin, "run again", job_id, owner=job.owner, tool=job.tool, code=job.error_code
    )
    log_job("run again", again, admin=admin)
    queue.doorbell.ring(job_id)


def run_all_again(queue: JobQueue, admin: str, job_ids: Sequence[str]) -> RunAgain:
    """The same for each of these jobs; one that is refused does not hold up the others."""
    refused = []
    for job_id in job_ids:
        try:
            run_again(queue, admin, job_id)
        except (DatasetError, IllegalTransition, NotFound) as error:
            refused.append(error.message)
    return RunAgain(len(job_ids) - len(refused), tuple(refused))
