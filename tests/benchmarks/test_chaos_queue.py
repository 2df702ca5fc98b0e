"""What the benchmark of queues measures with."""

import os
import subprocess
import sys

from benchmarks.queue_measure import processor_seconds, started
from benchmarks.queue_noop import NOOP, noop
from benchmarks.run_log import RUN_LOG


def test_a_job_that_does_nothing_says_when_it_began(tmp_path, monkeypatch):
    log = tmp_path / "runs.log"
    monkeypatch.setenv(RUN_LOG, str(log))
    noop("one")
    noop("two")
    assert list(started(log)) == ["one", "two"]
    assert started(log)["one"] <= started(log)["two"]


def test_the_job_of_the_peers_imports_nothing_of_ours():
    module, _, _ = NOOP.rpartition(".")
    heavy = {"polars", "core", "queue_jobs", "rq"}
    code = f"import sys, {module}; print({heavy!r} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_time_of_ended_children_counts():
    before = processor_seconds([os.getpid()])
    subprocess.run([sys.executable, "-c", "sum(range(10_000_000))"], check=True)
    assert processor_seconds([os.getpid()]) - before > 0.02


def test_a_process_that_is_gone_has_used_nothing():
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    assert processor_seconds([child.pid]) == 0.0
