"""The rows of schedules: whose they are, what may change them, and who of several is first."""

from dataclasses import replace

import pytest

from core import DatasetError, NotFound, ParamsError, new_id
from store import audit, datasets, jobs, schedules
from store.jobs import JobRequest
from store.schedules import NewRun, Schedule

DAY = 86_400.0


@pytest.fixture
def dataset(store, add_dataset):
    """A dataset of Ann that has been read."""
    return read(store, add_dataset(owner="ann"))


def read(store, dataset):
    """The dataset as it is once a job has read it."""
    job = jobs.submit(store.database, JobRequest(dataset.owner, dataset.id, "read-my-data"))
    with store.database.write() as connection:
        datasets.ingested(connection, job, 1, 2)
    return datasets.load(store.database, dataset.id)


@pytest.fixture
def schedule(store, dataset):
    """Its schedule: every day."""
    return schedules.add(store.database, new(dataset))


def new(dataset, rule="every 24 hours"):
    return Schedule(
        id=new_id(),
        owner=dataset.owner,
        dataset_id=dataset.id,
        rule=rule,
        params={"source": {"url": "https://a.example/a.csv"}},
        baseline_dataset_id=dataset.id,
        enabled=True,
        next_at=0.0,
        last_at=None,
        last_job_id=None,
        missed=0,
        error_message=None,
        created_at=0.0,
    )


def next_run(dataset):
    later = replace(dataset, id=new_id(), series_id=dataset.id, ingest_job_id=None)
    request = JobRequest(dataset.owner, later.id, "read-my-data", priority="low")
    return NewRun(later, request, replace(request, tool="profile-my-data"))


def now(store, schedule):
    return schedules.get(store.database, schedule.owner, schedule.id)


def test_a_new_schedule_is_due_after_its_interval(store, schedule):
    assert schedule.next_at == schedule.created_at + DAY
    assert now(store, schedule) == schedule
    assert schedules.due(store.database) == ()


def test_a_dataset_has_one_schedule(store, dataset, schedule):
    with pytest.raises(DatasetError, match="already"):
        schedules.add(store.database, new(dataset))


def test_a_dataset_that_was_not_read_cannot_be_a_baseline(store, add_dataset, schedule):
    unread = add_dataset(owner="ann")
    with pytest.raises(DatasetError, match="no table"):
        schedules.add(store.database, new(unread))


def test_somebody_elses_schedule_is_not_there(store, schedule):
    database = store.database
    for refused in (
        lambda: schedules.get(database, "eve", schedule.id),
        lambda: schedules.switch(database, "eve", schedule.id, on=False),
        lambda: schedules.reschedule(database, "eve", schedule.id, "every 1 hour"),
        lambda: schedules.accept_baseline(database, "eve", schedule.id, schedule.dataset_id),
        lambda: schedules.remove(database, "eve", schedule.id),
    ):
        with pytest.raises(NotFound):
            refused()
    assert now(store, schedule) == schedule


def test_a_run_is_stored_with_its_jobs_and_holds_off_the_next(store, dataset, schedule):
    first = schedules.begin(store.database, schedule, next_run(dataset), is_due=False)
    seen = now(store, schedule)
    profile = jobs.load(store.database, seen.last_job_id)
    assert profile.after_job_id == first.id
    assert (first.status, profile.status) == ("QUEUED", "CREATED")
    assert seen.next_at == schedule.next_at
    for known in (schedule, seen):
        assert schedules.begin(store.database, known, next_run(dataset), is_due=False) is None


def test_what_was_changed_meanwhile_is_not_begun(store, dataset, schedule):
    schedules.switch(store.database, "ann", schedule.id, on=False)
    assert schedules.begin(store.database, schedule, next_run(dataset), is_due=True) is None
    assert jobs.search(store.database, "ann").total == 1


def test_a_new_rule_counts_from_now(store, schedule):
    schedules.reschedule(store.database, "ann", schedule.id, "every 1 hour")
    assert now(store, schedule).next_at < schedule.next_at
    with pytest.raises(ParamsError):
        schedules.reschedule(store.database, "ann", schedule.id, "every hour")


def test_only_a_read_dataset_of_the_series_becomes_the_baseline(
    store, add_dataset, dataset, schedule
):
    stranger = read(store, add_dataset(owner="ann"))
    with pytest.raises(DatasetError, match="same source"):
        schedules.accept_baseline(store.database, "ann", schedule.id, stranger.id)
    run = next_run(dataset)
    schedules.begin(store.database, schedule, run, is_due=False)
    with pytest.raises(DatasetError, match="no table"):
        schedules.accept_baseline(store.database, "ann", schedule.id, run.dataset.id)
    read(store, run.dataset)
    schedules.accept_baseline(store.database, "ann", schedule.id, run.dataset.id)
    assert now(store, schedule).baseline_dataset_id == run.dataset.id


def test_every_dataset_of_the_series_finds_the_schedule(store, dataset, schedule):
    run = next_run(dataset)
    schedules.begin(store.database, schedule, run, is_due=False)
    later = datasets.load(store.database, run.dataset.id)
    assert schedules.of_series(store.database, later).id == schedule.id
    assert schedules.of_series(store.database, dataset).id == schedule.id


def test_what_users_do_with_schedules_is_in_the_audit_log(store, dataset, schedule):
    schedules.switch(store.database, "ann", schedule.id, on=False)
    schedules.accept_baseline(store.database, "ann", schedule.id, dataset.id)
    schedules.remove(store.database, "ann", schedule.id)
    actions = [event.action for event in audit.recent(store.database)]
    assert actions == ["unschedule", "accept baseline", "pause", "schedule"]
