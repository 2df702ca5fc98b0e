"""The backend starts what is needed, keeps it running, survives its own death, leaves nothing."""

import os
import signal
import threading
import time
from pathlib import Path

import psutil
import pytest

from core import Settings, Transient
from queue_jobs.backend import (
    FIRST_RETAIN_SECONDS,
    RETAIN_SECONDS,
    Backend,
    Child,
    worker_environment,
)
from queue_jobs.embedded_server import read_record, stop_server, valkey_binary
from queue_jobs.job_queue import open_queue
from queue_jobs.processes import runs
from queue_jobs.retention import Deleted
from store import kept
from tests.queue_jobs.conftest import eventually, hand_in, row, silent

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.skipif(valkey_binary() is None, reason="there is no Valkey binary here"),
]

SERVE_UNTIL_KILLED = """
import time
from core import Settings, Transient
from queue_jobs.backend import Backend
with Backend(Settings.from_environment(), workers=0):
    time.sleep(60)
"""


@pytest.fixture
def settings(tmp_path):
    settings = Settings(data_dir=tmp_path, log_level="ERROR")
    yield settings
    stop_server(settings)


def test_with_a_redis_of_your_own_no_worker_and_no_server_is_started(tmp_path):
    backend = Backend(Settings(data_dir=tmp_path, redis_url="redis://redis.example"))
    assert (backend.children, backend.embedded) == ([], False)


def test_workers_can_be_asked_for_beside_a_redis_of_your_own(tmp_path):
    settings = Settings(data_dir=tmp_path, redis_url="redis://redis.example")
    assert len(Backend(settings, workers=2).children) == 2


def test_without_a_queue_the_backend_is_ready_and_lost_jobs_run(tmp_path):
    settings = Settings(data_dir=tmp_path, use_queue=False, log_level="ERROR")
    house = open_queue(settings)
    job = hand_in(silent(house))
    with Backend(settings) as backend:
        assert backend.ready()
        eventually(lambda: row(house, job).status == "COMPLETED")


def test_from_start_to_stop(settings):
    started = time.monotonic()
    backend = Backend(settings)
    backend.start()
    assert time.monotonic() - started < 0.1
    eventually(backend.ready, 60)
    server, worker = backend.server.pid, backend.children[0].process.pid
    house = open_queue(settings)
    job = hand_in(house)
    eventually(lambda: row(house, job).status == "COMPLETED")

    os.kill(server, signal.SIGKILL)
    eventually(lambda: backend.server.pid != server, 10)
    os.kill(worker, signal.SIGKILL)
    eventually(lambda: backend.children[0].process.pid != worker, 10)

    replaced = [backend.server.pid, backend.children[0].process.pid]
    backend.stop()
    assert [pid for pid in (server, worker, *replaced) if runs(pid)] == []


def test_a_second_start_after_a_kill_finds_the_server_and_stops_it_in_the_end(settings, spawn):
    env = worker_environment(settings)
    app = spawn("-c", SERVE_UNTIL_KILLED, env=env)
    folder = settings.data_dir / "queue"
    eventually(lambda: read_record(folder), 20)
    app.kill()
    app.wait()
    left = read_record(folder).pid
    assert runs(left)
    with Backend(settings, workers=0) as backend:
        eventually(backend.ready)
        assert backend.server.pid == left
    assert not runs(left)


def test_a_worker_that_dies_young_is_restarted_ever_more_slowly(settings, monkeypatch, spawn):
    monkeypatch.setattr("queue_jobs.backend.start_worker", lambda _: spawn("-c", ""))
    backend = Backend(settings, workers=1)
    pauses = []
    for _ in range(4):
        backend.keep_workers()
        [child] = backend.children
        pauses.append(round(child.due - child.started, 1))
        child.process.wait()
        child.due = 0.0
    assert pauses == [0.5, 1.0, 2.0, 4.0]


def test_a_worker_gets_the_settings_as_they_are(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    env = worker_environment(Settings(data_dir=Path("d"), use_queue=False, job_timeout=7))
    copy = Settings.from_environment(env)
    assert copy == Settings(data_dir=tmp_path / "d", use_queue=False, job_timeout=7)
    assert int(env["ASSAY_SUPERVISOR"]) == psutil.Process().pid


def test_a_worker_that_was_never_started_does_not_run():
    assert not Child().runs


def test_the_supervisor_outlives_an_error_it_does_not_know(settings, monkeypatch):
    tries = []

    def no_memory(_):
        tries.append(1)
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr("queue_jobs.backend.start_worker", no_memory)
    monkeypatch.setattr(Backend, "keep_server", lambda self: None)
    with Backend(settings, workers=1):
        eventually(lambda: len(tries) > 1)


class SlowRetention:
    """A retention that takes longer than anybody should wait for it."""

    def __init__(self):
        self.begun, self.broken_off, self.ended = (threading.Event() for _ in range(3))

    def __call__(self, _):
        self.begun.set()
        self.broken_off.wait(20)
        self.ended.set()
        return Deleted(0, 0, 0, 0)


@pytest.fixture
def slow_retention(monkeypatch):
    retention = SlowRetention()
    monkeypatch.setattr("queue_jobs.backend.FIRST_RETAIN_SECONDS", 0.0)
    monkeypatch.setattr("queue_jobs.backend.retain", retention)
    yield retention
    retention.broken_off.set()


def test_a_slow_retention_holds_up_neither_the_reconciler_nor_the_end(
    tmp_path, monkeypatch, slow_retention
):
    reconciled = []
    monkeypatch.setattr("queue_jobs.backend.RECONCILE_SECONDS", 0.0)
    monkeypatch.setattr("queue_jobs.backend.reconcile", reconciled.append)
    with Backend(Settings(data_dir=tmp_path, use_queue=False, log_level="ERROR")):
        assert slow_retention.begun.wait(20)
        before = len(reconciled)
        eventually(lambda: len(reconciled) >= before + 3, 5)
    assert not slow_retention.ended.is_set()


class Pauses(list):
    """Stands in for the event that stops a thread: notes each pause, and is set after `most`."""

    def __init__(self, most):
        super().__init__()
        self.most = most

    def wait(self, seconds):
        self.append(seconds)
        return len(self) > self.most


def away():
    raise Transient("The database is away.")


@pytest.mark.parametrize(
    ("ending", "pause"),
    [
        (lambda: Deleted(kept.MOST, 0, 0, 0), 0.0),
        (lambda: Deleted(1, 1, 1, kept.MOST), RETAIN_SECONDS),
        (away, RETAIN_SECONDS),
    ],
    ids=["there may be more", "that was all", "it failed"],
)
def test_retention_goes_on_at_once_only_where_there_may_be_more(
    tmp_path, monkeypatch, ending, pause
):
    monkeypatch.setattr("queue_jobs.backend.retain", lambda _: ending())
    pauses = Pauses(most=2)
    Backend(Settings(data_dir=tmp_path, use_queue=False), stopping=pauses).clean_up()
    assert pauses == [FIRST_RETAIN_SECONDS, pause, pause]
