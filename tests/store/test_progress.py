"""Progress goes through the row, and a lost lease is noticed there."""

import pytest

from core import LeaseLost
from store import claims, jobs, progress
from store.jobs import JobRequest

STEPS = [("read", "Read"), ("count", "Count")]


@pytest.fixture
def lease(store, add_dataset):
    job = jobs.submit(store.database, JobRequest("local", add_dataset().id, "profile-my-data"))
    return claims.claim(store.database, job.id, "worker", 45)[1]


def states(store, lease):
    return [step.state for step in progress.of(store.database, lease.job_id)]


def where(store, lease):
    job = jobs.load(store.database, lease.job_id)
    return job.current_step, job.steps_done, job.steps_total, job.progress


def test_a_plan_shows_the_first_step_as_running_and_all_others_as_waiting(store, lease):
    progress.plan(store.database, lease, STEPS)
    assert states(store, lease) == ["running", "waiting"]
    assert where(store, lease) == ("Read", 0, 2, 0.0)


def test_a_step_is_done_with_its_report_and_the_next_one_runs(store, lease):
    progress.plan(store.database, lease, STEPS)
    progress.step_done(store.database, lease, 0, 0.5, {"findings": []})
    first, second = progress.of(store.database, lease.job_id)
    assert (first.state, first.seconds, first.report) == ("done", 0.5, {"findings": []})
    assert (second.state, second.report) == ("running", None)
    assert where(store, lease) == ("Count", 1, 2, 50.0)


def test_after_the_last_step_all_are_done(store, lease):
    progress.plan(store.database, lease, STEPS)
    progress.step_done(store.database, lease, 0, 0.5, {})
    progress.step_done(store.database, lease, 1, 0.5, {})
    assert states(store, lease) == ["done", "done"]
    assert where(store, lease) == ("Count", 2, 2, 100.0)


def test_a_second_attempt_starts_a_new_plan(store, lease):
    progress.plan(store.database, lease, STEPS)
    progress.step_done(store.database, lease, 0, 0.5, {})
    progress.plan(store.database, lease, STEPS[:1])
    assert states(store, lease) == ["running"]


def test_after_a_cancellation_every_write_is_refused(store, lease):
    progress.plan(store.database, lease, STEPS)
    jobs.cancel(store.database, "local", lease.job_id)
    with pytest.raises(LeaseLost):
        progress.step_done(store.database, lease, 0, 0.5, {})
    with pytest.raises(LeaseLost):
        progress.plan(store.database, lease, STEPS)
    assert states(store, lease) == ["running", "waiting"]
