"""fakeredis as a server, and workers that do not fork: what Windows gets."""

import pytest
from redis import Redis
from redis.exceptions import TimeoutError as RedisTimeout

from core import Settings
from queue_jobs.embedded_server import start_fake
from queue_jobs.job_queue import open_queue
from queue_jobs.processes import end, runs
from tests.queue_jobs.conftest import eventually, hand_in, row

pytestmark = pytest.mark.end_to_end


@pytest.fixture(scope="module")
def url():
    """The address of a fake server; the process has ended when the tests have."""
    process, address = start_fake()
    yield address
    end(process.pid)
    assert not runs(process.pid)


def test_the_version_is_one_with_blmove(url):
    assert Redis.from_url(url).info("server")["redis_version"] == "7.2.4"


def test_client_info_can_be_read(url):
    assert Redis.from_url(url).client_info()["addr"].startswith("127.0.0.1:")


def test_blmove_on_an_empty_list_waits(url):
    with pytest.raises(RedisTimeout):
        Redis.from_url(url, socket_timeout=0.5, retry=None).blmove("empty", "other", 5)


def test_blmove_moves_what_is_there(url):
    redis = Redis.from_url(url)
    redis.rpush("from", "a", "b")
    assert redis.blmove("from", "to", 1) == b"a"
    assert (redis.lrange("from", 0, -1), redis.lrange("to", 0, -1)) == ([b"b"], [b"a"])


def test_a_worker_without_fork_runs_jobs_one_after_the_other(url, tmp_path, work):
    house = open_queue(Settings(data_dir=tmp_path, redis_url=url, log_level="WARNING"))
    work(house, "SimpleJobWorker")
    jobs = [hand_in(house, f"a\n{number}\n") for number in range(3)]
    eventually(lambda: row(house, jobs[-1]).status.is_final)
    assert [row(house, job).status for job in jobs] == ["COMPLETED"] * 3
    assert len({row(house, job).worker for job in jobs}) == 1
