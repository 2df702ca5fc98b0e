"""Draws the steps of a chain of jobs, from the profile to the golden records."""

from collections.abc import Sequence

import streamlit as st

from core import Job, Status, StepProgress
from ui.chains import is_blocked
from ui.eta import seconds_left
from ui.results import steps_of
from ui.status import STATUSES, tool_title
from ui.words import duration, escape, plural

UPLOADS = {
    status: (STATUSES[status].word, STATUSES[status].icon, sentence)
    for status, sentence in {
        Status.UPLOADING: "The file is read as soon as all of it has come.",
        Status.UPLOAD_FAILED: "The upload was broken off.",
        Status.EXPIRED: "The upload was not finished in time.",
    }.items()
}

WORTH_SAYING = 0.1
"""Seconds below which a step's time is not shown."""

DONE = ":green[:material/check:]"
RUNNING = ":blue[:material/progress_activity:]"
WAITING = ":gray[:material/radio_button_unchecked:]"
BROKEN = ":red[:material/error:]"


def draw_timeline(chain: Sequence[Job], references: dict[str, Job], now: float) -> None:
    """One line per job, the running one open; `references` are earlier jobs of the same tool."""
    st.subheader("Steps", anchor=False)
    for job in chain:
        if job.status == Status.PROCESSING:
            draw_running(job, references.get(job.tool), now)
        elif job.status == Status.COMPLETED:
            draw_ended(job, "complete")
        elif job.status == Status.FAILED:
            draw_ended(job, "error")
        elif job.status in UPLOADS:
            draw_upload(job)
        else:
            draw_waiting(job, now, is_blocked(job, chain))


def draw_running(job: Job, reference: Job | None, now: float) -> None:
    """A running job: what it does now, how far it is, what it has done."""
    steps = steps_of(job)
    elapsed = now - (job.started_at or now)
    label = f"{tool_title(job)} · {duration(elapsed)}"
    box = st.status(label, type="step", state="running", expanded=True)
    doing = f"Step {min(job.steps_done + 1, job.steps_total)} of {job.steps_total}"
    text = f"{doing} · {escape(job.current_step)}" if job.current_step else "Loading the data"
    box.progress(min(job.progress / 100, 1.0), text=text)
    if reference is not None:
        done = sum(step.seconds or 0.0 for step in steps)
        left = seconds_left(steps, steps_of(reference), max(elapsed - done, 0.0))
        if left is not None:
            box.caption(f"about {duration(round(left))} left")
    if steps:
        box.markdown(step_lines(steps, RUNNING))


def draw_ended(job: Job, state: str) -> None:
    """A job that is done or failed; a failed one is open and says why."""
    failed = state == "error"
    label = f"{tool_title(job)} · {'failed' if failed else duration(time_taken(job))}"
    box = st.status(label, type="step", state="error" if failed else "complete", expanded=failed)
    if failed:
        box.error(escape(job.error_message or "The job failed."), icon=":material/error:")
    steps = steps_of(job)
    if steps:
        box.markdown(step_lines(steps, BROKEN))
    elif not failed:
        box.caption("There were no steps to run.")


def draw_upload(job: Job) -> None:
    """A job whose file has not come yet, or not all of it."""
    word, icon, sentence = UPLOADS[job.status]
    if job.status == Status.UPLOADING:
        word = f"{word} · {job.progress:.0f} %"
    box = st.expander(f"{tool_title(job)} · {word}", type="step", icon=icon, expanded=True)
    box.caption(escape(job.error_message or sentence))
    if job.status != Status.EXPIRED:
        box.caption("Choose the same file again to go on with an upload that was broken off.")


def draw_waiting(job: Job, now: float, blocked: bool) -> None:
    """A job that waits, or will never run."""
    cancelled = job.status == Status.CANCELLED
    icon = ":material/block:" if cancelled else ":material/hourglass_empty:"
    word = "cancelled" if cancelled else "not run" if blocked else waiting_for(job, now)
    box = st.expander(f"{tool_title(job)} · {word}", type="step", icon=icon)
    if blocked:
        box.caption("The job before it failed; it runs when that one is retried and succeeds.")
    elif cancelled:
        box.caption("This job was cancelled; nothing of it is kept.")
    else:
        box.caption("It starts as soon as what is before it has ended and a worker is free.")


def waiting_for(job: Job, now: float) -> str:
    """Why a job does not run yet."""
    if job.status == Status.QUEUED and job.not_before > now:
        return f"tried again in {duration(round(job.not_before - now))}"
    return "in the queue" if job.status == Status.QUEUED else "waiting"


def time_taken(job: Job) -> float:
    """Seconds from start to end; 0 for a job that never started."""
    if job.started_at is None or job.ended_at is None:
        return 0.0
    return job.ended_at - job.started_at


def step_lines(steps: Sequence[StepProgress], open_mark: str) -> str:
    """The steps as lines of Markdown."""
    marks = {"done": DONE, "running": open_mark, "failed": BROKEN}
    lines = [f"{marks.get(step.state, WAITING)} {escape(step.title)}{note(step)}" for step in steps]
    return "  \n".join(lines)


def note(step: StepProgress) -> str:
    """What a step that is done has to say in two words."""
    report = step.report or {}
    if report.get("cells_changed"):
        return f" · {plural(report['cells_changed'], 'cell')}"
    if report.get("rows_out") != report.get("rows_in"):
        return f" · {report['rows_in']:,} → {report['rows_out']:,} rows"
    seconds = step.seconds or 0.0
    return f" · :gray[{duration(seconds)}]" if seconds >= WORTH_SAYING else ""
