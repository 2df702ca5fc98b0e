"""Files without a row are deleted, and nothing is until the row has been asked."""

from dataclasses import replace

import pytest
from sqlalchemy import create_engine

from core import Dataset, Transient, new_id
from store import Database, claims, datasets, jobs, leases
from store.jobs import JobRequest
from store.unpublished import remove_unnoted, remove_unpublished


@pytest.fixture
def dataset(add_dataset):
    return add_dataset()


@pytest.fixture
def job(store, dataset):
    return jobs.submit(store.database, JobRequest("local", dataset.id, "clean-my-data"))


@pytest.fixture
def away(store):
    """The same files beside a database that cannot be reached."""
    return replace(store, database=Database(create_engine("sqlite:////nowhere/assay.sqlite3")))


def seal(store, job):
    """The lease of an attempt that has sealed its folder."""
    _, lease = claims.claim(store.database, job.id, "w:1", 45)
    store.artifacts.seal(store.artifacts.scratch_folder(), lease.folder)
    return lease


def keep_bytes(store, dataset_id, sha256=None):
    """The bytes of a dataset, with a row of that checksum if there is one."""
    key = f"datasets/{dataset_id}/upload"
    store.artifacts.seal(store.artifacts.scratch_folder(), f"datasets/{dataset_id}")
    if sha256 is not None:
        row = Dataset(dataset_id, "local", "a.csv", 0, sha256, key, {}, None, None, None, 0.0)
        datasets.add(store.database, row)
    return f"datasets/{dataset_id}"


def test_a_sealed_folder_that_was_published_stays(store, job):
    lease = seal(store, job)
    leases.publish(store.database, lease, lease.folder, {})
    remove_unpublished(store, lease)
    assert store.artifacts.exists(lease.folder)


def test_a_sealed_folder_that_was_not_published_goes(store, job):
    lease = seal(store, job)
    remove_unpublished(store, lease)
    assert not store.artifacts.exists(lease.folder)


def test_only_the_folder_of_the_attempt_that_lost_goes(store, job):
    lost = seal(store, job)
    leases.give_back(store.database, lost)
    won = seal(store, job)
    leases.publish(store.database, won, won.folder, {})
    remove_unpublished(store, lost)
    assert not store.artifacts.exists(lost.folder)
    assert store.artifacts.exists(won.folder)


def test_a_sealed_folder_whose_job_was_deleted_goes(store, job):
    lease = seal(store, job)
    datasets.remove(store.database, "local", job.dataset_id)
    remove_unpublished(store, lease)
    assert not store.artifacts.exists(lease.folder)


def test_an_attempt_that_sealed_nothing_leaves_nothing_to_delete(store, job):
    _, lease = claims.claim(store.database, job.id, "w:1", 45)
    remove_unpublished(store, lease)
    assert not store.artifacts.exists(lease.folder)


def test_a_sealed_folder_stays_while_nobody_can_be_asked(store, job, away):
    lease = seal(store, job)
    with pytest.raises(Transient):
        remove_unpublished(away, lease)
    assert store.artifacts.exists(lease.folder)


def test_the_bytes_of_a_dataset_that_has_them_stay(store, dataset):
    remove_unnoted(store, dataset.id)
    assert store.artifacts.exists(dataset.key)


@pytest.mark.parametrize("sha256", [None, ""], ids=["no row", "a row that awaits them"])
def test_bytes_that_no_row_knows_of_go(store, sha256):
    folder = keep_bytes(store, new_id(), sha256)
    remove_unnoted(store, folder.rpartition("/")[2])
    assert not store.artifacts.exists(folder)


def test_bytes_stay_while_nobody_can_be_asked(store, away):
    folder = keep_bytes(store, new_id())
    with pytest.raises(Transient):
        remove_unnoted(away, folder.rpartition("/")[2])
    assert store.artifacts.exists(folder)
