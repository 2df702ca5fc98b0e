"""The parts of Home: what there is, what runs, what needs attention."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any

import streamlit as st

from core import Dataset, Job, Severity, Status
from queue_jobs import submit
from store import datasets as dataset_rows
from store import jobs as job_rows
from ui import chains
from ui.polling import pace
from ui.session import attempted, jobs_of, now, queue, user
from ui.status import STAGES, status_badge, tool_title
from ui.words import duration, escape, plural

MAX_DATASETS, MAX_JOBS = 200, 1_000
RECENT, RUNNING, ATTENTION = 10, 4, 4
WEEK = 7 * 86_400
WAITING_FOR = {Status.QUEUED: "waiting for a worker", Status.UPLOADING: "the file is on its way"}


@dataclass(frozen=True)
class Entry:
    """A dataset with its jobs, the newest first."""

    dataset: Dataset
    jobs: tuple[Job, ...]
    latest: chains.Latest


def entries() -> tuple[Entry, ...]:
    """The user's datasets, the newest first."""
    database, owner = queue().store.database, user()
    jobs = job_rows.search(database, owner, limit=MAX_JOBS).jobs
    return tuple(
        entry_of(dataset, [job for job in jobs if job.dataset_id == dataset.id])
        for dataset in dataset_rows.recent(database, owner, limit=MAX_DATASETS)
    )


def entry_of(dataset: Dataset, jobs: Sequence[Job]) -> Entry:
    """A dataset with its jobs, given newest first."""
    return Entry(dataset, tuple(jobs), chains.latest(jobs))


def listed(page: int) -> tuple[Entry, ...]:
    """The datasets of one page of the list, and one more when there is a page after it."""
    rows = dataset_rows.recent(
        queue().store.database, user(), limit=RECENT + 1, offset=(page - 1) * RECENT
    )
    return tuple(entry_of(dataset, jobs_of(dataset.id)) for dataset in rows)


def draw_metrics(found: Sequence[Entry]) -> None:
    """Four numbers, counted from the rows of the database."""
    oldest_first = list(reversed(found))
    scores = [s for entry in oldest_first if (s := chains.score(entry.latest)) is not None]
    issues = [alerts(entry) for entry in oldest_first if entry.latest.profile]
    merged = [chains.merged(entry.latest) for entry in oldest_first if entry.latest.master]
    week = sum(entry.dataset.created_at > now() - WEEK for entry in found)
    gain = score_gain(found)
    with st.grid(4, min_column_width=150, key="home-metrics"):
        card("Datasets", len(found), list(range(1, len(found) + 1)), "line", week, "this week")
        value = round(median(scores)) if scores else "–"
        card("Median quality score", value, scores, "area", gain, "after cleaning")
        card("Open issues", sum(issues), issues, "bar", None, None)
        card("Duplicates merged", sum(merged), merged, "bar", None, None)


def card(
    label: str,
    value: int | str,
    history: Sequence[float],
    kind: Any,
    delta: float | None,
    meaning: str | None,
) -> None:
    """One number; its history is drawn when there is one."""
    st.metric(
        label,
        f"{value:,}" if isinstance(value, int) else value,
        delta or None,
        delta_description=meaning if delta else None,
        border=True,
        height="stretch",
        chart_data=list(history) if len(history) > 2 else None,
        chart_type=kind,
    )


def alerts(entry: Entry) -> int:
    """Alerts of a dataset as it stands; the same number as on its own page."""
    return chains.alerts(entry.latest)


def score_gain(found: Sequence[Entry]) -> float | None:
    """Median of what cleaning did for the scores; None when it was never measured."""
    gains = [
        after - before
        for entry in found
        if (after := chains.fact(entry.latest.after, "score")) is not None
        and (before := chains.fact(entry.latest.profile, "score")) is not None
    ]
    return round(median(gains), 1) if gains else None


def running() -> tuple[tuple[Job, Dataset], ...]:
    """Jobs that run, wait for a worker or for the rest of their file, the newest first."""
    database, owner = queue().store.database, user()
    statuses = (Status.PROCESSING, Status.QUEUED, Status.UPLOADING)
    found = job_rows.search(database, owner, statuses=statuses, limit=RUNNING)
    return tuple((job, dataset_rows.get(database, owner, job.dataset_id)) for job in found.jobs)


def running_interval(found: Sequence[tuple[Job, Dataset]]) -> float | None:
    """How soon to look again; None when nothing runs."""
    return pace(now() - max(job.created_at for job, _ in found)) if found else None


def draw_running(found: Sequence[tuple[Job, Dataset]]) -> None:
    """A card per running job."""
    if not found:
        return
    st.subheader("Running now", anchor=False)
    for job, dataset in found:
        with st.container(border=True, key=f"home-job-{job.id}", gap="small"):
            draw_running_job(job, dataset)


def draw_running_job(job: Job, dataset: Dataset) -> None:
    """Name, status, elapsed time, step, bar and cancel."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link("job.py", label=f"**{escape(dataset.name)}**", query_params={"id": job.id})
        status_badge(job)
        since = job.started_at or job.queued_at or job.created_at
        st.caption(duration(now() - since), width="stretch")
        if st.button(
            "Cancel", icon=":material/stop_circle:", type="tertiary", key=f"home-cancel-{job.id}"
        ):
            attempted(lambda: submit.cancel(queue(), user(), job.id))
            st.rerun()
    doing = job.current_step or WAITING_FOR.get(job.status, "…")
    st.progress(min(job.progress / 100, 1.0), text=f"{tool_title(job)} · {escape(doing)}")


def draw_recent(found: Sequence[Entry]) -> None:
    """All datasets in pages, the latest first; a click on a line opens it."""
    st.subheader("Recent datasets", anchor=False)
    known = -(-len(found) // RECENT)
    page = int(st.session_state.get("home-page", 1))
    if len(found) < MAX_DATASETS:
        page = max(1, min(page, known))
    read = listed(page)
    draw_lines(read[:RECENT], page)
    pages = max(known, page + (len(read) > RECENT))
    if pages > 1:
        st.pagination(pages, key="home-page")


def draw_lines(shown: Sequence[Entry], page: int) -> None:
    """The lines of one page."""
    picked = st.dataframe(
        [recent_line(entry) for entry in shown],
        hide_index=True,
        key=f"home-recent-{page}",
        placeholder="–",
        on_select="rerun",
        selection_mode="single-cell",
        alt=f"{plural(len(shown), 'dataset')}, the ones uploaded last first",
        column_config={
            "rows": st.column_config.NumberColumn("Rows", format="localized"),
            "score": st.column_config.ProgressColumn(
                "Score", min_value=0, max_value=100, format="%.0f"
            ),
            "stages": st.column_config.MultiselectColumn(
                "Stages",
                width=290,
                options=["profiled", "cleaned", "mastered", "running", "failed"],
                color=["blue", "green", "violet", "gray", "red"],
            ),
            "dataset": st.column_config.TextColumn("Dataset", width="medium"),
            "updated": st.column_config.DatetimeColumn("Updated", format="distance"),
        },
    )
    cells = picked.selection.cells
    if cells:
        st.switch_page("dataset.py", query_params={"id": shown[cells[0][0]].dataset.id})


def recent_line(entry: Entry) -> dict[str, Any]:
    """One line of the table."""
    updated = max((job.updated_at for job in entry.jobs), default=entry.dataset.created_at)
    return {
        "dataset": entry.dataset.name,
        "rows": entry.dataset.rows,
        "score": chains.score(entry.latest),
        "stages": stages(entry),
        "updated": datetime.fromtimestamp(updated, UTC),
    }


def stages(entry: Entry) -> list[str]:
    """What was done with a dataset, and what its newest chain is up to."""
    done = [STAGES[job.tool] for job in entry.latest.all if job is not entry.latest.after]
    if not entry.jobs:
        return done
    status = chains.current(chains.chain_of(entry.jobs[0], entry.jobs)).status
    if status in (Status.FAILED, Status.UPLOAD_FAILED):
        return [*done, "failed"]
    return done if status.is_final else [*done, "running"]


def draw_attention(found: Sequence[Entry]) -> None:
    """The worst alert of each dataset's latest profile, the most severe first."""
    st.subheader("Needs attention", anchor=False)
    worst = [(alert, entry) for entry in found if (alert := worst_alert(entry))]
    worst.sort(key=lambda pair: -Severity(pair[0]["severity"]).rank)
    if not worst:
        st.caption("Nothing needs attention: no profile raised an alert.")
    for alert, entry in worst[:ATTENTION]:
        with st.container(key=f"home-alert-{entry.dataset.id}", gap="xxsmall"):
            is_bad = Severity(alert["severity"]).rank >= Severity.HIGH.rank
            box = st.error if is_bad else st.warning
            icon = ":material/error:" if is_bad else ":material/warning:"
            box(escape(alert["message"]), icon=icon, title=escape(entry.dataset.name))
            st.page_link(
                "dataset.py",
                label=f"Open {plural(alerts(entry), 'alert')}",
                icon=":material/arrow_forward:",
                query_params={"id": entry.dataset.id, "tab": "Issues"},
            )


def worst_alert(entry: Entry) -> dict[str, str] | None:
    """The most severe alert of the latest profile."""
    newest = entry.latest.after or entry.latest.profile
    return next(iter(chains.fact(newest, "worst") or ()), None)
