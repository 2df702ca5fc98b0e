"""What users are told about files that are kept for a while, and then no longer."""

import pytest

from core import DatasetError
from queue_jobs import submit
from queue_jobs.retention import retain
from store.schema import dataset as dataset_table
from store.schema import job as job_table
from tests.pages.conftest import texts, visit
from tests.pages.test_pages import CLEAN, MASTER, PROFILE, TABS
from web.gate import USER

DAY = 86_400.0


@pytest.fixture
def done(house, dataset):
    """A dataset with results of every tool."""
    house.start(dataset, PROFILE, CLEAN, MASTER)
    house.work()
    return dataset


@pytest.fixture
def without_results(house, done):
    """The same a month later, when the results have gone and the file is still in use."""
    age(house, job_table.c.ended_at, 31)
    kept = job_table.update().where(job_table.c.tool == "read-my-data")
    with house.store.database.write() as connection:
        connection.execute(kept.values(ended_at=job_table.c.ended_at + 31 * DAY))
    retain(house.queue)
    return done


@pytest.fixture
def without_files(house, done):
    """The same when nobody has used it for so long that its file has gone, too."""
    age(house, job_table.c.ended_at, 40)
    age(house, dataset_table.c.created_at, 40)
    retain(house.queue)
    return done


def age(house, column, days):
    """Make everything that many days older."""
    with house.store.database.write() as connection:
        older = column.table.update().values({column: column - days * DAY})
        connection.execute(older)


def test_a_dataset_says_until_when_its_files_are_kept(house, done):
    said = texts(visit("dataset.py", id=done.id))
    assert "Kept at least: file until" in said
    assert "results until" in said


def test_nothing_is_said_where_everything_is_kept(house, done, monkeypatch):
    monkeypatch.setenv("RETENTION_INPUT_DAYS", "0")
    monkeypatch.setenv("RETENTION_OUTPUT_DAYS", "0")
    assert "Kept at least" not in texts(visit("dataset.py", id=done.id))


@pytest.mark.parametrize("tab", ["Changes", "Golden records", "Full report", "Downloads"])
def test_a_tab_says_that_its_results_are_no_longer_kept(without_results, tab):
    page = visit("dataset.py", id=without_results.id, tab=tab)
    assert not page.exception
    assert "are no longer kept" in page.info[0].value


def test_a_dataset_without_results_can_be_worked_on(without_results):
    page = visit("dataset.py", id=without_results.id)
    assert "dataset-run" in buttons(page)
    assert "results until" not in texts(page)


def buttons(page):
    return {button.key for button in page.button}


def test_what_was_found_stays_when_the_results_have_gone(without_results):
    page = visit("dataset.py", id=without_results.id, tab="Issues")
    assert page.button_group(key="issues-severity")


def test_a_dataset_without_its_file_says_so_and_starts_nothing(house, without_files):
    page = visit("dataset.py", id=without_files.id)
    assert "is no longer kept" in page.info[0].value.replace("\\", "")
    assert "dataset-run" not in buttons(page)
    with pytest.raises(DatasetError) as refused:
        submit.start(house.queue, USER, without_files.id, [PROFILE], {})
    assert refused.value.code == "INPUTS_DELETED"


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_of_a_dataset_without_files_renders(without_files, tab):
    assert not visit("dataset.py", id=without_files.id, tab=tab).exception


def test_a_tool_that_never_ran_is_not_offered_without_the_file(house, dataset):
    age(house, job_table.c.ended_at, 40)
    age(house, dataset_table.c.created_at, 40)
    retain(house.queue)
    page = visit("dataset.py", id=dataset.id)
    assert not page.exception
    assert f"dataset-start-{PROFILE}" not in buttons(page)


@pytest.mark.parametrize("page", ["", "jobs.py", "operations.py"])
def test_lists_show_a_dataset_without_files(without_files, page):
    shown = visit(page)
    assert not shown.exception


def test_a_job_and_its_choices_show_without_files(house, without_files):
    assert not visit("new.py", id=without_files.id).exception
    for job in submit.jobs.search(house.store.database, USER).jobs:
        assert not visit("job.py", id=job.id).exception
