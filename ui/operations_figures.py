"""Numbers about all jobs: what waits and runs, what fails, how long jobs take."""

import streamlit as st

from core import Status
from queue_jobs import JobQueue, disk
from queue_jobs.overview import Figures, Overview, figures
from ui.session import queue
from ui.status import TITLES
from ui.words import duration, in_bytes, plural

PRIORITIES = ("high", "default", "low")


def figures_seen() -> Figures:
    """What the rows say, asked for at most every three seconds, whoever looks."""
    return _figures(queue(), str(queue().settings.data_dir))


@st.cache_data(ttl=3, max_entries=4, show_spinner=False)
def _figures(_queue: JobQueue, data_dir: str) -> Figures:
    return figures(_queue)


def draw_numbers(state: Overview, figures: Figures) -> None:
    """What waits, how long, what runs, how much gets done, and room on the disk."""
    waits, room = figures.waits, disk.room(queue().settings)
    oldest, at_work = figures.oldest_wait, len({job.owner for job in figures.running})
    with st.grid(6, min_column_width=150, key="ops-metrics"):
        card("Waiting", f"{state.jobs.get(Status.QUEUED, 0):,}", by_priority(figures))
        card(
            "Oldest wait",
            "–" if oldest is None else duration(oldest),
            "no job is due" if oldest is None else "and still waiting",
        )
        card(
            "Median wait",
            duration(waits.p50) if waits else "–",
            f"95 % within {duration(waits.p95)}" if waits else "no job in 24 h",
        )
        card("Running", f"{len(figures.running):,}", f"for {plural(at_work, 'user')}")
        card(
            "Ended per minute",
            f"{figures.ended_5 / 5:,.1f}",
            f"{figures.ended_60 / 60:,.1f} over an hour",
        )
        used = 100 * (room.total - room.free) / room.total
        card("Free disk", in_bytes(room.free), f"{used:.0f} % is used")


def card(label: str, value: str, more: str) -> None:
    """One number, and what belongs to it in small print."""
    st.metric(
        label, value, more, delta_color="off", delta_arrow="off", border=True, height="stretch"
    )


def by_priority(figures: Figures) -> str:
    """What waits at each priority: "2 high · 1 low"."""
    names = (*PRIORITIES, *sorted(figures.queued.keys() - set(PRIORITIES)))
    found = [f"{figures.queued[name]:,} {name}" for name in names if figures.queued.get(name)]
    return " · ".join(found) or "nothing waits"


def draw_failures(figures: Figures) -> None:
    """Failures of the last 24 hours by code, and what was mended without anybody."""
    st.subheader("Failures in 24 hours", anchor=False)
    if figures.failures:
        lines = [{"code": code or "–", "jobs": count} for code, count in figures.failures.items()]
        st.dataframe(lines, hide_index=True, key="ops-failures", alt="Failures by error code")
        st.page_link(
            "operations.py",
            label="Look at what has failed",
            icon=":material/arrow_forward:",
            query_params={"tab": "Dead letters"},
        )
    else:
        st.caption("No job has failed.")
    st.caption(mended(figures))


def mended(figures: Figures) -> str:
    """How often an attempt broke off, and what became of it, since counting began."""
    retries, losses, reconciled = (
        round(figures.mended[name])
        for name in ("jobs_retried_total", "lease_losses_total", "reconciled_total")
    )
    return (
        f"Mended since this database was made: {retries_in_words(retries)}, "
        f"{plural(losses, 'lost lease')}, {plural(reconciled, 'row')} or rings put right."
    )


def retries_in_words(count: int) -> str:
    """ "1 retry", "3 retries"."""
    return "1 retry" if count == 1 else f"{count:,} retries"


def draw_run_times(figures: Figures) -> None:
    """How long jobs take."""
    st.subheader("Run times in 24 hours", anchor=False)
    if not figures.durations:
        st.caption("No job has completed.")
        return
    lines = [
        {
            "tool": TITLES.get(tool, tool),
            "jobs": times.jobs,
            "median": duration(times.p50),
            "95 % within": duration(times.p95),
        }
        for tool, times in figures.durations.items()
    ]
    st.dataframe(lines, hide_index=True, key="ops-durations", alt="Run times by tool")
