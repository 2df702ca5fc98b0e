"""What a worker knows about the row of the job it runs, and what it writes there."""

import signal
import time
from dataclasses import dataclass, field

from core import Job, Status, Transient
from queue_jobs.job_queue import JobQueue
from queue_jobs.logs import log
from queue_jobs.memory import job_memory_mb, memory_mb, oom_kills
from store import leases, runners
from store.leases import Lease
from store.unpublished import remove_unpublished

RENEW_SECONDS = 5.0
GRACE_SECONDS = 2.0
"""A job that ended, or noticed that it was cancelled, needs a moment to tidy up."""

CLAIM_SECONDS = 60.0
CLAIM_SLACK = 1.0

HARD = "The job took longer than {limit:,} seconds and was killed."
CRASHED = (
    "The process crashed (signal {signal}) at {memory:,} MB of memory: "
    "the file may be damaged, or need more memory than there is."
)
KILLED = "The process that ran this job was killed (signal {signal}) at {memory:,} MB of memory."
STARVED = (
    "The system killed the process at {memory:,} MB because memory ran out; "
    "try fewer rows or columns, or a machine with more memory."
)
TOO_BIG = (
    "The job took {used:,} MB of memory and may take {limit:,} (JOB_MEMORY_MB); "
    "try fewer rows or columns."
)
ENDED = "The process that ran this job ended unexpectedly (signal {signal})."
KILL = 9
"""SIGKILL, which has no name on Windows."""

CRASHES = {signal.SIGABRT, signal.SIGSEGV, signal.SIGILL, signal.SIGFPE}


@dataclass
class Watch:
    """The view from outside on one attempt. `runner` is "host:pid" of the process that runs it.

    Which job it took is read from the rows, since a bell only says that there is work. `before`
    is the one that it took last, under the watch before this one.
    """

    house: JobQueue
    runner: str
    before: Job | None = None
    started: float = field(default_factory=time.monotonic)
    renewed: float = field(default_factory=time.monotonic)
    kills_before: int = field(default_factory=oom_kills)
    base_mb: int = 0

    def __post_init__(self) -> None:
        self.base_mb = memory_mb(self.pid)

    @property
    def pid(self) -> int:
        """The process that runs the job."""
        return int(self.runner.rpartition(":")[2])

    taken: Job | None = None
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
        database = self.house.store.database
        if self.taken is not None:
            job = runners.look_up(database, self.taken)
        else:
            age = time.monotonic() - self.started + CLAIM_SLACK
            job = runners.taken_by(database, self.runner, age, but=self.before)
        self.taken = job or self.taken
        if job is None or job.status != Status.PROCESSING or not job.lease_token:
            return None
        self.lease = Lease(job.id, job.lease_token, job.attempt)
        return job

    def may_go_on(self) -> bool:
        """A child that has not claimed yet has a minute; one that lost its job two seconds."""
        now = time.monotonic()
        if self.taken is None:
            return now - self.started < CLAIM_SECONDS
        self.lost_since = self.lost_since or now
        return now - self.lost_since < GRACE_SECONDS

    def keep(self, job: Job) -> bool:
        """Prolong the lease of a job that is within its time and memory; fail one that is not."""
        assert self.lease is not None
        self.lost_since = None
        database, settings = self.house.store.database, self.house.settings
        failure = self.over_limit()
        if failure is not None:
            leases.fail(database, self.lease, *failure)
            return False
        if time.monotonic() - self.renewed > RENEW_SECONDS:
            leases.renew(database, self.lease, settings.lease_seconds)
            self.renewed = time.monotonic()
        return True

    def over_limit(self) -> tuple[str, str] | None:
        """Code and sentence when the process takes too long, or more memory than it may."""
        settings = self.house.settings
        if time.monotonic() - self.started > settings.job_timeout:
            return "HARD_TIMEOUT", HARD.format(limit=settings.job_timeout)
        used, limit = memory_mb(self.pid) - self.base_mb, job_memory_mb(settings)
        return ("OUT_OF_MEMORY", TOO_BIG.format(used=used, limit=limit)) if used > limit else None

    def killed(self, number: int, memory_mb: int) -> None:
        """The process died of a signal (0: it ended by itself): say so in the row.

        A crash is final, since the same input would crash again, and so is a kill by the system
        for want of memory. Another SIGKILL is tried again, and SIGTERM does not count, since it
        comes from a shutdown.
        """
        try:
            if self.held() is None or self.lease is None:
                return
            log.warning(
                "job process died", job=self.lease.job_id, signal=number, memory_mb=memory_mb
            )
            self.write_death(self.lease, number, memory_mb)
        except Transient as error:
            log.warning("row left to the reconciler", runner=self.runner, error=error.message)

    def write_death(self, lease: Lease, number: int, memory_mb: int) -> None:
        """Fail the job, queue it again, or give it back, as the signal says. Raises Transient."""
        database = self.house.store.database
        if number in CRASHES:
            message = CRASHED.format(signal=number, memory=memory_mb)
            leases.fail(database, lease, "READER_CRASHED", message)
        elif number == KILL and oom_kills() > self.kills_before:
            leases.fail(database, lease, "OUT_OF_MEMORY", STARVED.format(memory=memory_mb))
        elif number == signal.SIGTERM:
            leases.give_back(database, lease)
        else:
            message = KILLED if number == KILL else ENDED
            message = message.format(signal=number, memory=memory_mb)
            leases.interrupt(database, lease.job_id, "WORKER_LOST", message, token=lease.token)

    def let_go(self) -> None:
        """The worker has to leave, its job has ended: give it back, delete what it left."""
        self.give_back()
        self.tidy_up()

    def give_back(self) -> None:
        """Queue the job again, without counting a failure, if this attempt still has it."""
        try:
            if self.held() is not None and self.lease is not None:
                leases.give_back(self.house.store.database, self.lease)
        except Transient as error:
            log.warning("row left to the reconciler", runner=self.runner, error=error.message)

    def ended(self) -> None:
        """The process has ended by itself: a row that it left open counts as a failed attempt."""
        self.killed(0, 0)
        self.tidy_up()

    def tidy_up(self) -> None:
        """Delete what the process could not delete any more."""
        if self.taken is None:
            return
        # A job that was cancelled as soon as it had begun has no other attempt.
        self.house.store.artifacts.sweep(self.lease.scratch if self.lease else self.taken.id)
        try:
            if self.lease is not None and self.taken.status != Status.COMPLETED:
                remove_unpublished(self.house.store, self.lease)
        except (OSError, Transient) as error:
            log.warning("files left", runner=self.runner, error=str(error))
