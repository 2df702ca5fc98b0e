"""How much memory a job may take, how much it takes, and whether the system has killed for it."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import psutil

from core import Settings

SHARE = 0.8
CGROUP_LIMITS = ("memory.max", "memory.limit_in_bytes")
CGROUP_KILLS = ("memory.events", "memory.oom_control")
CGROUP = Path("/sys/fs/cgroup")
SELF = Path("/proc/self/cgroup")
MEMBERSHIP = re.compile(r"^\d+:(memory|):(.*)$", re.M)
OOM_KILL = re.compile(r"^oom_kill (\d+)$", re.M)
VMSTAT = Path("/proc/vmstat")


@cache
def job_memory_mb(settings: Settings) -> int:
    """Megabytes that one job may take: JOB_MEMORY_MB, or its part of 80 % of what is there."""
    if settings.job_memory_mb:
        return settings.job_memory_mb
    total = min([psutil.virtual_memory().total, *cgroup_limits()])
    return int(SHARE * total / max(1, settings.workers)) >> 20


def cgroup_limits() -> list[int]:
    """The limits of this container and of those around it, in bytes."""
    texts = [file.read_text() for file in cgroup_files(CGROUP_LIMITS)]
    return [int(text) for text in texts if text.strip().isdigit()]


def cgroup_files(names: Sequence[str]) -> list[Path]:
    """The files of these names (of cgroup v2 and v1) of this process's group and of the root."""
    own = dict(MEMBERSHIP.findall(read(SELF)))
    unified, memory = own.get("", ""), own.get("memory", "")
    places = [
        *(CGROUP / unified.strip("/") / name for name in names),
        *(CGROUP / "memory" / memory.strip("/") / name for name in names),
        *(CGROUP / "memory" / name for name in names),
        *(CGROUP / name for name in names),
    ]
    return [file for file in dict.fromkeys(places) if file.is_file()]


def read(file: Path) -> str:
    """The text of a file; empty where there is none."""
    return file.read_text() if file.is_file() else ""


def memory_mb(pid: int) -> int:
    """Megabytes that a process holds now; 0 when it is gone."""
    try:
        return int(psutil.Process(pid).memory_info().rss) >> 20
    except psutil.NoSuchProcess:
        return 0


def oom_kills() -> int:
    """How many processes the system has killed for want of memory; 0 where it does not count.

    Of this container if it counts, else of the whole machine.
    """
    counts = [OOM_KILL.search(file.read_text()) for file in cgroup_files(CGROUP_KILLS)]
    found = [int(count[1]) for count in counts if count]
    on_machine = OOM_KILL.search(read(VMSTAT))
    return sum(found) if found else int(on_machine[1]) if on_machine else 0
