"""Until when files are kept, and which are kept no longer."""

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from core import Dataset, Job, Settings, Status
from queue_jobs.submit import DELETED
from ui.session import queue
from ui.status import tool_title
from ui.words import escape

DAY = 86_400.0


def draw_retention(dataset: Dataset, jobs: Sequence[Job], latest: Sequence[Job]) -> None:
    """A line below the head of a dataset; `latest` are the jobs whose results its page shows."""
    if dataset.files_deleted_at:
        st.info(escape(DELETED.format(name=dataset.name)), icon=":material/auto_delete:")
    until = kept_until(queue().settings, dataset, jobs, latest)
    if until:
        st.caption(f":material/schedule: {until}")


def draw_gone(job: Job) -> None:
    """In the place of results that retention has deleted."""
    st.info(
        f"The results of “{escape(tool_title(job))}” are no longer kept; what it found is still "
        "listed.",
        icon=":material/auto_delete:",
    )


def is_gone(job: Job) -> bool:
    """True for a job that has completed and whose files were deleted since."""
    return job.status == Status.COMPLETED and job.artifact_folder is None


def kept_until(
    settings: Settings, dataset: Dataset, jobs: Sequence[Job], latest: Sequence[Job]
) -> str:
    """From which day on files may go; empty when none ever does, or all have gone.

    It may be later: what a schedule or another job uses is kept longer.
    """
    parts = []
    if settings.retention_input_days and dataset.sha256 and not dataset.files_deleted_at:
        used = max([dataset.created_at, *(job.ended_at or 0.0 for job in jobs)])
        parts.append(f"file until {day(used + settings.retention_input_days * DAY)}")
    ended = [job.ended_at for job in latest if job.ended_at and not is_gone(job)]
    if settings.retention_output_days and ended:
        parts.append(f"results until {day(min(ended) + settings.retention_output_days * DAY)}")
    return f"Kept at least: {', '.join(parts)}." if parts else ""


def day(at: float) -> str:
    """A date in words: "1 December 2026"."""
    date = datetime.fromtimestamp(at, UTC)
    return f"{date.day} {date:%B %Y}"
