"""Whatever a file does to its reader costs one child and one sentence, and nothing else."""

import ctypes
import errno
import faulthandler
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import polars as pl
import psutil
import pytest
from structlog.testing import capture_logs

from core import UnreadableFile
from queue_jobs import limited_child, reading_child, reading_process, submit
from queue_jobs.keep_lease import Dropped, interrupt
from queue_jobs.limited_child import Limits, ReaderBroke, existing, read_limited
from queue_jobs.reading_child import Request
from store.readers import Reading
from tests.queue_jobs.conftest import eventually, hand_in_endless, is_dead, runner

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")

ROOT = Path(__file__).parents[2]
LIMITS = Limits(memory_mb=1_000, seconds=60)


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "folder"
    made.mkdir()
    return made


@pytest.fixture
def upload(tmp_path):
    file = tmp_path / "upload"
    file.write_text("zip,city\n00184,Rome\n0150,Oslo\n")
    return file


@pytest.fixture
def pipe(tmp_path):
    """A file that nobody can read to its end."""
    file = tmp_path / "pipe.csv"
    os.mkfifo(file)
    return file


@pytest.fixture
def reading_as(monkeypatch, upload, folder):
    """Read with a reader that does something else; it runs in a fork of this process."""

    def read(action, name="data.csv", limits=LIMITS):
        def ingest(*_):
            faulthandler.disable()
            return action()

        monkeypatch.setattr(reading_process, "may_fork", lambda: True)
        monkeypatch.setattr(reading_child, "ingest", ingest)
        return read_limited(upload, name, Reading(), folder, limits)

    return read


def allocate_much():
    return bytes(2**45)


def allocate_step_by_step():
    kept = []
    while True:
        kept.append(b"x" * 2**24)
        time.sleep(0.005)


def spin_deaf_to_signals():
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    re.match(r"(a+)+$", "a" * 60 + "b")


def abort_for_memory():
    os.write(2, b"memory allocation of 4294967296 bytes failed\n")
    os.abort()


def fail_with(error):
    def fail():
        raise error

    return fail


def die_of(number):
    return lambda: os.kill(os.getpid(), number)


class PanicException(BaseException):
    """Named like what Polars raises."""


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        (allocate_much, "out_of_memory"),
        (allocate_step_by_step, "out_of_memory"),
        (abort_for_memory, "out_of_memory"),
        (die_of(signal.SIGKILL), "out_of_memory"),
        (fail_with(OSError(errno.ENOMEM, "mmap failed")), "out_of_memory"),
        (os.abort, "reader_crashed"),
        (lambda: ctypes.string_at(0), "reader_crashed"),
        (fail_with(PanicException("cell 4711")), "reader_crashed"),
        (die_of(signal.SIGXCPU), "timeout"),
        (fail_with(OSError(errno.ENOSPC, "full")), "disk_full"),
        (fail_with(OSError(errno.EDQUOT, "quota")), "disk_full"),
    ],
)
def test_every_bad_end_has_its_reason_and_leaves_nothing(reading_as, folder, action, reason):
    with pytest.raises(UnreadableFile) as refusal:
        reading_as(action, limits=Limits(memory_mb=900, seconds=30))
    assert refusal.value.reason == reason
    assert "data.csv" in refusal.value.message
    assert list(folder.iterdir()) == []


def test_a_reader_that_hears_nothing_is_ended_on_time(reading_as):
    started = time.monotonic()
    with pytest.raises(UnreadableFile, match="longer than 1 seconds") as refusal:
        reading_as(spin_deaf_to_signals, limits=Limits(900, 1))
    assert refusal.value.reason == "timeout"
    assert time.monotonic() - started < 5


def test_a_table_that_outgrows_every_honest_file_is_stopped(reading_as, monkeypatch, tmp_path):
    monkeypatch.setattr(reading_child, "MAX_UNPACKED_BYTES", 2**10)
    with pytest.raises(UnreadableFile) as refusal:
        reading_as(lambda: (tmp_path / "big").write_bytes(bytes(2**20)))
    assert refusal.value.reason == "disk_full"
    assert (tmp_path / "big").stat().st_size < 2**13


@pytest.mark.parametrize(
    ("name", "way_out"), [("a.xlsx", "save it as CSV"), ("a.csv", "leave columns out")]
)
def test_the_sentence_has_the_limit_and_a_way_out(reading_as, name, way_out):
    with pytest.raises(UnreadableFile, match=way_out) as refusal:
        reading_as(allocate_much, name, Limits(1_200, 30))
    assert "1,200 MB" in refusal.value.message


def test_a_bug_is_no_refusal_and_the_log_says_where_but_no_cell(reading_as, folder):
    with capture_logs() as logs, pytest.raises(ReaderBroke):
        reading_as(fail_with(ValueError("conversion failed for bob@secret.example")))
    assert "test_limited_child.py" in logs[0]["exception"]
    assert "ValueError" in logs[0]["exception"]
    assert "bob" not in str(logs)
    assert list(folder.iterdir()) == []


def test_an_end_without_a_word_is_a_bug_too(reading_as):
    with pytest.raises(ReaderBroke):
        reading_as(lambda: os._exit(3))


def test_of_what_a_library_says_only_the_harmless_part_is_kept(reading_as):
    def say():
        os.write(2, b"thread 'polars-1' panicked at src/read.rs:12:5:\nbad cell bob@secret\n")
        os.abort()

    with capture_logs() as logs, pytest.raises(UnreadableFile):
        reading_as(say)
    assert logs[0]["said"] == "panicked at src/read.rs:12:5"


def test_a_child_has_no_core_dump_and_private_files(reading_as, tmp_path):
    def look():
        import resource

        kinds = (resource.RLIMIT_CORE, resource.RLIMIT_NOFILE)
        limits = [resource.getrlimit(kind)[0] for kind in kinds]
        (tmp_path / "seen").write_text(f"{limits} {os.getpgrp() == os.getpid()}")
        os.abort()

    with pytest.raises(UnreadableFile):
        reading_as(look)
    assert (tmp_path / "seen").read_text() == f"[0, {reading_child.OPEN_FILES}] True"
    assert (tmp_path / "seen").stat().st_mode & 0o777 == 0o600


def test_after_a_bomb_the_next_file_is_read_as_always(reading_as, monkeypatch, upload, folder):
    with pytest.raises(UnreadableFile):
        reading_as(os.abort)
    monkeypatch.undo()
    read = read_limited(upload, "data.csv", Reading(), folder, LIMITS)
    assert (read.rows, read.columns) == (2, ("zip", "city"))
    assert read.preview == (("00184", "Rome"), ("0150", "Oslo"))
    assert {path.name for path in folder.iterdir()} == {"table.parquet", "rejected.parquet"}
    assert pl.read_parquet(folder / "table.parquet")["zip"].to_list() == ["00184", "0150"]


def test_a_refusal_of_the_reader_comes_back_as_it_is_and_no_pickle_is_run(tmp_path, folder):
    file = tmp_path / "x"
    canary = tmp_path / "canary"
    file.write_text(f"cos\nsystem\n(S'touch {canary}'\ntR.")
    with pytest.raises(UnreadableFile, match="pickle") as refusal:
        read_limited(file, "x.csv", Reading(), folder, LIMITS)
    assert refusal.value.reason in {"wrong_type", "unsupported_type"}
    assert not canary.exists()


def test_a_job_that_is_interrupted_before_it_has_a_child_leaves_no_server(
    monkeypatch, upload, folder
):
    def interrupted(_):
        raise Dropped

    monkeypatch.setattr(reading_process.Served, "answer", interrupted)
    reading_process.end_servers()
    with pytest.raises(Dropped):
        read_limited(upload, "data.csv", Reading(), folder, LIMITS)
    monkeypatch.undo()
    assert reading_process.servers == set()
    assert list(folder.iterdir()) == []
    assert read_limited(upload, "data.csv", Reading(), folder, LIMITS).rows == 2


def test_where_nothing_can_fork_a_new_process_reads(monkeypatch, upload, folder):
    monkeypatch.setattr(limited_child, "start", reading_process.Spawned)
    assert read_limited(upload, "data.csv", Reading(), folder, LIMITS).rows == 2


def test_where_nothing_can_fork_the_limits_hold_too(monkeypatch, pipe, folder):
    monkeypatch.setattr(limited_child, "start", reading_process.Spawned)
    with pytest.raises(UnreadableFile) as refusal:
        read_limited(pipe, "data.csv", Reading(), folder, Limits(900, 1))
    assert refusal.value.reason == "timeout"


def test_a_server_that_died_is_replaced(upload, folder):
    read_limited(upload, "data.csv", Reading(), folder, LIMITS)
    for server in reading_process.idle:
        server.kill()
        server.wait()
    assert read_limited(upload, "data.csv", Reading(), folder, LIMITS).rows == 2


HORSE = """
import os, sys
import polars as pl
from queue_jobs import reading_process
seen = [reading_process.may_fork()]
if os.fork():
    sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
seen.append(reading_process.may_fork())
pl.DataFrame({"a": [2, 1]}).sort("a")
seen.append(reading_process.may_fork())
os._exit(0 if seen == [False, True, False] else 1)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the names of threads")
def test_only_a_work_horse_forks_its_readers_and_only_before_polars_has_run():
    assert subprocess.run([sys.executable, "-c", HORSE], cwd=ROOT, check=False).returncode == 0


def test_long_cells_are_cut_in_the_preview_only(tmp_path, folder):
    file = tmp_path / "x"
    file.write_text(f"a,b\n1,{'x' * 5_000}\n")
    read = read_limited(file, "x.csv", Reading(), folder, LIMITS)
    assert read.preview == (("1", "x" * 1_000),)
    assert pl.read_parquet(folder / "table.parquet")["b"][0] == "x" * 5_000


def test_a_request_survives_any_path(tmp_path):
    path = Path(os.fsdecode(b"/tmp/\xff\n'\".csv"))
    request = Request(path, "näme.csv", Reading(delimiter=";"), tmp_path, 10, 20)
    line = request.line()
    assert line.count(b"\n") == 1
    assert Request.of(line) == request


def test_an_interrupted_job_takes_its_child_along(pipe, folder):
    ended = []

    def job():
        try:
            read_limited(pipe, "data.csv", Reading(), folder, LIMITS)
        except Dropped:
            ended.append(time.monotonic())

    thread = threading.Thread(target=job)
    thread.start()
    eventually(lambda: readers_of(folder))
    (child,) = readers_of(folder)
    started = time.monotonic()
    interrupt(thread.ident)
    thread.join(10)
    assert ended[0] - started < 5
    assert is_dead(child)
    assert list(folder.iterdir()) == []


def readers_of(folder):
    """The processes that have their words in a folder."""
    return [
        child
        for child in psutil.Process().children(recursive=True)
        if any(str(folder) in file.path for file in opened(child))
    ]


def opened(process):
    try:
        return process.open_files()
    except psutil.Error:
        return []


PARENT = """
import os, sys
from pathlib import Path
from queue_jobs import reading_process
from queue_jobs.limited_child import Limits, read_limited
from store.readers import Reading
reading_process.may_fork = lambda: sys.argv[3] == "forked"
read_limited(Path(sys.argv[1]), "a.csv", Reading(), Path(sys.argv[2]), Limits(900, 60))
"""


@pytest.mark.parametrize("way", ["forked", "served"])
def test_a_killed_parent_takes_its_child_along(pipe, folder, way):
    command = [sys.executable, "-c", PARENT, str(pipe), str(folder), way]
    parent = subprocess.Popen(command, cwd=ROOT)
    try:
        eventually(lambda: readers_of(folder))
        (child,) = readers_of(folder)
        parent.kill()
        parent.wait()
        eventually(lambda: is_dead(child), 1 / 3)
    finally:
        parent.kill()


@pytest.mark.end_to_end
def test_in_a_worker_the_reader_ends_with_its_job_and_with_the_worker(house, work):
    worker = work(house)
    first = hand_in_endless(house)
    reader = reader_of(runner(house, first))
    submit.cancel(house, "ann", first.id)
    eventually(lambda: is_dead(reader), 5)
    second = hand_in_endless(house)
    reader = reader_of(runner(house, second))
    worker.kill()
    eventually(lambda: is_dead(reader), 5)


def reader_of(horse):
    """The child in which a job reads its file."""
    eventually(horse.children)
    return horse.children()[0]


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (Path.mkdir, "unsupported_type"),
        (os.mkfifo, "unsupported_type"),
        (lambda path: None, "source_unavailable"),
    ],
)
def test_what_is_no_file_is_refused_before(tmp_path, make, reason):
    make(tmp_path / "x.csv")
    with pytest.raises(UnreadableFile) as refusal:
        existing(tmp_path / "x.csv")
    assert refusal.value.reason == reason
