"""Whose turn it is: priority, then the user served least recently, then the oldest job."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core import Settings
from store import claims, jobs, leases, open_store, turns
from store.jobs import JobRequest
from tests.store.rows import add_rows


@pytest.fixture
def submit(store, add_dataset):
    """Hands in a job of a user with a priority; each is another request."""
    data = {}

    def submit(owner="ann", priority="default"):
        dataset = data.setdefault(owner, add_dataset(owner=owner))
        params = {"number": jobs.search(store.database, None).total}
        request = JobRequest(owner, dataset.id, "clean-my-data", params, priority=priority)
        return jobs.submit(store.database, request)

    return submit


def claim(store, per_user=0):
    """The id of the job that a worker gets now."""
    claimed = turns.claim_next(store.database, "w:1", 45, per_user)
    return claimed and claimed[0].id


def end(store, job_id):
    job = jobs.load(store.database, job_id)
    lease = leases.Lease(job.id, job.lease_token, job.attempt)
    leases.publish(store.database, lease, "folder", {})


def test_without_work_there_is_no_turn(store):
    assert turns.next_job(store.database, 0) is None
    assert claim(store) is None


def test_of_one_user_the_oldest_job_is_next(store, submit):
    first, second = submit(), submit()
    assert [claim(store), claim(store), claim(store)] == [first.id, second.id, None]


def test_a_high_priority_goes_before_everything_and_a_low_one_after(store, submit):
    low, default, high = submit(priority="low"), submit(), submit(priority="high")
    assert [claim(store) for _ in range(3)] == [high.id, default.id, low.id]


def test_users_take_turns_however_many_jobs_one_of_them_has(store, submit):
    many = [submit("ann") for _ in range(4)]
    one = submit("bob")
    assert claim(store) == many[0].id
    end(store, many[0].id)
    assert claim(store) == one.id
    assert claim(store) == many[1].id


def test_a_user_at_the_limit_waits_and_others_go_on(store, submit):
    first, second, other = submit("ann"), submit("ann"), submit("bob")
    assert [claim(store, 1), claim(store, 1), claim(store, 1)] == [first.id, other.id, None]
    assert turns.startable(store.database, 1) == ()
    end(store, first.id)
    assert turns.startable(store.database, 1) == (second.id,)
    assert claim(store, 1) == second.id


def test_only_as_many_jobs_of_a_user_may_start_as_there_is_room_for(store, submit):
    high = submit("ann", "high")
    default = [submit("ann") for _ in range(3)]
    assert turns.startable(store.database, 2) == (high.id, default[0].id)


def test_a_job_in_its_pause_is_passed_over(store, submit):
    paused, other = submit(), submit()
    claims.claim(store.database, paused.id, "w:1", 45)
    leases.interrupt(store.database, paused.id, "WORKER_LOST", "Gone.")
    assert [claim(store), claim(store)] == [other.id, None]


def test_a_pause_that_a_wrong_clock_set_is_none(store, submit):
    job = submit()
    with store.database.write() as connection:
        ahead = store.database.now(connection) + 3600
        values = {"queued_at": ahead, "not_before": ahead + 2}
        connection.execute(turns.jobs.update().values(**values))
    assert claim(store) == job.id


def test_a_word_that_nobody_knows_is_a_default_priority(store, submit):
    odd, low = submit(priority="urgent!"), submit(priority="low")
    assert [claim(store), claim(store)] == [odd.id, low.id]


def test_many_claimers_at_once_get_each_job_once(store, submit):
    ids = {submit("ann" if n % 3 else "bob").id for n in range(12)}
    with ThreadPoolExecutor(8) as pool:
        claimed = list(pool.map(lambda _: claim(store), range(20)))
    assert sorted(filter(None, claimed)) == sorted(ids)


def test_many_claimers_at_once_keep_a_user_s_limit(store, submit):
    for _ in range(10):
        submit()
    with ThreadPoolExecutor(8) as pool:
        claimed = list(pool.map(lambda _: claim(store, 3), range(16)))
    assert len(list(filter(None, claimed))) == 3


@pytest.fixture
def chosen_first(monkeypatch):
    """Lets a worker choose a job first, whatever has become of it; then it chooses as always."""

    def chosen_first(job, choose=turns.choose):
        choices = iter([job.id])
        monkeypatch.setattr(turns, "next_job", lambda *_: job.id)
        monkeypatch.setattr(turns, "choose", lambda *now: next(choices, None) or choose(*now))

    return chosen_first


def test_who_comes_too_late_for_a_job_takes_the_next_one(store, submit, chosen_first):
    low, taken, default = submit(priority="low"), submit(priority="high"), submit()
    assert claim(store) == taken.id
    chosen_first(taken)
    assert [claim(store), claim(store), claim(store)] == [default.id, low.id, None]


def test_who_comes_too_late_keeps_the_limit_of_a_user(store, submit, chosen_first):
    taken, _, other = submit("ann"), submit("ann"), submit("bob")
    assert claim(store) == taken.id
    chosen_first(taken)
    assert [claim(store, 1), claim(store, 1)] == [other.id, None]


def test_a_job_that_is_cancelled_when_it_was_chosen_is_passed_over(store, submit, chosen_first):
    cancelled, other = submit(), submit()
    jobs.cancel(store.database, "ann", cancelled.id)
    chosen_first(cancelled)
    assert claim(store) == other.id


def test_what_has_become_more_urgent_since_the_first_look_goes_first(store, submit, monkeypatch):
    seen, urgent = submit(), submit(priority="high")
    monkeypatch.setattr(turns, "next_job", lambda *_: seen.id)
    assert [claim(store), claim(store)] == [urgent.id, seen.id]


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(turns.PRIORITIES)), max_size=12),
    st.integers(0, 2),
)
@hypothesis_settings(max_examples=25, deadline=None)
def test_what_may_start_is_what_would_be_claimed(tmp_path_factory, requests, limit):
    store = open_store(Settings(data_dir=tmp_path_factory.mktemp("turns")))
    for number, (owner, priority) in enumerate(requests):
        add_rows(store, owner, priority, number)
    startable = set(turns.startable(store.database, limit))
    claimed = []
    while (job_id := claim(store, limit)) is not None:
        claimed.append(job_id)
    assert set(claimed) == startable
    store.database.engine.dispose()
