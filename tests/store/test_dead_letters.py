"""Failed jobs of all users, to be looked at and run again."""

import pytest

from store import claims, dead_letters, jobs, leases
from store.schema import job as job_table
from tests.store.rows import add_rows


@pytest.fixture
def fail(store):
    """Makes a job of a user that failed at a time."""

    def make(code="STEP_ERROR", owner="ann", ended_at=1_000.0):
        job = add_rows(store, owner)
        _, lease = claims.claim(store.database, job.id, "w:1", 45)
        leases.fail(store.database, lease, code, "No.")
        with store.database.write() as connection:
            row = job_table.update().where(job_table.c.id == job.id)
            connection.execute(row.values(ended_at=ended_at, error_code=code))
        return job.id

    return make


def ids(found):
    return [letter.job.id for letter in found]


def test_without_failures_there_is_none(store):
    add_rows(store)
    assert dead_letters.counts(store.database) == {}
    assert dead_letters.page(store.database) == ()


def test_those_of_all_users_are_there_the_last_one_first(store, fail):
    early, late = fail(ended_at=1.0), fail(owner="eve", ended_at=2.0)
    found = dead_letters.page(store.database)
    assert ids(found) == [late, early]
    assert [letter.job.owner for letter in found] == ["eve", "ann"]
    assert found[0].dataset.id == found[0].job.dataset_id


def test_they_are_counted_and_kept_by_code(store, fail):
    poison, first, second = fail("POISON_JOB"), fail(ended_at=1.0), fail(ended_at=2.0)
    assert dead_letters.counts(store.database) == {"STEP_ERROR": 2, "POISON_JOB": 1}
    assert ids(dead_letters.page(store.database, "POISON_JOB")) == [poison]
    assert ids(dead_letters.page(store.database, "STEP_ERROR")) == [second, first]


def test_a_failure_without_a_code_can_be_asked_for(store, fail):
    nameless, _ = fail(code=None), fail()
    assert dead_letters.counts(store.database)[""] == 1
    assert ids(dead_letters.page(store.database, "")) == [nameless]


def test_a_page_is_a_slice(store, fail):
    ended = [fail(ended_at=float(number)) for number in range(5)]
    assert ids(dead_letters.page(store.database, limit=2, offset=2)) == [ended[2], ended[1]]


def test_a_job_that_is_queued_again_is_none_any_more(store, fail):
    again = fail()
    jobs.retry(store.database, "ann", again)
    assert dead_letters.counts(store.database) == {}
