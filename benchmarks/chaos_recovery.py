"""How long a job waited after the death of its process, and which failures are honest."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.chaos_checks import as_intended, is_exhausted, met_full_disk
from benchmarks.chaos_evidence import Evidence
from benchmarks.chaos_faults import SKEW, Death
from core import Status

PROMPT_FAILURES = 2
"""From the third failure on, the pause before the next attempt is a minute and more, on purpose."""


@dataclass(frozen=True)
class Recovery:
    """Seconds from a death until the row says so, and until the next attempt starts.

    The second time includes waiting behind the jobs of others. `prompt` ones were not held back.
    """

    job_id: str
    noticed: float
    seconds: float
    prompt: bool


def recoveries(evidence: Evidence, deaths: Sequence[Death]) -> list[Recovery]:
    """One for each death that ended an attempt, if there was another attempt."""
    at = {death.pid: death.at for death in deaths}
    found = []
    for job_id, history in evidence.attempts.items():
        for before, after in pairwise(history):
            died = at.get(int(before.worker.rsplit(":", 1)[1]))
            if died is None or not before.started_at - 1 <= died <= (before.ended_at or died) + 1:
                continue
            broken = sum(each.ending != "given back" for each in history[: before.number])
            noticed = unskewed((before.ended_at or after.started_at) - died)
            seconds = unskewed(after.started_at - died)
            found.append(Recovery(job_id, noticed, seconds, broken <= PROMPT_FAILURES))
    return found


def unskewed(seconds: float) -> float:
    """Without the hour by which the clock of the second worker may have been wrong."""
    return seconds - SKEW * round(seconds / SKEW)


def percentile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that so large a share of all does not exceed; None without values."""
    if not values:
        return None
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2)


def failures(evidence: Evidence) -> Counter[str]:
    """The failed jobs by what explains them."""
    counts: Counter[str] = Counter()
    for job in evidence.jobs.values():
        if job.status == Status.FAILED:
            explained = (
                "as intended"
                if as_intended(job)
                else "disk full"
                if met_full_disk(job, evidence)
                else "all attempts broke off"
                if is_exhausted(job, evidence)
                else "unexplained"
            )
            counts[f"{explained} ({job.error_code})"] += 1
    return counts
