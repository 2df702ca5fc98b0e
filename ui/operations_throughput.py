"""How many jobs ended lately, and how: bars of five minutes."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import plotly.graph_objects as go  # type: ignore[import-untyped]
import streamlit as st

from core import Status
from queue_jobs.overview import Figures
from store.statistics import BIN_SECONDS
from ui import charts
from ui.session import now
from ui.status import STATUSES
from ui.words import plural

HOURS = 3
COLOURS: dict[Status, str] = {
    Status.COMPLETED: charts.GOOD,
    Status.FAILED: charts.POOR,
    Status.CANCELLED: charts.FAIR,
    Status.EXPIRED: "#6366f1",
}


def draw_throughput(figures: Figures) -> None:
    """Stacked bars by outcome; a sentence when nothing has ended."""
    st.subheader("Jobs that ended, per 5 minutes", anchor=False)
    if not figures.ended:
        st.caption(f"No job has ended in the last {HOURS} hours.")
        return
    total = plural(sum(figures.ended.values()), "job")
    alt = f"Bars of five minutes: {total} ended in the last {HOURS} hours"
    charts.show(throughput(figures.ended, now()), alt, "ops-throughput")


def throughput(ended: Mapping[tuple[float, Status], int], until: float) -> go.Figure:
    """The bars of the hours before `until`, in the time of whoever looks."""
    figure = go.Figure([bars(ended, status) for status in COLOURS if status in outcomes(ended)])
    figure.update_layout(
        height=220,
        margin=charts.MARGIN,
        barmode="stack",
        bargap=0.15,
        showlegend=True,
        legend={
            "orientation": "h",
            "y": 1.02,
            "yanchor": "bottom",
            "x": 0,
            "traceorder": "normal",
        },
    )
    figure.update_xaxes(
        type="date", range=[clock(until - HOURS * 3600), clock(until)], tickformat="%H:%M", nticks=7
    )
    figure.update_yaxes(title="jobs", rangemode="tozero", nticks=4)
    return figure


def outcomes(ended: Mapping[tuple[float, Status], int]) -> set[Status]:
    """The statuses that occur."""
    return {status for _, status in ended}


def bars(ended: Mapping[tuple[float, Status], int], status: Status) -> go.Bar:
    """The bars of one outcome, each in the middle of its five minutes."""
    counts: dict[float, Any] = {start: n for (start, found), n in ended.items() if found == status}
    return go.Bar(
        name=STATUSES[status].word,
        x=[clock(start + BIN_SECONDS / 2) for start in counts],
        y=list(counts.values()),
        width=BIN_SECONDS * 1000 * 0.85,
        marker_color=COLOURS[status],
        customdata=[f"{clock(start):%H:%M}" for start in counts],
        hovertemplate=f"from %{{customdata}}: %{{y:,}} {STATUSES[status].word}<extra></extra>",
    )


def clock(at: float) -> datetime:
    """A moment on the clock of whoever looks; Plotly wants it without a time zone."""
    zone = st.context.timezone
    return datetime.fromtimestamp(at, ZoneInfo(zone) if zone else UTC).replace(tzinfo=None)
