"""The form for datasets from elsewhere: only what the settings allow, refusals as sentences."""

import pytest
from streamlit.testing.v1 import AppTest

from core import Settings
from queue_jobs.job_queue import JobQueue
from store import jobs, open_store
from tests.queue_jobs.conftest import NoBell
from ui import source_form


def page():
    import streamlit as st

    from ui.source_form import draw_source_form

    st.session_state["started"] = draw_source_form()


@pytest.fixture
def opened(tmp_path, monkeypatch):
    """The form under some settings, and the store behind it."""
    store = open_store(Settings(data_dir=tmp_path / "data"))

    def open_form(**more):
        queue = JobQueue(Settings(data_dir=tmp_path / "data", **more), store, NoBell())
        monkeypatch.setattr(source_form, "queue", lambda: queue)
        monkeypatch.setattr(source_form, "user", lambda: "ann")
        form = AppTest.from_function(page).run()
        assert not form.exception
        return form, store

    return open_form


def shown(elements):
    """The text of the only element of a kind, without the escapes of Markdown."""
    [element] = elements
    return element.value.replace("\\", "")


def test_without_a_setting_one_line_says_which_would_allow_it(opened):
    form, _ = opened()
    for name in ("SOURCE_HOSTS", "SOURCE_BUCKETS", "SOURCE_DATABASES"):
        assert name in shown(form.caption)
    assert not form.button


def test_only_what_is_allowed_can_be_chosen(opened):
    form, _ = opened(source_hosts="data.example.org", source_buckets="open-data")
    assert form.button_group[0].options == ["Web address", "S3 bucket"]
    assert shown(form.caption) == "Allowed: data.example.org"


def test_an_address_starts_a_dataset(opened):
    form, store = opened(source_hosts="data.example.org")
    form.text_input[0].input(" https://data.example.org/a.csv ")
    form.button[0].click().run()
    [job] = jobs.search(store.database, "ann").jobs
    assert form.session_state["started"] == job.dataset_id
    assert job.params["source"] == {"url": "https://data.example.org/a.csv"}


def test_a_query_starts_a_dataset(opened):
    form, store = opened(source_databases='{"sales": "sqlite:///sales.sqlite3"}')
    form.text_area[0].input("SELECT 1")
    form.button[0].click().run()
    [job] = jobs.search(store.database, "ann").jobs
    assert job.params["source"] == {"database": "sales", "query": "SELECT 1"}


def test_what_is_not_allowed_is_said(opened):
    form, store = opened(source_hosts="data.example.org")
    form.text_input[0].input("https://evil.example.com/a.csv")
    form.button[0].click().run()
    assert "SOURCE_HOSTS" in shown(form.error)
    assert form.session_state["started"] is None
    assert jobs.search(store.database, "ann").total == 0


def test_a_broken_setting_is_said_and_not_shown(opened):
    form, _ = opened(source_databases="s3cret")
    assert "SOURCE_DATABASES" in shown(form.error)
    assert "s3cret" not in shown(form.error)
