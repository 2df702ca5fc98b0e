"""Health: alive is one thing, ready another; and why not, without telling secrets."""

from dataclasses import replace

import pytest

from tests.web.conftest import visitor
from web.opened import queue_of


def test_the_process_is_alive(browser):
    assert browser.get("/healthz").json() == {"status": "ok"}


def test_without_a_queue_database_and_files_are_enough(browser):
    answer = browser.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "reasons": []})


def test_a_queue_that_cannot_be_reached_is_named_without_its_address(settings):
    url = "redis://rq:hunter2@127.0.0.1:1/0"
    answer = visitor(replace(settings, use_queue=True, redis_url=url)).get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["reasons"] == ["Redis does not answer."]
    assert "hunter2" not in answer.text


def test_a_file_store_that_is_gone_is_named(settings):
    artifacts = queue_of(settings).store.artifacts
    artifacts.scratch.parent.mkdir(exist_ok=True)
    artifacts.scratch.write_text("a file where the folder should be")
    answer = visitor(settings).get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["reasons"] == ["The file store cannot be used."]


def test_a_database_that_is_gone_is_named(settings):
    database = queue_of(settings).store.database
    database.engine.dispose()
    file = settings.data_dir / "assay.sqlite3"
    for part in settings.data_dir.glob("assay.sqlite3*"):
        part.unlink()
    file.mkdir()
    assert visitor(settings).get("/readyz").json()["reasons"] == ["The database does not answer."]


@pytest.mark.end_to_end
def test_a_queue_without_a_worker_is_not_ready(queued):
    answer = visitor(queued).get("/readyz")
    assert (answer.status_code, answer.json()["reasons"]) == (503, ["No worker is running."])
