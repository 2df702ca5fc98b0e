"""Makes rows and queue agree again after any loss: lost rings, lost workers, left-over files."""

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path

import psutil
from redis.exceptions import RedisError
from rq import Queue

from core import Job, QueueUnavailable, Status
from queue_jobs import schedule, upload
from queue_jobs.doorbell import RedisDoorbell, forget, rung_for, waiting
from queue_jobs.job_queue import JobQueue
from queue_jobs.logs import log, log_job
from queue_jobs.processes import machine
from store import backlog, jobs, leases, runners, statistics, tally, turns

MOST_RUNNING = 1_000
SCRATCH_SECONDS = 3600.0
OVER_SECONDS = 10.0
PICK_UP_SECONDS = 1.0

LOST = "The worker that ran this job stopped answering."


@dataclass(frozen=True)
class Reconciled:
    """How many jobs were taken from lost workers, expired, rung again; bells and files dropped."""

    recovered: int
    expired: int
    rung: int
    dropped: int
    swept: int


def reconcile(queue: JobQueue) -> Reconciled:
    """Compare rows with the queue and mend the difference.

    Safe at any time and in several processes at once: rows are fenced, a second ring is
    refused, and a job that is rung in vain is claimed by nobody. Raises Transient when the
    database cannot be reached; without Redis, rows are recovered and rung later.
    """
    database = queue.store.database
    recovered, expired = recover(queue), expire(queue)
    backlog.settle_waiting(database)
    schedule.run_due(queue)
    swept = sweep_scratch(queue) + upload.expire(queue)
    rung = dropped = 0
    try:
        rung, dropped = mend_bells(queue)
    except (RedisError, QueueUnavailable) as error:
        log.warning("queue unavailable", error=str(error))
    done = Reconciled(recovered, expired, rung, dropped, swept)
    count(queue, done)
    return done


def count(queue: JobQueue, done: Reconciled) -> None:
    """Add what was mended to the counters; normally that is nothing."""
    for what in ("recovered", "expired", "rung", "dropped"):
        if number := getattr(done, what):
            tally.add(queue.store.database, "reconciled_total", float(number), what=what)


def expire(queue: JobQueue) -> int:
    """End the jobs that no worker took in QUEUE_EXPIRY_H hours, and those that wait for them."""
    expired = backlog.expire(queue.store.database, queue.settings.queue_expiry_h)
    for job in expired:
        log_job("expired", job)
    return len(expired)


def recover(queue: JobQueue) -> int:
    """Queue or fail the running jobs whose lease ran out or whose process on this host is gone."""
    database = queue.store.database
    running = jobs.search(database, None, statuses=(Status.PROCESSING,), limit=MOST_RUNNING).jobs
    gone = [job for job in running if is_gone(job)]
    silent = still(running, queue.settings.lease_seconds) if database.is_sqlite else ()
    lapsed = silent if database.is_sqlite else backlog.lapsed(database)
    return sum(take_back(queue, job) for job in {job.id: job for job in (*gone, *lapsed)}.values())


def take_back(queue: JobQueue, job: Job) -> bool:
    """Queue or fail one job, and delete the files of its lost attempt."""
    database, artifacts = queue.store.database, queue.store.artifacts
    if not leases.interrupt(database, job.id, "WORKER_LOST", LOST, token=job.lease_token):
        return False
    log_job("recovered", job, worker=job.worker)
    if job.lease_token:
        lease = leases.Lease(job.id, job.lease_token, job.attempt)
        artifacts.sweep(lease.scratch)
        artifacts.remove(lease.folder)
    return True


seen: dict[tuple[str | None, int], float] = {}
"""When this process first saw a lease with this beat, on its own monotonic clock."""


def still(running: Sequence[Job], seconds: float) -> tuple[Job, ...]:
    """The jobs whose lease has not been renewed for so long, by the clock of this process.

    SQLite has no clock of its own: it takes that of whoever asks, and one process whose clock
    is wrong would take every job from its worker.
    """
    now = time.monotonic()
    beats = {(job.lease_token, job.beat) for job in running}
    for old in seen.keys() - beats:
        seen.pop(old, None)
    return tuple(
        job for job in running if now - seen.setdefault((job.lease_token, job.beat), now) >= seconds
    )


def is_gone(job: Job) -> bool:
    """True when the job's process ran on this host and runs no more.

    Another process may have got its number since; then its lease runs out, as on another host.
    """
    host, _, pid = (job.worker or "").rpartition(":")
    if host != machine() or not pid.isdigit():
        return False
    try:
        return psutil.Process(int(pid)).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False


def mend_bells(queue: JobQueue) -> tuple[int, int]:
    """Have as many bells as jobs that may start: ring for those that lack one, drop the stale.

    A bell is good for any job, so one whose own job has started or ended already stands in for
    one that is missing; one that has no row is none. Returns how many were rung and dropped.
    """
    startable = turns.startable(queue.store.database, queue.settings.jobs_per_user)
    if not isinstance(queue.doorbell, RedisDoorbell):
        return sum(queue.doorbell.ring(job_id) for job_id in startable), 0
    bells = queue.doorbell.queue()
    for bell in stuck(bells):
        log.info("bell of a lost worker dropped", bell=bell)
        forget(bells, bell)
    rung = statistics.statuses(queue.store.database, waiting(bells))
    missing = [job_id for job_id in startable if job_id not in rung]
    spare = max(0, len(rung) - (len(startable) - len(missing)))
    count = sum(queue.doorbell.ring(job_id) for job_id in missing[spare:])
    return count, drop_stale(queue, bells, max(0, spare - len(missing)))


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


def drop_stale(queue: JobQueue, bells: Queue, most: int) -> int:
    """Take up to `most` bells of jobs that have ended out of the queue."""
    if not most:
        return 0
    found = bells.get_job_ids()
    known = statistics.statuses(queue.store.database, map(rung_for, found))
    stale = [bell for bell in found if is_stale(known.get(rung_for(bell)))]
    for bell in stale[:most]:
        log.info("bell of an ended job dropped", bell=bell)
        forget(bells, bell)
    return len(stale[:most])


def is_stale(status: Status | None) -> bool:
    """True for the bell of a job that needs no worker any more.

    One without a row is left to the workers: nothing of it runs, and if somebody planted it, it
    ends as a failed RQ job that the dashboard shows.
    """
    return status is not None and status.is_final


def sweep_scratch(queue: JobQueue) -> int:
    """Delete scratch folders of attempts that are over, and any that is older than a job may be.

    What time it is the file system says, since the clock of this process may be wrong.
    """
    artifacts = queue.store.artifacts
    now = artifacts.scratch_folder()
    ages = {path: last_write(now) - last_write(path) for path in artifacts.scratch.glob("*")}
    running = runners.scratch_names(queue.store.database)
    most = max(SCRATCH_SECONDS, 2.0 * queue.settings.job_timeout)
    over = [path for path, age in ages.items() if age > OVER_SECONDS and is_over(path, running)]
    left = {*over, *(path for path, age in ages.items() if age > most)}
    for path in (*left, now):
        shutil.rmtree(path, ignore_errors=True)
    return len(left)


def is_over(folder: Path, running: frozenset[str]) -> bool:
    """True for the folder of an attempt that holds no lease: "job.lease.random"."""
    attempt, _, random = folder.name.rpartition(".")
    return "." in attempt and bool(random) and attempt not in running


def last_write(folder: Path) -> float:
    """When a folder or a file in it was last written, by the file system; now if it went."""
    try:
        return max(path.stat().st_mtime for path in (folder, *folder.glob("*")))
    except FileNotFoundError:
        return inf
