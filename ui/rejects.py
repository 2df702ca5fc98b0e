"""The records of a file that are no rows of its table: where they stand, their text, and why."""

from collections.abc import Sequence
from typing import Any

import polars as pl
import streamlit as st

from core import Job
from ui.results import files_of
from ui.session import queue, user
from ui.words import plural
from web.signing import file_url

Records = Sequence[dict[str, Any]]

REJECTED = "rejected.parquet"
TAB = "Set aside"
GLANCE_ROWS, PAGE_ROWS = 5, 50
MAX_RAW = 500
"""Characters of a record that are sent to the browser; the download has all of them."""


def set_aside(job: Job) -> int:
    """How many records a reading has set aside."""
    return int(job.summary.get("rows_rejected") or 0)


def rejects_of(job: Job, offset: int, limit: int) -> Records:
    """Some of the records set aside by a reading, the text of each cut for the page."""
    if REJECTED not in files_of(job):
        return []
    with queue().store.artifacts.local(f"{job.artifact_folder}/{REJECTED}") as path:
        rows = pl.scan_parquet(path).slice(offset, limit)
        return rows.with_columns(pl.col("raw").str.head(MAX_RAW)).collect().to_dicts()


def draw_glance(job: Job, first: Records) -> None:
    """The first records set aside, folded away, and the way to all of them."""
    if not set_aside(job):
        return
    with st.expander("Records set aside", icon=":material/rule:", key="new-rejects"):
        draw_records(first[:GLANCE_ROWS], "new-rejects-rows")
        st.page_link(
            "dataset.py",
            label=f"See all {set_aside(job):,} with the dataset",
            icon=":material/arrow_forward:",
            query_params={"id": job.dataset_id, "tab": TAB},
        )


def draw_rejects(job: Job) -> None:
    """All records set aside, 50 at a time, and as a file."""
    count = set_aside(job)
    st.markdown(
        f"{plural(count, 'record')} of the file did not become rows of the table. Here is where "
        "each stands, why it was set aside, and its text."
    )
    page = st.session_state.get("rejects-page", 1)
    draw_records(rejects_of(job, (page - 1) * PAGE_ROWS, PAGE_ROWS), "rejects-rows")
    with st.container(horizontal=True, vertical_alignment="center"):
        if count > PAGE_ROWS:
            st.pagination(-(-count // PAGE_ROWS), key="rejects-page")
        st.link_button(
            "Download as CSV",
            file_url(queue().settings, user(), job.id, "rejected.csv", download=True),
            icon=":material/download:",
            key="rejects-download",
        )
        if st.button("Read the file differently", icon=":material/tune:", key="rejects-read"):
            st.switch_page("new.py", query_params={"id": job.dataset_id})


def draw_records(records: Records, key: str) -> None:
    """Lines, reasons and texts as a table."""
    if not records:
        st.caption("These records are no longer kept; read the file again.")
        return
    st.dataframe(
        records,
        hide_index=True,
        key=key,
        alt=f"{plural(len(records), 'record')} set aside: line, reason and text",
        column_order=("line", "reason", "raw"),
        column_config={
            "line": st.column_config.NumberColumn("Line", format="localized", width="small"),
            "reason": st.column_config.TextColumn("Reason", width="medium"),
            "raw": st.column_config.TextColumn("Text in the file", width="large"),
        },
    )
