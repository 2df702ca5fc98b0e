"""Runs a chain for a job: open the table, fold the steps, write the artifacts and the manifest."""

import json
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from core import (
    REPORT_JSON,
    ROW_ID,
    STEP_REPORT_JSON,
    AssayError,
    Dataset,
    DatasetError,
    Job,
    NotFound,
    Outcome,
    Report,
    StepReport,
    Table,
    Work,
    data_columns,
)
from core.transformer import Choice, OnStep, Transformer, unobserved
from queue_jobs.job_queue import JobQueue
from queue_jobs.read_upload import open_dataset
from queue_jobs.tools import transformer
from store import datasets, jobs, progress
from store.artifacts import sha256
from store.leases import Lease
from store.writers import write_csv, write_parquet

LIBRARIES = ("polars", "duckdb", "splink", "pandas", "ydata-profiling", "pyarrow")


def run_chain(queue: JobQueue, job: Job, lease: Lease, folder: Path) -> dict[str, Any]:
    """Run the job's chain, leave its artifacts in the folder, return the summary for its row."""
    chain = transformer(job.tool)
    choice = chain.choose(job.params)
    steps = [step for step in chain.steps if step.name not in choice.options.skip]
    progress.plan(queue.store.database, lease, [(step.name, step.title) for step in steps])
    work = work_of(queue, job, folder)
    positions = {step.name: position for position, step in enumerate(steps)}
    names = [step.name for step in chain.steps]

    def on_step(index: int, report: StepReport) -> None:
        document = STEP_REPORT_JSON.dump_python(report, mode="json")
        position = positions[names[index]]
        progress.step_done(queue.store.database, lease, position, report.seconds, document)

    return summary(run_and_write(chain, choice, work, folder, on_step))


def work_of(queue: JobQueue, job: Job, folder: Path) -> Work:
    """What the job works on, with the reading of the very row that led to its table.

    `folder` is the attempt's own, for a file that has to be read first.
    """
    database = queue.store.database
    dataset = datasets.load(database, job.dataset_id)
    reference = None
    if job.reference_dataset_id is not None:
        baseline = datasets.load(database, job.reference_dataset_id)
        reference = open_dataset(queue, baseline, folder)
    return Work.of(input_table(queue, job, dataset, folder), reference, dataset.reading)


def input_table(queue: JobQueue, job: Job, dataset: Dataset, folder: Path) -> Table:
    """The table the job works on: what an earlier job left, or the upload."""
    if job.input_job_id is None:
        return open_dataset(queue, dataset, folder)
    before = jobs.load(queue.store.database, job.input_job_id)
    if before.artifact_folder is None:
        raise NotFound("The result this job builds on is not there; run that job first.")
    with (
        queue.store.artifacts.local(f"{before.artifact_folder}/table.parquet") as table,
        queue.store.artifacts.local(f"{before.artifact_folder}/rows.parquet") as rows,
    ):
        return pl.read_parquet(rows).hstack(pl.read_parquet(table))


def run_and_write(
    chain: Transformer,
    choice: Choice,
    work: Work,
    folder: Path,
    on_step: OnStep = unobserved,
) -> Outcome:
    """The part that a worker and the command line share: run the chain, write its files.

    Raises DatasetError when there is no row to say anything about.
    """
    if not work.table.height:
        raise DatasetError("The table has column names but no rows; load it with its data.")
    outcome = chain.run(work, choice, on_step)
    write_artifacts(chain, outcome, folder)
    write_manifest(outcome.report, outcome.work.removed.height, folder)
    return outcome


def write_artifacts(chain: Transformer, outcome: Outcome, folder: Path) -> None:
    """Write the report, the named results and, when cleaned, the table itself."""
    (folder / "report.json").write_bytes(REPORT_JSON.dump_json(outcome.report, indent=1))
    for name, content in outcome.artifacts.items():
        write_artifact(folder / name, content)
    if "recipe.json" in outcome.artifacts:
        clean = outcome.table.select(data_columns(outcome.table))
        write_parquet(outcome.table.select(ROW_ID), folder / "rows.parquet")
        write_parquet(clean, folder / "table.parquet")
        write_csv(clean, folder / "table.csv")
    golden = outcome.artifacts.get("golden.parquet")
    if isinstance(golden, pl.DataFrame):
        write_csv(golden, folder / "golden.csv")


def write_artifact(path: Path, content: Table | str) -> None:
    """A frame becomes Parquet, a text UTF-8."""
    if isinstance(content, str):
        path.write_text(content, encoding="utf-8")
    else:
        write_parquet(content, path)


def write_manifest(report: Report, removed: int, folder: Path) -> None:
    """Checksums of every file, versions, and the row balance."""
    if report.rows_in - removed != report.rows_out and report.transformer == "clean-my-data":
        raise AssayError(
            f"Rows do not add up: {report.rows_in} in, {removed} removed, {report.rows_out} out."
        )
    manifest = {
        "tool": report.transformer,
        "rows": {"in": report.rows_in, "out": report.rows_out, "removed": removed},
        "files": {
            path.name: {"sha256": sha256(path), "bytes": path.stat().st_size}
            for path in sorted(folder.iterdir())
        },
        "versions": versions(),
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")


@cache
def versions() -> dict[str, str]:
    """The installed versions of the libraries that results depend on."""
    return {name: version(name) for name in LIBRARIES}


def summary(outcome: Outcome) -> dict[str, Any]:
    """What lists and cards show without opening a file."""
    report = outcome.report
    evidence = {finding.code: dict(finding.evidence) for finding in report.findings}
    return {
        "rows_in": report.rows_in,
        "rows_out": report.rows_out,
        "seconds": report.seconds,
        "alerts": len(report.alerts),
        "cells_changed": sum(part.cells_changed for part in report.steps),
        "rows_removed": outcome.work.removed.height,
        "score": evidence.get("quality-score.score", {}).get("score"),
        "grade": evidence.get("quality-score.score", {}).get("grade"),
        "confidence": report.confidence,
        "entities": report.rows_out if report.transformer == "master-my-data" else None,
        "worst": [
            {"severity": str(finding.severity), "message": finding.message}
            for finding in report.alerts[:3]
        ],
    }
