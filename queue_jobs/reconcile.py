"""Makes rows and queue agree again after any loss: lost rings, lost workers, left-over files."""

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
from redis.exceptions import RedisError
from rq import Queue

from core import Job, QueueUnavailable, Status
from queue_jobs import upload
from queue_jobs.doorbell import RedisDoorbell, forget, rung
from queue_jobs.job_queue import JobQueue
from queue_jobs.logs import log, log_job
from queue_jobs.processes import machine
from store import jobs, leases, statistics

MOST_RUNNING = 1_000
SCRATCH_SECONDS = 3600.0
PICK_UP_SECONDS = 1.0
CLOCK_SLACK = 10.0

LOST = "The worker that ran this job stopped answering."


@dataclass(frozen=True)
class Reconciled:
    """How many jobs were taken from lost workers, rung again, dropped; scratch folders deleted."""

    recovered: int
    rung: int
    dropped: int
    swept: int


def reconcile(queue: JobQueue) -> Reconciled:
    """Compare rows with the queue and mend the difference.

    Safe at any time and in several processes at once: rows are fenced, a second ring is
    refused, and a job that is rung in vain is claimed by nobody. Raises Transient when the
    database cannot be reached; without Redis, rows are recovered and rung later.
    """
    recovered = recover(queue)
    leases.settle_waiting(queue.store.database)
    swept = sweep_scratch(queue) + upload.expire(queue)
    try:
        return Reconciled(recovered, ring_due(queue), drop_stale(queue), swept)
    except (RedisError, QueueUnavailable) as error:
        log.warning("queue unavailable", error=str(error))
        return Reconciled(recovered, 0, 0, swept)


def recover(queue: JobQueue) -> int:
    """Queue or fail the running jobs whose lease ran out or whose process on this host is gone."""
    database = queue.store.database
    running = jobs.search(database, None, statuses=(Status.PROCESSING,), limit=MOST_RUNNING).jobs
    gone = [job for job in running if is_gone(job, one_clock=database.is_sqlite)]
    lost = {job.id: job for job in (*leases.lapsed(database), *gone)}
    count = 0
    for job in lost.values():
        if leases.interrupt(database, job.id, "WORKER_LOST", LOST, token=job.lease_token):
            log_job("recovered", job, worker=job.worker)
            forget_bell(queue, job.id)
            if job.lease_token:
                lease = leases.Lease(job.id, job.lease_token, job.attempt)
                queue.store.artifacts.sweep(lease.scratch)
            count += 1
    return count


def forget_bell(queue: JobQueue, job_id: str) -> None:
    """Remove what a lost worker left in Redis: it would pass for a running job for a while."""
    if not isinstance(queue.doorbell, RedisDoorbell):
        return
    try:
        forget(queue.doorbell.queue(), job_id)
    except (RedisError, QueueUnavailable):
        log.warning("queue unavailable", job=job_id)


def is_gone(job: Job, *, one_clock: bool) -> bool:
    """True when the job's process ran on this host and runs no more.

    Another process may have got its number since: it was born after the job started, which
    can be told only when the database uses the clock of this host.
    """
    host, _, pid = (job.worker or "").rpartition(":")
    if host != machine() or not pid.isdigit():
        return False
    try:
        process = psutil.Process(int(pid))
        if process.status() == psutil.STATUS_ZOMBIE:
            return True
        younger = process.create_time() > (job.started_at or 0.0) + CLOCK_SLACK
        return one_clock and younger
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False


def ring_due(queue: JobQueue) -> int:
    """Ring for every due job that nobody is about to pick up; return how many were rung."""
    due = leases.due(queue.store.database)
    if not isinstance(queue.doorbell, RedisDoorbell):
        return sum(queue.doorbell.ring(job_id) for job_id in due)
    bells = queue.doorbell.queue()
    for job_id in stuck(bells):
        log.info("bell of a lost worker dropped", job=job_id)
        forget(bells, job_id)
    present = rung(bells)
    return sum(queue.doorbell.ring(job_id) for job_id in due if job_id not in present)


def stuck(bells: Queue) -> set[str]:
    """Ids that a worker took out of the queue and then died, before it said that it runs.

    A living worker passes this place within milliseconds, so looking twice is enough.
    """
    found = picked_up(bells)
    if not found:
        return set()
    time.sleep(PICK_UP_SECONDS)
    return found & picked_up(bells)


def picked_up(bells: Queue) -> set[str]:
    """The ids between the queue and a worker."""
    taken = bells.intermediate_queue.get_job_ids()
    running = bells.started_job_registry.get_job_ids(cleanup=False)
    return set(taken) - set(running)


def drop_stale(queue: JobQueue) -> int:
    """Take out of the queue what has no row, and what has ended already."""
    if not isinstance(queue.doorbell, RedisDoorbell):
        return 0
    bells = queue.doorbell.queue()
    waiting = bells.get_job_ids()
    known = statistics.statuses(queue.store.database, waiting)
    stale = [job_id for job_id in waiting if job_id not in known or known[job_id].is_final]
    for job_id in stale:
        log.info("bell without a job dropped", job=job_id)
        forget(bells, job_id)
    return len(stale)


def sweep_scratch(queue: JobQueue) -> int:
    """Delete scratch folders that nobody has written to for longer than any job may run."""
    oldest = time.time() - max(SCRATCH_SECONDS, 2.0 * queue.settings.job_timeout)
    scratch = queue.store.artifacts.scratch
    left = [path for path in scratch.glob("*") if last_write(path) < oldest]
    for path in left:
        shutil.rmtree(path, ignore_errors=True)
    return len(left)


def last_write(folder: Path) -> float:
    """When a folder or a file in it was last written, seconds since the epoch; now if it went."""
    try:
        return max(path.stat().st_mtime for path in (folder, *folder.glob("*")))
    except FileNotFoundError:
        return time.time()
