"""What a job may take, what it takes, and whether the system killed for it."""

import os

import psutil
import pytest

from core import Settings
from queue_jobs import memory


def test_a_job_may_take_what_the_setting_says():
    assert memory.job_memory_mb(Settings(job_memory_mb=123)) == 123


def test_without_a_setting_workers_share_most_of_the_machine(monkeypatch):
    monkeypatch.setattr(memory, "cgroup_limits", list)
    total = psutil.virtual_memory().total >> 20
    one, four = (memory.job_memory_mb(Settings(workers=number)) for number in (1, 4))
    assert one == pytest.approx(0.8 * total, rel=0.01)
    assert four == pytest.approx(one / 4, rel=0.01)


@pytest.mark.parametrize(
    ("file", "text", "limits"),
    [
        ("memory.max", "1073741824\n", [1 << 30]),
        ("memory.max", "max\n", []),
        ("memory/memory.limit_in_bytes", "1073741824\n", [1 << 30]),
    ],
)
def test_a_container_s_limit_is_read(tmp_path, monkeypatch, file, text, limits):
    monkeypatch.setattr(memory, "CGROUP", tmp_path)
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(text)
    assert memory.cgroup_limits() == limits


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("memory.events", "low 0\noom 3\noom_kill 2\n"),
        ("memory/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n"),
    ],
)
def test_kills_for_want_of_memory_are_counted(tmp_path, monkeypatch, file, text):
    monkeypatch.setattr(memory, "CGROUP", tmp_path)
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(text)
    assert memory.oom_kills() == 2


@pytest.mark.parametrize(
    ("line", "file"),
    [
        ("0::/system.slice/worker", "system.slice/worker/memory.events"),
        ("5:memory:/docker/abc", "memory/docker/abc/memory.oom_control"),
    ],
)
def test_the_group_of_this_process_counts_first(tmp_path, monkeypatch, line, file):
    monkeypatch.setattr(memory, "CGROUP", tmp_path)
    monkeypatch.setattr(memory, "SELF", tmp_path / "self")
    (tmp_path / "self").write_text(f"3:cpu:/other\n{line}\n")
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text("oom_kill 4\n")
    assert memory.oom_kills() == 4


def test_where_nobody_counts_there_are_none(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "CGROUP", tmp_path)
    monkeypatch.setattr(memory, "VMSTAT", tmp_path / "vmstat")
    assert memory.oom_kills() == 0


def test_a_process_holds_memory_and_one_that_is_gone_none():
    assert memory.memory_mb(os.getpid()) > 10
    assert memory.memory_mb(2**22 + 1) == 0
