"""The database locked, clocks that differ, versions that differ, the same click many times."""

import contextlib
import os
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from benchmarks.chaos_faults import SKEW, find_faketime
from core import Status
from queue_jobs import submit
from queue_jobs.backend import worker_environment
from queue_jobs.overview import overview
from queue_jobs.perform import perform_with, worker_name
from queue_jobs.reconcile import reconcile
from queue_jobs.tools import TOOLS
from store import claims, jobs
from store.jobs import JobRequest
from tests.faults import drill
from tests.faults.plant import OWNER
from tests.queue_jobs.conftest import silent

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(120)]

LOCK_SECONDS = 10.0
CLICKS = 10


@contextlib.contextmanager
def locked(file):
    """Another process, as it were, writes for a long time."""
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN EXCLUSIVE")

    def let_go():
        connection.execute("ROLLBACK")
        connection.close()

    timer = threading.Timer(LOCK_SECONDS, let_go)
    timer.start()
    yield timer
    timer.join()


def test_a_locked_database_is_read_on_and_its_writers_wait(site, work):
    work()
    running = site.running(seconds=2)
    with locked(site.database_file()) as lock:
        assert jobs.search(site.house.store.database, OWNER).total == 2
        assert overview(site.house).jobs[Status.PROCESSING] == 1
        assert lock.is_alive()
        handed_in = site.hand_in()
        assert not lock.is_alive()
    site.completes(20, "database locked: jobs completed", running, handed_in)
    assert site.endings(running) == site.endings(handed_in) == ["completed"]


@pytest.fixture(params=[SKEW, -SKEW], ids=["an hour fast", "an hour slow"])
def skewed(request):
    """The environment of a process whose clock is wrong; skipped without libfaketime."""
    library = find_faketime()
    if library is None:
        pytest.skip("libfaketime is not installed (Debian package faketime)")
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME": f"{request.param:+}s",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }


def test_a_worker_with_a_wrong_clock_keeps_its_job(site, work, skewed):
    work(**skewed)
    job = site.running(seconds=4)
    while not site.has_ended(job):
        assert reconcile(site.house).recovered == 0
        time.sleep(0.5)
    row = site.row(job)
    assert (row.status, row.error_message) == ("COMPLETED", None)
    assert 0 <= row.ended_at - row.started_at < 60
    assert site.endings(job) == ["completed"]


RECONCILE = """
from core import Settings
from queue_jobs.job_queue import open_queue
from queue_jobs.reconcile import reconcile
raise SystemExit(reconcile(open_queue(Settings.from_environment())).recovered)
"""


def test_a_reconciler_with_a_wrong_clock_takes_no_job_away(site, skewed):
    house = silent(site.house)
    job = replace(site, house=house).hand_in()
    claims.claim(house.store.database, job.id, worker_name(), 25)
    done = subprocess.run(
        [sys.executable, "-c", RECONCILE],
        env=worker_environment(house.settings) | skewed,
        check=False,
    )
    assert (done.returncode, site.row(job).status) == (0, Status.PROCESSING)
    submit.cancel(house, OWNER, job.id)


@pytest.fixture
def quiet_site(site, monkeypatch):
    """A site whose jobs this process runs itself."""
    monkeypatch.setitem(TOOLS, drill.FAULT.name, drill.FAULT)
    return replace(site, house=silent(site.house))


@pytest.mark.parametrize(
    ("version", "status"), [(99, "FAILED"), (0, "COMPLETED")], ids=["newer", "older"]
)
def test_a_job_of_another_version_is_run_or_refused_with_the_reason(quiet_site, version, status):
    job = quiet_site.hand_in()
    with contextlib.closing(sqlite3.connect(quiet_site.database_file())) as connection, connection:
        connection.execute("UPDATE job SET payload_version = ? WHERE id = ?", (version, job.id))
    perform_with(quiet_site.house, job.id)
    row = quiet_site.row(job)
    assert (row.status, row.attempt) == (status, 1)
    assert ("made by a newer version" in (row.error_message or "")) == (status == "FAILED")


def test_ten_clicks_at_once_are_one_job(site):
    request = JobRequest(OWNER, site.dataset, drill.FAULT.name, {"fault": {"label": "click"}})
    with ThreadPoolExecutor(CLICKS) as pool:
        made = list(pool.map(lambda _: submit.hand_in(site.house, request).id, range(CLICKS)))
    assert len(made) == CLICKS
    assert len(set(made)) == 1
    submit.cancel(site.house, OWNER, made[0])


CLICK = """
import sys
from core import Settings
from queue_jobs import submit
from queue_jobs.job_queue import open_queue
from queue_jobs.logs import configure
from store.jobs import JobRequest
settings = Settings.from_environment()
configure(settings)
house = open_queue(settings)
sys.stdin.readline()
print(submit.hand_in(house, JobRequest("ann", sys.argv[1], "fault-my-data")).id)
"""


def test_a_click_in_two_processes_is_one_job(site):
    pages = [
        subprocess.Popen(
            [sys.executable, "-c", CLICK, site.dataset],
            env=os.environ | worker_environment(site.house.settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for page in pages:
        page.stdin.write("go\n")
        page.stdin.flush()
    made = {page.communicate(timeout=60)[0].strip() for page in pages}
    assert len(made) == 1
    submit.cancel(site.house, OWNER, made.pop())
