"""Workers without fork: the guard, its worker and their jobs, in a stand-in for Windows."""

import io
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest
from rq.job import Job as RqJob
from rq.serializers import JSONSerializer

from core import Settings
from queue_jobs import guard as guarding
from queue_jobs import submit
from queue_jobs.backend import Backend, worker_environment
from queue_jobs.embedded_server import ensure_server, start_fake, stop_server
from queue_jobs.guard import Guard, signal_of
from queue_jobs.interpreter import ROOT, ask_to_stop
from queue_jobs.job_queue import open_queue
from queue_jobs.processes import end
from queue_jobs.reconcile import reconcile
from store import attempts
from tests.queue_jobs.conftest import eventually, is_dead, row, rq_queue, runner, silent, workers

NO_FORK = Path(__file__).parent / "no_fork"
RUN_WORKER = f"""
from core import Settings
from queue_jobs import guard
guard.WORKER = ({str(NO_FORK / "worker.py")!r},)
guard.run_guard(Settings.from_environment())
"""
"""What `python -m queue_jobs worker` does, but for the worker that the guard starts."""

IS_WINDOWS = sys.platform == "win32"
stand_in = pytest.mark.skipif(IS_WINDOWS, reason="this is Windows itself, no stand-in")
GROUP = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
numbers = count()


@pytest.fixture(scope="module")
def server_url(tmp_path_factory):
    """The address of the server that this system gets: Valkey, on Windows fakeredis."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("server"))
    yield ensure_server(settings).url
    stop_server(settings)


def no_fork_environment(settings):
    """The environment of a process in which Python has no fork."""
    path = (ROOT,) if IS_WINDOWS else (NO_FORK, ROOT)
    environment = worker_environment(settings) | {"ASSAY_SUPERVISOR": ""}
    return environment | {"PYTHONPATH": os.pathsep.join(map(str, path))}


@pytest.fixture
def guard(spawn):
    """Start a guard, and wait until its worker has registered."""

    def start(house):
        before = workers(house)
        environment = no_fork_environment(house.settings)
        process = spawn("-c", RUN_WORKER, env=environment, creationflags=GROUP)
        eventually(lambda: workers(house) > before, 30)
        return process

    return start


def hand_in(house, deed="good"):
    """Start a job that does the deed first, then reads a small file."""
    content = io.BytesIO(b"a,b\n1,%d\n" % next(numbers))
    return submit.upload(house, "ann", f"{deed}.csv", content, {})[1]


def hand_in_running(house, deed):
    """A job that a worker has begun."""
    job = hand_in(house, deed)
    eventually(lambda: row(house, job).worker, 20)
    return job


def state(house, job):
    """What users see of a job."""
    now = row(house, job)
    return str(now.status), now.error_code, now.failures


def ends(house, job, seconds=20):
    """Reconcile until the job has ended; what users see of it then."""

    def ended():
        reconcile(house)
        return row(house, job).status.is_final

    eventually(ended, seconds)
    return state(house, job)


GOOD = ("COMPLETED", None, 0)


def without_fork(code, **env):
    """What a program prints in the stand-in."""
    environment = no_fork_environment(Settings()) | env
    return subprocess.check_output([sys.executable, "-c", code], env=environment, text=True)


@stand_in
def test_the_stand_in_cannot_fork_but_starts_processes():
    code = "import os, subprocess; print(hasattr(os, 'fork'), subprocess.call(['true']))"
    assert without_fork(code) == "False 0\n"


@stand_in
def test_a_file_is_read_in_a_new_process(tmp_path):
    (tmp_path / "small.csv").write_text("a,b\n1,2\n")
    code = """
import os
from pathlib import Path
from queue_jobs import reading_process
from queue_jobs.limited_child import Limits, read_limited
from store.readers import Reading
reading_process.Forked = reading_process.Served = None
folder = Path(os.environ["FOLDER"])
print(read_limited(folder / "small.csv", "small.csv", Reading(), folder, Limits(1500, 60)).rows)
"""
    assert without_fork(code, FOLDER=str(tmp_path)) == "1\n"


@pytest.mark.end_to_end
def test_one_guard_through_good_and_bad_days(house, guard, tmp_path):
    """One guard for several cases, since each start of one takes seconds."""
    process = guard(house)
    assert ends(house, hand_in(house, "read")) == GOOD
    planted_jobs_run_nothing(house, tmp_path / "canary")
    a_queued_job_is_cancelled(house)
    a_running_job_is_cancelled(house, "loop")
    a_running_job_is_cancelled(house, "sleep")
    a_running_job_is_cancelled(house, "hold")
    a_crashed_worker_fails_its_job_for_good(house)
    a_killed_worker_is_noticed_and_its_job_runs_again(house)
    assert process.poll() is None


def planted_jobs_run_nothing(house, canary):
    queue = rq_queue(house)
    pickled = b"cos\nsystem\n(S'touch " + str(canary).encode() + b"'\ntR."
    shell = JSONSerializer.dumps(["os.system", None, [f"touch {canary}"], {}])
    planted = {"shell": shell, "pickle": pickled, "cut": shell[:20], "garbage": b"\xff\x00"}
    for name, data in planted.items():
        hash_ = {"data": data, "created_at": "2026-01-01T00:00:00Z", "origin": queue.name}
        queue.connection.hset(
            RqJob.key_for(name), mapping=hash_ | {"failure_callback_name": "os.abort"}
        )
        queue.push_job_id(name)
    failed = queue.failed_job_registry
    eventually(lambda: set(failed.get_job_ids(cleanup=False)) >= set(planted))
    assert not canary.exists()


def a_queued_job_is_cancelled(house):
    job = hand_in(silent(house))
    submit.cancel(house, "ann", job.id)
    assert state(house, job) == ("CANCELLED", None, 0)
    assert ends(house, hand_in(house)) == GOOD


def a_running_job_is_cancelled(house, deed):
    """Python code is interrupted and its process goes on; C code ends with its process."""
    job = hand_in_running(house, deed)
    worker = runner(house, job)
    submit.cancel(house, "ann", job.id)
    if deed != "loop":
        eventually(lambda: is_dead(worker), 5)
    after = hand_in(house)
    assert ends(house, after) == GOOD
    assert state(house, job) == ("CANCELLED", None, 0)
    assert is_dead(worker) == (deed != "loop")


def a_crashed_worker_fails_its_job_for_good(house):
    job = hand_in(house, "crash")
    eventually(lambda: row(house, job).status == "FAILED", 5)
    assert state(house, job) == ("FAILED", "READER_CRASHED", 1)
    assert row(house, job).error_message.startswith("The process crashed (signal 6) at ")


def a_killed_worker_is_noticed_and_its_job_runs_again(house):
    job = hand_in_running(house, "sleep")
    runner(house, job).kill()
    eventually(lambda: row(house, job).status == "QUEUED", 5)
    assert row(house, job).error_message.startswith("The process that ran this job ")
    assert ends(house, job) == ("COMPLETED", None, 1)
    history = attempts.history(house.store.database, job.id)
    assert [attempt.ending for attempt in history] == ["interrupted", "completed"]


@pytest.mark.end_to_end
def test_a_job_over_its_time_is_stopped_in_python_and_killed_in_c(house, guard):
    limits = replace(house.settings, job_soft_timeout=1, job_timeout=3)
    guard(replace(house, settings=limits))
    loop, sleep, hold = (hand_in(house, deed) for deed in ("loop", "sleep", "hold"))
    assert ends(house, loop) == ("FAILED", "SOFT_TIMEOUT", 1)
    assert ends(house, sleep) == ("FAILED", "SOFT_TIMEOUT", 1)
    assert ends(house, hold) == ("FAILED", "HARD_TIMEOUT", 1)
    assert ends(house, hand_in(house)) == GOOD


@pytest.mark.end_to_end
@pytest.mark.parametrize("both", [False, True], ids=["the guard", "both"])
def test_when_the_guard_is_killed_nothing_of_it_stays_and_another_runs_the_job(house, guard, both):
    process = guard(house)
    job = hand_in_running(house, "hold")
    worker = runner(house, job)
    process.kill()
    if both:
        worker.kill()
    eventually(lambda: is_dead(worker), 2)
    process.wait()
    eventually(lambda: reconcile(house).recovered == 1, 5)
    guard(house)
    assert ends(house, job) == ("COMPLETED", None, 1)


@pytest.mark.end_to_end
def test_asked_to_stop_it_lets_the_job_finish(house, guard):
    process = guard(house)
    job = hand_in_running(house, "dawdle")
    ask_to_stop(process)
    assert process.wait(15) == 0
    assert state(house, job) == GOOD


@pytest.mark.end_to_end
def test_asked_a_second_time_it_gives_the_job_back_without_counting_a_failure(house, guard):
    process = guard(house)
    job = hand_in_running(house, "hold")
    worker = runner(house, job)
    ask_to_stop(process)
    time.sleep(1.2)
    assert state(house, job) == ("PROCESSING", None, 0)
    ask_to_stop(process)
    assert process.wait(10) == 0
    assert state(house, job) == ("QUEUED", None, 0)
    assert is_dead(worker)


@pytest.mark.end_to_end
def test_a_worker_is_replaced_after_so_many_jobs(house, guard):
    guard(replace(house, settings=replace(house.settings, worker_max_jobs=2)))
    jobs = [hand_in(house) for _ in range(4)]
    assert [ends(house, job) for job in jobs] == [GOOD] * 4
    names = [row(house, job).worker for job in jobs]
    assert [names.count(name) for name in dict.fromkeys(names)] == [2, 2]


@stand_in
@pytest.mark.end_to_end
def test_the_app_starts_and_stops_it_as_any_worker(house, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(NO_FORK))
    with Backend(house.settings, workers=1) as backend:
        eventually(backend.ready, 30)
        started = backend.children[0].process
        job = hand_in(house, "read")
        assert ends(house, job) == GOOD
        assert "queue_jobs.simple_worker" in runner(house, job).cmdline()
    assert started.returncode == 0
    assert workers(house) == 0


@stand_in
@pytest.mark.end_to_end
def test_the_same_on_the_server_that_windows_gets(tmp_path, guard):
    server, url = start_fake()
    house = open_queue(Settings(data_dir=tmp_path, redis_url=url, log_level="WARNING"))
    guard(house)
    try:
        assert ends(house, hand_in(house, "read")) == GOOD
        planted_jobs_run_nothing(house, tmp_path / "canary")
        a_running_job_is_cancelled(house, "hold")
        a_killed_worker_is_noticed_and_its_job_runs_again(house)
    finally:
        end(server.pid)


def fake_child(use=True, watch=None):
    """A worker process that was of use or not, with or without a job."""
    process = SimpleNamespace(returncode=0)
    return SimpleNamespace(pid=1, process=process, watch=watch, was_of_use=lambda: use)


@pytest.fixture
def pauses(monkeypatch):
    """Run a guard over workers that are of use or not; the pauses it makes."""

    def run(*uses):
        guard, made, left = Guard(None), [], list(uses)

        def tend(child):
            if not left:
                guard.asked_to_stop(signal.SIGTERM, None)

        monkeypatch.setattr(guarding, "Child", lambda house: fake_child(left.pop(0)))
        monkeypatch.setattr(guard, "tend", tend)
        monkeypatch.setattr(guard, "pause", made.append)
        guard.run()
        return made

    return run


def test_a_worker_that_achieves_nothing_is_started_again_more_and_more_slowly(pauses):
    assert pauses(*[False] * 8) == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_one_that_worked_is_replaced_at_once(pauses):
    assert pauses(True, True, False, True, False) == [0.5, 0.5]


def test_a_job_has_ten_seconds_to_finish(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(guarding.time, "monotonic", lambda: now[0])
    guard, busy = Guard(None), fake_child(watch=object())
    assert not guard.is_over(busy)
    guard.asked_to_stop(signal.SIGTERM, None)
    guard.asked_to_stop(signal.SIGTERM, None)
    assert not guard.is_over(busy)
    now[0] += 11
    assert guard.is_over(busy)


def test_an_idle_worker_that_does_not_hear_is_not_waited_for(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(guarding.time, "monotonic", lambda: now[0])
    guard, idle = Guard(None), fake_child()
    guard.asked_to_stop(signal.SIGTERM, None)
    assert not guard.is_over(idle)
    now[0] += 3
    assert guard.is_over(idle)


@pytest.mark.parametrize(
    ("code", "number"),
    [
        (0, 0),
        (1, 0),
        (-9, 9),
        (-11, signal.SIGSEGV),
        (3, signal.SIGABRT),
        (0xC000_0005, signal.SIGSEGV),
        (0xC000_0409, signal.SIGSEGV),
        (0xC000_013A, signal.SIGTERM),
    ],
    ids=["end", "error", "killed", "crash", "abort", "violation", "panic", "interrupted"],
)
def test_exit_codes_stand_for_signals(code, number):
    assert signal_of(code) == number
