"""The page of a dataset: its head and its tabs, each drawn only while it is open."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from core import Dataset, Job
from queue_jobs import submit
from ui import chains, charts, report_view
from ui.chains import CLEAN, MASTER, PROFILE, Latest
from ui.column_table import draw_columns
from ui.history_view import draw_history
from ui.job_view import shape
from ui.rejects import TAB, draw_rejects, set_aside
from ui.result_files import draw_downloads, draw_report
from ui.result_tables import draw_changes, draw_golden
from ui.retention_view import draw_gone, draw_retention, is_gone
from ui.schedule_view import TAB as SCHEDULE
from ui.schedule_view import draw_schedule, is_fetched
from ui.session import attempted, jobs_of, queue, user
from ui.status import STAGES, status_badge
from ui.words import escape


@dataclass(frozen=True)
class View:
    """A dataset with all its jobs (newest first) and the latest of each kind."""

    dataset: Dataset
    jobs: tuple[Job, ...]
    latest: Latest


def view_of(dataset: Dataset) -> View:
    """Everything the page needs, in one look at the database."""
    jobs = jobs_of(dataset.id)
    return View(dataset, jobs, chains.latest(jobs))


def draw_head(view: View) -> None:
    """Name, shape, stages, the score before and after, and the way to more work."""
    st.title(escape(view.dataset.name), icon=":material/table:", anchor=False)
    with st.container(horizontal=True, vertical_alignment="center", key="dataset-head"):
        for job in view.latest.all:
            if job is not view.latest.after:
                st.badge(STAGES[job.tool], icon=":material/check:", color="green")
        running = next((job for job in view.jobs if not job.status.is_final), None)
        if running is not None:
            status_badge(running)
            st.page_link("job.py", label="Follow it", query_params={"id": running.id})
        st.caption(shape(view.dataset), width="stretch")
        if not view.dataset.files_deleted_at and st.button(
            "Run tools", icon=":material/play_arrow:", type="tertiary", key="dataset-run"
        ):
            st.switch_page("new.py", query_params={"id": view.dataset.id})
        if st.button("Delete", icon=":material/delete:", type="tertiary", key="dataset-delete"):
            confirm_delete(view.dataset)
    draw_retention(view.dataset, view.jobs, view.latest.all)
    if is_outdated(view):
        st.warning(
            "The file was read differently after these results were made; run the tools again.",
            icon=":material/history:",
        )


def reading(view: View) -> Job | None:
    """The reading of the file that counts now."""
    return next((job for job in view.jobs if job.id == view.dataset.ingest_job_id), None)


def is_outdated(view: View) -> bool:
    """True when some result is older than the reading of the file that counts now."""
    read = reading(view)
    return read is not None and any(job.created_at < read.created_at for job in view.latest.all)


@st.dialog("Delete this dataset?", icon=":material/delete:")
def confirm_delete(dataset: Dataset) -> None:
    """The upload, its jobs and their results go for good."""
    st.text(f"{dataset.name}, its jobs and all their results will be gone for good.")
    if st.button("Delete for good", type="primary", key="dataset-delete-confirm"):
        attempted(lambda: submit.delete(queue(), user(), dataset.id))
        st.switch_page("home.py")


def draw_tabs(view: View) -> None:
    """The tabs; the open one is in the address."""
    labels = [label for label in TABS if is_offered(view, label)]
    opened = st.tabs(labels, key="tab", bind="query-params")
    for label, tab in zip(labels, opened, strict=True):
        if tab.open:
            with tab:
                TABS[label](view)


def is_offered(view: View, label: str) -> bool:
    """Some tabs are there only when there is something to show in them."""
    read = reading(view)
    if label == TAB:
        return read is not None and set_aside(read) > 0
    return label != SCHEDULE or is_fetched(view.dataset, view.jobs)


def offer(view: View, tool: str, sentence: str) -> None:
    """An empty tab says what to run, and starts it."""
    st.markdown(sentence)
    pending = any(job.tool == tool and not job.status.is_final for job in view.jobs)
    if pending:
        st.caption("It is on its way.")
    elif not view.dataset.files_deleted_at and st.button(
        f"Run “{chains_title(tool)}”",
        type="primary",
        icon=":material/play_arrow:",
        key=f"dataset-start-{tool}",
    ):
        jobs = attempted(lambda: submit.start(queue(), user(), view.dataset.id, [tool], {}))
        if jobs:
            st.switch_page("job.py", query_params={"id": jobs[0].id})


def draw_results(job: Job, draw: Callable[[Job], None]) -> None:
    """What a job left in files, while they are kept."""
    if is_gone(job):
        draw_gone(job)
    else:
        draw(job)


def chains_title(tool: str) -> str:
    """The title of a tool."""
    return {PROFILE: "Profile my data", CLEAN: "Clean my data", MASTER: "Master my data"}[tool]


def overview_tab(view: View) -> None:
    """Score, four numbers, and the columns."""
    profile = view.latest.profile
    if profile is None:
        offer(view, PROFILE, "This dataset has not been profiled yet.")
        return
    before, after = (chains.fact(job, "score") for job in (profile, view.latest.after))
    with st.grid(4, min_column_width=150, key="dataset-metrics"):
        first = after if after is not None else before
        change = round(after - before, 1) if None not in (before, after) else None
        meaning = "against the upload" if change is not None else None
        score = "–" if first is None else f"{first:.0f} of 100"
        st.metric(
            "Quality score",
            score,
            change,
            delta_description=meaning,
            border=True,
            height="stretch",
        )
        for label, number in (
            ("Alerts", f"{chains.alerts(view.latest):,}"),
            ("Cells changed", count(view.latest.clean, "cells_changed")),
            ("Entities", count(view.latest.master, "entities")),
        ):
            st.metric(label, number, border=True, height="stretch")
    for owner, exhibit in report_view.exhibits_of([view.latest.after or profile]):
        if exhibit.kind == "gauge":
            charts.draw(exhibit, f"overview-{owner.id}-{exhibit.name}")
    st.markdown("**Columns of the upload**")
    draw_columns(profile)


def count(job: Job | None, name: str) -> str:
    """A number of a job, or a dash when it has not run."""
    value = chains.fact(job, name)
    return "–" if value is None else f"{value:,}"


def issues_tab(view: View) -> None:
    """The findings of the latest jobs, with filters; of two profiles the one of the result."""
    if not view.latest.all:
        offer(view, PROFILE, "Issues appear here once the dataset has been profiled.")
        return
    replaced = view.latest.profile if view.latest.after else None
    issues = report_view.issues_of(job for job in view.latest.all if job is not replaced)
    chosen = report_view.filtered(issues, "issues")
    report_view.draw_summary(chosen)
    if not issues:
        report_view.nothing_found("in this dataset")
    report_view.draw_issues(chosen, "issues")


def changes_tab(view: View) -> None:
    """What cleaning did, cell by cell."""
    if view.latest.clean is None:
        offer(view, CLEAN, "No cell was changed: this dataset has not been cleaned yet.")
        return
    draw_results(view.latest.clean, draw_changes)


def golden_tab(view: View) -> None:
    """Which records are the same, and what became of them."""
    if view.latest.master is None:
        offer(view, MASTER, "There are no golden records: this dataset has not been mastered yet.")
        return
    draw_results(view.latest.master, draw_golden)


def aside_tab(view: View) -> None:
    """The records of the file that are no rows; the tab is there only when there are any."""
    read = reading(view)
    if read is not None:
        draw_rejects(read)


def charts_tab(view: View) -> None:
    """Every chart of the latest jobs."""
    exhibits = report_view.exhibits_of(view.latest.all)
    if not exhibits:
        offer(view, PROFILE, "Charts appear here once the dataset has been profiled.")
        return
    report_view.draw_exhibits(exhibits, "charts")


def report_tab(view: View) -> None:
    """The full profile as one HTML document."""
    if view.latest.profile is None:
        offer(view, PROFILE, "The full report is written when the dataset is profiled.")
        return
    draw_results(view.latest.after or view.latest.profile, draw_report)


def downloads_tab(view: View) -> None:
    """Every file of the latest jobs."""
    if not view.latest.all:
        offer(view, PROFILE, "There are no files to download yet.")
        return
    for job in view.latest.all:
        draw_results(job, draw_downloads)


def history_tab(view: View) -> None:
    """Every job of the dataset."""
    draw_history(view.dataset, view.jobs)


def schedule_tab(view: View) -> None:
    """When the source is fetched again, and what came of it; not for uploads."""
    draw_schedule(view.dataset)


TABS: dict[str, Callable[[View], None]] = {
    "Overview": overview_tab,
    "Issues": issues_tab,
    "Changes": changes_tab,
    "Golden records": golden_tab,
    TAB: aside_tab,
    "Charts": charts_tab,
    "Full report": report_tab,
    "Downloads": downloads_tab,
    "History": history_tab,
    SCHEDULE: schedule_tab,
}
