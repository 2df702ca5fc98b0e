"""Progress goes through the row, and a lost lease is noticed there."""

import pytest

from core import LeaseLost
from store import jobs, leases, progress
from store.jobs import JobRequest

STEPS = [("read", "Read"), ("count", "Count")]


@pytest.fixture
def lease(store, add_dataset):
    job = jobs.submit(store.database, JobRequest("local", add_dataset().id, "profile-my-data"))
    return leases.claim(store.database, job.id, "worker", 45)[1]


def states(store, lease):
    return [step.state for step in progress.of(store.database, lease.job_id)]


def test_a_plan_shows_all_steps_as_waiting(store, lease):
    progress.plan(store.database, lease, STEPS)
    assert states(store, lease) == ["waiting", "waiting"]


def test_a_step_runs_and_is_done_with_its_report(store, lease):
    progress.plan(store.database, lease, STEPS)
    progress.step_started(store.database, lease, 0)
    assert states(store, lease) == ["running", "waiting"]
    progress.step_done(store.database, lease, 0, 0.5, {"findings": []})
    first, _ = progress.of(store.database, lease.job_id)
    assert (first.state, first.seconds, first.report) == ("done", 0.5, {"findings": []})
    job = jobs.load(store.database, lease.job_id)
    assert (job.progress, job.steps_done, job.steps_total) == (50.0, 1, 2)


def test_a_second_attempt_starts_a_new_plan(store, lease):
    progress.plan(store.database, lease, STEPS)
    progress.step_started(store.database, lease, 0)
    progress.plan(store.database, lease, STEPS[:1])
    assert states(store, lease) == ["waiting"]


def test_after_a_cancellation_every_write_is_refused(store, lease):
    progress.plan(store.database, lease, STEPS)
    jobs.cancel(store.database, "local", lease.job_id)
    with pytest.raises(LeaseLost):
        progress.step_started(store.database, lease, 0)
    with pytest.raises(LeaseLost):
        progress.plan(store.database, lease, STEPS)
    assert states(store, lease) == ["waiting", "waiting"]
