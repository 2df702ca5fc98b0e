"""The worker that runs jobs in its own process: what it tells its guard, and when it leaves."""

import os
import signal
import time

import pytest
from rq.serializers import JSONSerializer

from queue_jobs import perform, simple_worker
from queue_jobs.simple_worker import SimpleJobWorker
from tests.queue_jobs.conftest import hand_in, row, rq_queue

pytestmark = pytest.mark.end_to_end


@pytest.fixture
def worker(house, monkeypatch):
    """A worker in this process; signals are handled as before when the test ends."""
    monkeypatch.setattr(perform, "process_queue", lambda pid: house)
    monkeypatch.setattr(simple_worker, "process_queue", lambda pid: house)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield SimpleJobWorker([house.settings.queue], connection=rq_queue(house).connection)
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def attempt(monkeypatch):
    """Replace what is done with a claimed job; the row then stays open."""

    def replace_by(deed):
        monkeypatch.setattr(perform, "attempt", lambda *_: deed())

    return replace_by


def test_queues_are_rebuilt_with_our_job_class_and_serializer(worker):
    assert worker.queues[0].job_class.__name__ == "BellJob"
    assert worker.queues[0].serializer is JSONSerializer


def test_the_guard_hears_when_each_bell_begins_and_ends(house, worker):
    told, worker.guard = os.pipe()
    jobs = [hand_in(house, f"a\n{number}\n") for number in range(2)]
    worker.work(burst=True, logging_level="ERROR")
    assert os.read(told, 10) == b"+-+-"
    assert [row(house, job).status for job in jobs] == ["COMPLETED"] * 2


def test_a_row_that_a_job_left_open_counts_as_a_failed_attempt(house, worker, attempt):
    attempt(lambda: time.sleep(2))
    job = hand_in(house)
    worker.work(burst=True, logging_level="ERROR")
    assert (row(house, job).status, row(house, job).failures) == ("QUEUED", 1)


def test_a_job_that_a_stop_broke_off_is_given_back(house, worker, attempt):
    attempt(lambda: setattr(worker, "_stop_requested", True))
    job = hand_in(house)
    worker.work(burst=True, logging_level="ERROR")
    assert (row(house, job).status, row(house, job).failures) == ("QUEUED", 0)


def test_redis_hears_of_a_job_while_it_runs(house, worker, attempt, monkeypatch):
    beats = []
    monkeypatch.setattr(simple_worker, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(worker, "maintain_heartbeats", lambda *job: beats.append(job))
    attempt(lambda: time.sleep(0.2))
    hand_in(house)
    worker.work(burst=True, logging_level="ERROR")
    assert len(beats) > 1
    assert worker.get_heartbeat_ttl(beats[0][0]) == 20


@pytest.mark.parametrize(("memory", "status"), [(1, "QUEUED"), (0, "COMPLETED")])
def test_a_worker_that_has_grown_takes_no_other_job(house, worker, memory, status, monkeypatch):
    monkeypatch.setitem(vars(house.settings), "worker_max_memory_mb", memory)
    jobs = [hand_in(house, f"a\n{number}\n") for number in range(2)]
    worker.work(burst=True, logging_level="ERROR")
    assert [row(house, job).status for job in jobs] == ["COMPLETED", status]
