"""How a reader is started: by a fork as long as that is safe, then by a server made in time."""

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells thread names")

CHILD = """
import json, sys
from pathlib import Path
import polars as pl
import psutil
from queue_jobs import reading_process
from queue_jobs.horse import fork_horse
from queue_jobs.limited_child import Limits, read_limited
from store.readers.reading import Reading

folder = Path(sys.argv[1])
(folder / "a.csv").write_text("a,b\\n01,2\\n")

def perform(job, execution):
    if job == "polars":
        pl.DataFrame({"a": [2, 1]}).lazy().sort("a").collect()
        return True
    if job == "kill":
        for server in psutil.Process().children():
            server.kill()
            while server.status() != psutil.STATUS_ZOMBIE:
                pass
        return True
    how = "fork" if reading_process.may_fork() else "server"
    (folder / job).mkdir()
    found = read_limited(folder / "a.csv", "a.csv", Reading(), folder / job, Limits(1_500, 60))
    said = [how, found.rows, len(reading_process.servers)]
    (folder / f"{job}.json").write_text(json.dumps(said))
    return True

horse = fork_horse(perform, reading_process.keep_ready)
for job in sys.argv[2:]:
    assert horse.ask(job, "1")
    assert horse.wait()[1] == 0
horse.retire()
"""
"""In a process of its own: where Polars has run before, as in these tests, no fork of it may."""


def said(folder, *jobs):
    subprocess.run([sys.executable, "-c", CHILD, folder, *jobs], check=True, timeout=120)
    files = [folder / f"{job}.json" for job in jobs]
    return [json.loads(file.read_text()) for file in files if file.exists()]


def test_after_polars_has_run_the_server_that_was_made_in_time_reads(tmp_path):
    first, second, third = said(tmp_path, "first", "polars", "second", "third")
    assert first == ["fork", 1, 1]
    assert second == third == ["server", 1, 1]


def test_a_server_that_was_ended_is_replaced(tmp_path):
    assert said(tmp_path, "polars", "kill", "first") == [["server", 1, 1]]
