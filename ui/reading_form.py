"""Reads a file again as the user says, where another choice can help."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

import streamlit as st

from core import Dataset, Job, Status, UnreadableFile
from core.params import parse
from queue_jobs import submit
from store.readers import EXTENSIONS, Reading
from ui.chains import READ
from ui.reading_questions import Known, ask_reading, questions
from ui.results import document_of
from ui.session import attempted, jobs_of, queue, user


def draw_reading_form(dataset: Dataset, job: Job | None) -> None:
    """The questions that make sense for a format; nothing where no answer can help."""
    known = known_reading(dataset)
    if not (can_be_read(dataset) and is_adjustable(known.kind, job, known.dialect)):
        return
    with box(known, job), st.form("new-reading-form", border=False):
        with st.grid(min_column_width=190, gap="small"):
            answers = ask_reading(known)
        again = st.form_submit_button("Read again", icon=":material/refresh:", key="new-read-again")
    if again and attempted(lambda: read_again(dataset, answers)) is not None:
        st.rerun()


def box(known: Known, job: Job | None) -> AbstractContextManager[Any]:
    """Where the form stands: folded away, unless the file was refused or nothing is asked."""
    if not questions(known):
        return st.container()
    return st.expander(
        "Read it differently", is_refused(job), icon=":material/tune:", key="new-reading"
    )


def read_again(dataset: Dataset, answers: Mapping[str, Any]) -> Job:
    """Read the upload as the user says. Raises ParamsError for an unknown encoding."""
    reading = parse(Reading, dict(answers), "reading").model_dump()
    return submit.read_again(queue(), user(), dataset.id, reading)


def known_reading(dataset: Dataset) -> Known:
    """What the user has chosen, and what was found when reading last succeeded."""
    chosen = parse(Reading, dict(dataset.reading), "reading")
    for job in jobs_of(dataset.id):
        done = job.tool == READ and job.status == Status.COMPLETED
        if done and (preview := document_of(job, "preview.json")):
            told = parse(Reading, dict(job.params["reading"]), "reading")
            return Known(preview["dialect"]["format"], chosen, preview["dialect"], told)
    return Known(format_of(dataset.name), chosen, {}, chosen)


def format_of(name: str) -> str | None:
    """The format that the name of a file claims, whatever it is packed in."""
    for extension in reversed(name.lower().split(".")[1:]):
        if extension in EXTENSIONS:
            return EXTENSIONS[extension]
    return None


def can_be_read(dataset: Dataset) -> bool:
    """True when the file is here, or can be fetched: an upload that was given up is nowhere."""
    if dataset.files_deleted_at:
        return False
    return bool(dataset.sha256) or any("source" in job.params for job in jobs_of(dataset.id))


def is_refused(job: Job | None) -> bool:
    """True when the content of the file was the reason."""
    return job is not None and job.status == Status.FAILED and job.error_code == UnreadableFile.code


def is_adjustable(kind: str | None, job: Job | None, dialect: Mapping[str, Any]) -> bool:
    """False where reading again can only end as before."""
    if kind == "csv" or job is None:
        return True
    if kind == "workbook":
        return bool(dialect) or not is_refused(job)
    if kind == "json" and dialect.get("records"):
        return True
    return job.status != Status.COMPLETED and not is_refused(job)
