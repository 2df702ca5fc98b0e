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


MODES = ("python_loop", "c_loop", "swallow")
"""One for each worker."""


@pytest.mark.parametrize("seconds", [0.0, 1.5], ids=["just begun", "run for a while"])
def test_jobs_that_have(plant, seconds):
    running = {mode: plant.running(mode) for mode in MODES}
    horses = {mode: plant.horse(job) for mode, job in running.items()}
    time.sleep(seconds)
    for job in running.values():
        cancel(plant, job)
    for mode, horse in horses.items():
        within(
            CANCEL_SECONDS,
            f"cancel in {mode}: its process is gone",
            lambda horse=horse: ends(horse),
        )
    assert {plant.row(job).status for job in running.values()} == {Status.CANCELLED}
    plant.completes(20, "the jobs after cancelled ones", *(plant.hand_in() for _ in MODES))


def test_a_job_that_is_about_to_finish_is_either_cancelled_or_completed(plant):
    answers, followers = {}, []
    for number in range(12):
        job = plant.running(seconds=0.1)
        time.sleep(number * 0.02)
        try:
            cancel(plant, job)
            answers[job.id] = Status.CANCELLED
        except IllegalTransition:
            answers[job.id] = Status.COMPLETED
        followers.append(plant.hand_in())
    database = plant.house.store.database
    within(
        CANCEL_SECONDS,
        "cancel in finishing: all have ended",
        lambda: all(jobs.load(database, job_id).status.is_final for job_id in answers),
    )
    assert {job_id: jobs.load(database, job_id).status for job_id in answers} == answers
    plant.completes(20, "the jobs after cancelled ones", *followers)
    assert {plant.row(job).attempt for job in followers} == {1}
