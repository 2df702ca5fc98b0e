"""A file is handed in or is not, also when the database does not say which."""

import io

import pytest

from core import AssayError, Settings, Transient
from queue_jobs import JobQueue, submit
from store import datasets, jobs
from tests.queue_jobs.conftest import NoBell

CSV = b"id,city\n1,Rome\n"


@pytest.fixture
def settings(tmp_path):
    return Settings(data_dir=tmp_path / "data", use_queue=False)


@pytest.fixture
def queue(settings, store):
    return JobQueue(settings, store, NoBell())


def upload(queue):
    return submit.upload(queue, "ann", "data.csv", io.BytesIO(CSV), {})


def uploads(queue):
    """The content of every upload that is kept."""
    folder = queue.settings.data_dir / "files" / "datasets"
    return [path.read_bytes() for path in folder.glob("*/*")]


def lost(*_):
    raise Transient("The commit was not answered.")


def away(*_):
    raise Transient("The database is away.")


def committed_but_unanswered(*arguments, commit=datasets.add_with_job):
    """A commit that works and whose answer is lost on its way."""
    commit(*arguments)
    lost()


def test_an_upload_whose_commit_is_not_answered_keeps_its_file(queue, monkeypatch):
    monkeypatch.setattr("store.datasets.add_with_job", committed_but_unanswered)
    with pytest.raises(Transient, match="not answered"):
        upload(queue)
    (dataset,) = datasets.recent(queue.store.database, "ann")
    assert queue.store.artifacts.read(dataset.key) == CSV
    assert jobs.search(queue.store.database, "ann").total == 1


def test_an_upload_that_was_not_committed_leaves_no_file(queue, monkeypatch):
    monkeypatch.setattr("store.datasets.add_with_job", lost)
    with pytest.raises(Transient, match="not answered"):
        upload(queue)
    assert uploads(queue) == []


def test_while_nobody_can_say_whether_an_upload_was_committed_its_file_stays(queue, monkeypatch):
    monkeypatch.setattr("store.datasets.add_with_job", lost)
    monkeypatch.setattr("store.datasets.load", away)
    with pytest.raises(Transient, match="not answered"):
        upload(queue)
    assert uploads(queue) == [CSV]


def test_a_file_that_cannot_be_deleted_does_not_hide_why_its_upload_failed(queue, monkeypatch):
    def stuck(*_):
        raise OSError(5, "Input/output error")

    def full(*_):
        raise AssayError("There is no room for it.", code="UPLOAD_QUOTA")

    monkeypatch.setattr("store.uploads.check_room", full)
    monkeypatch.setattr("store.artifacts.Artifacts.remove", stuck)
    with pytest.raises(AssayError, match="no room"):
        upload(queue)
