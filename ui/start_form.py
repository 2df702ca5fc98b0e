"""What to run on a dataset, with which parameters."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core import Dataset
from queue_jobs import submit
from queue_jobs.tools import TOOLS
from ui.chains import CLEAN, MASTER, PROFILE
from ui.params_form import ask_tool
from ui.session import attempted, queue, user
from ui.words import escape

PLANS: dict[str, tuple[str, ...]] = {
    "Profile": (PROFILE,),
    "Profile and clean": (PROFILE, CLEAN),
    "All three": (PROFILE, CLEAN, MASTER),
}
CAPTIONS = {
    "Profile": "Measures every column and scores the file; nothing is changed.",
    "Profile and clean": "Profiles, repairs what is safe and logs every changed cell.",
    "All three": "Profiles, cleans, and merges records of the same entity into golden records.",
}


def draw_start(dataset: Dataset, columns: Sequence[str]) -> None:
    """What to run, with which parameters; starting goes on to the first job."""
    st.subheader("What to run", anchor=False)
    plan = st.segmented_control(
        "What to run",
        list(PLANS),
        default="Profile and clean",
        required=True,
        label_visibility="collapsed",
        key="new-plan",
    )
    st.caption(CAPTIONS[plan])
    tools = PLANS[plan]
    params = {name: draw_tool(name, columns) for name in tools}
    if CLEAN in tools and st.toggle(
        "Profile the cleaned data too, for a score before and after", value=True, key="new-after"
    ):
        tools = (*tools, PROFILE)
    if st.button(
        "Start",
        type="primary",
        icon=":material/play_arrow:",
        # A focused choice swallows Enter, so Ctrl+Enter would do nothing right after one.
        shortcut="Alt+S",
        key="new-start",
    ):
        jobs = attempted(lambda: submit.start(queue(), user(), dataset.id, tools, params))
        if jobs:
            st.switch_page("job.py", query_params={"id": jobs[0].id})
    st.caption(
        ":material/lock: The upload stays as it is on this server, and every result is a new file."
    )


def draw_tool(name: str, columns: Sequence[str]) -> dict[str, Any]:
    """The parameters of one tool, folded away: the defaults are meant to be good."""
    tool = TOOLS[name]
    with st.expander(f"{tool.title}: settings", icon=":material/settings:", key=f"new-{name}"):
        st.caption(escape(tool.summary))
        return ask_tool(tool, "new", columns)
