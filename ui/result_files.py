"""The files a job left: the full report in a sandboxed frame, and downloads by signed links."""

import streamlit as st

from core import Job
from ui.results import files_of
from ui.session import queue, user
from ui.status import tool_title
from ui.words import escape, in_bytes
from web.signing import file_url, report_url, zip_url

REPORT_PIXELS = 800

MEANINGS = {
    "candidates.parquet": "Pairs that were compared",
    "changes.parquet": "Log of changed cells",
    "crosswalk.parquet": "Which row belongs to which entity",
    "golden.csv": "Golden records for Excel",
    "golden.parquet": "Golden records",
    "lineage.parquet": "Where each golden value came from",
    "manifest.json": "Checksums, versions and row balance",
    "pairs.parquet": "Scored pairs",
    "profile.json": "Statistics of every column",
    "proposals.parquet": "All proposed changes",
    "quarantine.parquet": "Rows set aside",
    "recipe.json": "Steps and parameters, to run again",
    "removed.parquet": "Removed rows with reasons",
    "report.html": "Full profile report",
    "report.json": "Findings and charts as data",
    "review.parquet": "Pairs to review",
    "roles.parquet": "Columns and their roles",
    "rows.parquet": "Row numbers of the cleaned data",
    "table.csv": "Cleaned data for Excel",
    "table.parquet": "Cleaned data",
}


def draw_report(job: Job) -> None:
    """The HTML report in a frame that can reach nothing of this app."""
    if "report.html" not in files_of(job):
        st.caption("This profile was made without the full report.")
        return
    url = report_url(queue().settings, user(), job.id)
    st.link_button("Open in a new tab", url, icon=":material/open_in_new:", key="report-open")
    st.iframe(url, height=REPORT_PIXELS, alt="Full profile report")


def draw_downloads(job: Job) -> None:
    """Each file with its size, and all of them in one ZIP."""
    files = files_of(job)
    settings, owner = queue().settings, user()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(tool_title(job), anchor=False, width="stretch")
        st.link_button(
            f"All as ZIP · {in_bytes(sum(files.values()))}",
            zip_url(settings, owner, job.id),
            icon=":material/folder_zip:",
            key=f"zip-{job.id}",
        )
    with st.container(border=True, gap="xsmall", key=f"downloads-{job.id}"):
        for name, size in sorted(files.items(), key=lambda file: file[0] not in FIRST):
            draw_file(job, name, size)


FIRST = ("table.csv", "golden.csv", "report.html")


def draw_file(job: Job, name: str, size: int) -> None:
    """One line: what it is, and the links to it."""
    settings, owner = queue().settings, user()
    with st.container(horizontal=True, vertical_alignment="center"):
        detail = f":small[:gray[{escape(name)} · {in_bytes(size)}]]"
        st.markdown(f"{escape(MEANINGS.get(name, 'File'))}  \n{detail}", width="stretch")
        as_csv = name.replace(".parquet", ".csv")
        if name.endswith(".parquet") and as_csv not in files_of(job):
            draw_link("CSV", file_url(settings, owner, job.id, as_csv, download=True), as_csv, job)
        kind = name.rsplit(".", 1)[-1].upper()
        draw_link(
            kind.title() if kind == "PARQUET" else kind,
            file_url(settings, owner, job.id, name, download=True),
            name,
            job,
        )


def draw_link(label: str, url: str, name: str, job: Job) -> None:
    """A link button with a key that says which file it is."""
    key = f"file-{job.id}-{name}".replace(".", "-")
    st.link_button(label, url, icon=":material/download:", type="tertiary", key=key)
