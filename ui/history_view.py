"""Lists of jobs: those of a dataset, and all of a user."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core import Dataset, Job, Status
from queue_jobs import submit
from store import datasets as dataset_rows
from store import jobs as job_rows
from ui.reading_form import can_be_read
from ui.session import attempted, now, queue, user
from ui.status import status_badge, tool_title
from ui.timeline import time_taken
from ui.words import ago, duration, escape, plural

PER_PAGE = 15
TROUBLE = (Status.FAILED, Status.UPLOAD_FAILED, Status.EXPIRED)
GROUPS: dict[str, tuple[Status, ...]] = {
    "All": (),
    "Running": (Status.CREATED, Status.UPLOADING, Status.QUEUED, Status.PROCESSING),
    "Done": (Status.COMPLETED,),
    "Failed": (Status.FAILED, Status.UPLOAD_FAILED),
    "Cancelled": (Status.CANCELLED, Status.EXPIRED),
}


def draw_history(dataset: Dataset, jobs: Sequence[Job]) -> None:
    """The jobs of one dataset, newest first."""
    pages = -(-len(jobs) // PER_PAGE)
    page = st.pagination(pages, key="history-page") if pages > 1 else 1
    for job in jobs[(page - 1) * PER_PAGE : page * PER_PAGE]:
        draw_line(job, dataset, tool_title(job))


def draw_jobs() -> None:
    """The user's jobs in pages, by state."""
    group = st.segmented_control(
        "State",
        list(GROUPS),
        default="All",
        required=True,
        label_visibility="collapsed",
        key="state",
        bind="query-params",
    )
    page = int(st.session_state.get(f"jobs-page-{group}", 1))
    found = job_rows.search(
        queue().store.database,
        user(),
        statuses=GROUPS[group],
        limit=PER_PAGE,
        offset=(page - 1) * PER_PAGE,
    )
    datasets = datasets_of(found.jobs)
    st.caption(plural(found.total, "job"))
    if not found.total:
        st.write("There is nothing here yet." if group == "All" else "There are no such jobs.")
        if group == "All":
            st.page_link("new.py", label="Upload a dataset", icon=":material/upload:")
    for job in found.jobs:
        dataset = datasets[job.dataset_id]
        draw_line(job, dataset, f"{tool_title(job)} · {dataset.name}")
    if found.total > PER_PAGE:
        st.pagination(-(-found.total // PER_PAGE), key=f"jobs-page-{group}")


def datasets_of(jobs: Sequence[Job]) -> Mapping[str, Dataset]:
    """The datasets of some jobs by id."""
    database, owner = queue().store.database, user()
    ids = {job.dataset_id for job in jobs}
    return {key: dataset_rows.get(database, owner, key) for key in ids}


def draw_line(job: Job, dataset: Dataset, title: str) -> None:
    """One job: what, how it is, when, how long, and what can be done."""
    with st.container(border=True, gap="xsmall", key=f"job-line-{job.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.page_link("job.py", label=f"**{escape(title)}**", query_params={"id": job.id})
            status_badge(job)
            st.caption(timing(job), width="stretch")
            draw_repeat(job, dataset)
        if job.error_message and job.status in TROUBLE:
            st.caption(f":red[:material/error:] {escape(job.error_message)}")


def timing(job: Job) -> str:
    """When it was made, how long it took, and how many attempts that needed."""
    parts = [ago(job.created_at, now())]
    if job.ended_at and job.started_at:
        parts.append(duration(time_taken(job)))
    if job.attempt > 1:
        parts.append(plural(job.attempt, "attempt"))
    return " · ".join(parts)


def draw_repeat(job: Job, dataset: Dataset) -> None:
    """Retry what failed; run again what has ended, unless its file never came."""
    if not (job.status.is_final and can_be_read(dataset)):
        return
    word, icon, repeat = (
        ("Retry", ":material/refresh:", submit.retry)
        if job.status == Status.FAILED
        else ("Run again", ":material/replay:", submit.run_again)
    )
    if st.button(word, icon=icon, type="tertiary", key=f"repeat-{job.id}"):
        again = attempted(lambda: repeat(queue(), user(), job.id))
        if again is not None:
            st.switch_page("job.py", query_params={"id": again.id})
