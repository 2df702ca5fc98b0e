"""Whatever is killed, no job is lost, no second server runs, and no process stays behind."""

import io
import os
import signal
from contextlib import contextmanager

import psutil
import pytest

from core import Settings, Status
from queue_jobs import open_queue, submit
from store import attempts, jobs
from tests.end_to_end.running import family, launch, ready, running_app, wait_until

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(240)]


def slow_csv(rows=60_000):
    lines = (f"{n},name {n % 977},{n * 7 % 1000},2024-01-{n % 28 + 1:02}" for n in range(rows))
    return ("id,name,amount,day\n" + "\n".join(lines) + "\n").encode()


@contextmanager
def hand_in(data, tool="profile-my-data", content=None, **environment):
    """The queue of a running app, and a job handed in there as a page would do it."""
    queue = open_queue(Settings(data_dir=data, **environment))
    dataset, reader = submit.upload(
        queue, "local", "slow.csv", io.BytesIO(content or slow_csv()), {}
    )
    wait_until(lambda: row(queue, reader).status.is_final, what="reading")
    (job,) = submit.start(queue, "local", dataset.id, [tool], {})
    yield queue, job
    queue.store.database.engine.dispose()


def row(queue, job):
    return jobs.load(queue.store.database, job.id)


def servers(data):
    return [process for process in family(data) if "valkey" in process.name()]


def running_horse(queue, job):
    """The pid of the child that runs the job, known from its lease."""
    wait_until(lambda: row(queue, job).steps_done > 0, what="the first step")
    return int(row(queue, job).worker.rsplit(":", 1)[1])


def test_a_killed_child_costs_one_attempt_and_the_page_can_say_so(app):
    with hand_in(app.data) as (queue, job):
        os.kill(running_horse(queue, job), signal.SIGKILL)
        wait_until(lambda: row(queue, job).failures == 1, 10, what="noticing the kill")
        assert "killed" in row(queue, job).error_message
        wait_until(lambda: row(queue, job).status.is_final, 90, what="the second attempt")
        assert row(queue, job).status == Status.COMPLETED
        endings = [attempt.ending for attempt in attempts.history(queue.store.database, job.id)]
        assert endings == ["interrupted", "completed"]


def test_a_killed_worker_takes_its_child_along_and_the_job_runs_again(app):
    with hand_in(app.data) as (queue, job):
        horse = psutil.Process(running_horse(queue, job))
        horse.parent().kill()
        wait_until(
            lambda: not horse.is_running() or horse.status() == psutil.STATUS_ZOMBIE,
            2,
            what="the end of the orphan",
        )
        wait_until(lambda: row(queue, job).status == Status.COMPLETED, 90, what="the re-run")
        assert row(queue, job).attempt == 2


def test_cancelling_ends_a_running_job_within_five_seconds(app):
    with hand_in(app.data) as (queue, job):
        running_horse(queue, job)
        scratch = queue.store.artifacts.scratch
        assert list(scratch.glob(f"{job.id}.*"))
        submit.cancel(queue, "local", job.id)
        # Its process may stay for the next job; what it wrote is gone once it has stopped.
        wait_until(
            lambda: not list(scratch.glob(f"{job.id}.*")), 5, what="the end of the cancelled job"
        )
        assert row(queue, job).status == Status.CANCELLED
        assert row(queue, job).artifact_folder is None


def test_sigterm_leaves_no_process_behind(tmp_path):
    with running_app(tmp_path / "data") as app:
        assert len(servers(app.data)) == 1
        app.stop()
        wait_until(lambda: family(app.data) == [], 5, what="the end of all processes")


def test_after_a_kill_9_the_next_start_attaches_and_loses_nothing(tmp_path):
    with running_app(tmp_path / "data") as app, hand_in(app.data) as (queue, job):
        (server,) = servers(app.data)
        app.process.kill()
        app.process.wait()
        second = launch(app.data)
        try:
            wait_until(lambda: ready(second), 90, what="the second start")
            assert [process.pid for process in servers(app.data)] == [server.pid]
            wait_until(lambda: row(queue, job).status.is_final, 120, what="the job")
            assert row(queue, job).status == Status.COMPLETED
        finally:
            second.stop()
        wait_until(lambda: family(app.data) == [], 15, what="the end of all processes")


def test_without_a_queue_jobs_run_on_a_thread(tmp_path):
    with running_app(tmp_path / "data", USE_QUEUE="false") as app:
        assert servers(app.data) == []
        assert [process.pid for process in family(app.data)] == [app.process.pid]
        status, _ = app.get("/readyz")
        assert status == 200
