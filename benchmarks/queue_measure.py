"""Latency, processor time and throughput of one queue whose jobs do nothing."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
from redis import Redis

from benchmarks.chaos_fleet import Member, wait_until
from benchmarks.chaos_recovery import percentile
from benchmarks.run_log import runs

PATIENCE_SECONDS = 300.0
WARM_JOBS = 10
PAUSE_SECONDS = 0.05
IDLE_LOOK_SECONDS, IDLE_PERCENT = 1.5, 2.0


@dataclass(frozen=True)
class Latency:
    """Milliseconds from before the submit to the beginning of the job's function."""

    p50: float
    p95: float
    p99: float


@dataclass(frozen=True)
class Burst:
    """Many jobs at once: seconds until the last began, processor time per job in milliseconds."""

    seconds: float
    worker_ms: float
    server_ms: float


def processor_seconds(pids: list[int]) -> float:
    """User and system time of processes, of what runs below them, and of what has ended there."""
    total = 0.0
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            root = psutil.Process(pid)
            for process in (root, *root.children(recursive=True)):
                with contextlib.suppress(psutil.NoSuchProcess):
                    times = process.cpu_times()
                    total += times.user + times.system
                    total += times.children_user + times.children_system
    return total


def server_seconds(admin: Redis) -> float:
    """User and system time of the server."""
    info = admin.info("cpu")
    return float(info["used_cpu_user"]) + float(info["used_cpu_sys"])


def started(log: Path) -> dict[str, float]:
    """When each job began, seconds since the epoch."""
    return {label: at for label, _, at in runs(log)}


def await_starts(log: Path, labels: set[str]) -> None:
    """Wait until all of these jobs have begun. Raises SystemExit when they do not."""
    if not wait_until(lambda: labels <= set(started(log)), PATIENCE_SECONDS, 0.05):
        raise SystemExit(f"{len(labels - set(started(log)))} jobs never began.")


def warm_up(submit: Callable[[str], None], log: Path) -> None:
    """Some jobs that do not count."""
    labels = {f"warm-{number}" for number in range(WARM_JOBS)}
    for label in labels:
        submit(label)
    await_starts(log, labels)


def latency(submit: Callable[[str], None], log: Path, jobs: int) -> Latency:
    """One job after the other, so that none waits for another one."""
    handed_in: dict[str, float] = {}
    for number in range(jobs):
        label = f"single-{number}"
        handed_in[label] = time.time()
        submit(label)
        await_starts(log, {label})
        time.sleep(PAUSE_SECONDS)
    begun = started(log)
    waits = [1000 * (begun[label] - at) for label, at in handed_in.items()]
    return Latency(*(percentile(waits, share) or 0.0 for share in (0.5, 0.95, 0.99)))


def burst(
    submit: Callable[[str], None], log: Path, jobs: int, workers: list[Member], admin: Redis
) -> Burst:
    """Hand in everything, then wait until the last has begun and the workers are idle again."""
    labels = {f"burst-{number}" for number in range(jobs)}
    pids = [worker.pid for worker in workers]
    before, server = processor_seconds(pids), server_seconds(admin)
    began = time.time()
    for label in labels:
        submit(label)
    await_starts(log, labels)
    begun = started(log)
    seconds = max(begun[label] for label in labels) - began
    time.sleep(1.0)
    return Burst(
        round(seconds, 2),
        round(1000 * (processor_seconds(pids) - before) / jobs, 2),
        round(1000 * (server_seconds(admin) - server) / jobs, 2),
    )


def wait_until_idle(pids: list[int]) -> None:
    """Wait until processes have started and wait for jobs."""

    def is_idle() -> bool:
        return idle_percent(pids, IDLE_LOOK_SECONDS) < IDLE_PERCENT

    wait_until(is_idle, PATIENCE_SECONDS)


def idle_percent(pids: list[int], seconds: float) -> float:
    """Per cent of one core that processes and what is below them use while nothing happens."""
    before = processor_seconds(pids)
    time.sleep(seconds)
    return round(100 * (processor_seconds(pids) - before) / seconds, 2)
