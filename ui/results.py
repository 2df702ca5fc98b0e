"""What finished jobs left behind, read page by page: never a whole big table."""

import json
from typing import Any

import polars as pl
import streamlit as st

from core import REPORT_JSON, Job, Report, StepProgress
from store import progress
from store.artifacts import Artifacts
from store.database import Database
from ui.session import queue

ENTRIES, SECONDS = 64, 900
"""How many results are kept in memory, and how long; they never change."""


def report_of(job: Job) -> Report | None:
    """The report of a completed job; None when it has none."""
    if job.artifact_folder is None or "report.json" not in files_of(job):
        return None
    return _report(queue().store.artifacts, f"{job.artifact_folder}/report.json")


@st.cache_resource(max_entries=ENTRIES, ttl=SECONDS, show_spinner=False)
def _report(_artifacts: Artifacts, key: str) -> Report:
    return REPORT_JSON.validate_json(_artifacts.read(key))


def document_of(job: Job, name: str) -> Any:
    """A JSON artifact of a job; None when it has none of this name."""
    if name not in files_of(job):
        return None
    return _document(queue().store.artifacts, f"{job.artifact_folder}/{name}")


@st.cache_resource(max_entries=ENTRIES, ttl=SECONDS, show_spinner=False)
def _document(_artifacts: Artifacts, key: str) -> Any:
    return json.loads(_artifacts.read(key))


def files_of(job: Job) -> dict[str, int]:
    """The files of a job with their sizes in bytes; a finished job never changes."""
    if job.artifact_folder is None:
        return {}
    return _files(queue().store.artifacts, job.artifact_folder)


@st.cache_resource(max_entries=ENTRIES, ttl=SECONDS, show_spinner=False)
def _files(_artifacts: Artifacts, folder: str) -> dict[str, int]:
    return {name: _artifacts.size(f"{folder}/{name}") for name in _artifacts.names(folder)}


def rows_of(
    job: Job, name: str, offset: int = 0, limit: int = 50, only: tuple[str, str] | None = None
) -> tuple[pl.DataFrame, int]:
    """Some rows of a Parquet artifact and how many there are; `only` is (column, value)."""
    if name not in files_of(job):
        return pl.DataFrame(), 0
    with queue().store.artifacts.local(f"{job.artifact_folder}/{name}") as path:
        scan = pl.scan_parquet(path)
        if only is not None:
            scan = scan.filter(pl.col(only[0]) == only[1])
        total = scan.select(pl.len()).collect().item()
        return scan.slice(offset, limit).collect(), total


def counts_of(job: Job, name: str, column: str) -> dict[str, int]:
    """How often each value of a column occurs in a Parquet artifact, the commonest first."""
    if name not in files_of(job):
        return {}
    with queue().store.artifacts.local(f"{job.artifact_folder}/{name}") as path:
        counts = pl.scan_parquet(path).group_by(column).agg(rows=pl.len())
        found = counts.sort("rows", column, descending=[True, False]).head(200).collect()
        return dict(found.iter_rows())


def steps_of(job: Job) -> tuple[StepProgress, ...]:
    """The steps of a job; those of a finished one are read once."""
    database = queue().store.database
    if job.status.is_final:
        return _steps(database, job.id, job.attempt, job.updated_at)
    return progress.of(database, job.id)


@st.cache_resource(max_entries=ENTRIES, ttl=SECONDS, show_spinner=False)
def _steps(
    _database: Database, job_id: str, attempt: int, updated_at: float
) -> tuple[StepProgress, ...]:
    return progress.of(_database, job_id)
