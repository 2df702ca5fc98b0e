"""What the operations page can say about server, workers and jobs."""

import pytest
from rq import Worker

from core import Settings
from queue_jobs.job_queue import open_queue
from queue_jobs.overview import overview
from store import leases
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
    assert (seen.uses_queue, seen.server, seen.oldest_wait) == (False, None, None)


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
    _, lease = leases.claim(house.store.database, failed.id, "w:1", 45)
    leases.fail(house.store.database, lease, "FILE_UNREADABLE", "No.")
    hand_in(silent(house), "a\n2\n")
    seen = overview(house)
    assert dict(seen.jobs) == {"FAILED": 1, "QUEUED": 1}
    assert dict(seen.failures) == {"FILE_UNREADABLE": 1}
    assert 0 <= seen.oldest_wait < 5
