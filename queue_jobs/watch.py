"""What a worker knows about the row of the job it runs, and what it writes there."""

import signal
import time
from dataclasses import dataclass, field

from core import Job, NotFound, Status, Transient
from queue_jobs.job_queue import JobQueue
from queue_jobs.keep_lease import TIMEOUT
from queue_jobs.logs import log
from store import jobs, leases
from store.leases import Lease

RENEW_SECONDS = 5.0
GRACE_SECONDS = 3.0
"""A job that ended, or noticed that it was cancelled, needs a moment to tidy up."""

CLAIM_SECONDS = 60.0

CRASHED = (
    "The process crashed (signal {signal}) at {memory:,} MB of memory: "
    "the file may be damaged, or need more memory than there is."
)
KILLED = (
    "The process was killed (signal {signal}) at {memory:,} MB of memory, "
    "which is what the system does when memory runs out."
)
ENDED = "The process that ran this job ended unexpectedly (signal {signal})."
CRASHES = {signal.SIGABRT, signal.SIGSEGV, signal.SIGILL, signal.SIGFPE}


@dataclass
class Watch:
    """The view from outside on one attempt. `runner` is "host:pid" of the process that runs it."""

    house: JobQueue
    job_id: str
    runner: str
    started: float = field(default_factory=time.monotonic)
    renewed: float = field(default_factory=time.monotonic)
    lease: Lease | None = None
    lost_since: float | None = None

    def look(self) -> bool:
        """Renew the lease; False when the process must be ended: job lost, or over its time.

        A database that cannot be asked changes nothing.
        """
        try:
            job = self.held()
            if job is None:
                return self.may_go_on()
            return self.keep(job)
        except Transient:
            return True

    def held(self) -> Job | None:
        """The row while this attempt owns it. Raises Transient."""
        try:
            job = jobs.load(self.house.store.database, self.job_id)
        except NotFound:
            return None
        if job.status != Status.PROCESSING or job.worker != self.runner or not job.lease_token:
            return None
        self.lease = Lease(job.id, job.lease_token, job.attempt)
        return job

    def may_go_on(self) -> bool:
        """A child that has not claimed yet has a minute; one that lost its job three seconds."""
        now = time.monotonic()
        if self.lease is None:
            return now - self.started < CLAIM_SECONDS
        self.lost_since = self.lost_since or now
        return now - self.lost_since < GRACE_SECONDS

    def keep(self, job: Job) -> bool:
        """Prolong the lease of a job that is still within its time; fail one that is not."""
        assert self.lease is not None
        now, database, settings = time.monotonic(), self.house.store.database, self.house.settings
        if now - self.started > settings.job_timeout:
            message = TIMEOUT.format(limit=settings.job_timeout)
            leases.fail(database, self.lease, "HARD_TIMEOUT", message)
            return False
        if now - self.renewed > RENEW_SECONDS:
            leases.renew(database, self.lease, settings.lease_seconds)
            self.renewed = now
        return True

    def killed(self, number: int, memory_mb: int) -> None:
        """The process died of a signal (0: it ended by itself): say so in the row.

        A crash is final, since the same input would crash again. SIGKILL is tried again, and
        SIGTERM does not count, since it comes from a shutdown.
        """
        try:
            if self.held() is None or self.lease is None:
                return
            database = self.house.store.database
            message = reason(number).format(signal=number, memory=memory_mb)
            log.warning("job process died", job=self.job_id, signal=number, memory_mb=memory_mb)
            if number in CRASHES:
                leases.fail(database, self.lease, "READER_CRASHED", message)
            elif number == signal.SIGTERM:
                leases.give_back(database, self.lease)
            else:
                leases.interrupt(
                    database, self.job_id, "WORKER_LOST", message, token=self.lease.token
                )
        except Transient as error:
            log.warning("row left to the reconciler", job=self.job_id, error=error.message)

    def let_go(self) -> None:
        """The worker has to leave: give the job back if it still has the lease, tidy up."""
        try:
            if self.held() is not None and self.lease is not None:
                leases.give_back(self.house.store.database, self.lease)
        except Transient as error:
            log.warning("row left to the reconciler", job=self.job_id, error=error.message)
        self.tidy_up()

    def ended(self) -> None:
        """The process has ended by itself: a row that it left open counts as a failed attempt."""
        self.killed(0, 0)
        self.tidy_up()

    def tidy_up(self) -> None:
        """Delete what the process could not delete any more."""
        if self.lease is None:
            return
        self.house.store.artifacts.sweep(self.lease.scratch)
        try:
            self.remove_unpublished(self.lease)
        except Transient as error:
            log.warning("files left", job=self.job_id, error=error.message)

    def remove_unpublished(self, lease: Lease) -> None:
        """Delete a folder that was sealed by an attempt which was killed before it published."""
        try:
            published = jobs.load(self.house.store.database, lease.job_id).artifact_folder
        except NotFound:
            published = None
        if published != lease.folder:
            self.house.store.artifacts.remove(lease.folder)


def reason(number: int) -> str:
    """The sentence for a signal."""
    if number in CRASHES:
        return CRASHED
    return KILLED if number == signal.SIGKILL else ENDED
