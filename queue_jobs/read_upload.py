"""Reads an upload once into a text Parquet, so that pages can show it and jobs start at once."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from core import Job, Table, data_columns
from core.params import parse
from queue_jobs.job_queue import JobQueue
from store import datasets, jobs, progress
from store.leases import Lease
from store.readers import Reading, ReadResult, read_table
from store.writers import write_parquet

PREVIEW_ROWS = 20
STEPS = (("read", "Read the file"),)


def run_read(queue: JobQueue, job: Job, lease: Lease, folder: Path) -> dict[str, Any]:
    """Read the job's upload: table.parquet, rejected.parquet and preview.json in the folder."""
    progress.plan(queue.store.database, lease, STEPS)
    progress.step_started(queue.store.database, lease, 0)
    result = read_dataset(queue, job.dataset_id, job.params["reading"])
    write_parquet(result.table, folder / "table.parquet")
    write_parquet(result.rejected, folder / "rejected.parquet")
    names = data_columns(result.table)
    preview = {
        "dialect": result.dialect,
        "columns": names,
        "rows": result.table.select(names).head(PREVIEW_ROWS).rows(),
        "findings": [
            {"severity": str(finding.severity), "message": finding.message}
            for finding in result.findings
        ],
    }
    (folder / "preview.json").write_text(json.dumps(preview), encoding="utf-8")
    return {
        "rows_in": result.table.height,
        "columns": len(names),
        "rows_rejected": result.rejected.height,
    }


def read_dataset(queue: JobQueue, dataset_id: str, reading: Mapping[str, Any]) -> ReadResult:
    """Parse the upload as the user chose. Raises UnreadableFile with a sentence."""
    dataset = datasets.load(queue.store.database, dataset_id)
    chosen = parse(Reading, dict(reading), "reading")
    with queue.store.artifacts.local(dataset.key) as path:
        return read_table(path, dataset.name, chosen)


def open_dataset(queue: JobQueue, dataset_id: str) -> Table:
    """The table of an upload: from the Parquet of the job that read it, or read now."""
    dataset = datasets.load(queue.store.database, dataset_id)
    if dataset.ingest_job_id is not None:
        reader = jobs.load(queue.store.database, dataset.ingest_job_id)
        if reader.artifact_folder is not None:
            with queue.store.artifacts.local(f"{reader.artifact_folder}/table.parquet") as path:
                return pl.read_parquet(path)
    return read_dataset(queue, dataset_id, dataset.reading).table
