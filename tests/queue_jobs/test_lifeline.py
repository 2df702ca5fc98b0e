"""A process ends with another one, even where the system offers nothing for it."""

import subprocess

import psutil
import pytest

from queue_jobs import lifeline
from tests.queue_jobs.conftest import eventually, is_dead

PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]])
print(child.pid, flush=True)
sys.stdin.read()
"""
BOUND = """
import os, threading, time
from queue_jobs import lifeline
{bind}
time.sleep(0.3)
print("bound", flush=True)
time.sleep(60)
"""
BY_ASKING = "threading.Thread(target=lifeline.poll_parent).start()"


@pytest.mark.parametrize(
    "bind",
    ["lifeline.die_with_parent(os.getppid())", BY_ASKING],
    ids=["as this system does it", "by asking"],
)
def test_a_child_ends_with_its_parent(spawn, bind):
    pipe = subprocess.PIPE
    parent = spawn("-c", PARENT, BOUND.format(bind=bind), stdin=pipe, stdout=pipe)
    child = psutil.Process(int(parent.stdout.readline()))
    assert parent.stdout.readline().strip() == b"bound"
    parent.kill()
    eventually(lambda: is_dead(child), 2)


def test_a_child_whose_parent_is_another_one_ends_at_once(spawn):
    assert spawn("-c", BOUND.format(bind="lifeline.die_with_parent(1)")).wait(20) == 1


def test_a_process_runs_until_it_has_ended(spawn):
    process = spawn("-c", "import sys; sys.stdin.read()", stdin=subprocess.PIPE)
    seen = psutil.Process(process.pid)
    assert lifeline.still_runs(seen)
    process.kill()
    eventually(lambda: not lifeline.still_runs(seen))
    process.wait()
    assert not lifeline.still_runs(seen)


def test_a_worker_whose_supervisor_is_gone_already_does_not_start(monkeypatch, spawn):
    process = spawn("-c", "pass")
    process.wait()
    monkeypatch.setenv(lifeline.SUPERVISOR, str(process.pid))
    with pytest.raises(SystemExit):
        lifeline.follow_supervisor()
