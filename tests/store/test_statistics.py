"""Figures about all jobs."""

import pytest

from core import Dataset, Status, new_id
from store import datasets, leases, statistics
from store.claims import claim
from store.jobs import JobRequest, submit
from store.schema import job as job_table


def job(store, tool="read-my-data", **more):
    """A queued job on a dataset of its own."""
    record = Dataset(new_id(), "ann", "a.csv", 1, "0", "k", {}, None, None, None, 0.0)
    dataset = datasets.add(store.database, record)
    return submit(store.database, JobRequest("ann", dataset.id, tool, **more))


def completed(store, tool="read-my-data"):
    """A job that has completed."""
    done = job(store, tool)
    _, lease = claim(store.database, done.id, "w:1", 45)
    leases.publish(store.database, lease, "folder", {})
    return done


def failed(store, code="STEP_ERROR"):
    """A job that has failed."""
    broken = job(store)
    _, lease = claim(store.database, broken.id, "w:1", 45)
    leases.fail(store.database, lease, code, "No.")
    return broken


def write(store, row, **values):
    """Give the row of a job other times."""
    with store.database.write() as connection:
        connection.execute(job_table.update().where(job_table.c.id == row.id).values(values))


def test_an_empty_store_has_no_figures(store):
    assert statistics.counts_by_status(store.database) == {}
    assert statistics.failures_by_code(store.database) == {}
    assert statistics.durations_by_tool(store.database) == {}
    assert statistics.oldest_wait(store.database) is None
    assert statistics.queued_by_priority(store.database) == {}
    assert statistics.waits(store.database) is None
    assert statistics.ended_since(store.database, 5) == 0
    assert statistics.ended_by_time(store.database) == {}
    assert statistics.statuses(store.database, []) == {}


def test_jobs_are_counted_by_status(store):
    completed(store), job(store), job(store)
    counts = statistics.counts_by_status(store.database)
    assert counts == {Status.COMPLETED: 1, Status.QUEUED: 2}


def test_what_waits_is_counted_by_priority(store):
    job(store), job(store, priority="high"), job(store, priority="high"), completed(store)
    assert statistics.queued_by_priority(store.database) == {"default": 1, "high": 2}


def test_old_failures_are_not_counted(store):
    failed(store)
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


def test_what_has_not_completed_has_no_duration(store):
    failed(store), job(store)
    assert statistics.durations_by_tool(store.database) == {}


def test_a_wait_begins_when_a_job_may_start(store):
    at_once, paused = completed(store), failed(store)
    write(store, at_once, queued_at=1_000.0, started_at=1_004.0)
    write(store, paused, queued_at=1_000.0, not_before=1_060.0, started_at=1_062.0)
    found = statistics.waits(store.database)
    assert (found.jobs, found.p50) == (2, pytest.approx(3.0))


def test_a_job_that_never_started_has_not_waited_for_a_worker(store):
    write(store, completed(store), started_at=None)
    assert statistics.waits(store.database) is None


def test_jobs_are_counted_that_ended_lately(store):
    old, _, _ = completed(store), completed(store), failed(store)
    job(store)
    write(store, old, ended_at=now(store) - 600)
    assert statistics.ended_since(store.database, 5) == 2
    assert statistics.ended_since(store.database, 60) == 3


def test_ends_are_counted_by_five_minutes_and_outcome(store):
    start = now(store) // 300 * 300
    for ended, row in (
        (start - 600, completed(store)),
        (start - 301, completed(store)),
        (start - 300, failed(store)),
        (start - 1, completed(store)),
        (start - 5 * 3600, failed(store)),
    ):
        write(store, row, ended_at=ended)
    assert statistics.ended_by_time(store.database) == {
        (start - 600, Status.COMPLETED): 2,
        (start - 300, Status.COMPLETED): 1,
        (start - 300, Status.FAILED): 1,
    }


def now(store):
    """The time of the database."""
    with store.database.read() as connection:
        return store.database.now(connection)


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
