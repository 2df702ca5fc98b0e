"""Reads an upload once into a text Parquet, so that pages can show it and jobs start at once."""

import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from core import Dataset, Job, Table
from core.params import parse
from queue_jobs.fetch_source import fetch_source
from queue_jobs.job_queue import JobQueue
from queue_jobs.limited_child import Limits, read_limited
from store import datasets, jobs, progress
from store.leases import Lease
from store.readers import Reading
from store.readers.ingest import REJECTED, TABLE, Ingested

STEPS = (("read", "Read the file"),)
REJECTS_SHOWN = 50
RAW_CHARACTERS = 300


def run_read(queue: JobQueue, job: Job, lease: Lease, folder: Path) -> dict[str, Any]:
    """Read the job's upload: table.parquet, rejected.parquet and preview.json in the folder."""
    progress.plan(queue.store.database, lease, STEPS)
    fetch_source(queue, job)
    dataset = datasets.load(queue.store.database, job.dataset_id)
    ingested = read_dataset(queue, dataset, job.params["reading"], folder)
    preview = preview_of(ingested, folder / REJECTED)
    (folder / "preview.json").write_text(json.dumps(preview), encoding="utf-8")
    return {
        "rows_in": ingested.rows,
        "columns": len(ingested.columns),
        "rows_rejected": ingested.rows_rejected,
    }


def preview_of(ingested: Ingested, rejected: Path) -> dict[str, Any]:
    """What a page shows of a file: how it was read, its first rows, what was set aside."""
    return {
        "dialect": ingested.dialect,
        "columns": ingested.columns,
        "rows": ingested.preview,
        "findings": [
            {"severity": str(finding.severity), "message": finding.message}
            for finding in ingested.findings
        ],
        "rejected": {"count": ingested.rows_rejected, "first": first_rejects(rejected)},
    }


def first_rejects(rejected: Path) -> list[dict[str, Any]]:
    """The first records that were set aside, with their line, text and reason."""
    with pq.ParquetFile(rejected) as file:
        batch = next(file.iter_batches(batch_size=REJECTS_SHOWN), None)
        records = [] if batch is None else batch.to_pylist()
    return [{**record, "raw": record["raw"][:RAW_CHARACTERS]} for record in records]


def read_dataset(
    queue: JobQueue, dataset: Dataset, reading: Mapping[str, Any], folder: Path
) -> Ingested:
    """Read the upload into a folder, as the user chose. Raises UnreadableFile with a sentence."""
    chosen = parse(Reading, dict(reading), "reading")
    with queue.store.artifacts.local(dataset.key) as path:
        return read_limited(path, dataset.name, chosen, folder, Limits.of(queue.settings))


def open_dataset(queue: JobQueue, dataset: Dataset, scratch: Path) -> Table:
    """The table of an upload: from the Parquet of the job that read it, or read now.

    In the second case a folder is made in `scratch`, and deleted.
    """
    if dataset.ingest_job_id is not None:
        reader = jobs.load(queue.store.database, dataset.ingest_job_id)
        if reader.artifact_folder is not None:
            with queue.store.artifacts.local(f"{reader.artifact_folder}/{TABLE}") as path:
                return pl.read_parquet(path)
    with TemporaryDirectory(dir=scratch) as folder:
        read_dataset(queue, dataset, dataset.reading, Path(folder))
        return pl.read_parquet(Path(folder) / TABLE)
