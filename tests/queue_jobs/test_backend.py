"""The backend starts what is needed, keeps it running, survives its own death, leaves nothing."""

import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from core import Settings
from queue_jobs.backend import Backend, Child, worker_environment
from queue_jobs.embedded_server import read_record, stop_server, valkey_binary
from queue_jobs.job_queue import open_queue
from queue_jobs.processes import runs
from tests.queue_jobs.conftest import eventually, hand_in, row, silent

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.skipif(valkey_binary() is None, reason="there is no Valkey binary here"),
]

SERVE_UNTIL_KILLED = """
import time
from core import Settings
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
