"""The page of a job: the chain it belongs to, what it found so far, and how it went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st

from core import Attempt, Dataset, Exhibit, Job, Status
from queue_jobs import submit
from store import attempts
from store import jobs as job_rows
from ui import charts, report_view
from ui.chains import CLEAN, MASTER, READ, chain_of, current, fact, has_ended, reported
from ui.polling import pace
from ui.reading_form import can_be_read
from ui.retention_view import draw_gone, is_gone
from ui.session import attempted, find_dataset, find_job, jobs_of, now, queue, user
from ui.status import status_badge, tool_title
from ui.timeline import draw_timeline
from ui.words import ago, escape, in_bytes, plural

FIRST_EXHIBITS = 4
FIRST_ISSUES = 3
FIRST_KINDS = ("gauge", "columns", "bars", "comparison", "histogram")


@dataclass(frozen=True)
class Situation:
    """What the page shows: the job asked for, its chain and its dataset."""

    job: Job
    chain: tuple[Job, ...]
    dataset: Dataset
    references: dict[str, Job]


def situation(job_id: str) -> Situation:
    """Load it all for the current user. Raises NotFound."""
    job = find_job(job_id)
    siblings = jobs_of(job.dataset_id)
    done = job_rows.search(
        queue().store.database, user(), statuses=(Status.COMPLETED,), limit=20
    ).jobs
    references = {other.tool: other for other in reversed(done) if other.id != job.id}
    return Situation(job, chain_of(job, siblings), find_dataset(job.dataset_id), references)


def interval(seen: Situation) -> float | None:
    """How soon to look again; None when the whole chain has ended."""
    if has_ended(seen.chain):
        return None
    return pace(now() - seen.chain[0].created_at)


def draw(seen: Situation) -> None:
    """The whole page."""
    draw_head(seen)
    left, right = st.columns([2, 3], gap="large")
    with left:
        draw_timeline(seen.chain, seen.references, now())
        draw_way_out(seen)
    with right:
        draw_tabs(seen)


def draw_head(seen: Situation) -> None:
    """Name, status, shape, and what can be done."""
    st.title(escape(seen.dataset.name), icon=":material/table:", anchor=False)
    with st.container(horizontal=True, vertical_alignment="center", key="job-head"):
        status_badge(current(seen.chain))
        st.caption(shape(seen.dataset), width="stretch")
        draw_actions(seen)
    draw_interruption(current(seen.chain))
    for job in filter(is_gone, seen.chain):
        draw_gone(job)


def shape(dataset: Dataset) -> str:
    """Rows, columns, size and age of a dataset in one line."""
    parts = [in_bytes(dataset.bytes), f"uploaded {ago(dataset.created_at, now())}"]
    if dataset.rows is not None and dataset.columns is not None:
        parts = [plural(dataset.rows, "row"), plural(dataset.columns, "column"), *parts]
    return " · ".join(parts)


def draw_actions(seen: Situation) -> None:
    """Cancel what runs, or try again what has ended; and the link to this page."""
    job = current(seen.chain)
    if not has_ended(seen.chain):
        if st.button("Cancel", icon=":material/stop_circle:", type="tertiary", key="job-cancel"):
            attempted(lambda: submit.cancel(queue(), user(), job.id))
            st.rerun()
    else:
        draw_repeat(seen)
    with st.popover("Copy link", icon=":material/link:", type="tertiary", key="job-link"):
        st.code(f"{(st.context.url or '').split('?')[0]}?id={seen.job.id}", language=None)


def draw_repeat(seen: Situation) -> None:
    """Retry the job that failed, or run the whole chain again, unless its file never came."""
    failed = next((job for job in seen.chain if job.status == Status.FAILED), None)
    if (
        failed is not None
        and st.button("Retry", icon=":material/refresh:", type="tertiary", key="job-retry")
        and attempted(lambda: submit.retry(queue(), user(), failed.id)) is not None
    ):
        st.rerun()
    if can_be_read(seen.dataset) and st.button(
        "Run again", icon=":material/replay:", type="tertiary", key="job-again"
    ):
        job = attempted(lambda: run_again(seen.chain))
        if job is not None:
            st.switch_page("job.py", query_params={"id": job.id})


def run_again(chain: Sequence[Job]) -> Job:
    """The same tools with the same parameters; the first new job."""
    if len(chain) == 1 or chain[0].tool == READ:
        return submit.run_again(queue(), user(), chain[0].id)
    tools = [job.tool for job in chain]
    params = {job.tool: job.params for job in chain}
    return submit.start(queue(), user(), chain[0].dataset_id, tools, params)[0]


def draw_interruption(job: Job) -> None:
    """Say in words that an attempt was lost, and that nobody has to do anything."""
    if job.status.is_final or (job.attempt < 2 and not job.failures):
        return
    ended = [one for one in attempts.history(queue().store.database, job.id) if one.ended_at]
    if not ended:
        return
    why = ended[-1].message or ending_in_words(ended[-1])
    what = (
        f"attempt {job.attempt} is running"
        if job.status == Status.PROCESSING
        else "it is tried again by itself"
    )
    st.info(
        f"Attempt {ended[-1].number} did not finish: {escape(why)} Now {what}; nothing is lost.",
        icon=":material/autorenew:",
    )


def ending_in_words(attempt: Attempt) -> str:
    """How an attempt ended, when it left no message."""
    words = {
        "interrupted": "the worker stopped answering.",
        "given back": "the worker was shut down in an orderly way.",
    }
    return words.get(attempt.ending or "", f"it ended as '{attempt.ending}'.")


def draw_way_out(seen: Situation) -> None:
    """The link to the results, as soon as one job of the chain is done."""
    if seen.job.tool == READ:
        page, label = "new.py", "Go on with this file"
    else:
        page, label = "dataset.py", "Open the results"
    if any(job.status == Status.COMPLETED for job in seen.chain) and st.button(
        label,
        icon=":material/arrow_forward:",
        type="primary" if has_ended(seen.chain) else "secondary",
        key="job-results",
    ):
        st.switch_page(page, query_params={"id": seen.dataset.id})


def draw_tabs(seen: Situation) -> None:
    """Results so far, alerts, and the log of attempts."""
    results, alerts, log = st.tabs(
        ["Results so far", "Alerts", "Log"], key="job-tab", on_change="rerun"
    )
    if results.open:
        with results:
            draw_results(seen.chain)
    if alerts.open:
        with alerts:
            draw_alerts(seen.chain)
    if log.open:
        with log:
            draw_log(seen.chain)


def draw_results(chain: Sequence[Job]) -> None:
    """The first numbers, as soon as the first step is done."""
    exhibits = report_view.exhibits_of(reported(chain))
    issues = report_view.issues_of(reported(chain))
    if not exhibits and not issues:
        if has_ended(chain):
            st.caption("This job leaves no findings or charts.")
        else:
            st.caption("The first numbers appear as soon as the first step is done.")
            st.skeleton(220)
        return
    draw_numbers(chain)
    first, *rest = [*first_exhibits(exhibits), None]
    if first is not None:
        charts.draw(first[1], f"job-{first[0].id}-{first[1].name}")
    report_view.draw_summary(issues)
    for issue in issues[:FIRST_ISSUES]:
        report_view.draw_issue(issue)
    for pair in rest:
        if pair is not None:
            charts.draw(pair[1], f"job-{pair[0].id}-{pair[1].name}")


def draw_numbers(chain: Sequence[Job]) -> None:
    """What cleaning and mastering did, as soon as each has ended."""
    done = {job.tool: job for job in chain if job.status == Status.COMPLETED}
    facts = [
        (label, fact(done.get(tool), name))
        for label, tool, name in (
            ("Cells changed", CLEAN, "cells_changed"),
            ("Rows removed", CLEAN, "rows_removed"),
            ("Entities", MASTER, "entities"),
        )
    ]
    known = [(label, number) for label, number in facts if number is not None]
    if known:
        with st.grid(len(known), min_column_width=120, key="job-numbers"):
            for label, number in known:
                st.metric(label, f"{number:,}", border=True)


def first_exhibits(exhibits: Sequence[tuple[Job, Exhibit]]) -> list[tuple[Job, Exhibit]]:
    """The few exhibits that say most at a glance."""
    ranked = [pair for pair in exhibits if pair[1].kind in FIRST_KINDS]
    ranked.sort(key=lambda pair: FIRST_KINDS.index(pair[1].kind))
    return ranked[:FIRST_EXHIBITS]


def draw_alerts(chain: Sequence[Job]) -> None:
    """Findings of medium severity or worse."""
    alerts = [issue for issue in report_view.issues_of(reported(chain)) if issue.finding.is_alert]
    if alerts:
        report_view.draw_issues(alerts, "job-alerts")
    else:
        report_view.nothing_found("so far")


def draw_log(chain: Sequence[Job]) -> None:
    """Every attempt at every job of the chain."""
    lines = [
        {
            "job": tool_title(job),
            "attempt": attempt.number,
            "started": moment(attempt.started_at),
            "ended": moment(attempt.ended_at),
            "ending": attempt.ending or "running",
            "message": attempt.message or "",
        }
        for job in chain
        for attempt in attempts.history(queue().store.database, job.id)
    ]
    if not lines:
        st.caption("No worker has taken the job yet.")
        return
    clock = st.column_config.DatetimeColumn(format="HH:mm:ss")
    st.dataframe(
        lines,
        hide_index=True,
        key="job-log",
        alt="Attempts at the jobs of this chain",
        column_config={"started": clock, "ended": clock},
    )


def moment(at: float | None) -> datetime | None:
    """A time of the database as a date."""
    return None if at is None else datetime.fromtimestamp(at, UTC)
