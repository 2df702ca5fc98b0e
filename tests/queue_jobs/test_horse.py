"""A child stays for the next job as long as each one ends cleanly."""

import os
import signal
import time

import pytest

from queue_jobs.horse import Horse, fork_horse
from tests.queue_jobs.conftest import eventually

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")


@pytest.fixture
def horse(tmp_path):
    """A child that writes what it is told, and leaves when that is "leave"."""
    log = tmp_path / "log"

    def perform(job: str, execution: str) -> bool:
        with log.open("a") as file:
            file.write(f"{os.getpid()} {job} {execution}\n")
        if job == "hang":
            time.sleep(60)
        if job == "break":
            raise RuntimeError(job)
        return job != "leave"

    horse = fork_horse(perform, lambda: None)
    horse.log = log
    yield horse
    horse.retire()


def done(horse: Horse) -> list[str]:
    return [line.split(" ", 1)[1] for line in horse.log.read_text().splitlines()]


def test_a_child_does_one_job_after_the_other(horse):
    for job in ("a", "b"):
        assert horse.ask(job, "1")
        assert horse.wait() == (horse.pid, 0, None)
    assert done(horse) == ["a 1", "b 1"]
    assert {line.split()[0] for line in horse.log.read_text().splitlines()} == {str(horse.pid)}
    assert (horse.jobs, horse.stays) == (2, True)


def test_a_child_that_wants_to_leave_ends_well_and_takes_no_other_job(horse):
    horse.ask("leave", "1")
    pid, status, used = horse.wait()
    assert (pid, status, horse.stays) == (horse.pid, 0, False)
    assert used.ru_maxrss > 0
    assert not horse.ask("a", "2")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_death_of_a_child_is_seen_at_once_with_its_signal(horse, number):
    horse.ask("hang", "1")
    os.kill(horse.pid, number)
    _, status, _ = horse.wait()
    assert (os.WTERMSIG(status), horse.stays) == (number, False)


def test_a_child_that_breaks_ends_with_a_code(horse):
    horse.ask("break", "1")
    _, status, _ = horse.wait()
    assert os.waitstatus_to_exitcode(status) == 1


def test_a_child_that_died_while_it_waited_takes_no_job(horse):
    os.kill(horse.pid, signal.SIGKILL)
    eventually(lambda: not horse.ask("a", "1"))


def test_a_retired_child_is_gone(horse):
    other = fork_horse(lambda job, execution: True, lambda: None)
    other.retire()
    with pytest.raises(ProcessLookupError):
        os.kill(other.pid, 0)


def test_the_child_leads_its_own_process_group(horse):
    horse.ask("a", "1")
    horse.wait()
    assert os.getpgid(horse.pid) == horse.pid
