"""Recurring profiles: each due run is made once, by one process, whatever was down before."""

import io
import json
import sqlite3
import threading
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from core import (
    DatasetError,
    IllegalTransition,
    NotFound,
    ParamsError,
    Settings,
    Status,
    UnreadableFile,
)
from queue_jobs import schedule as scheduling
from queue_jobs import submit
from queue_jobs.job_queue import JobQueue
from queue_jobs.perform import perform_with
from queue_jobs.schedule import create, run_due, run_now
from store import jobs, open_store, schedules, series, tally
from store.schema import outbox
from store.schema import schedule as table
from tests.queue_jobs.conftest import NoBell

QUERY = {"database": "sales", "query": "SELECT * FROM people"}
HOUR = 3600.0


@pytest.fixture
def source(tmp_path):
    """A database with a table of two hundred people, aged 20 to 59."""
    path = tmp_path / "sales.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE people (id, age)")
        connection.executemany("INSERT INTO people VALUES (?, ?)", people(20))
    connection.close()
    return path


def people(youngest):
    return [(number, youngest + number % 40) for number in range(200)]


def grow_older(path):
    """Make everybody in the source 40 years older."""
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE people SET age = age + 40")
    connection.close()


@pytest.fixture
def house(tmp_path, source, monkeypatch):
    """A queue without a bell; profiles leave out the full report, which takes seconds."""
    chain = scheduling.transformer("profile")
    light = replace(chain, steps=tuple(s for s in chain.steps if s.name != "full-report"))
    monkeypatch.setattr(scheduling, "transformer", lambda name: light)
    monkeypatch.setattr("queue_jobs.chain.transformer", lambda name: light)
    settings = Settings(
        data_dir=tmp_path / "data",
        use_queue=False,
        notify_urls="json://127.0.0.1:9",
        source_databases=json.dumps({"sales": f"sqlite:///{source}"}),
        max_failures=1,
    )
    return JobQueue(settings, open_store(settings), NoBell())


@pytest.fixture
def fetched(house):
    """A dataset that was fetched and read."""
    dataset, job = submit.fetch(house, "ann", QUERY)
    perform_with(house, job.id)
    return dataset


@pytest.fixture
def schedule(house, fetched):
    """Its schedule: every six hours."""
    return create(house, "ann", fetched.id, "every 6 hours")


def work(house):
    """Perform every queued job, and those that they release."""
    while jobs.search(house.store.database, None, statuses=(Status.QUEUED,)).jobs:
        perform_with(house, "")


def now(house, schedule):
    return schedules.get(house.store.database, "ann", schedule.id)


def let_pass(house, schedule, hours):
    """Make it that many hours since the last run was due."""
    database = house.store.database
    with database.write() as connection:
        due = database.now(connection) - hours * HOUR
        connection.execute(update(table).where(table.c.id == schedule.id).values(next_at=due))


def history(house, schedule):
    return series.runs(house.store.database, schedule.dataset_id)


def alerts(house):
    """The messages of the alerts in the outbox."""
    query = select(outbox.c.payload).where(outbox.c.kind == "alert").order_by(outbox.c.id)
    with house.store.database.read() as connection:
        return [payload["told"]["message"] for payload in connection.execute(query).scalars()]


def test_a_schedule_starts_with_the_first_dataset_as_its_baseline(house, fetched, schedule):
    assert (schedule.dataset_id, schedule.baseline_dataset_id) == (fetched.id, fetched.id)
    assert schedule.next_at == pytest.approx(schedule.created_at + 6 * HOUR)
    assert run_due(house) == 0


def test_a_due_run_is_a_new_dataset_that_is_read_and_profiled(house, fetched, schedule):
    let_pass(house, schedule, 0.1)
    assert run_due(house) == 1
    work(house)
    newest, first = history(house, schedule)
    assert (newest.dataset.series_id, newest.dataset.rows) == (fetched.id, 200)
    assert first.dataset.id == fetched.id
    assert newest.profile.status == Status.COMPLETED
    assert newest.profile.after_job_id == newest.read.id
    assert newest.profile.reference_dataset_id == fetched.id
    assert {job.priority for job in (newest.read, newest.profile)} == {"low"}
    assert {job.schedule_id for job in (newest.read, newest.profile)} == {schedule.id}
    assert newest.drift["verdict"] == "stable"


def test_the_next_time_keeps_the_beat_and_one_run_stands_for_all_that_were_due(house, schedule):
    let_pass(house, schedule, 13)
    due = now(house, schedule).next_at
    assert run_due(house) == 1
    assert now(house, schedule).next_at == due + 18 * HOUR
    assert now(house, schedule).missed == 2
    assert len(history(house, schedule)) == 2
    [message] = alerts(house)
    assert message.endswith("were missed: 2.")


def test_a_late_run_is_no_missed_run(house, schedule):
    let_pass(house, schedule, 5.9)
    assert run_due(house) == 1
    assert (now(house, schedule).missed, alerts(house)) == (0, [])


def test_a_run_that_has_started_is_not_due_again(house, schedule):
    let_pass(house, schedule, 1)
    assert [run_due(house), run_due(house)] == [1, 0]


def test_of_many_processes_one_starts_the_run(house, schedule):
    let_pass(house, schedule, 1)
    start = threading.Barrier(4)
    counts = []

    def look():
        start.wait()
        counts.append(run_due(house))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts) == [0, 0, 0, 1]
    assert len(history(house, schedule)) == 2


def test_a_process_that_is_killed_before_it_commits_leaves_nothing(house, schedule, monkeypatch):
    let_pass(house, schedule, 1)
    monkeypatch.setattr(jobs, "insert", lambda *given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run_due(house)
    monkeypatch.undo()
    assert len(history(house, schedule)) == 1
    assert now(house, schedule).last_job_id is None
    assert now(house, schedule).missed == 0


def test_while_the_last_run_is_under_way_the_next_is_missed(house, schedule):
    let_pass(house, schedule, 1)
    run_due(house)
    let_pass(house, schedule, 1)
    assert run_due(house) == 0
    let_pass(house, schedule, 1)
    assert run_due(house) == 0
    seen = now(house, schedule)
    assert (seen.missed, seen.error_message) == (2, scheduling.STILL_RUNNING)
    assert alerts(house) == [scheduling.STILL_RUNNING]
    work(house)
    let_pass(house, schedule, 1)
    assert run_due(house) == 1
    assert now(house, schedule).error_message is None


def test_drift_raises_one_alert_without_any_value(house, source, schedule):
    grow_older(source)
    let_pass(house, schedule, 1)
    run_due(house)
    work(house)
    for _ in range(3):
        run_due(house)
    [message] = alerts(house)
    assert message.startswith("'sales.csv' shows major drift against its baseline;")
    assert tally.read(house.store.database)["drift_alerts_total"] == [({}, 1.0)]
    assert history(house, schedule)[0].drift["verdict"] == "major drift"
    assert now(house, schedule).last_job_id is None


def test_an_accepted_baseline_is_what_later_runs_are_compared_with(house, source, schedule):
    grow_older(source)
    run_now(house, "ann", schedule.id)
    work(house)
    accepted = history(house, schedule)[0].dataset
    schedules.accept_baseline(house.store.database, "ann", schedule.id, accepted.id)
    run_now(house, "ann", schedule.id)
    work(house)
    newest = history(house, schedule)[0]
    assert newest.profile.reference_dataset_id == accepted.id
    assert newest.drift["verdict"] == "stable"


def test_a_deleted_baseline_gives_way_to_the_first_dataset(house, fetched, schedule):
    run_now(house, "ann", schedule.id)
    work(house)
    accepted = history(house, schedule)[0].dataset
    schedules.accept_baseline(house.store.database, "ann", schedule.id, accepted.id)
    submit.delete(house, "ann", accepted.id)
    run_now(house, "ann", schedule.id)
    assert history(house, schedule)[0].profile.reference_dataset_id == fetched.id


def test_a_failed_run_is_said_and_the_next_one_is_made(house, source, schedule):
    source.rename(source.with_suffix(".away"))
    let_pass(house, schedule, 1)
    run_due(house)
    work(house)
    run_due(house)
    seen = now(house, schedule)
    assert "'sales.csv' failed" in seen.error_message
    assert alerts(house) == [seen.error_message]
    newest = history(house, schedule)[0]
    assert newest.failure == newest.read
    assert newest.profile.status == Status.CANCELLED
    source.with_suffix(".away").rename(source)
    let_pass(house, schedule, 1)
    assert run_due(house) == 1
    work(house)
    run_due(house)
    assert now(house, schedule).error_message is None


def test_a_source_that_is_no_longer_allowed_is_said_once_and_tried_again(house, schedule):
    closed = replace(house, settings=replace(house.settings, source_databases=""))
    for _ in range(2):
        let_pass(house, schedule, 1)
        assert run_due(closed) == 0
    seen = now(house, schedule)
    assert "SOURCE_DATABASES" in seen.error_message
    assert (seen.enabled, seen.missed, len(alerts(house))) == (True, 2, 1)
    let_pass(house, schedule, 1)
    assert run_due(house) == 1


def test_a_cancelled_run_is_no_alert(house, schedule):
    run_now(house, "ann", schedule.id)
    submit.cancel(house, "ann", history(house, schedule)[0].read.id)
    run_due(house)
    seen = now(house, schedule)
    assert (seen.last_job_id, seen.error_message, alerts(house)) == (None, None, [])


def test_a_run_whose_dataset_was_deleted_is_over(house, schedule):
    run_now(house, "ann", schedule.id)
    submit.delete(house, "ann", history(house, schedule)[0].dataset.id)
    run_now(house, "ann", schedule.id)
    assert len(history(house, schedule)) == 2


def test_run_now_waits_for_the_run_under_way(house, schedule):
    before = now(house, schedule).next_at
    run_now(house, "ann", schedule.id)
    with pytest.raises(IllegalTransition, match="under way"):
        run_now(house, "ann", schedule.id)
    assert now(house, schedule).next_at == before
    assert len(history(house, schedule)) == 2


def test_a_paused_schedule_waits_and_misses_nothing(house, schedule):
    let_pass(house, schedule, 100)
    schedules.switch(house.store.database, "ann", schedule.id, on=False)
    let_pass(house, schedule, 100)
    assert run_due(house) == 0
    schedules.switch(house.store.database, "ann", schedule.id, on=True)
    assert run_due(house) == 0
    assert now(house, schedule).missed == 0


def test_a_deleted_schedule_leaves_its_datasets(house, schedule):
    run_now(house, "ann", schedule.id)
    work(house)
    schedules.remove(house.store.database, "ann", schedule.id)
    assert len(history(house, schedule)) == 2
    assert schedules.find(house.store.database) == ()


def test_deleting_the_first_dataset_ends_the_schedule(house, fetched, schedule):
    run_now(house, "ann", schedule.id)
    work(house)
    later = history(house, schedule)[0].dataset
    submit.delete(house, "ann", fetched.id)
    assert (schedules.find(house.store.database), run_due(house)) == ((), 0)
    with pytest.raises(DatasetError, match="first dataset"):
        create(house, "ann", later.id, "every 6 hours")


def test_what_cannot_be_scheduled_says_why(house, fetched, uploaded):
    with pytest.raises(ParamsError, match="cron"):
        create(house, "ann", fetched.id, "sometimes")
    with pytest.raises(DatasetError, match="was uploaded"):
        create(house, "ann", uploaded.id, "every 6 hours")
    with pytest.raises(NotFound):
        create(house, "eve", fetched.id, "every 6 hours")
    closed = replace(house, settings=replace(house.settings, source_databases=""))
    with pytest.raises(UnreadableFile, match="SOURCE_DATABASES"):
        create(closed, "ann", fetched.id, "every 6 hours")
    unread, _ = submit.fetch(house, "ann", QUERY)
    with pytest.raises(DatasetError, match="no table"):
        create(house, "ann", unread.id, "every 6 hours")
    create(house, "ann", fetched.id, "every 6 hours")
    with pytest.raises(DatasetError, match="already"):
        create(house, "ann", fetched.id, "every 6 hours")
    assert len(schedules.find(house.store.database)) == 1


@pytest.fixture
def uploaded(house):
    """A dataset that no source has."""
    return submit.upload(house, "ann", "a.csv", io.BytesIO(b"a,b\n1,2\n"), {})[0]
