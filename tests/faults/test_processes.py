"""Processes that die or stand still: of a job, of a worker, of both."""

import signal
import time

import psutil
import pytest

from tests.faults.bounds import within
from tests.faults.plant import ends
from tests.queue_jobs.conftest import hand_in_endless, mend

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(120)]


def family(process: psutil.Process) -> list[psutil.Process]:
    """A process and all below it."""
    return [process, *process.children(recursive=True)]


def test_a_killed_job_runs_again_and_publishes_once(plant):
    job = plant.running(seconds=3)
    plant.horse(job).kill()
    within(5, "a killed horse: job queued again", lambda: plant.row(job).status == "QUEUED")
    assert "was killed (signal 9)" in plant.row(job).error_message
    plant.completes(30, "a killed horse: job completed", job)
    assert plant.endings(job) == ["interrupted", "completed"]


def test_a_killed_worker_takes_its_job_along_and_another_one_runs_it(plant):
    job = plant.running(seconds=3)
    processes = family(plant.worker(job))
    processes[0].kill()
    within(1, "a killed worker: none of its processes lives", lambda: ends(*processes))
    within(30, "a killed worker: noticed", lambda: plant.row(job).status == "QUEUED")
    within(60, "a killed worker: job runs again", lambda: plant.row(job).attempt == 2)
    plant.completes(30, "a killed worker: job completed", job)
    assert plant.endings(job) == ["interrupted", "completed"]


def test_a_killed_worker_takes_the_process_along_that_reads_a_file(plant):
    job = hand_in_endless(plant.house)
    worker = plant.worker(job)
    within(20, "a reading process has started", lambda: len(family(worker)) > 2)
    processes = family(worker)
    worker.kill()
    within(1, "a worker killed while reading: none lives", lambda: ends(*processes))
    mend(plant.house, job)
    plant.completes(60, "a worker killed while reading: job completed", job)


def test_a_worker_and_its_job_killed_together(plant):
    job = plant.running(seconds=3)
    processes = family(plant.worker(job))
    for process in reversed(processes):
        process.kill()
    within(60, "worker and horse killed: job runs again", lambda: plant.row(job).attempt == 2)
    plant.completes(30, "worker and horse killed: job completed", job)


def test_a_worker_frozen_past_its_lease_can_publish_nothing(plant):
    job = plant.running("sleep_in_c", seconds=4)
    worker, horse = plant.worker(job), plant.horse(job)
    for process in (worker, horse):
        process.suspend()
    within(60, "a frozen worker: job runs again", lambda: plant.row(job).attempt == 2)
    horse.resume()
    plant.completes(30, "a frozen worker: job completed", job)
    worker.resume()
    assert plant.endings(job) == ["interrupted", "completed"]
    after = [plant.hand_in(seconds=0.5) for _ in range(6)]
    plant.completes(30, "jobs after a frozen worker goes on", *after)


def test_children_that_are_killed_while_they_wait_cost_no_job(plant):
    plant.completes(20, "jobs before", *(plant.hand_in(seconds=0.5) for _ in range(3)))
    for child in plant.backend.children:
        for process in psutil.Process(child.process.pid).children():
            process.kill()
    after = [plant.hand_in(seconds=0.1) for _ in range(6)]
    plant.completes(20, "jobs after their waiting children were killed", *after)
    assert {plant.row(job).attempt for job in after} == {1}


def test_a_poison_job_is_set_aside_after_growing_pauses_while_the_queue_flows(plant):
    poison = plant.hand_in("kill")
    pauses = {}

    def is_set_aside():
        row = plant.row(poison)
        if row.status == "QUEUED" and row.failures:
            pauses[row.failures] = row.not_before - row.updated_at
        return row.status == "FAILED"

    plant.completes(20, "beside a poison job", plant.hand_in(seconds=0.1))
    within(60, "a poison job is set aside", is_set_aside)
    assert (plant.row(poison).error_code, plant.row(poison).attempt) == ("POISON_JOB", 3)
    assert 2 <= pauses[1] < pauses[2]


@pytest.mark.parametrize(("mode", "number"), [("segv", 11), ("abort", 6)])
def test_a_crash_in_native_code_fails_the_job_and_spares_the_worker(plant, mode, number):
    job = plant.hand_in(mode)
    within(20, f"{mode}: job failed", lambda: plant.has_ended(job))
    row = plant.row(job)
    assert (row.status, row.error_code, row.attempt) == ("FAILED", "READER_CRASHED", 1)
    assert f"signal {number}" in row.error_message
    plant.completes(20, "the next job", plant.hand_in())


def test_sigterm_lets_the_job_finish(plant):
    job = plant.running(seconds=3)
    worker = plant.worker(job)
    worker.terminate()
    plant.completes(10, "SIGTERM: the job finishes", job)
    within(10, "SIGTERM: the worker ends", lambda: ends(worker))
    assert plant.endings(job) == ["completed"]


def test_sigterm_to_all_processes_of_a_worker_is_no_failure(plant):
    job = plant.running(seconds=3)
    for process in family(plant.worker(job)):
        process.send_signal(signal.SIGTERM)
    plant.completes(30, "SIGTERM to all: job completed", job)
    assert plant.row(job).failures == 0


def test_sigkill_after_sigterm_loses_nothing(plant):
    job = plant.running(seconds=4)
    worker = plant.worker(job)
    worker.terminate()
    time.sleep(1)
    worker.kill()
    plant.completes(60, "SIGTERM, then SIGKILL: job completed", job)
    assert plant.endings(job) == ["interrupted", "completed"]
