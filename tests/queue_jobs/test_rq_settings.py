"""The stock command `rq worker -c queue_jobs.rq_settings` runs our hardened worker."""

import os

import pytest

from queue_jobs.backend import worker_environment
from tests.queue_jobs.conftest import eventually, hand_in, row, rq_queue, workers

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork"),
]


def test_the_stock_command_completes_a_job_and_runs_nothing_else(house, spawn, tmp_path):
    env = worker_environment(house.settings)
    command = ("-m", "rq.cli", "worker", "-c", "queue_jobs.rq_settings", "--name", "stock")
    worker = spawn(*command, env=env)
    eventually(lambda: workers(house) == 1, 40)
    job = hand_in(house)
    eventually(lambda: row(house, job).status.is_final)
    assert row(house, job).status == "COMPLETED"

    queue = rq_queue(house)
    queue.enqueue("os.system", f"touch {tmp_path / 'canary'}", job_id="planted")
    eventually(lambda: queue.fetch_job("planted").is_failed)
    assert "not allowed" in queue.fetch_job("planted").latest_result().exc_string
    assert not (tmp_path / "canary").exists()
    assert queue.connection.ttl("rq:worker:stock") <= 90  # ours; the stock worker's is 480
    worker.terminate()
    assert worker.wait(20) == 0
