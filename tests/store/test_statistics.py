"""Figures about all jobs."""

import pytest

from core import Dataset, Settings, Status, new_id
from store import Store, datasets, leases, open_store, statistics
from store.jobs import JobRequest, submit
from store.leases import claim


@pytest.fixture
def store(tmp_path) -> Store:
    return open_store(Settings(data_dir=tmp_path))


def job(store, tool="read-my-data"):
    """A queued job on a dataset of its own."""
    record = Dataset(new_id(), "ann", "a.csv", 1, "0", "k", {}, None, None, None, 0.0)
    dataset = datasets.add(store.database, record)
    return submit(store.database, JobRequest("ann", dataset.id, tool))


def completed(store, tool="read-my-data"):
    """A job that has completed."""
    done = job(store, tool)
    _, lease = claim(store.database, done.id, "w:1", 45)
    leases.publish(store.database, lease, "folder", {})
    return done


def test_an_empty_store_has_no_figures(store):
    assert statistics.counts_by_status(store.database) == {}
    assert statistics.failures_by_code(store.database) == {}
    assert statistics.durations_by_tool(store.database) == {}
    assert statistics.oldest_wait(store.database) is None
    assert statistics.statuses(store.database, []) == {}


def test_jobs_are_counted_by_status(store):
    completed(store), job(store), job(store)
    counts = statistics.counts_by_status(store.database)
    assert counts == {Status.COMPLETED: 1, Status.QUEUED: 2}


def test_old_failures_are_not_counted(store):
    _, lease = claim(store.database, job(store).id, "w:1", 45)
    leases.fail(store.database, lease, "STEP_ERROR", "No.")
    assert statistics.failures_by_code(store.database) == {"STEP_ERROR": 1}
    assert statistics.failures_by_code(store.database, hours=-1) == {}


def test_a_job_in_its_back_off_does_not_count_as_waiting(store):
    _, lease = claim(store.database, job(store).id, "w:1", 45)
    leases.interrupt(store.database, lease.job_id, "WORKER_LOST", "Lost.", token=lease.token)
    assert statistics.oldest_wait(store.database) is None


def test_durations_are_given_by_tool(store):
    completed(store), completed(store), completed(store, "profile-my-data")
    found = statistics.durations_by_tool(store.database)
    assert {tool: each.jobs for tool, each in found.items()} == {
        "profile-my-data": 1,
        "read-my-data": 2,
    }


@pytest.mark.parametrize(
    ("seconds", "p50", "p95"),
    [([2.0], 2.0, 2.0), ([1.0, 3.0], 2.0, 2.9), ([float(n) for n in range(101)], 50.0, 95.0)],
)
def test_percentiles_of(seconds, p50, p95):
    found = statistics.durations(seconds)
    assert (found.p50, found.p95) == pytest.approx((p50, p95))


def test_the_status_of_many_ids_is_found_at_once(store):
    waiting, done = job(store), completed(store)
    ids = [waiting.id, done.id, *(f"unknown-{number}" for number in range(1_200))]
    found = statistics.statuses(store.database, ids)
    assert found == {waiting.id: Status.QUEUED, done.id: Status.COMPLETED}
