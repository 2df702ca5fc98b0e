"""The schedule of a fetched dataset on its page: made, changed, run, and looked back on."""

import json
import sqlite3

import pytest
from sqlalchemy import update

from core import Settings
from queue_jobs import JobQueue, submit
from queue_jobs.perform import perform_with
from queue_jobs.schedule import create, run_due
from store import open_store, schedules, series
from store.schema import job
from store.schema import schedule as table
from tests.pages.conftest import House, SilentDoorbell, texts, visit
from ui.schedule_view import CRON
from web.gate import USER

QUERY = {"database": "sales", "query": "SELECT * FROM people"}
HOUR = 3600.0


@pytest.fixture
def house(tmp_path, monkeypatch):
    """An Assay that may ask one database with a table of a hundred people."""
    source = tmp_path / "sales.sqlite3"
    with sqlite3.connect(source) as connection:
        connection.execute("CREATE TABLE people (id, age)")
        rows = [(number, number % 40) for number in range(100)]
        connection.executemany("INSERT INTO people VALUES (?, ?)", rows)
    connection.close()
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("SOURCE_DATABASES", json.dumps({"sales": f"sqlite:///{source}"}))
    for name in ("APP_PASSWORD", "DATABASE_URL", "STORAGE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    settings = Settings.from_environment()
    return House(JobQueue(settings, open_store(settings), SilentDoorbell()))


@pytest.fixture
def fetched(house):
    """A dataset that was fetched and read."""
    dataset, _ = submit.fetch(house.queue, USER, QUERY)
    house.work()
    return dataset


@pytest.fixture
def schedule(house, fetched):
    return create(house.queue, USER, fetched.id, "every 6 hours")


def opened(dataset):
    """The Schedule tab of a dataset's page."""
    page = visit("dataset.py", id=dataset.id, tab="Schedule")
    assert not page.exception
    return page


def the_schedule(house):
    [only] = schedules.find(house.store.database)
    return only


def ran(house, schedule):
    """The dataset of a run that has been read, but not profiled."""
    with house.store.database.write() as connection:
        connection.execute(update(table).values(next_at=house.store.database.now(connection)))
    assert run_due(house.queue) == 1
    perform_with(house.queue, "")
    return series.runs(house.store.database, schedule.dataset_id)[0]


def metrics(page):
    return {metric.label: metric.value for metric in page.metric}


def test_an_upload_has_no_schedule(house):
    dataset, _ = house.upload()
    house.work()
    assert "Schedule" not in [tab.label for tab in visit("dataset.py", id=dataset.id).tabs]


def test_a_fetched_dataset_is_scheduled_by_hours(house, fetched):
    page = opened(fetched)
    page.number_input(key="schedule-hours").set_value(6)
    page.button(key="schedule-save").click().run()
    assert the_schedule(house).rule == "every 6 hours"
    assert metrics(page)["Next run"].startswith("in 6 h 0 m")
    assert metrics(page)["Last run"] == "none yet"
    assert "Every 6 hours" in texts(page)


def test_a_fetched_dataset_is_scheduled_by_cron(house, fetched):
    page = opened(fetched)
    page.button_group(key="schedule-kind").set_value(CRON).run()
    page.text_input(key="schedule-cron").input("30 6 * * *")
    page.button(key="schedule-save").click().run()
    assert the_schedule(house).rule == "30 6 * * *"
    assert "06:30 UTC" in texts(page).replace("\\", "")


def test_a_bad_expression_is_refused_with_a_sentence(house, fetched):
    page = opened(fetched)
    page.button_group(key="schedule-kind").set_value(CRON).run()
    page.text_input(key="schedule-cron").input("*/5 * * * *")
    page.button(key="schedule-save").click().run()
    assert "more often than every 15 minutes" in page.error[0].value
    assert schedules.find(house.store.database) == ()


def test_the_rule_is_changed(house, fetched, schedule):
    page = opened(fetched)
    assert page.number_input(key="schedule-hours").value == 6
    page.number_input(key="schedule-hours").set_value(12)
    page.button(key="schedule-save").click().run()
    assert the_schedule(house).rule == "every 12 hours"


def test_a_schedule_is_paused_resumed_and_deleted(house, fetched, schedule):
    page = opened(fetched)
    page.button(key="schedule-switch").click().run()
    assert metrics(page)["Next run"] == "paused"
    page.button(key="schedule-switch").click().run()
    assert the_schedule(house).enabled
    page.button(key="schedule-delete").click().run()
    assert schedules.find(house.store.database) == ()
    assert page.button(key="schedule-save").label == "Schedule it"


def test_run_now_starts_a_run_and_a_second_one_is_refused(house, fetched, schedule):
    page = opened(fetched)
    page.button(key="schedule-run").click().run()
    assert len(series.runs(house.store.database, fetched.id)) == 2
    page.button(key="schedule-run").click().run()
    assert "under way" in page.error[0].value
    assert len(series.runs(house.store.database, fetched.id)) == 2


def test_missed_runs_and_trouble_are_shown(house, fetched, schedule):
    with house.store.database.write() as connection:
        trouble = {"missed": 3, "error_message": "The source <b> is away."}
        connection.execute(update(table).values(**trouble))
    page = opened(fetched)
    assert metrics(page)["Missed runs"] == "3"
    assert "\\<b\\>" in page.warning[0].value


def test_the_history_shows_every_run_with_its_drift(house, fetched, schedule):
    run = ran(house, schedule)
    house.work()
    page = opened(fetched)
    badges = [item.value for item in page.markdown if "badge" in item.value]
    assert any("stable" in badge for badge in badges)
    assert any("baseline" in badge for badge in badges)
    shown = texts(page).replace("\\", "")
    assert "100 rows · quality 100 of 100 (A)" in shown
    assert "this dataset · 100 rows" in shown
    links = [link.proto.query_string for link in page.get("page_link")]
    assert any(run.dataset.id in link for link in links)


def test_a_run_is_accepted_as_the_baseline_on_its_own_page(house, fetched, schedule):
    run = ran(house, schedule)
    assert "schedule-accept" not in {button.key for button in opened(fetched).button}
    page = opened(run.dataset)
    page.button(key="schedule-accept").click().run()
    assert the_schedule(house).baseline_dataset_id == run.dataset.id
    assert "schedule-accept" not in {button.key for button in page.button}


def test_a_failed_run_says_why(house, fetched, schedule):
    run = ran(house, schedule)
    with house.store.database.write() as connection:
        away = {"status": "FAILED", "error_message": "The server is away."}
        connection.execute(update(job).where(job.c.id == run.read.id).values(**away))
    assert "The server is away" in texts(opened(fetched)).replace("\\", "")
