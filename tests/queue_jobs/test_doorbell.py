"""Bells ring once, carry an id and nothing else, and never raise because of Redis."""

import pytest
from rq.job import Job as RqJob
from rq.serializers import JSONSerializer

from core import Settings
from queue_jobs.doorbell import BellJob, RedisDoorbell, ThreadDoorbell, forget, open_doorbell
from queue_jobs.job_queue import open_queue
from tests.queue_jobs.conftest import eventually, hand_in, row, rq_queue, silent

pytestmark = pytest.mark.end_to_end


def test_a_ring_without_a_server_is_refused_quietly(tmp_path):
    assert RedisDoorbell(Settings(data_dir=tmp_path)).ring("job") is False


def test_a_ring_is_refused_quietly_when_redis_is_away(tmp_path):
    away = Settings(data_dir=tmp_path, redis_url="redis://127.0.0.1:1")
    assert RedisDoorbell(away).ring("job") is False


def test_stopping_an_absent_job_is_no_error(house):
    house.doorbell.stop("nothing-of-this-name")


def test_stopping_without_a_server_is_no_error(tmp_path):
    RedisDoorbell(Settings(data_dir=tmp_path)).stop("job")


def test_ringing_twice_puts_one_id_into_the_queue(house):
    assert house.doorbell.ring("job")
    assert house.doorbell.ring("job")
    assert rq_queue(house).job_ids == ["job"]


def test_a_bell_that_was_lost_is_rung_again(house):
    house.doorbell.ring("job")
    rq_queue(house).remove("job")
    house.doorbell.ring("job")
    assert rq_queue(house).job_ids == ["job"]


def test_a_bell_that_was_picked_up_is_not_rung_again(house):
    house.doorbell.ring("job")
    queue = rq_queue(house)
    queue.lmove(queue.connection, queue.key, None)
    house.doorbell.ring("job")
    assert queue.job_ids == []


def test_stopping_a_waiting_job_leaves_no_trace(house):
    house.doorbell.ring("job")
    house.doorbell.stop("job")
    assert rq_queue(house).job_ids == []
    assert not BellJob.exists("job", rq_queue(house).connection)


def test_forgetting_removes_a_hash_that_nobody_can_read(house):
    queue = rq_queue(house)
    queue.connection.hset("rq:job:bad", mapping={"data": b"\x80\x05garbage"})
    queue.push_job_id("bad")
    forget(queue, "bad")
    assert (queue.job_ids, BellJob.exists("bad", queue.connection)) == ([], False)


def test_a_bell_carries_one_id_and_no_text_of_a_user(house):
    house.doorbell.ring("job")
    bell = rq_queue(house).fetch_job("job")
    assert (bell.func_name, bell.args, bell.kwargs) == ("queue_jobs.perform.perform", ["job"], {})
    assert (bell.description, bell.meta, bell.result_ttl) == ("perform", {}, 0)


@pytest.mark.parametrize(
    "data",
    [
        ["os.system", None, ["true"], {}],
        ["perform", "queue_jobs.perform", ["job"], {}],
        ["queue_jobs.perform.process_queue", None, [1], {}],
    ],
)
def test_any_other_function_is_refused(house, data):
    bell = BellJob("job", rq_queue(house).connection, JSONSerializer)
    bell.data = JSONSerializer.dumps(data)
    with pytest.raises(PermissionError, match="not allowed"):
        bell.perform()


def test_callbacks_named_in_redis_are_not_imported(house):
    house.doorbell.ring("job")
    queue = rq_queue(house)
    names = ("success_callback_name", "failure_callback_name", "stopped_callback_name")
    queue.connection.hset("rq:job:job", mapping=dict.fromkeys(names, "os.abort"))
    bell = queue.fetch_job("job")
    assert [bell.success_callback, bell.failure_callback, bell.stopped_callback] == [None] * 3
    assert RqJob.fetch("job", queue.connection, JSONSerializer).success_callback is not None


def test_without_a_queue_jobs_run_on_a_thread_one_after_the_other(tmp_path):
    house = open_queue(Settings(data_dir=tmp_path, use_queue=False, log_level="ERROR"))
    first, second = hand_in(house), hand_in(house, "a\n2\n")
    eventually(lambda: row(house, second).status.is_final)
    assert [row(house, job).status for job in (first, second)] == ["COMPLETED", "COMPLETED"]
    assert row(house, second).started_at >= row(house, first).ended_at


def test_the_thread_is_shared_by_all_doorbells_of_a_process(tmp_path):
    settings = Settings(data_dir=tmp_path, use_queue=False)
    house = open_queue(settings)
    assert isinstance(house.doorbell, ThreadDoorbell)
    assert open_doorbell(settings, house.store) is house.doorbell


def test_a_job_in_the_thread_that_waits_already_is_not_queued_twice(tmp_path):
    house = open_queue(Settings(data_dir=tmp_path, use_queue=False, log_level="ERROR"))
    job = hand_in(silent(house))
    with house.doorbell.lock:
        house.doorbell.waiting.add(job.id)
    house.doorbell.ring(job.id)
    assert house.doorbell.bells.empty()
