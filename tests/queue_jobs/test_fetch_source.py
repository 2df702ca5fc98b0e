"""A dataset from a source: fetched once, kept as if uploaded, never with a secret beside it."""

import io
import json
import sqlite3
from dataclasses import replace

import pytest

from core import LeaseLost, NotFound, ParamsError, Settings, Status, Transient, UnreadableFile
from queue_jobs import submit
from queue_jobs.fetch_source import fetch_source
from queue_jobs.job_queue import JobQueue
from queue_jobs.perform import perform_with
from store import attempts, audit, claims, datasets, jobs, open_store
from store.sources import http
from store.sources.arrival import arrived
from store.sources.sql import READING
from tests.queue_jobs.conftest import NoBell
from tests.store.sources.conftest import LOOPBACK, reply, serve

__all__ = ["serve"]
QUERY = {"database": "sales", "query": "SELECT * FROM people"}


@pytest.fixture
def house(tmp_path):
    """A queue without a bell, whose settings name a database with one table of two people."""
    path = tmp_path / "s3cret.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE people (id, name)")
        connection.executemany("INSERT INTO people VALUES (?, ?)", [("007", "Ann"), ("8", None)])
    connection.close()
    settings = Settings(
        data_dir=tmp_path / "data",
        use_queue=False,
        source_databases=json.dumps({"sales": f"sqlite:///{path}"}),
    )
    return JobQueue(settings, open_store(settings), NoBell())


def claimed(house, job):
    """The job as the worker that runs it sees it."""
    return claims.claim(house.store.database, job.id, "worker", 45)[0]


def kept(house, dataset):
    """The bytes of a dataset."""
    return house.store.artifacts.read(dataset.key)


def fetches(house):
    """The lines of the audit log about fetches."""
    events = audit.recent(house.store.database)
    return [(event.user, event.detail) for event in events if event.action == "fetch"]


def test_a_query_becomes_a_dataset_that_is_read(house):
    dataset, job = submit.fetch(house, "ann", QUERY)
    assert (dataset.name, dataset.bytes, dataset.sha256) == ("sales.csv", 0, "")
    perform_with(house, job.id)
    ended = jobs.load(house.store.database, job.id)
    assert (ended.status, ended.error_message) == (Status.COMPLETED, None)
    assert ended.summary == {"rows_in": 2, "columns": 2, "rows_rejected": 0}
    dataset = datasets.load(house.store.database, dataset.id)
    assert (dataset.rows, dataset.ingest_job_id, dataset.reading) == (2, job.id, READING)
    assert kept(house, dataset) == b"id,name\r\n007,Ann\r\n8,\r\n"
    assert dataset.bytes == len(kept(house, dataset))


def test_the_audit_log_says_who_asked_what_and_nothing_secret(house):
    _, job = submit.fetch(house, "ann", QUERY)
    fetch_source(house, claimed(house, job))
    assert fetches(house) == [("ann", {"kind": "database", "source": "sales"})]


def test_a_second_try_does_not_fetch_again(house):
    dataset, job = submit.fetch(house, "ann", QUERY)
    fetch_source(house, claimed(house, job))
    closed = replace(house, settings=replace(house.settings, source_databases=""))
    fetch_source(closed, jobs.load(house.store.database, job.id))
    assert len(fetches(house)) == 1
    assert datasets.load(house.store.database, dataset.id).sha256


def test_reading_it_differently_uses_the_kept_bytes(house):
    dataset, job = submit.fetch(house, "ann", QUERY)
    perform_with(house, job.id)
    again = submit.read_again(house, "ann", dataset.id, READING | {"delimiter": ";"})
    perform_with(house, again.id)
    assert jobs.load(house.store.database, again.id).summary["columns"] == 1
    assert len(fetches(house)) == 1


def test_reading_again_fetches_what_never_arrived(house):
    dataset, job = submit.fetch(house, "ann", QUERY)
    submit.cancel(house, "ann", job.id)
    again = submit.read_again(house, "ann", dataset.id, READING)
    perform_with(house, again.id)
    assert jobs.load(house.store.database, again.id).status == Status.COMPLETED


def test_what_a_killed_attempt_left_is_fetched_anew(house):
    dataset, job = submit.fetch(house, "ann", QUERY)
    house.store.artifacts.save(dataset.key, io.BytesIO(b"half"))
    fetch_source(house, claimed(house, job))
    assert kept(house, dataset).startswith(b"id,name")


def test_an_upload_is_left_alone(house, add_dataset_job):
    before = datasets.load(house.store.database, add_dataset_job.dataset_id)
    fetch_source(house, add_dataset_job)
    assert datasets.load(house.store.database, before.id) == before
    assert fetches(house) == []


@pytest.fixture
def add_dataset_job(house):
    """The job of an ordinary upload."""
    return submit.upload(house, "ann", "a.csv", io.BytesIO(b"a\n1\n"), {})[1]


def test_whoever_lost_the_lease_notes_nothing(house):
    dataset, job = submit.fetch(house, "ann", QUERY)
    late = replace(claimed(house, job), lease_token="another")
    with pytest.raises(LeaseLost):
        fetch_source(house, late)
    assert datasets.load(house.store.database, dataset.id).sha256 == ""
    assert not house.store.artifacts.exists(dataset.key)


def test_a_dataset_that_is_deleted_while_it_is_fetched_leaves_no_file(house, monkeypatch):
    dataset, job = submit.fetch(house, "ann", QUERY)
    held = claimed(house, job)
    monkeypatch.setattr(
        "queue_jobs.fetch_source.arrived",
        lambda *_: submit.delete(house, "ann", dataset.id) or datasets.load(*gone),
    )
    gone = (house.store.database, dataset.id)
    with pytest.raises(NotFound):
        fetch_source(house, held)
    assert not house.store.artifacts.exists(dataset.key)


def committed_but_unanswered(*arguments, commit=arrived):
    """A commit that works and whose answer is lost on its way."""
    commit(*arguments)
    raise Transient("The commit was not answered.")


def test_bytes_whose_commit_is_not_answered_stay_and_are_read_by_the_next_try(house, monkeypatch):
    dataset, job = submit.fetch(house, "ann", QUERY)
    held = claimed(house, job)
    monkeypatch.setattr("queue_jobs.fetch_source.arrived", committed_but_unanswered)
    with pytest.raises(Transient):
        fetch_source(house, held)
    assert kept(house, dataset).startswith(b"id,name")
    fetch_source(house, held)
    assert len(fetches(house)) == 1


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"max_upload_mb": 0}, "FILE_TOO_LARGE"),
        ({"upload_quota_mb": 0}, "UPLOAD_QUOTA"),
        ({"source_rows": 1}, "FILE_TOO_LARGE"),
        ({"source_databases": ""}, "SOURCE_REFUSED"),
    ],
)
def test_a_fetch_that_fails_says_why_and_keeps_nothing(house, more, code):
    dataset, job = submit.fetch(house, "ann", QUERY)
    perform_with(replace(house, settings=replace(house.settings, **more)), job.id)
    failed = jobs.load(house.store.database, job.id)
    assert (failed.status, failed.error_code) == (Status.FAILED, code)
    assert not house.store.artifacts.exists(dataset.key)


def test_a_source_that_is_away_is_tried_again_later(house):
    _, job = submit.fetch(house, "ann", QUERY)
    away = replace(house.settings, source_databases='{"sales": "sqlite:////nowhere/s3cret"}')
    perform_with(replace(house, settings=away), job.id)
    waiting = jobs.load(house.store.database, job.id)
    assert (waiting.status, waiting.failures) == (Status.QUEUED, 1)
    [attempt] = attempts.history(house.store.database, job.id)
    assert attempt.message == "The database 'sales' cannot be opened; it is tried again."


def test_no_secret_is_in_rows_logs_or_files(house, capfd):
    _, job = submit.fetch(house, "ann", QUERY)
    perform_with(house, job.id)
    broken = {**QUERY, "query": "SELECT * FROM nowhere"}
    perform_with(house, submit.fetch(house, "ann", broken)[1].id)
    captured = capfd.readouterr()
    data = house.settings.data_dir
    written = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    assert b"read-my-data" in written
    assert b"s3cret" not in written
    assert "s3cret" not in captured.out + captured.err


def test_what_is_not_allowed_is_refused_before_anything_is_stored(house):
    for source in (
        {"url": "http://169.254.169.254/"},
        {"url": "s3://private/a.csv"},
        {"database": "other", "query": "SELECT 1"},
    ):
        with pytest.raises(UnreadableFile) as caught:
            submit.fetch(house, "ann", source)
        assert caught.value.code == "SOURCE_REFUSED"
    with pytest.raises(ParamsError):
        submit.fetch(house, "ann", {})
    assert datasets.recent(house.store.database, "ann") == ()


def test_a_file_over_http_is_read_by_the_name_it_came_with(house, serve, monkeypatch):
    server = serve(reply(b"a\tb\n1\t2\n", Content_Disposition="attachment; filename=t.tsv"))
    house = replace(house, settings=replace(house.settings, source_hosts=server.hosts))
    dataset, job = submit.fetch(house, "ann", {"url": server.url("/export")})
    monkeypatch.setattr(http.open_url, "__defaults__", (LOOPBACK,))
    perform_with(house, job.id)
    assert jobs.load(house.store.database, job.id).summary["columns"] == 2
    assert datasets.load(house.store.database, dataset.id).name == "t.tsv"
