"""Health: alive is one thing, ready another; and why not, without telling secrets."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from rq import Worker
from rq.utils import now, utcformat

from core import Settings
from queue_jobs.connection import connect
from queue_jobs.doorbell import bell_queue
from queue_jobs.metrics import MAX_SILENCE_SECONDS
from tests.web.conftest import visitor
from web import health
from web.opened import queue_of


@contextmanager
def worker(settings: Settings) -> Iterator[Worker]:
    """A worker that has registered and waits."""
    queue = bell_queue(settings, connect(settings))
    someone = Worker([queue], connection=queue.connection)
    someone.register_birth()
    yield someone
    someone.register_death()


def test_the_process_is_alive(browser):
    assert browser.get("/healthz").json() == {"status": "ok"}


def test_without_a_queue_database_and_files_are_enough(browser):
    answer = browser.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "reasons": [], "warnings": []}


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


@pytest.mark.end_to_end
def test_with_a_living_worker_the_queue_is_ready(queued):
    with worker(queued):
        answer = visitor(queued).get("/readyz")
    assert (answer.status_code, answer.json()["reasons"]) == (200, [])


@pytest.mark.end_to_end
def test_a_worker_that_has_been_silent_for_a_minute_is_none(queued):
    with worker(queued) as someone:
        long_ago = utcformat(now() - timedelta(seconds=MAX_SILENCE_SECONDS + 1))
        someone.connection.hset(someone.key, "last_heartbeat", long_ago)
        answer = visitor(queued).get("/readyz")
    assert answer.json()["reasons"] == ["No worker is running."]


@pytest.mark.parametrize(
    ("policy", "warned"), [("noeviction", False), ("allkeys-lru", True), ("volatile-ttl", True)]
)
def test_a_redis_of_ones_own_that_evicts_keys_is_a_warning(settings, monkeypatch, policy, warned):
    monkeypatch.setattr(health, "eviction_policy", lambda settings: policy)
    own = replace(settings, use_queue=True, redis_url="redis://127.0.0.1:1")
    found = visitor(own).get("/readyz").json()["warnings"]
    assert [policy in sentence for sentence in found] == [True] * warned
