"""Uploads belong to their owner, and go with everything made from them."""

import pytest

from core import NotFound
from store import audit, datasets, jobs
from store.jobs import JobRequest


def test_somebody_elses_dataset_is_as_unknown_as_none(store, add_dataset):
    dataset = add_dataset(owner="ann")
    assert datasets.get(store.database, "ann", dataset.id).name == "data.csv"
    with pytest.raises(NotFound):
        datasets.get(store.database, "bob", dataset.id)


def test_recent_lists_the_newest_first(store, add_dataset):
    names = ["a.csv", "b.csv", "c.csv"]
    for name in names:
        add_dataset(name=name)
    assert [d.name for d in datasets.recent(store.database, "local", limit=2)] == ["c.csv", "b.csv"]


def test_a_long_file_name_is_cut_not_refused(add_dataset):
    assert len(add_dataset(name="x" * 400).name) == 255


@pytest.fixture
def read(store):
    """Note a READ job with a reading for a dataset, as the publish of that job does."""

    def read(dataset, reading):
        request = JobRequest("local", dataset.id, "read-my-data", {"reading": reading})
        job = jobs.submit(store.database, request)
        with store.database.write() as connection:
            datasets.ingested(connection, job, 5, 2)
        return job

    return read


def test_a_read_dataset_knows_its_shape(store, add_dataset, read):
    job = read(dataset := add_dataset(), {})
    known = datasets.load(store.database, dataset.id)
    assert (known.rows, known.columns, known.ingest_job_id) == (5, 2, job.id)


def test_choosing_another_reading_forgets_what_was_read(store, add_dataset, read):
    read(dataset := add_dataset(), {})
    again = datasets.choose_reading(store.database, "local", dataset.id, {"delimiter": ";"})
    assert (again.rows, again.ingest_job_id, again.reading) == (None, None, {"delimiter": ";"})


def test_choosing_the_same_reading_again_forgets_nothing(store, add_dataset, read):
    read(dataset := add_dataset(), {})
    assert datasets.choose_reading(store.database, "local", dataset.id, {}).rows == 5


def test_a_reading_that_ends_late_does_not_replace_a_newer_choice(store, add_dataset, read):
    dataset = add_dataset()
    datasets.choose_reading(store.database, "local", dataset.id, {"delimiter": ";"})
    read(dataset, {"delimiter": ","})
    assert datasets.load(store.database, dataset.id).ingest_job_id is None


def test_removing_a_dataset_removes_its_jobs_and_names_the_folders(store, add_dataset):
    dataset = add_dataset()
    job = jobs.submit(store.database, JobRequest("local", dataset.id, "profile-my-data"))
    keys = datasets.remove(store.database, "local", dataset.id)
    assert set(keys) == {f"datasets/{dataset.id}", f"jobs/{job.id}"}
    with pytest.raises(NotFound):
        jobs.load(store.database, job.id)


def test_the_audit_log_keeps_who_did_what(store):
    audit.record(store.database, "ann", "upload", "id", bytes=3)
    [event] = audit.recent(store.database)
    assert (event.user, event.action, event.detail) == ("ann", "upload", {"bytes": 3})
