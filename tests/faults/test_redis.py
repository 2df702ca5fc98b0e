"""Redis away, emptied, full, or full of what others planted: rows are the truth."""

import os
import pickle
import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest
from rq.job import Job as RqJob
from rq.serializers import JSONSerializer

from core import Status
from queue_jobs.backend import worker_environment
from queue_jobs.doorbell import PERFORM
from queue_jobs.overview import server_state
from queue_jobs.reconcile import reconcile
from store import jobs
from tests.faults.bounds import within
from tests.queue_jobs.conftest import rq_queue
from tests.web.conftest import visitor

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(240)]

QUEUED = 12
QUEUED_FOR_LONG = 100


def reasons(plant) -> str:
    """What the page for those who watch says."""
    return visitor(plant.house.settings).get("/readyz").text


def workers(plant) -> set[int]:
    """The worker processes that the supervisor keeps."""
    return {child.process.pid for child in plant.backend.children}


def test_killed_and_away_for_a_while(plant, outage):
    before = workers(plant)
    running = [plant.running(seconds=5) for _ in range(3)]
    waiting = QUEUED if outage < 30 else QUEUED_FOR_LONG
    queued = [plant.hand_in(seconds=0.1) for _ in range(waiting)]
    with plant.without_server(outage):
        during = plant.hand_in(seconds=0.1)
        assert "Redis does not answer" in reasons(plant)
        assert server_state(plant.house) is None
        assert plant.row(during).status == Status.QUEUED
    plant.completes(60, "Redis killed: all jobs completed", *running, *queued, during)
    within(30, "Redis killed: all workers are back", plant.backend.ready)
    assert workers(plant) == before


def test_full(plant):
    with full(plant):
        job = plant.hand_in()
        assert not plant.house.doorbell.ring(job.id)
        assert "Redis is full" in reasons(plant)
        reconcile(plant.house)
        assert plant.row(job).status == Status.QUEUED
    plant.completes(60, "Redis full, then not: job completed", job)


@contextmanager
def full(plant):
    """The server refuses every write for want of memory."""
    with plant.server.admin() as admin:
        admin.config_set("maxmemory", 1)
        try:
            yield
        finally:
            admin.config_set("maxmemory", 0)


def test_emptied(plant):
    running = [plant.running(seconds=4) for _ in range(3)]
    queued = [plant.hand_in(seconds=0.1) for _ in range(QUEUED)]
    with plant.server.admin() as admin:
        admin.flushall()
    bells = rq_queue(plant.house)
    within(30, "Redis emptied: bells are rung again", lambda: bells.count >= 1)
    plant.completes(30, "Redis emptied: all jobs completed", *running, *queued)
    within(30, "Redis emptied: all workers are listed again", plant.backend.ready)


@pytest.mark.parametrize("moment", ["before the commit", "after the commit", "after the bell"])
def test_a_page_that_is_killed_while_a_job_is_handed_in(plant, moment):
    """The process dies around the commit; what it stored is run once, what it did not is not."""
    before = set(every_id(plant))
    code = subprocess.run(
        [sys.executable, "-m", "tests.faults.killed_page", plant.dataset, moment],
        env=worker_environment(plant.house.settings),
        check=False,
    ).returncode
    assert code == -9
    made = [jobs.load(plant.house.store.database, each) for each in set(every_id(plant)) - before]
    assert len(made) == (moment != "before the commit")
    plant.completes(60, f"page killed {moment}: job completed", *made)


def every_id(plant):
    return [job.id for job in jobs.search(plant.house.store.database, None, limit=1000).jobs]


def test_a_bell_without_a_row_is_harmless(plant):
    assert plant.house.doorbell.ring("of-a-row-that-was-rolled-back")
    bells = rq_queue(plant.house)
    within(30, "a bell without a row: gone", lambda: not bells.count)
    plant.completes(20, "the job after a bell without a row", plant.hand_in())


class Canary:
    """Touches a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


def forged(canary, port) -> dict[str, dict[str, object]]:
    """Hashes of RQ jobs as an intruder would plant them."""
    shell = ["os.system", None, [f"touch {canary}"], {}]
    good = JSONSerializer.dumps([PERFORM, None, ["nobody"], {}])
    url = f"http://127.0.0.1:{port}/"
    return {
        "shell": {"data": JSONSerializer.dumps(shell)},
        "method": {"data": JSONSerializer.dumps(["system", "os", [f"touch {canary}"], {}])},
        "pickle": {"data": pickle.dumps(Canary(canary))},
        "pickled-meta": {"data": JSONSerializer.dumps(shell), "meta": pickle.dumps(Canary(canary))},
        "garbage": {"data": b"\x00\xff" * 40},
        "truncated": {"data": good[:11]},
        "nothing": {"data": b""},
        "callbacks": {
            "data": JSONSerializer.dumps(shell),
            "success_callback_name": "os.abort",
            "failure_callback_name": "os.abort",
            "stopped_callback_name": "os.abort",
        },
        "webhook": {"data": JSONSerializer.dumps(shell), "webhook_url": url, "webhooks": url},
        "arguments": {"data": JSONSerializer.dumps([PERFORM, None, [1, 2, 3], {"x": 1}])},
    }


def test_forged_jobs_run_nothing_and_end_as_failed(plant, tmp_path):
    queue = rq_queue(plant.house)
    canary = tmp_path / "canary"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        planted = forged(canary, listener.getsockname()[1])
        for name, fields in planted.items():
            base = {"created_at": "2026-01-01T00:00:00Z", "origin": queue.name, "timeout": 60}
            queue.connection.hset(RqJob.key_for(name), mapping=base | fields)
            queue.push_job_id(name)
        within(30, "forged jobs: all taken", lambda: not queue.count)
        all_failed(queue, planted)
        shown_harmlessly(plant, planted)
        plant.completes(30, "the job after forged ones", plant.hand_in())
        listener.settimeout(0.2)
        with pytest.raises(TimeoutError):
            listener.accept()
    assert not canary.exists()


def test_what_cannot_even_be_fetched_costs_no_job(plant):
    queue = rq_queue(plant.house)
    queue.connection.set(RqJob.key_for("no-hash"), "a text")
    queue.connection.hset(RqJob.key_for("no-date"), mapping={"created_at": "yesterday"})
    for name in ("odd id", "no-hash", "no-date", "no-such"):
        queue.push_job_id(name)
    jobs_after = [plant.hand_in(seconds=0.1) for _ in range(6)]
    plant.completes(60, "jobs beside bells that cannot be fetched", *jobs_after)
    within(30, "bells that cannot be fetched: workers are back", plant.backend.ready)


def all_failed(queue, planted):
    left = set(planted)

    def is_none_left():
        left.difference_update(queue.failed_job_registry.get_job_ids(cleanup=False))
        return not left

    try:
        within(20, "forged jobs: all failed", is_none_left)
    finally:
        assert not left


def shown_harmlessly(plant, planted):
    """The dashboard answers for each, and for the list of the failed."""
    admin = visitor(plant.house.settings)
    failed = f"jobs/{plant.house.settings.queue}/failed/20/dsc/1"
    paths = ["view/queues", "view/workers", f"view/{failed}", f"data/{failed}.json"]
    answers = {
        path: admin.get(f"/ops/rq/0/{path}", follow_redirects=True).status_code for path in paths
    }
    assert answers == dict.fromkeys(paths, 200)
    for name in planted:
        for path in (f"view/job/{name}", f"data/job/{name}.json"):
            answer = admin.get(f"/ops/rq/0/{path}", follow_redirects=True)
            assert answer.status_code in {200, 422}, path


def test_a_worker_that_dies_right_after_popping(site, work):
    dead = work(FAULT_DIES_AFTER_POP="yes")
    job = site.hand_in()
    bells = rq_queue(site.house)
    within(30, "killed after popping: taken", lambda: bells.intermediate_queue.get_job_ids())
    assert dead.wait() == -9
    work()
    reconcile(site.house)
    site.completes(60, "killed after popping: job completed", job)
    assert site.endings(job) == ["completed"]
