"""A job row: idempotent submit, owner isolation, refused transitions, cancel, retry."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from core import IllegalTransition, NotFound, Status
from store import attempts, backlog, claims, datasets, jobs, leases
from store.jobs import JobRequest


@pytest.fixture
def submit(store, add_dataset):
    dataset = add_dataset()

    def submit(tool="profile-my-data", **more):
        return jobs.submit(store.database, JobRequest("local", dataset.id, tool, **more))

    return submit


def finish(store, job):
    _, lease = claims.claim(store.database, job.id, "worker", 45)
    return leases.publish(store.database, lease, "jobs/x", {})


def fail(store, job):
    _, lease = claims.claim(store.database, job.id, "worker", 45)
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


def test_a_job_for_a_dataset_that_was_deleted_meanwhile_is_refused(store, submit):
    before = submit()
    datasets.remove(store.database, "local", before.dataset_id)
    with pytest.raises(NotFound, match="deleted meanwhile"):
        submit()
    assert jobs.search(store.database, None).total == 0


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
    _, lease = claims.claim(store.database, first.id, "worker", 45)
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


def test_cancelling_and_starting_again_within_the_same_second_starts_again(store, submit):
    first = submit()
    jobs.cancel(store.database, "local", first.id)
    assert submit().id != first.id


def test_a_cancelled_attempt_is_closed_in_the_history(store, submit):
    job = submit()
    claims.claim(store.database, job.id, "worker", 45)
    jobs.cancel(store.database, "local", job.id)
    [attempt] = attempts.history(store.database, job.id)
    assert (attempt.ending, attempt.ended_at is not None) == ("cancelled", True)


def test_a_chain_is_stored_whole_and_linked(store, add_dataset):
    dataset = add_dataset()
    tools = ("profile-my-data", "clean-my-data", "master-my-data")
    requests = [JobRequest("local", dataset.id, tool) for tool in tools]
    first, second, third = jobs.submit_chain(store.database, requests, [None, None, 1])
    assert (second.after_job_id, third.after_job_id) == (first.id, second.id)
    assert (second.input_job_id, third.input_job_id) == (None, second.id)


@pytest.mark.parametrize(
    ("end", "expected"),
    [(finish, Status.QUEUED), (fail, Status.CREATED), ("cancel", Status.CANCELLED)],
    ids=["completed", "failed", "cancelled"],
)
def test_a_job_submitted_after_one_that_has_ended_is_settled(store, submit, end, expected):
    first = submit()
    second = submit("clean-my-data", after_job_id=first.id)
    with store.database.write() as connection:
        # As if the end of the first had passed the second by.
        connection.execute(jobs.jobs.update().values(after_job_id=None))
    if end == "cancel":
        jobs.cancel(store.database, "local", first.id)
    else:
        end(store, first)
    with store.database.write() as connection:
        row = jobs.jobs.c.id == second.id
        connection.execute(jobs.jobs.update().where(row).values(after_job_id=first.id))
    backlog.settle_waiting(store.database)
    assert jobs.load(store.database, second.id).status == expected


def test_only_a_failed_job_can_be_run_again(store, submit):
    job = submit()
    _, lease = claims.claim(store.database, job.id, "worker", 45)
    with pytest.raises(IllegalTransition):
        jobs.retry(store.database, "local", job.id)
    assert leases.holds(store.database, lease)
