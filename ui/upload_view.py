"""From a file to a running chain: hand it in, wait until it is read, look at it, start."""

from collections.abc import Callable

import streamlit as st

from core import Dataset, Job, Status
from queue_jobs import submit
from store.readers import EXTENSIONS, PACKED
from store.uploads import AWAITING
from ui.chains import READ
from ui.chunk_upload import draw_chunk_uploader
from ui.polling import pace, watch
from ui.preview import draw_preview
from ui.reading_form import draw_reading_form
from ui.results import document_of
from ui.session import attempted, jobs_of, now, queue, user
from ui.source_form import draw_source_form
from ui.start_form import draw_start
from ui.status import STATUSES
from ui.words import escape, in_bytes


def draw_ways_in() -> None:
    """A small file, a large one, or an address; each way ends at the page of the dataset."""
    labels = list(WAYS)
    for label, tab in zip(labels, st.tabs(labels, key="new-way", on_change="rerun"), strict=True):
        if tab.open:
            with tab:
                open_dataset(WAYS[label]())


def open_dataset(dataset_id: str | None) -> None:
    """Go on to the page of a dataset that has just come."""
    if dataset_id is not None:
        st.query_params["id"] = dataset_id
        st.rerun()


def draw_uploader() -> str | None:
    """The drop zone. The widget's copy is let go at once: it would stay in memory."""
    turn = st.session_state.get("new-turn", 0)
    limit = queue().settings.box_upload_mb
    file = st.file_uploader(
        f"A table of up to {limit:,} MB: CSV, Excel, JSON, Parquet or Arrow",
        type=[f".{ending}" for ending in (*EXTENSIONS, *PACKED)],
        key=f"new-file-{turn}",
        max_upload_size=limit,
    )
    if file is None:
        return None
    st.session_state["new-turn"] = turn + 1
    uploaded = attempted(lambda: submit.upload(queue(), user(), file.name, file, {}))
    return uploaded[0].id if uploaded is not None else None


WAYS: dict[str, Callable[[], str | None]] = {
    "A file": draw_uploader,
    "Large file": draw_chunk_uploader,
    "Address or database": draw_source_form,
}


def reading_job(dataset_id: str) -> Job | None:
    """The newest job that reads a dataset."""
    return next((job for job in jobs_of(dataset_id) if job.tool == READ), None)


def draw_dataset(dataset: Dataset) -> None:
    """Wait for the file to be read, then show what is in it and what can be done."""
    size = f" · {in_bytes(dataset.bytes)}" if dataset.bytes else ""
    st.caption(escape(dataset.name) + size)
    watch(load=lambda: reading_job(dataset.id), draw=draw_reading, interval=interval)
    job = reading_job(dataset.id)
    if job is not None and job.status in AWAITING:
        open_dataset(draw_chunk_uploader())
    if job is None or job.status.is_final:
        draw_reading_form(dataset, job)
    if job is not None and job.status == Status.COMPLETED:
        preview = document_of(job, "preview.json") or {"columns": []}
        draw_start(dataset, preview["columns"])


AWAITING_PACE = 3.0
"""Seconds; no other pace is like it, so that the page is drawn anew once the file is here."""


def interval(job: Job | None) -> float | None:
    """Seconds until the next look at a reading; None when nothing more will happen."""
    if job is None or job.status.is_final:
        return None
    return AWAITING_PACE if job.status in AWAITING else pace(now() - job.created_at)


def draw_reading(job: Job | None) -> None:
    """The preview, the refusal, or a place where one of them will be."""
    if job is None:
        st.caption("This file has not been read; choose how below, and press Read again.")
    elif job.status == Status.COMPLETED:
        draw_preview(job)
    elif job.status == Status.FAILED:
        message = job.error_message or "The file was not read."
        st.error(escape(message), icon=":material/error:", title="This file cannot be used yet")
    elif job.status in UNFINISHED:
        draw_unfinished(job)
    else:
        st.caption("Reading the file …")
        st.skeleton(240)


def draw_unfinished(job: Job) -> None:
    """Why a file is not here, or was not read, and what to do."""
    look, (title, advice) = STATUSES[job.status], UNFINISHED[job.status]
    box = st.info if look.colour in ("blue", "gray") else st.warning
    box(escape(f"{job.error_message or ''} {advice}".strip()), icon=look.icon, title=title)
    if job.progress and job.status in AWAITING:
        st.progress(job.progress / 100, f"{job.progress:.0f} % has arrived")


RESUME = (
    "Choose the same file again below, in the same browser: the upload goes on where it stopped."
)
UNFINISHED: dict[Status, tuple[str, str]] = {
    Status.CREATED: ("This file has not arrived yet", RESUME),
    Status.UPLOADING: (
        "This file is on its way",
        f"It is read as soon as it is here. Was the upload cut off? {RESUME}",
    ),
    Status.UPLOAD_FAILED: ("The upload was interrupted", f"What has arrived is kept. {RESUME}"),
    Status.EXPIRED: ("The upload was not finished", "What had arrived was deleted."),
    Status.CANCELLED: ("This was cancelled", "Nothing was read."),
}
