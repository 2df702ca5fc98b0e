"""With a Redis of one's own the app starts no queue, and workers of any kind do the work."""

import io
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from core import Settings, Status
from queue_jobs import open_queue, submit
from queue_jobs.embedded_server import ensure_server, stop_server
from store import jobs
from tests.end_to_end.running import ROOT, family, running_app, wait_until

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(240)]


@pytest.fixture
def own_redis(tmp_path):
    """A server that the app did not start."""
    settings = Settings(data_dir=tmp_path / "redis")
    yield ensure_server(settings).url
    stop_server(settings)


@pytest.mark.parametrize(
    "command",
    [
        [sys.executable, "-m", "queue_jobs", "worker"],
        [str(Path(sys.executable).with_name("rq")), "worker", "-c", "queue_jobs.rq_settings"],
    ],
    ids=["ours", "stock rq"],
)
def test_a_worker_started_by_hand_runs_the_jobs(own_redis, tmp_path, command):
    data = tmp_path / "data"
    with app_without_worker(data, own_redis) as environment:
        worker = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
        try:
            queue = open_queue(Settings(data_dir=data, redis_url=own_redis))
            content = io.BytesIO(b"a,b\n1,x\n2,y\n2,y\n")
            dataset, _ = submit.upload(queue, "local", "d.csv", content, {})
            chain = submit.start(
                queue, "local", dataset.id, ["clean-my-data", "master-my-data"], {}
            )
            for job in chain:
                wait_until(
                    lambda job=job: jobs.load(queue.store.database, job.id).status.is_final, 90
                )
                assert jobs.load(queue.store.database, job.id).status == Status.COMPLETED
        finally:
            worker.terminate()
            worker.wait(30)


@contextmanager
def app_without_worker(data, url):
    """The app on that server; it says that no worker is there. Yields a worker's environment."""
    with running_app(data, wait=False, REDIS_URL=url) as app:
        wait_until(lambda: answers(app), what="the app")
        assert not [process for process in family(data) if "valkey" in process.name()]
        assert app.get("/readyz")[0] == 503
        yield {**os.environ, "DATA_DIR": str(data), "REDIS_URL": url}


def answers(app):
    try:
        return app.get("/healthz")[0] == 200
    except OSError:
        return False
