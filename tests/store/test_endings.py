"""Every ending of a job is told, and the same ending once."""

from dataclasses import replace

import pytest

from store import claims, endings, jobs, leases, outbox
from store.jobs import JobRequest


@pytest.fixture
def database(store):
    """The store's database as it is where somebody wants messages."""
    return replace(store.database, notifies=True)


@pytest.fixture
def job(database, add_dataset):
    return jobs.submit(database, JobRequest("local", add_dataset().id, "clean-my-data"))


def fail(database, job):
    _, lease = claims.claim(database, job.id, "w:1", 45)
    leases.fail(database, lease, "TEST", "It failed.")


def told(database):
    """Key and status of every message, in the order in which they were put in."""
    found = [outbox.claim(database, id, 45.0) for id in outbox.due(database, 10)]
    return [(message.key, message.payload["status"]) for message in found]


def test_a_job_that_is_retried_and_cancelled_before_it_starts_is_told_twice(database, job):
    fail(database, job)
    jobs.retry(database, "local", job.id)
    jobs.cancel(database, "local", job.id)
    assert jobs.load(database, job.id).attempt == 1
    assert told(database) == [
        (f"job:{job.id}:1:failed", "FAILED"),
        (f"job:{job.id}:1:cancelled", "CANCELLED"),
    ]


def test_a_job_that_fails_again_in_another_attempt_is_told_twice(database, job):
    fail(database, job)
    jobs.retry(database, "local", job.id)
    fail(database, job)
    keys = [key for key, _ in told(database)]
    assert keys == [f"job:{job.id}:1:failed", f"job:{job.id}:2:failed"]


def test_the_same_ending_of_the_same_attempt_is_told_once(database, job):
    fail(database, job)
    with database.write() as connection:
        endings.ended(database, connection, jobs.load(database, job.id), "failed")
    assert told(database) == [(f"job:{job.id}:1:failed", "FAILED")]


def test_where_nobody_wants_messages_none_is_kept(store, job):
    fail(store.database, job)
    assert told(store.database) == []
