"""What an analyst reads and does on the pages, from an empty start to the golden records."""

import dataclasses

import pytest

from core import Dataset
from queue_jobs import submit, upload
from store import datasets, jobs
from store.claims import claim
from store.leases import interrupt
from tests.pages.conftest import texts, visit
from web.gate import USER

PROFILE, CLEAN, MASTER = "profile-my-data", "clean-my-data", "master-my-data"
TABS = [
    "Overview",
    "Issues",
    "Changes",
    "Golden records",
    "Charts",
    "Full report",
    "Downloads",
    "History",
]


@pytest.fixture
def finished(house, dataset) -> Dataset:
    """The same after all tools."""
    house.start(dataset, PROFILE, CLEAN, MASTER, PROFILE)
    house.work()
    return dataset


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("", "Home"),
        ("new.py", "New dataset"),
        ("jobs.py", "Jobs"),
        ("operations.py", "Queue"),
        ("job.py", "This job is not here"),
        ("dataset.py", "This dataset is not here"),
    ],
)
def test_a_page_of_an_empty_house_renders(house, page, title):
    shown = visit(page)
    assert not shown.exception
    assert shown.title[0].value == title


def test_an_empty_home_offers_an_upload_and_three_samples(house):
    home = visit()
    assert home.button(key="home-upload").label == "Upload a dataset"
    assert [b.label for b in home.button if b.key.startswith("home-load-")] == ["Load"] * 3
    assert not home.metric


def test_a_sample_is_loaded_into_a_preview(house):
    visit().button(key="home-load-orders").click().run()
    house.work()
    [dataset_job] = jobs.search(house.store.database, USER).jobs
    page = visit("new.py", id=dataset_job.dataset_id)
    assert "orders.csv" in texts(page).replace("\\", "")


def test_start_begins_one_chain_however_often_it_is_clicked(house, dataset):
    page = visit("new.py", id=dataset.id)
    page.button_group(key="new-plan").set_value("All three").run()
    for _ in range(2):
        again = visit("new.py", id=dataset.id)
        again.button_group(key="new-plan").set_value("All three").run()
        again.button(key="new-start").click().run()
    started = [j.tool for j in jobs.search(house.store.database, USER).jobs if j.tool in TOOLS]
    assert sorted(started) == sorted([PROFILE, CLEAN, MASTER, PROFILE])


TOOLS = {PROFILE, CLEAN, MASTER}


def test_a_waiting_job_shows_its_chain_and_can_be_cancelled(house, dataset):
    first, second = house.start(dataset, PROFILE, CLEAN)
    page = visit("job.py", id=first.id)
    assert [box.label for box in page.expander if "·" in box.label] == [
        "Profile my data · in the queue",
        "Clean my data · waiting",
    ]
    page.button(key="job-cancel").click().run()
    assert {house.job(job.id).status for job in (first, second)} == {"CANCELLED"}


def test_a_lost_worker_is_said_in_words(house, dataset):
    [job] = house.start(dataset, PROFILE)
    claim(house.store.database, job.id, "host:1", 45)
    interrupt(house.store.database, job.id, "WORKER_LOST", "The worker was lost.")
    claim(house.store.database, job.id, "host:2", 45)
    page = visit("job.py", id=job.id)
    assert "Attempt 1 did not finish" in page.info[0].value


def test_a_finished_job_shows_findings_and_the_way_to_the_results(house, finished):
    last = jobs.search(house.store.database, USER, dataset_id=finished.id).jobs[-2]
    page = visit("job.py", id=last.id)
    assert not page.exception
    assert page.button(key="job-results").label == "Open the results"
    assert page.button(key="job-again")
    assert "findings" in texts(page)


def test_a_failed_job_says_why_and_can_be_retried(house, dataset):
    [job] = house.start(dataset, MASTER, **{MASTER: {"column-roles": {"compare": ["emial"]}}})
    house.work()
    assert house.job(job.id).status == "FAILED"
    page = visit("job.py", id=job.id)
    assert "emial" in page.error[0].value
    page.button(key="job-retry").click().run()
    assert house.job(job.id).status == "QUEUED"


def test_run_again_starts_the_whole_chain_once_more(house, dataset):
    first, _ = house.start(dataset, PROFILE, CLEAN)
    house.work()
    # The same request within two seconds counts as a double click, so make it an older one.
    visit("job.py", id=first.id).button(key="job-again").click().run()
    found = jobs.search(house.store.database, USER, dataset_id=dataset.id)
    assert {job.tool for job in found.jobs} == {"read-my-data", PROFILE, CLEAN}


def test_what_has_no_file_is_not_offered_to_run_again(house, dataset):
    begun = upload.begin(house.queue, USER, "cut-off.csv", 9)
    submit.cancel(house.queue, USER, begun.job.id)
    page = visit("job.py", id=begun.job.id)
    assert "job-again" not in {button.key for button in page.button}
    [read] = jobs.search(house.store.database, USER, dataset_id=dataset.id).jobs
    offered = {button.key for button in visit("jobs.py").button}
    assert f"repeat-{begun.job.id}" not in offered
    assert f"repeat-{read.id}" in offered


@pytest.mark.parametrize("tab", TABS)
def test_a_tab_of_a_finished_dataset_renders(house, finished, tab):
    page = visit("dataset.py", id=finished.id, tab=tab)
    assert not page.exception
    assert page.title[0].value == "people\\.csv"


@pytest.mark.parametrize("tab", TABS)
def test_a_tab_of_a_new_dataset_renders(house, dataset, tab):
    assert not visit("dataset.py", id=dataset.id, tab=tab).exception


@pytest.mark.parametrize(
    ("tab", "tool"), [("Overview", PROFILE), ("Changes", CLEAN), ("Golden records", MASTER)]
)
def test_an_empty_tab_starts_what_fills_it(house, dataset, tab, tool):
    page = visit("dataset.py", id=dataset.id, tab=tab)
    page.button(key=f"dataset-start-{tool}").click().run()
    assert jobs.search(house.store.database, USER).jobs[0].tool == tool


def test_the_overview_compares_the_score_before_and_after(house, finished):
    page = visit("dataset.py", id=finished.id)
    assert page.metric[0].label == "Quality score"
    assert page.metric[0].value.endswith("of 100")


def test_issues_are_filtered_by_severity(house, finished):
    page = visit("dataset.py", id=finished.id, tab="Issues")
    every = len(page.text)
    page.button_group(key="issues-severity").set_value(["info"]).run()
    assert 0 < len(page.text) <= every
    assert not page.exception


def test_downloads_are_signed_links(house, finished):
    page = visit("dataset.py", id=finished.id, tab="Downloads")
    urls = [link.proto.url for link in page.get("link_button")]
    assert len(urls) > 5
    assert all(url.startswith("/files/") for url in urls)


def test_the_names_of_users_are_shown_as_text(house):
    evil, _ = house.upload(b"a,b\n1,2\n", "![x](http://evil.example/a.png).csv")
    house.work()
    page = visit("dataset.py", id=evil.id)
    assert page.title[0].value.startswith("\\!\\[x\\]\\(http")


def test_somebody_elses_dataset_is_not_there(house):
    other, _ = house.upload()
    moved = dataclasses.replace(other, id="x" * 22, owner="eve")
    datasets.add(house.store.database, moved)
    assert visit("dataset.py", id=moved.id).title[0].value == "This dataset is not here"


def test_home_counts_what_is_there(house, finished):
    home = visit()
    assert not home.exception
    shown = {metric.label: metric.value for metric in home.metric}
    assert shown["Datasets"] == "1"
    assert shown["Median quality score"] != "–"
    assert len(home.dataframe) == 1


def test_every_dataset_is_on_a_page_of_home(house):
    for number in range(11):
        house.upload(name=f"file{number}.csv")
    home = visit()
    assert len(home.dataframe[0].value) == 10
    home.session_state["home-page"] = 2
    assert list(home.run().dataframe[0].value["dataset"]) == ["file0.csv"]


def test_home_shows_what_runs(house, dataset):
    [job] = house.start(dataset, PROFILE)
    home = visit()
    assert "Running now" in [title.value for title in home.subheader]
    home.button(key=f"home-cancel-{job.id}").click().run()
    assert house.job(job.id).status == "CANCELLED"


def test_jobs_are_filtered_by_state(house, finished):
    page = visit("jobs.py")
    assert "5 jobs" in texts(page)
    page.button_group(key="state").set_value("Failed").run()
    assert "There are no such jobs." in texts(page)
