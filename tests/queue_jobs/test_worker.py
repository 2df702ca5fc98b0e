"""Real workers with real children: jobs end well, and every kind of death is noticed."""

import os
import signal
import sys
import time
from types import SimpleNamespace

import pytest
from rq.job import Job as RqJob
from rq.serializers import JSONSerializer

from core import Settings
from queue_jobs import submit
from queue_jobs.reconcile import reconcile
from queue_jobs.worker import PAUSE_SECONDS, YOUNG_SECONDS, JobWorker, run_worker
from store import attempts
from tests.queue_jobs.conftest import (
    eventually,
    hand_in,
    hand_in_endless,
    is_dead,
    mend,
    row,
    rq_queue,
    runner,
    workers,
)

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork"),
]


def run_again(house, job):
    """Skip the back-off and reconcile until the job has ended."""

    def ended():
        reconcile(house)
        return row(house, job).status.is_final

    eventually(ended, 20)


def test_a_listed_worker_keeps_the_page_s_short_retries(house):
    connection = rq_queue(house).connection
    before = connection.get_retry()
    JobWorker([], "listed", connection=connection, prepare_for_work=False)
    assert connection.get_retry() is before


def test_queues_are_rebuilt_with_our_job_class_and_serializer(house):
    worker = JobWorker([house.settings.queue], connection=rq_queue(house).connection)
    assert worker.queues[0].job_class.__name__ == "BellJob"
    assert worker.queues[0].serializer is JSONSerializer


def test_one_worker_through_good_and_bad_days(house, work, tmp_path):
    """One worker for several cases, since each start of one takes seconds."""
    worker = work(house)
    a_job_is_claimed_and_completed(house)
    planted_jobs_run_nothing(house, tmp_path / "canary")
    a_killed_child_is_noticed_and_its_job_runs_again(house)
    a_crashed_child_fails_its_job_for_good(house)
    a_cancelled_job_is_gone_at_once(house)
    job = a_killed_worker_takes_its_child_along(house, worker)
    work(house)
    mend(house, job)
    run_again(house, job)
    assert row(house, job).status == "COMPLETED"


def a_job_is_claimed_and_completed(house):
    job = hand_in(house)
    eventually(lambda: row(house, job).status.is_final)
    assert (row(house, job).status, row(house, job).summary["rows_in"]) == ("COMPLETED", 1)
    eventually(lambda: not RqJob.exists(job.id, rq_queue(house).connection))


def planted_jobs_run_nothing(house, canary):
    queue = rq_queue(house)
    pickled = b"cos\nsystem\n(S'touch " + str(canary).encode() + b"'\ntR."
    shell = JSONSerializer.dumps(["os.system", None, [f"touch {canary}"], {}])
    for name, data in (("shell", shell), ("pickle", pickled)):
        hash_ = {"data": data, "created_at": "2026-01-01T00:00:00Z", "origin": queue.name}
        queue.connection.hset(
            RqJob.key_for(name), mapping=hash_ | {"failure_callback_name": "os.abort"}
        )
        queue.push_job_id(name)
    eventually(lambda: set(queue.failed_job_registry.get_job_ids(cleanup=False)) >= {"shell"})
    eventually(lambda: set(queue.failed_job_registry.get_job_ids(cleanup=False)) >= {"pickle"})
    assert not canary.exists()


def a_killed_child_is_noticed_and_its_job_runs_again(house):
    job = hand_in_endless(house)
    runner(house, job).kill()
    eventually(lambda: row(house, job).status == "QUEUED", 5)
    assert row(house, job).error_message.startswith(
        "The process that ran this job was killed (signal 9)"
    )
    mend(house, job)
    run_again(house, job)
    assert row(house, job).status == "COMPLETED"
    history = attempts.history(house.store.database, job.id)
    assert [attempt.ending for attempt in history] == ["interrupted", "completed"]


def a_crashed_child_fails_its_job_for_good(house):
    job = hand_in_endless(house)
    runner(house, job).send_signal(signal.SIGSEGV)
    eventually(lambda: row(house, job).status == "FAILED", 5)
    assert row(house, job).error_code == "READER_CRASHED"
    assert "signal 11" in row(house, job).error_message


def a_cancelled_job_is_gone_at_once(house):
    job = hand_in_endless(house)
    child = runner(house, job)
    submit.cancel(house, "ann", job.id)
    eventually(lambda: is_dead(child), 5)
    assert row(house, job).status == "CANCELLED"


def a_killed_worker_takes_its_child_along(house, worker):
    job = hand_in_endless(house)
    child = runner(house, job)
    worker.kill()
    eventually(lambda: is_dead(child), 2)
    worker.wait()
    eventually(lambda: reconcile(house).recovered == 1, 5)
    assert (row(house, job).status, row(house, job).failures) == ("QUEUED", 1)
    return job


def test_a_worker_whose_supervisor_is_gone_stops(house, work, spawn):
    supervisor = spawn("-c", "import time; time.sleep(60)")
    worker = work(house, ASSAY_SUPERVISOR=str(supervisor.pid))
    supervisor.kill()
    supervisor.wait()
    assert worker.wait(10) == 0
    assert workers(house) == 0


def test_a_second_sigterm_gives_the_job_back_without_counting_a_failure(house, work):
    worker = work(house)
    job = hand_in_endless(house)
    worker.send_signal(signal.SIGTERM)
    time.sleep(1.2)
    assert row(house, job).status == "PROCESSING"
    worker.send_signal(signal.SIGTERM)
    worker.wait(10)
    assert (row(house, job).status, row(house, job).failures) == ("QUEUED", 0)


class Life:
    """A worker without a server: how long it works, whether it is asked to end, what it did."""

    def __init__(self, monkeypatch):
        self.house, self.age, self.asked, self.asked_in_pause = None, 0.0, None, None
        self.now, self.pauses, self.last = 1000.0, [], []
        clock = SimpleNamespace(monotonic=lambda: self.now, sleep=self.sleep)
        monkeypatch.setattr("queue_jobs.worker.time", clock)
        monkeypatch.setattr("queue_jobs.worker.JobWorker", lambda *_, **__: self)
        for step in ("configure", "preload", "follow_supervisor", "wait_for_server", "serve"):
            monkeypatch.setattr(f"queue_jobs.worker.{step}", lambda *_: None)
        monkeypatch.setattr("os.execv", self.leave)
        monkeypatch.setattr("os._exit", self.leave)

    @property
    def _shutdown_requested_date(self):
        return self.asked

    def work(self, **_):
        self.now += self.age

    def sleep(self, seconds):
        self.pauses.append(seconds)
        self.asked = self.asked_in_pause

    def retire_horse(self):
        self.last.append("retired its child")

    def leave(self, *how):
        """Neither call returns."""
        self.last.append(how)
        raise SystemExit

    def run(self):
        with pytest.raises(SystemExit):
            run_worker(Settings(queue="q"))
        return self


ANEW = ["retired its child", (sys.executable, sys.orig_argv)]
ENDED = [(0,)]


@pytest.fixture
def life(monkeypatch):
    return Life(monkeypatch)


@pytest.mark.parametrize(
    ("age", "pause"),
    [(0.0, PAUSE_SECONDS), (YOUNG_SECONDS - 1, PAUSE_SECONDS), (YOUNG_SECONDS + 1, 0.0)],
)
def test_a_worker_that_an_error_ends_starts_anew_after_a_pause_if_it_was_young(life, age, pause):
    life.age = age
    assert life.run().last == ANEW
    assert sum(life.pauses) == pause


def test_a_worker_that_was_asked_to_end_ends_without_a_pause(life):
    life.asked = "now"
    assert life.run().last == ENDED
    assert life.pauses == []


def test_a_worker_that_is_asked_to_end_in_its_pause_does_not_start_anew(life):
    life.asked_in_pause = "now"
    assert life.run().last == ENDED
    assert life.pauses == [PAUSE_SECONDS]
