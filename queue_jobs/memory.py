"""How much memory a job may take, how much it takes, and whether the system has killed for it."""

import re
from functools import cache
from pathlib import Path

import psutil

from core import Settings

SHARE = 0.8
CGROUP_LIMITS = ("memory.max", "memory/memory.limit_in_bytes")
CGROUP_KILLS = ("memory.events", "memory/memory.oom_control")
CGROUP = Path("/sys/fs/cgroup")
VMSTAT = Path("/proc/vmstat")


@cache
def job_memory_mb(settings: Settings) -> int:
    """Megabytes that one job may take: JOB_MEMORY_MB, or its part of 80 % of what is there."""
    if settings.job_memory_mb:
        return settings.job_memory_mb
    total = min([psutil.virtual_memory().total, *cgroup_limits()])
    return int(SHARE * total / max(1, settings.workers)) >> 20


def cgroup_limits() -> list[int]:
    """The limit of this container, if it has one, in bytes."""
    texts = [(CGROUP / name).read_text() for name in CGROUP_LIMITS if (CGROUP / name).is_file()]
    return [int(text) for text in texts if text.strip().isdigit()]


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
    for file in (*(CGROUP / name for name in CGROUP_KILLS), VMSTAT):
        found = re.search(r"^oom_kill (\d+)$", file.read_text(), re.M) if file.is_file() else None
        if found:
            return int(found[1])
    return 0
