"""A cancelled job is gone within seconds, whatever it is doing, and leaves no file."""

import time

import pytest

from core import IllegalTransition, Status
from queue_jobs import submit
from store import jobs
from tests.faults.bounds import within
from tests.faults.plant import OWNER, ends

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(120)]

CANCEL_SECONDS = 5


def cancel(plant, job):
    submit.cancel(plant.house, OWNER, job.id)


def test_a_job_that_waits(plant):
    busy = [plant.running(seconds=2) for _ in range(3)]
    job = plant.hand_in()
    cancel(plant, job)
    assert (plant.row(job).status, plant.row(job).attempt) == (Status.CANCELLED, 0)
    plant.completes(20, "beside a cancelled job", *busy)
    assert plant.row(job).status == Status.CANCELLED


MODES = ("python_loop", "sleep_in_c", "c_loop", "swallow")


@pytest.mark.parametrize("mode", MODES)
def test_a_job_that_has_just_begun(plant, mode):
    gone_after_cancelling(plant, plant.running(mode, seconds=60), mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_job_that_has_run_for_a_while(plant, mode):
    job = plant.running(mode, seconds=60)
    time.sleep(1.5)
    gone_after_cancelling(plant, job, mode)


def gone_after_cancelling(plant, job, mode):
    horse = plant.horse(job)
    cancel(plant, job)
    within(CANCEL_SECONDS, f"cancel in {mode}: its process is gone", lambda: ends(horse))
    assert plant.row(job).status == Status.CANCELLED
    plant.completes(20, "the job after a cancelled one", plant.hand_in())


def test_a_job_that_is_about_to_finish_is_either_cancelled_or_completed(plant):
    answers = {}
    for number in range(12):
        job = plant.running(seconds=0.1)
        time.sleep(number * 0.02)
        try:
            cancel(plant, job)
            answers[job.id] = Status.CANCELLED
        except IllegalTransition:
            answers[job.id] = Status.COMPLETED
    database = plant.house.store.database
    within(
        CANCEL_SECONDS,
        "cancel in finishing: all have ended",
        lambda: all(jobs.load(database, job_id).status.is_final for job_id in answers),
    )
    assert {job_id: jobs.load(database, job_id).status for job_id in answers} == answers
