"""The invariants of a drill: each check looks at the evidence and names every violation."""

import json
from collections import Counter
from collections.abc import Callable, Iterator

from benchmarks.chaos_evidence import Evidence
from benchmarks.chaos_faults import SKEW
from benchmarks.drill import DRILL
from core import Attempt, Job, Status
from queue_jobs.tools import READ
from store.artifacts import sha256

EXHAUSTED = frozenset({"WORKER_LOST", "POISON_JOB", "TRANSIENT_ERROR", "QUEUE_UNAVAILABLE"})
"""Codes of a job whose every allowed attempt broke off."""

NO_ROOM = frozenset({"DISK_FULL", "STORAGE_ERROR"})
INTENDED = {"crash": {"READER_CRASHED"}, "exit": {"POISON_JOB", "WORKER_LOST"}}
SLACK_SECONDS = 15.0
"""A job that met a full disk may note so only after the disk had room again."""

Check = Callable[[Evidence], Iterator[str]]


def nothing_is_lost(evidence: Evidence) -> Iterator[str]:
    """Every promised job has a row."""
    for job_id in evidence.told - set(evidence.jobs):
        yield f"{job_id} was promised and is not there"


def all_have_ended(evidence: Evidence) -> Iterator[str]:
    """Every job is in a final status."""
    for job in evidence.jobs.values():
        if not job.status.is_final:
            yield f"{job.id} ({job.tool}) is still {job.status}"


def one_effect_each(evidence: Evidence) -> Iterator[str]:
    """A completed job was published once, by its last attempt; no other job was."""
    counts = Counter(job_id for job_id, _ in evidence.effects)
    published = dict(evidence.effects)
    for job in evidence.jobs.values():
        expected = int(job.status == Status.COMPLETED)
        if counts[job.id] != expected:
            yield f"{job.id} is {job.status} and was published {counts[job.id]} times"
        elif expected and published[job.id] != job.attempt:
            yield f"{job.id} was published by attempt {published[job.id]} of {job.attempt}"


def one_folder_each(evidence: Evidence) -> Iterator[str]:
    """A completed job has exactly its folder; no other job has any."""
    for job in evidence.jobs.values():
        found = evidence.folders.get(job.id, frozenset())
        if job.status == Status.COMPLETED and found != {job.artifact_folder}:
            yield f"{job.id} is COMPLETED with the folders {sorted(found)}"
        elif job.status != Status.COMPLETED and (found or job.artifact_folder):
            yield f"{job.id} is {job.status} and has the folders {sorted(found)}"
    for job_id in set(evidence.folders) - set(evidence.jobs):
        yield f"there is a folder of {job_id}, which has no row"


def files_are_whole(evidence: Evidence) -> Iterator[str]:
    """Every file of a completed chain is the one its manifest lists, and no other is there."""
    for job in evidence.jobs.values():
        folder = evidence.files / (job.artifact_folder or "")
        if job.status != Status.COMPLETED or job.tool == READ or not folder.is_dir():
            continue
        manifest = folder / "manifest.json"
        if not manifest.exists():
            yield f"{job.id} has no manifest"
            continue
        listed = json.loads(manifest.read_text(encoding="utf-8"))["files"]
        found = {path.name: path for path in folder.iterdir() if path != manifest}
        if set(found) != set(listed):
            yield f"{job.id} has files that differ from its manifest"
        elif any(sha256(found[name]) != listed[name]["sha256"] for name in listed):
            yield f"{job.id} has a file with another checksum than in its manifest"


def readings_are_whole(evidence: Evidence) -> Iterator[str]:
    """A completed reading left its three files."""
    for job in evidence.jobs.values():
        if job.status == Status.COMPLETED and job.tool == READ and job.artifact_folder:
            for name in ("table.parquet", "rejected.parquet", "preview.json"):
                if not (evidence.files / job.artifact_folder / name).exists():
                    yield f"{job.id} left no {name}"


def history_adds_up(evidence: Evidence) -> Iterator[str]:
    """Attempts are numbered from one, are closed, and end as the row says."""
    for job in evidence.jobs.values():
        history = evidence.attempts[job.id]
        if [attempt.number for attempt in history] != list(range(1, job.attempt + 1)):
            numbers = [attempt.number for attempt in history]
            yield f"{job.id} counts {job.attempt} attempts and has {numbers}"
        for attempt in history:
            if attempt.ended_at is None or attempt.ending is None:
                yield f"{job.id} has attempt {attempt.number} still open"
        completed = [attempt.number for attempt in history if attempt.ending == "completed"]
        if completed != [job.attempt] * (job.status == Status.COMPLETED):
            yield f"{job.id} is {job.status} and its attempts {completed} completed"


def failures_have_reasons(evidence: Evidence) -> Iterator[str]:
    """A job fails as its drill intends, by a full disk, or when all its attempts broke off."""
    for job in evidence.jobs.values():
        if job.status == Status.FAILED and not (
            as_intended(job) or met_full_disk(job, evidence) or is_exhausted(job, evidence)
        ):
            yield f"{job.id} ({job.tool}) FAILED with {job.error_code}: {job.error_message}"
        if job.status == Status.COMPLETED and mode_of(job) in INTENDED:
            yield f"{job.id} COMPLETED although it had to fail"


def mode_of(job: Job) -> str:
    """How a drill was to end; empty for another tool."""
    return str(job.params["drill"]["mode"]) if job.tool == DRILL.name else ""


def as_intended(job: Job) -> bool:
    """True when the drill was made to fail so."""
    return job.error_code in INTENDED.get(mode_of(job), set())


def met_full_disk(job: Job, evidence: Evidence) -> bool:
    """True when the job wanted to write at a time when there was no room, by whatever clock."""
    ended = job.ended_at or 0.0
    began = job.started_at or ended
    return job.error_code in NO_ROOM and any(
        began <= until + skew + SLACK_SECONDS and ended >= since + skew
        for since, until in evidence.disk_full
        for skew in (0, SKEW, -SKEW)
    )


def is_exhausted(job: Job, evidence: Evidence) -> bool:
    """True when as many attempts broke off as the row allows."""
    broken = [attempt for attempt in evidence.attempts[job.id] if broke_off(attempt)]
    return job.error_code in EXHAUSTED and len(broken) >= job.max_failures


def broke_off(attempt: Attempt) -> bool:
    """True when the worker was lost or what the attempt needed was away."""
    return attempt.ending not in ("completed", "cancelled", "given back")


def runs_were_claimed(evidence: Evidence) -> Iterator[str]:
    """No drill ran without an attempt of its process in the history."""
    drills = [job for job in evidence.jobs.values() if job.tool == DRILL.name]
    owners = {job.params["drill"]["label"]: job.id for job in drills}
    for (label, pid), count in Counter(evidence.runs).items():
        history = evidence.attempts.get(owners.get(label, ""), ())
        claimed = sum(attempt.worker.endswith(f":{pid}") for attempt in history)
        if claimed < count:
            yield f"drill {label} ran {count} times in process {pid} on {claimed} attempts"


def nothing_is_left(evidence: Evidence) -> Iterator[str]:
    """No scratch folder stays when no job runs."""
    for name in evidence.scratch:
        yield f"{name} was left in scratch"


def one_job_per_click(evidence: Evidence) -> Iterator[str]:
    """A double click is one job."""
    for job_id in evidence.doubled:
        yield f"{job_id} is one of two jobs of a double click"


def pages_tell_the_truth(evidence: Evidence) -> Iterator[str]:
    """A page has the word of the row's status."""
    from ui.status import STATUSES

    for job_id, word in evidence.shown.items():
        job = evidence.jobs.get(job_id)
        expected = STATUSES[job.status].word if job else "nothing"
        if word != expected:
            yield f"{job_id} is shown as '{word}' and is '{expected}'"


CHECKS: tuple[Check, ...] = (
    nothing_is_lost,
    all_have_ended,
    one_effect_each,
    one_folder_each,
    files_are_whole,
    readings_are_whole,
    history_adds_up,
    failures_have_reasons,
    runs_were_claimed,
    nothing_is_left,
    one_job_per_click,
    pages_tell_the_truth,
)


def violations(evidence: Evidence) -> list[str]:
    """Everything that is wrong, each with the name of its check."""
    return [f"{check.__name__}: {found}" for check in CHECKS for found in check(evidence)]
