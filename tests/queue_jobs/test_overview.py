"""What the operations page can say about server, workers and jobs."""

import os
import subprocess
import sys

import pytest
from rq import Worker

from core import Settings
from queue_jobs.job_queue import open_queue
from queue_jobs.overview import WorkerState, figures, jobs_by_worker, overview
from queue_jobs.perform import worker_name
from queue_jobs.processes import machine
from store import claims, leases
from tests.queue_jobs.conftest import hand_in, rq_queue, silent

pytestmark = pytest.mark.end_to_end


def test_an_unreachable_server_is_said_and_the_rest_is_shown(tmp_path):
    away = Settings(data_dir=tmp_path, redis_url="redis://127.0.0.1:1", log_level="ERROR")
    house = open_queue(away)
    hand_in(house)
    seen = overview(house)
    assert (seen.uses_queue, seen.server, dict(seen.jobs)) == (True, None, {"QUEUED": 1})


def test_without_a_queue_there_is_no_server(tmp_path):
    seen = overview(open_queue(Settings(data_dir=tmp_path, use_queue=False)))
    assert (seen.uses_queue, seen.server, dict(seen.jobs)) == (False, None, {})


def test_the_server_is_named_with_its_memory_and_depth(house):
    hand_in(house)
    server = overview(house).server
    assert server.version.startswith("valkey ")
    assert (server.depth, server.memory_bytes > 500_000) == (1, True)


def test_a_worker_is_shown_with_its_state_and_the_age_of_its_heartbeat(house):
    queue = rq_queue(house)
    worker = Worker([queue], "someone", connection=queue.connection)
    worker.register_birth()
    worker.set_state("idle")
    [seen] = [each for each in overview(house).server.workers if each.name == "someone"]
    worker.register_death()
    assert (seen.state, seen.job_id, seen.processed) == ("idle", None, 0)
    assert 0 <= seen.heartbeat_age < 5


def test_figures_come_from_the_rows(house):
    failed = hand_in(silent(house))
    _, lease = claims.claim(house.store.database, failed.id, "w:1", 45)
    leases.fail(house.store.database, lease, "FILE_UNREADABLE", "No.")
    running = hand_in(silent(house), "a\n1\n")
    claims.claim(house.store.database, running.id, worker_name(), 45)
    hand_in(silent(house), "a\n2\n")
    seen = figures(house)
    assert dict(seen.queued) == {"high": 1}
    assert [job.id for job in seen.running] == [running.id]
    assert dict(seen.failures) == {"FILE_UNREADABLE": 1}
    assert (seen.ended_5, seen.ended_60, sum(seen.ended.values())) == (1, 1, 1)
    assert 0 <= seen.oldest_wait < 5
    assert seen.waits.jobs == 1
    assert seen.durations == {}


def test_figures_of_an_empty_house_are_empty(house):
    seen = figures(house)
    assert (seen.running, seen.oldest_wait, seen.waits) == ((), None, None)
    assert set(seen.mended.values()) == {0.0}


def worker(name, pid, host=None):
    """A worker as Redis knows it, busy with a bell that says nothing."""
    host = machine().rpartition("-")[0] if host is None else host
    return WorkerState(name, "busy", "a-bell", 1.0, 0, host, pid)


def running(house, holder):
    """A job that runs under a lease of that process."""
    job = hand_in(silent(house))
    return claims.claim(house.store.database, job.id, holder, 45)[0]


def test_a_worker_that_runs_jobs_itself_is_known_by_its_process(house):
    job = running(house, worker_name())
    found = jobs_by_worker([worker("me", os.getpid()), worker("other", 1)], [job])
    assert found == {"me": job}


def test_a_worker_that_forks_is_known_by_its_child(house):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        job = running(house, f"{machine()}:{child.pid}")
        found = jobs_by_worker([worker("me", os.getpid())], [job])
        child.communicate(b"\n")
    assert found == {"me": job}


@pytest.mark.parametrize("holder", ["elsewhere-12345678:7", "nonsense", f"{machine()}:999999999"])
def test_a_process_that_cannot_be_told_is_nobodys(house, holder):
    job = running(house, holder)
    assert jobs_by_worker([worker("me", os.getpid())], [job]) == {}


def test_the_same_number_on_another_host_is_another_process(house):
    job = running(house, f"elsewhere-12345678:{os.getpid()}")
    mine, theirs = worker("me", os.getpid()), worker("theirs", os.getpid(), "elsewhere")
    assert jobs_by_worker([mine, theirs], [job]) == {"theirs": job}
