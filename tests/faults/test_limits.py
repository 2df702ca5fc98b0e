"""Jobs that take too much: time in three ways, memory in five."""

import os
from pathlib import Path

import psutil
import pytest

from tests.faults.bounds import within
from tests.faults.plant import ends

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(120)]

SLACK_SECONDS = 15
HANGS = {
    "python_loop": "SOFT_TIMEOUT",
    "c_loop": "HARD_TIMEOUT",
    "swallow": "SOFT_TIMEOUT",
}
MEMORY = {
    "grow": "OUT_OF_MEMORY",
    "memory_error": "OUT_OF_MEMORY",
    "native_memory": "READER_CRASHED",
}


def test_a_hung_job_is_ended_whatever_it_hangs_in(plant):
    hung = {mode: plant.running(mode) for mode in HANGS}
    horses = [plant.horse(job) for job in hung.values()]
    limit = plant.house.settings.job_timeout
    within(
        limit + SLACK_SECONDS,
        "a hung job (Python, C, swallowing): ended",
        lambda: all(map(plant.has_ended, hung.values())) and ends(*horses),
    )
    rows = {mode: plant.row(job) for mode, job in hung.items()}
    assert {mode: row.error_code for mode, row in rows.items()} == HANGS
    assert {row.attempt for row in rows.values()} == {1}


@pytest.mark.parametrize(("mode", "code"), MEMORY.items())
def test_a_job_out_of_memory_fails_once_and_its_neighbour_goes_on(plant, mode, code):
    neighbour = plant.running(seconds=2.5)
    job = plant.hand_in(mode)
    within(10, f"{mode}: job failed", lambda: plant.has_ended(job))
    row = plant.row(job)
    assert (row.status, row.error_code, row.attempt) == ("FAILED", code, 1)
    plant.completes(15, "the neighbour of a job out of memory", neighbour)
    assert plant.endings(neighbour) == ["completed"]


@pytest.fixture
def small_memory():
    """A memory cgroup of 400 MB; skipped where none can be made."""
    root = Path("/sys/fs/cgroup")
    first = root / "memory" if (root / "memory").is_dir() else root
    limit = "memory.limit_in_bytes" if first != root else "memory.max"
    group = first / f"faults-{os.getpid()}"
    try:
        group.mkdir()
        (group / limit).write_text(str(400 * 2**20))
    except OSError as error:
        pytest.skip(f"no memory cgroup can be made here: {error.strerror}")
    yield group
    within(10, "the cgroup is empty", lambda: not (group / "cgroup.procs").read_text())
    group.rmdir()


def test_a_job_that_the_system_kills_for_memory_fails_and_is_not_tried_again(
    small_memory, site, work
):
    worker = work()
    (small_memory / "cgroup.procs").write_text(str(worker.pid))
    job = site.hand_in("leap")
    within(30, "killed by the memory cgroup: job ended", lambda: site.row(job).failures)
    assert (site.row(job).status, site.row(job).error_code) == ("FAILED", "OUT_OF_MEMORY")
    assert psutil.pid_exists(worker.pid)
    site.completes(20, "the next job after a memory kill", site.hand_in())


def test_a_job_does_not_pay_for_the_memory_that_the_one_before_it_kept(site, work):
    work(JOB_MEMORY_MB="600")
    first, second = site.hand_in("hoard"), site.hand_in("borrow")
    site.completes(30, "a job after one that kept its memory", first, second)
