"""How a status, a severity and a tool look: icon, word and colour, never colour alone."""

from typing import Literal, NamedTuple

import streamlit as st

from core import Job, Severity, Status

Colour = Literal["red", "orange", "blue", "green", "violet", "gray"]


class Look(NamedTuple):
    """One word with its icon and colour."""

    word: str
    icon: str
    colour: Colour


SEVERITIES: dict[Severity, Look] = {
    Severity.CRITICAL: Look("critical", ":material/dangerous:", "red"),
    Severity.HIGH: Look("high", ":material/error:", "red"),
    Severity.MEDIUM: Look("medium", ":material/warning:", "orange"),
    Severity.LOW: Look("low", ":material/arrow_downward:", "blue"),
    Severity.INFO: Look("info", ":material/info:", "gray"),
}

STATUSES: dict[Status, Look] = {
    Status.CREATED: Look("waiting", ":material/hourglass_empty:", "gray"),
    Status.UPLOADING: Look("uploading", ":material/upload:", "blue"),
    Status.UPLOAD_FAILED: Look("upload failed", ":material/error:", "red"),
    Status.QUEUED: Look("queued", ":material/schedule:", "gray"),
    Status.PROCESSING: Look("running", ":material/progress_activity:", "blue"),
    Status.COMPLETED: Look("done", ":material/check_circle:", "green"),
    Status.FAILED: Look("failed", ":material/error:", "red"),
    Status.CANCELLED: Look("cancelled", ":material/block:", "orange"),
    Status.EXPIRED: Look("expired", ":material/timer_off:", "gray"),
}

TITLES = {
    "read-my-data": "Read the file",
    "profile-my-data": "Profile my data",
    "clean-my-data": "Clean my data",
    "master-my-data": "Master my data",
}
RUNNING = {
    "read-my-data": "reading",
    "profile-my-data": "profiling",
    "clean-my-data": "cleaning",
    "master-my-data": "mastering",
}
STAGES = {
    "profile-my-data": "profiled",
    "clean-my-data": "cleaned",
    "master-my-data": "mastered",
}


def tool_title(job: Job) -> str:
    """What a job does: "Clean my data", or "Profile the result" after a cleaning."""
    if job.tool == "profile-my-data" and job.input_job_id:
        return "Profile the cleaned data"
    return TITLES.get(job.tool, job.tool)


def status_badge(job: Job) -> None:
    """The status of a job; a running one says what it is doing."""
    look = STATUSES[job.status]
    word = RUNNING.get(job.tool, look.word) if job.status == Status.PROCESSING else look.word
    st.badge(word, icon=look.icon, color=look.colour)


def severity_badge(severity: Severity) -> None:
    """The severity of a finding."""
    look = SEVERITIES[severity]
    st.badge(look.word, icon=look.icon, color=look.colour)
