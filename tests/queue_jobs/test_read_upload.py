"""The job that reads an upload: its files, its preview, and how it fails."""

import io
import json
import os
from dataclasses import replace

import polars as pl
import pytest

from core import Finding, Severity, Status
from queue_jobs import JobQueue, submit
from queue_jobs.perform import perform_with
from queue_jobs.read_upload import RAW_CHARACTERS, open_dataset, preview_of
from store import jobs
from store.readers.ingest import Ingested
from store.readers.reading import rejected_table
from tests.queue_jobs.conftest import NoBell, upload_path

BOOKS = Ingested(
    rows=2,
    columns=("a", "b"),
    rows_rejected=70,
    dialect={"format": "csv", "delimiter": ";"},
    findings=(Finding("read.ragged", Severity.MEDIUM, "70 rows were set aside."),),
    preview=(("1", None), ("2", "x")),
)


@pytest.fixture
def queue(settings, store):
    return JobQueue(settings, store, NoBell())


@pytest.fixture
def settings(tmp_path):
    """Settings for this folder, which needs no server here."""
    from core import Settings

    return Settings(data_dir=tmp_path / "data", use_queue=False)


def read(queue, content=b"a,b\n1,2\n"):
    _, job = submit.upload(queue, "ann", "small.csv", io.BytesIO(content), {})
    perform_with(queue, job.id)
    return jobs.load(queue.store.database, job.id)


def read_endless(queue):
    """Read a file whose end never comes."""
    _, job = submit.upload(queue, "ann", "small.csv", io.BytesIO(b"a"), {})
    path = upload_path(queue, job)
    path.unlink()
    os.mkfifo(path)
    perform_with(queue, job.id)
    return jobs.load(queue.store.database, job.id)


def limited(queue, **limits):
    return replace(queue, settings=replace(queue.settings, **limits))


def test_the_folder_holds_the_table_the_rejects_and_the_preview_only(queue):
    job = read(queue)
    assert job.status == Status.COMPLETED
    assert set(queue.store.artifacts.names(job.artifact_folder)) == {
        "table.parquet",
        "rejected.parquet",
        "preview.json",
    }
    assert (job.summary["rows_in"], job.summary["columns"], job.summary["rows_rejected"]) == (
        1,
        2,
        0,
    )


def test_the_preview_is_the_books_of_the_file(tmp_path):
    rejected_table([]).write_parquet(tmp_path / "r.parquet")
    preview = json.loads(json.dumps(preview_of(BOOKS, tmp_path / "r.parquet")))
    assert preview == {
        "dialect": {"format": "csv", "delimiter": ";"},
        "columns": ["a", "b"],
        "rows": [["1", None], ["2", "x"]],
        "findings": [{"severity": "medium", "message": "70 rows were set aside."}],
        "rejected": {"count": 70, "first": []},
    }


def test_the_preview_shows_the_first_rejects_with_their_beginning(tmp_path):
    rejected = rejected_table([(n, "x" * 1_000, "too many cells") for n in range(1, 71)])
    rejected.write_parquet(tmp_path / "r.parquet", row_group_size=7)
    shown = preview_of(BOOKS, tmp_path / "r.parquet")["rejected"]
    assert [record["line"] for record in shown["first"]] == list(range(1, 51))
    assert shown["first"][0]["raw"] == "x" * RAW_CHARACTERS
    assert shown["first"][0]["reason"] == "too many cells"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes among its files")
@pytest.mark.parametrize(
    ("limits", "code", "words"),
    [
        ({"read_memory_mb": 1}, "OUT_OF_MEMORY", "needs more than 1 MB"),
        ({"read_seconds": 1}, "HARD_TIMEOUT", "longer than 1 seconds"),
    ],
)
def test_a_file_over_a_limit_fails_its_job_at_once(queue, limits, code, words):
    job = read_endless(limited(queue, **limits))
    assert (job.status, job.error_code) == (Status.FAILED, code)
    assert "'small.csv'" in job.error_message
    assert words in job.error_message
    assert list(queue.store.artifacts.scratch.iterdir()) == []


def test_an_upload_that_no_job_has_read_is_read_when_it_is_needed(queue, tmp_path):
    dataset, _ = submit.upload(queue, "ann", "small.csv", io.BytesIO(b"a,b\n01,2\n"), {})
    table = open_dataset(queue, dataset, tmp_path)
    assert table["a"].to_list() == ["01"]
    assert table.schema["a"] == pl.String
    assert list(queue.store.artifacts.scratch.iterdir()) == []
