"""Rows and queue agree again after any loss, and an agreeing pair is left alone."""

import os
import time
from dataclasses import replace

import pytest
from rq.registry import StartedJobRegistry

from core import Settings
from queue_jobs.doorbell import rung_for
from queue_jobs.job_queue import open_queue
from queue_jobs.processes import machine
from queue_jobs.reconcile import Reconciled, is_gone, reconcile, seen, still
from store import claims, jobs, leases
from store.jobs import JobRequest
from tests.queue_jobs.conftest import eventually, hand_in, row, rq_queue, silent

pytestmark = pytest.mark.end_to_end

NOTHING = Reconciled(recovered=0, expired=0, rung=0, dropped=0, swept=0)
HERE = machine()


def claim(house, job, worker, seconds=45.0):
    return claims.claim(house.store.database, job.id, worker, seconds)


def at_once(house):
    """The same house, in which a lease is over as soon as somebody looks at it."""
    return replace(house, settings=replace(house.settings, lease_seconds=0))


def dead_pid(spawn) -> int:
    """The number of a process that has ended."""
    process = spawn("-c", "")
    process.wait()
    return process.pid


def test_an_empty_house_has_nothing_to_do(house):
    assert reconcile(house) == NOTHING


def test_a_job_that_waits_in_the_queue_is_left_alone(house):
    hand_in(house)
    assert reconcile(house) == NOTHING


def test_a_job_that_runs_on_a_living_process_is_left_alone(house):
    claim(house, hand_in(silent(house)), f"{HERE}:{os.getpid()}")
    assert reconcile(house) == NOTHING


def test_a_job_whose_back_off_is_not_over_is_left_alone(house):
    job = hand_in(silent(house))
    _, lease = claim(house, job, "elsewhere:1")
    leases.interrupt(house.store.database, job.id, "WORKER_LOST", "Lost.", token=lease.token)
    assert reconcile(house) == NOTHING


def test_a_job_that_was_never_rung_is_rung(house):
    job = hand_in(silent(house))
    assert reconcile(house) == replace(NOTHING, rung=1)
    assert rq_queue(house).job_ids == [job.id]


def test_all_jobs_are_rung_again_after_redis_lost_everything(house):
    handed_in = [hand_in(house, f"a\n{number}\n") for number in range(3)]
    queue = rq_queue(house)
    queue.connection.delete(queue.key, *(f"rq:job:{job.id}" for job in handed_in))
    assert reconcile(house).rung == 3
    assert queue.job_ids == [job.id for job in handed_in]


def test_a_job_that_its_worker_had_only_picked_up_is_rung_again(house):
    job = hand_in(house)
    queue = rq_queue(house)
    queue.lmove(queue.connection, queue.key, None)
    assert reconcile(house) == replace(NOTHING, rung=1)
    assert queue.job_ids == [job.id]
    assert queue.intermediate_queue.get_job_ids() == []


def test_a_job_whose_lease_ran_out_is_queued_again_with_the_reason(house):
    job = hand_in(silent(house))
    claim(house, job, "elsewhere:1", seconds=-1)
    assert reconcile(at_once(house)).recovered == 1
    after = row(house, job)
    assert (after.status, after.failures) == ("QUEUED", 1)
    assert after.error_message == "The worker that ran this job stopped answering."


def test_a_job_whose_process_is_gone_does_not_wait_for_its_lease(house, spawn):
    job = hand_in(silent(house))
    claim(house, job, f"{HERE}:{dead_pid(spawn)}")
    assert reconcile(house).recovered == 1


def test_a_worker_whose_clock_is_an_hour_ahead_takes_no_job_away(house):
    job = hand_in(silent(house))
    claim(house, job, "elsewhere:1", seconds=45 - 3600)
    assert reconcile(house).recovered == 0
    assert row(house, job).status == "PROCESSING"


def test_a_lease_is_over_when_its_beat_stood_still_for_its_length(house):
    job = hand_in(silent(house))
    _, lease = claim(house, job, "elsewhere:1")
    running = [row(house, job)]
    assert still(running, 25) == ()
    for key in seen:
        seen[key] -= 26
    leases.renew(house.store.database, lease, 45)
    assert still([row(house, job)], 25) == ()
    for key in seen:
        seen[key] -= 26
    assert still([row(house, job)], 25) == (row(house, job),)


def test_a_job_whose_old_bell_a_lost_worker_answered_gets_another_one(house, spawn):
    job = hand_in(house)
    queue = rq_queue(house)
    queue.remove(job.id)
    running = StartedJobRegistry(queue=queue).key
    queue.connection.zadd(running, {f"{job.id}:execution": time.time() + 60})
    assert reconcile(house).rung == 1
    assert [rung_for(bell) for bell in queue.job_ids] == [job.id]


def test_a_bell_of_a_job_that_runs_already_stands_in_for_a_missing_one(house):
    first, second = hand_in(house, "a\n1\n"), hand_in(silent(house), "a\n2\n")
    claim(house, first, f"{HERE}:{os.getpid()}")
    assert reconcile(house) == NOTHING
    assert rq_queue(house).job_ids == [first.id]
    assert row(house, second).status == "QUEUED"


def test_a_user_s_jobs_above_the_limit_are_not_rung(house):
    one_each = replace(house, settings=replace(house.settings, jobs_per_user=1))
    claim(house, hand_in(silent(house), "a\n1\n"), f"{HERE}:{os.getpid()}")
    hand_in(silent(house), "a\n2\n")
    assert reconcile(one_each) == NOTHING


def test_a_job_that_nobody_took_for_a_day_expires(house):
    job = hand_in(silent(house))
    with house.store.database.write() as connection:
        values = {"queued_at": job.queued_at - 25 * 3600}
        connection.execute(jobs.jobs.update().values(**values))
    assert reconcile(house).expired == 1
    assert (row(house, job).status, row(house, job).error_code) == ("EXPIRED", "QUEUE_EXPIRED")


def test_the_last_allowed_failure_is_final(house):
    dataset_id = hand_in(silent(house)).dataset_id
    request = JobRequest("ann", dataset_id, "profile-my-data", max_failures=1)
    job = jobs.submit(house.store.database, request)
    claim(house, job, "elsewhere:1", seconds=-1)
    reconcile(at_once(house))
    assert (row(house, job).status, row(house, job).error_code) == ("FAILED", "WORKER_LOST")


def test_a_bell_of_an_ended_job_is_dropped_and_a_strange_one_left_to_the_workers(house):
    job = hand_in(house)
    house.doorbell.ring("nobody")
    jobs.cancel(house.store.database, "ann", job.id)
    assert reconcile(house) == replace(NOTHING, dropped=1)
    assert rq_queue(house).job_ids == ["nobody"]


def test_a_strange_bell_stands_in_for_no_other(house):
    house.doorbell.ring("nobody")
    job = hand_in(silent(house))
    assert reconcile(house) == replace(NOTHING, rung=1)
    assert rq_queue(house).job_ids == ["nobody", job.id]


def test_old_scratch_folders_are_deleted_and_young_ones_kept(house):
    old, young = house.store.artifacts.scratch_folder(), house.store.artifacts.scratch_folder()
    (old / "part").write_text("")
    for path in (old / "part", old):
        os.utime(path, (0, 0))
    assert reconcile(house) == replace(NOTHING, swept=1)
    assert (old.exists(), young.exists()) == (False, True)


def test_the_scratch_folder_of_an_attempt_that_is_over_does_not_wait_an_hour(house):
    job = hand_in(silent(house))
    _, lease = claim(house, job, f"{HERE}:{os.getpid()}")
    artifacts = house.store.artifacts
    held, lost = artifacts.scratch_folder(lease.scratch), artifacts.scratch_folder(f"{job.id}.old")
    for path in (held, lost):
        os.utime(path, (time.time() - 11, time.time() - 11))
    assert reconcile(house) == replace(NOTHING, swept=1)
    assert (held.exists(), lost.exists()) == (True, False)


def test_without_redis_rows_are_recovered_all_the_same(tmp_path):
    away = Settings(data_dir=tmp_path, redis_url="redis://127.0.0.1:1", log_level="ERROR")
    house = open_queue(away)
    claim(house, hand_in(silent(house)), "elsewhere:1", seconds=-1)
    assert reconcile(at_once(house)) == replace(NOTHING, recovered=1)


def test_without_a_queue_lost_jobs_go_to_the_thread(tmp_path):
    house = open_queue(Settings(data_dir=tmp_path, use_queue=False, log_level="ERROR"))
    job = hand_in(silent(house))
    assert reconcile(house).rung == 1
    eventually(lambda: row(house, job).status == "COMPLETED")


@pytest.mark.parametrize("worker", [None, "elsewhere:1", f"{HERE}:me", f"{HERE}:{os.getpid()}"])
def test_a_process_that_runs_or_cannot_be_looked_up_is_not_gone(house, worker):
    assert not is_gone(replace(hand_in(silent(house)), worker=worker))
