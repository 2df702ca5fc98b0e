"""What surrounds every page: the icon, and the state of the workers below the navigation."""

from pathlib import Path

import streamlit as st

from core import Status
from queue_jobs import JobQueue
from queue_jobs.overview import Overview, overview
from ui.session import queue, signed_in

DRAWN = Path(__file__).parent / "assay.png"
ICON = str(DRAWN)
REFRESH = 5.0
"""Seconds between two looks at queue and workers."""

# White on the dark theme's bright primary colour has a contrast of 1.9:1, and the theme has no
# setting for the text on it; this has 9.9:1.
DARK_BUTTONS = """<style>
button[data-testid="stBaseButton-primary"], a[data-testid="stBaseLinkButton-primary"]
{ color: #0f1413 }
</style>"""


def seen() -> Overview:
    """The state of queue and workers, asked for at most every three seconds."""
    return _seen(queue(), str(queue().settings.data_dir))


@st.cache_data(ttl=3, max_entries=4, show_spinner=False)
def _seen(_queue: JobQueue, data_dir: str) -> Overview:
    return overview(_queue)


def draw_contrast() -> None:
    """Make primary buttons readable in the dark theme."""
    if st.context.theme.type == "dark":
        st.html(DARK_BUTTONS)


def draw_footer() -> None:
    """One line: are there workers, and how much waits for them."""
    with st.sidebar:
        draw_workers()


@st.fragment(run_every=REFRESH)
def draw_workers() -> None:
    """The line, kept up to date until the user signs out."""
    if signed_in() is None:
        return
    with st.container(
        horizontal=True, vertical_alignment="center", gap="xxsmall", wrap=False, key="workers"
    ):
        st.caption("Worker:", width="content")
        state = seen()
        if not state.uses_queue:
            st.badge("in this process", icon=":material/check:", color="green")
        elif state.server is None:
            st.badge("queue not reachable", icon=":material/error:", color="red")
        elif state.server.workers:
            st.badge(f"{len(state.server.workers)} online", icon=":material/check:", color="green")
        else:
            st.badge("none online", icon=":material/warning:", color="orange")
        st.caption(f"· {state.jobs.get(Status.QUEUED, 0):,} waiting", width="content")
