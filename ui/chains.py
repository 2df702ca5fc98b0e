"""Which jobs of a dataset belong together, which are the latest, and what they say in numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core import Job, Status

PROFILE, CLEAN, MASTER = "profile-my-data", "clean-my-data", "master-my-data"
READ = "read-my-data"


@dataclass(frozen=True)
class Latest:
    """The newest completed job of each kind; `after` profiles what `clean` left."""

    profile: Job | None
    clean: Job | None
    master: Job | None
    after: Job | None

    @property
    def all(self) -> tuple[Job, ...]:
        """Those that are there, in the order in which they run."""
        found = (self.profile, self.clean, self.master, self.after)
        return tuple(job for job in found if job is not None)


def chain_of(job: Job, jobs: Sequence[Job]) -> tuple[Job, ...]:
    """The jobs that were started together with one, first to last."""
    by_id = {other.id: other for other in (*jobs, job)}
    chain = [job]
    while chain[0].after_job_id in by_id:
        chain.insert(0, by_id[chain[0].after_job_id])
    # A later "run again" may wait for the same job; the first follower belongs to the chain.
    while later := [other for other in by_id.values() if other.after_job_id == chain[-1].id]:
        chain.append(min(later, key=lambda other: (other.created_at, other.id)))
    return tuple(chain)


def latest(jobs: Sequence[Job]) -> Latest:
    """The newest completed jobs of one dataset, given newest first."""
    done = [job for job in jobs if job.status == Status.COMPLETED]

    def newest(tool: str, of_result: bool = False) -> Job | None:
        found = (job for job in done if job.tool == tool)
        if tool == PROFILE:
            found = (job for job in found if bool(job.input_job_id) == of_result)
        return next(found, None)

    clean = newest(CLEAN)
    after = newest(PROFILE, of_result=True)
    current = after if after and clean and after.input_job_id == clean.id else None
    return Latest(newest(PROFILE), clean, newest(MASTER), current)


def current(chain: Sequence[Job]) -> Job:
    """The job of a chain that failed, runs or is next to run; the last one when all have ended."""
    failed = next((job for job in chain if job.status == Status.FAILED), None)
    return failed or next((job for job in chain if not job.status.is_final), chain[-1])


def is_blocked(job: Job, chain: Sequence[Job]) -> bool:
    """True for a job that waits for one that has failed: it runs only if that one is retried."""
    broken = any(other.status == Status.FAILED for other in chain)
    return job.status == Status.CREATED and broken


def has_ended(chain: Sequence[Job]) -> bool:
    """True when nothing more will happen in a chain unless somebody asks for it."""
    return all(job.status.is_final or is_blocked(job, chain) for job in chain)


def reported(chain: Sequence[Job]) -> tuple[Job, ...]:
    """The jobs whose findings describe the data as it is: a profile made before the cleaning
    gives way to the one made after it, and a job that broke off says nothing."""
    again = any(job.tool == PROFILE and job.input_job_id and says(job) for job in chain)
    return tuple(
        job
        for job in chain
        if says(job) and not (again and job.tool == PROFILE and not job.input_job_id)
    )


def says(job: Job) -> bool:
    """True while the findings of a job may be shown."""
    return job.status not in (Status.CANCELLED, Status.FAILED)


def alerts(found: Latest) -> int:
    """How many alerts a dataset has as it stands; the same jobs as on its Issues tab."""
    return sum(int(fact(job, "alerts") or 0) for job in reported(found.all))


def fact(job: Job | None, name: str) -> Any:
    """A number of a job's summary; None when there is no job or it says nothing about it."""
    return job.summary.get(name) if job is not None else None


def score(found: Latest) -> float | None:
    """The quality score of a dataset as it stands: after cleaning when that was measured."""
    after = fact(found.after, "score")
    value = after if after is not None else fact(found.profile, "score")
    return None if value is None else float(value)


def merged(found: Latest) -> int:
    """How many rows the latest mastering merged into others."""
    if found.master is None:
        return 0
    return int(found.master.summary["rows_in"]) - int(found.master.summary["rows_out"])
