"""The queue's server, its workers, and the job that each really runs."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core import Job
from queue_jobs.overview import Figures, Overview, WorkerState, jobs_by_worker
from ui.session import now, queue
from ui.status import tool_title
from ui.words import duration, in_bytes, plural

AWAY = "Redis cannot be reached. Jobs are kept and start when it is back."


def draw_server(state: Overview, figures: Figures) -> None:
    """The queue's server, who works on what, and what runs where nobody has registered."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Workers", anchor=False, width="stretch")
        if state.uses_queue:
            st.link_button(
                "Queue dashboard", "/ops/rq/", icon=":material/open_in_new:", key="ops-rq"
            )
    workers = state.server.workers if state.server else ()
    if not state.uses_queue:
        st.caption("USE_QUEUE is false: jobs run on a thread of this process.")
    elif state.server is None:
        st.error(AWAY, icon=":material/error:")
    else:
        if state.server.is_full:
            st.error("Redis is full; new jobs wait until it has room.", icon=":material/error:")
        st.caption(
            f"{state.server.version} · {in_bytes(state.server.memory_bytes)} of memory · "
            f"{plural(state.server.depth, 'ring')} in its queue"
        )
        draw_workers(workers, figures)
    draw_elsewhere(workers, figures)


def draw_workers(workers: Sequence[WorkerState], figures: Figures) -> None:
    """A line per worker, or the warning that there is none."""
    if not workers:
        st.warning("No worker is online; jobs wait until one is.", icon=":material/warning:")
        return
    held = jobs_by_worker(workers, figures.running)
    lines = [worker_line(worker, held.get(worker.name)) for worker in workers]
    st.dataframe(lines, hide_index=True, key="ops-workers", alt="Workers that are online")


def worker_line(worker: WorkerState, job: Job | None) -> dict[str, Any]:
    """One worker: the job is that of the rows, since Redis knows only rings."""
    beat = worker.heartbeat_age
    return {
        "worker": worker.name,
        "state": worker.state,
        "last heartbeat": "–" if beat is None else f"{duration(beat)} ago",
        **job_cells(job),
        "jobs done": worker.processed,
    }


def job_cells(job: Job | None) -> dict[str, str]:
    """What runs, for whom and since when; dashes when nothing does."""
    if job is None:
        return {"job": "–", "user": "–", "running for": "–"}
    since = duration(now() - job.started_at) if job.started_at else "–"
    return {"job": tool_title(job), "user": job.owner, "running for": since}


def draw_elsewhere(workers: Sequence[WorkerState], figures: Figures) -> None:
    """Jobs that run, but under none of the workers above that this host can tell."""
    told = {job.id for job in jobs_by_worker(workers, figures.running).values()}
    others = [job for job in figures.running if job.id not in told]
    if not others:
        return
    st.markdown("**Running in other processes**")
    lines = [
        {"process": job.worker or "–", "last heartbeat": heartbeat(job), **job_cells(job)}
        for job in others
    ]
    st.dataframe(
        lines, hide_index=True, key="ops-elsewhere", alt="Jobs whose worker is not listed above"
    )


def heartbeat(job: Job) -> str:
    """When the lease was renewed last, which sets its end."""
    if job.lease_until is None:
        return "–"
    beat = job.lease_until - queue().settings.lease_seconds
    return f"{duration(now() - beat)} ago"
