"""A job row: idempotent submit, owner isolation, refused transitions, cancel, retry."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from core import IllegalTransition, NotFound, Status
from store import jobs, leases
from store.jobs import JobRequest


@pytest.fixture
def submit(store, add_dataset):
    dataset = add_dataset()

    def submit(tool="profile-my-data", **more):
        return jobs.submit(store.database, JobRequest("local", dataset.id, tool, **more))

    return submit


def finish(store, job):
    _, lease = leases.claim(store.database, job.id, "worker", 45)
    return leases.publish(store.database, lease, "jobs/x", {})


def fail(store, job):
    _, lease = leases.claim(store.database, job.id, "worker", 45)
    leases.fail(store.database, lease, "STEP_ERROR", "It broke.")


def test_a_submitted_job_is_queued(submit):
    assert submit().status == Status.QUEUED


def test_a_double_click_makes_one_job(submit):
    assert submit().id == submit().id


def test_ten_clicks_at_once_make_one_job(submit):
    with ThreadPoolExecutor(10) as pool:
        ids = set(pool.map(lambda _: submit().id, range(10)))
    assert len(ids) == 1


def test_a_click_repeated_after_the_job_has_ended_is_still_the_same_click(store, submit):
    job = submit()
    finish(store, job)
    assert submit().id == job.id


def test_other_parameters_make_another_job(submit):
    assert submit().id != submit(params={"skip": ["histograms"]}).id


def test_a_chained_job_waits_until_the_one_before_completes(store, submit):
    first = submit()
    second = submit("clean-my-data", after_job_id=first.id)
    assert second.status == Status.CREATED
    assert finish(store, first) == (second.id,)
    assert jobs.load(store.database, second.id).status == Status.QUEUED


def test_a_chained_job_goes_on_waiting_when_the_one_before_fails(store, submit):
    first = submit()
    second = submit("clean-my-data", after_job_id=first.id)
    fail(store, first)
    assert jobs.load(store.database, second.id).status == Status.CREATED


def test_somebody_elses_job_is_as_unknown_as_no_job(store, submit):
    job = submit()
    for owner, job_id in (("eve", job.id), ("local", "nothing")):
        with pytest.raises(NotFound):
            jobs.get(store.database, owner, job_id)
        with pytest.raises(NotFound):
            jobs.cancel(store.database, owner, job_id)


def test_cancelling_takes_the_lease_and_the_waiting_jobs_along(store, submit):
    first = submit()
    second = submit("clean-my-data", after_job_id=first.id)
    third = submit("master-my-data", after_job_id=second.id)
    _, lease = leases.claim(store.database, first.id, "worker", 45)
    cancelled = jobs.cancel(store.database, "local", first.id)
    assert [job.id for job in cancelled] == [first.id, second.id, third.id]
    assert not leases.holds(store.database, lease)


def test_a_job_that_has_ended_cannot_be_cancelled(store, submit):
    job = submit()
    finish(store, job)
    with pytest.raises(IllegalTransition, match="COMPLETED cannot become CANCELLED"):
        jobs.cancel(store.database, "local", job.id)


def test_only_a_failed_job_can_be_retried(store, submit):
    job = submit()
    with pytest.raises(IllegalTransition):
        jobs.retry(store.database, "local", job.id)
    fail(store, job)
    again = jobs.retry(store.database, "local", job.id)
    assert (again.status, again.failures, again.error_code) == (Status.QUEUED, 0, None)


def test_a_list_is_newest_first_and_pages(store, submit):
    ids = [submit(params={"skip": [str(number)]}).id for number in range(3)]
    page = jobs.search(store.database, "local", limit=2)
    assert [job.id for job in page.jobs] == ids[:0:-1]
    assert page.total == 3


def test_a_list_filters_by_status_and_owner(store, submit):
    submit()
    assert jobs.search(store.database, "local", statuses=(Status.FAILED,)).total == 0
    assert jobs.search(store.database, "eve").total == 0
    assert jobs.search(store.database, None, statuses=(Status.QUEUED,)).total == 1
