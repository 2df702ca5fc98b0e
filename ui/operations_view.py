"""The state of the queue for whoever runs Assay: its tabs, each drawn only while it is open."""

from collections.abc import Callable

import streamlit as st

from store import audit
from ui.frame import REFRESH, seen
from ui.job_view import moment
from ui.operations_access import admin
from ui.operations_dead_letters import draw_dead_letters
from ui.operations_figures import draw_failures, draw_numbers, draw_run_times, figures_seen
from ui.operations_throughput import draw_throughput
from ui.operations_upkeep import draw_upkeep
from ui.operations_workers import draw_server
from ui.session import queue

AUDIT_LINES = 50


def draw() -> None:
    """The tabs; the open one is in the address."""
    admin()
    opened = st.tabs(list(TABS), key="tab", bind="query-params")
    for label, tab in zip(TABS, opened, strict=True):
        if tab.open:
            with tab:
                TABS[label]()


@st.fragment(run_every=REFRESH)
def draw_now() -> None:
    """What changes while one looks."""
    admin()
    state, figures = seen(), figures_seen()
    draw_numbers(state, figures)
    draw_throughput(figures)
    draw_server(state, figures)
    with st.grid("auto", min_column_width=380, gap="large", key="ops-day"):
        with st.container():
            draw_failures(figures)
        with st.container():
            draw_run_times(figures)


def draw_audit() -> None:
    """Who did what, without any data."""
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
    if not lines:
        st.caption("Nothing has been done yet.")
        return
    st.dataframe(lines, hide_index=True, key="ops-audit-lines", alt="The latest actions")


TABS: dict[str, Callable[[], None]] = {
    "Now": draw_now,
    "Dead letters": draw_dead_letters,
    "Upkeep": draw_upkeep,
    "Audit log": draw_audit,
}
