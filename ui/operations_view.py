"""The state of the queue for whoever runs Assay."""

import shutil

import streamlit as st

from core import Status
from queue_jobs.overview import Overview
from store import audit
from ui.frame import REFRESH, seen
from ui.job_view import moment
from ui.session import queue, user
from ui.status import TITLES
from ui.words import duration, in_bytes, plural
from web.gate import is_admin

AUDIT_LINES = 50


def draw() -> None:
    """Numbers, workers, failures, run times, and what was done."""
    draw_live()
    draw_audit()


@st.fragment(run_every=REFRESH)
def draw_live() -> None:
    """What changes while one looks; a fragment runs without the shell, so it asks who looks."""
    if not is_admin(user()):
        return
    state = seen()
    draw_numbers(state)
    draw_server(state)
    draw_failures(state)
    draw_durations(state)


def draw_numbers(state: Overview) -> None:
    """What waits, how long, what runs, and room on the disk."""
    disk = shutil.disk_usage(queue().settings.data_dir)
    oldest = "–" if state.oldest_wait is None else duration(state.oldest_wait)
    used = f"{100 * disk.used / disk.total:.0f} % of {in_bytes(disk.total)} is used."
    with st.grid(4, min_column_width=150, key="ops-metrics"):
        st.metric("Waiting", f"{state.jobs.get(Status.QUEUED, 0):,}", border=True)
        st.metric("Oldest wait", oldest, border=True)
        st.metric("Running", f"{state.jobs.get(Status.PROCESSING, 0):,}", border=True)
        st.metric("Free disk", in_bytes(disk.free), border=True, help=used)


def draw_server(state: Overview) -> None:
    """The queue's server and who works on what."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Workers", anchor=False, width="stretch")
        if state.uses_queue:
            st.link_button(
                "Queue dashboard", "/ops/rq/", icon=":material/open_in_new:", key="ops-rq"
            )
    if not state.uses_queue:
        st.caption("USE_QUEUE is false: jobs run on a thread of this process.")
    elif state.server is None:
        st.error(
            "Redis cannot be reached. Jobs are kept and start when it is back.",
            icon=":material/error:",
        )
    else:
        st.caption(
            f"{state.server.version} · {in_bytes(state.server.memory_bytes)} of memory · "
            f"{plural(state.server.depth, 'job')} in its queue"
        )
        draw_workers(state)


def draw_workers(state: Overview) -> None:
    """A line per worker, or the warning that there is none."""
    workers = state.server.workers if state.server else ()
    if not workers:
        st.warning("No worker is online; jobs wait until one is.", icon=":material/warning:")
        return
    lines = [
        {
            "worker": worker.name,
            "state": worker.state,
            "job": worker.job_id or "–",
            "last heartbeat": "–"
            if worker.heartbeat_age is None
            else f"{duration(worker.heartbeat_age)} ago",
            "jobs done": worker.processed,
        }
        for worker in workers
    ]
    st.dataframe(lines, hide_index=True, key="ops-workers", alt="Workers that are online")


def draw_failures(state: Overview) -> None:
    """Failures of the last 24 hours by code."""
    st.subheader("Failures in 24 hours", anchor=False)
    if not state.failures:
        st.caption("No job has failed.")
        return
    lines = [{"code": code or "–", "jobs": count} for code, count in state.failures.items()]
    st.dataframe(
        lines, hide_index=True, width="content", key="ops-failures", alt="Failures by error code"
    )
    st.page_link("jobs.py", label="Your failed jobs", query_params={"state": "Failed"})


def draw_durations(state: Overview) -> None:
    """How long jobs take."""
    st.subheader("Run times in 24 hours", anchor=False)
    if not state.durations:
        st.caption("No job has completed.")
        return
    lines = [
        {
            "tool": TITLES.get(tool, tool),
            "jobs": times.jobs,
            "median": duration(times.p50),
            "95 % within": duration(times.p95),
        }
        for tool, times in state.durations.items()
    ]
    st.dataframe(
        lines, hide_index=True, width="content", key="ops-durations", alt="Run times by tool"
    )


def draw_audit() -> None:
    """Who did what, without any data."""
    with st.expander("Audit log", key="ops-audit", on_change="rerun") as box:
        if box.open:
            lines = [
                {
                    "at": moment(event.at),
                    "user": event.user,
                    "action": event.action,
                    "object": event.object_id or "",
                    "detail": ", ".join(f"{key} {value}" for key, value in event.detail.items()),
                }
                for event in audit.recent(queue().store.database, AUDIT_LINES)
            ]
            st.dataframe(lines, hide_index=True, key="ops-audit-lines", alt="The latest actions")
