"""How a reader is started: by a fork as long as that is safe, then by a server made in time."""

import os
import sys
from pathlib import Path

import polars as pl
import psutil
import pytest

from queue_jobs import reading_process
from queue_jobs.horse import fork_horse
from queue_jobs.limited_child import Limits, read_limited
from store.readers.reading import Reading
from tests.queue_jobs.conftest import eventually, is_dead

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells thread names")


@pytest.fixture
def child(tmp_path):
    """A child that reads a file before and after Polars has run in it, and says how."""
    source = tmp_path / "a.csv"
    source.write_text("a,b\n01,2\n")

    def perform(job: str, execution: str) -> bool:
        if job == "use-polars":
            pl.DataFrame({"a": [2, 1]}).lazy().sort("a").collect()
        else:
            how = "fork" if reading_process.may_fork() else "server"
            found = read_limited(
                source, "a.csv", Reading(), folder(tmp_path, job), Limits(1_500, 60)
            )
            servers = len(reading_process.servers)
            (tmp_path / job).write_text(f"{how} {found.rows} {servers} {os.getpid()}")
        return True

    horse = fork_horse(perform, reading_process.keep_ready)
    horse.folder = tmp_path
    yield horse
    horse.retire()


def folder(path: Path, name: str) -> Path:
    made = path / f"{name}.d"
    made.mkdir()
    return made


def said(child, job):
    assert child.ask(job, "1")
    assert child.wait()[1] == 0
    file = child.folder / job
    return file.read_text().split() if file.exists() else None


def test_after_polars_has_run_the_server_that_was_made_in_time_reads(child):
    assert said(child, "first")[:3] == ["fork", "1", "1"]
    said(child, "use-polars")
    how, rows, servers, pid = said(child, "second")
    assert (how, rows, servers, int(pid)) == ("server", "1", "1", child.pid)
    assert said(child, "third")[:3] == ["server", "1", "1"]


def test_a_server_that_was_ended_is_replaced(child):
    said(child, "use-polars")
    said(child, "first")
    for process in psutil.Process(child.pid).children():
        process.kill()
        eventually(lambda process=process: is_dead(process))
    assert said(child, "second")[:2] == ["server", "1"]
