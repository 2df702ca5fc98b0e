"""What can break, each fault as one function that also heals it, and the table of them all."""

import contextlib
import errno
import signal
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import psutil
from redis.exceptions import RedisError

from benchmarks.chaos_fleet import Fleet, Member, wait_until
from benchmarks.chaos_server import Server

HORSE_SECONDS = 3.0
LOCK_SECONDS = 10.0
SKEW = 3600
SKEW_SECONDS = 40.0


@dataclass(frozen=True)
class Death:
    """A process that was running a job and was killed, and when (seconds since the epoch)."""

    pid: int
    at: float


@dataclass
class Scene:
    """What faults act on, and what they leave on record.

    `lease` is in seconds, `longest` bounds outages. `disk`, `database` and `faketime` (the
    library) are None where the system has none.
    """

    fleet: Fleet
    server: Server
    lease: float
    longest: float
    disk: Path | None = None
    database: Path | None = None
    faketime: Path | None = None
    deaths: list[Death] = field(default_factory=list)
    disk_full: list[tuple[float, float]] = field(default_factory=list)

    def worker(self, chance: Random) -> Member:
        """Any worker, with a running job if one has some within three seconds."""
        workers = self.fleet.named("worker")
        busy: list[Member] = []

        def found() -> bool:
            busy[:] = [worker for worker in workers if worker.runs and worker.children()]
            return bool(busy)

        wait_until(found, HORSE_SECONDS, 0.02)
        return chance.choice(busy or workers)

    def died(self, processes: list[psutil.Process]) -> None:
        """Note that processes were killed."""
        self.deaths += [Death(process.pid, time.time()) for process in processes]


Inject = Callable[[Scene, Random], None]


def kill_horse(scene: Scene, chance: Random) -> None:
    """SIGKILL of the process that runs a job."""
    below = scene.worker(chance).children()
    kill(below)
    scene.died(below)


def kill_worker(scene: Scene, chance: Random) -> None:
    """SIGKILL of a worker, whose job has to end with it."""
    worker = scene.worker(chance)
    below = worker.children()
    worker.signal(signal.SIGKILL)
    scene.died(below)


def kill_both(scene: Scene, chance: Random) -> None:
    """SIGKILL of a worker and its job."""
    worker = scene.worker(chance)
    below = worker.children()
    worker.signal(signal.SIGKILL)
    kill(below)
    scene.died(below)


def kill(processes: list[psutil.Process]) -> None:
    """SIGKILL."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def stop_worker(scene: Scene, chance: Random) -> None:
    """SIGTERM of a worker in the middle of a job; half of them get a second one, which is cold."""
    worker = scene.worker(chance)
    worker.signal(signal.SIGTERM)
    if chance.random() < 0.5:
        time.sleep(1.0)
        worker.signal(signal.SIGTERM)


def freeze_worker(scene: Scene, chance: Random) -> None:
    """SIGSTOP of a worker and its job until the lease is over, then SIGCONT."""
    worker = scene.worker(chance)
    frozen = [*worker.children()]
    with contextlib.suppress(psutil.NoSuchProcess):
        frozen.append(psutil.Process(worker.pid))
    tell(frozen, signal.SIGSTOP)
    time.sleep(scene.lease + chance.uniform(2.0, 8.0))
    tell(frozen, signal.SIGCONT)


def tell(processes: list[psutil.Process], number: signal.Signals) -> None:
    """Send a signal to those that still run."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def kill_server(scene: Scene, chance: Random) -> None:
    """SIGKILL of the queue's server, which is away for a while."""
    member = scene.server.member
    member.held = True
    member.signal(signal.SIGKILL)
    time.sleep(chance.uniform(2.0, scene.longest))
    member.held = False
    wait_until(scene.server.answers, 10.0)


def flush_server(scene: Scene, chance: Random) -> None:
    """FLUSHALL."""
    with scene.server.admin() as admin:
        admin.flushall()


def fill_server(scene: Scene, chance: Random) -> None:
    """The server refuses every write for want of memory."""
    with scene.server.admin() as admin:
        admin.config_set("maxmemory", 1)
        time.sleep(chance.uniform(3.0, scene.longest))
        admin.config_set("maxmemory", 0)


def kill_web(scene: Scene, chance: Random) -> None:
    """SIGKILL of the process that serves the pages and reconciles."""
    scene.fleet.named("web")[0].signal(signal.SIGKILL)


def fill_disk(scene: Scene, chance: Random) -> None:
    """No byte is left on the disk of uploads and results."""
    assert scene.disk is not None
    filler = scene.disk / "filler"
    began = time.time()
    try:
        fill(filler)
        time.sleep(chance.uniform(3.0, scene.longest))
    finally:
        filler.unlink()
        scene.disk_full.append((began, time.time()))


def fill(path: Path) -> None:
    """Write until the disk is full."""
    try:
        with path.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(1 << 16))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise


def lock_database(scene: Scene, chance: Random) -> None:
    """Another process, this one, holds the write lock of the database."""
    assert scene.database is not None
    connection = sqlite3.connect(scene.database, timeout=30, isolation_level=None)
    with contextlib.closing(connection):
        connection.execute("BEGIN EXCLUSIVE")
        time.sleep(LOCK_SECONDS)
        connection.execute("ROLLBACK")


def skew_clock(scene: Scene, chance: Random) -> None:
    """A worker is started anew with a clock that is an hour fast or slow, later again without."""
    worker = chance.choice(scene.fleet.named("worker"))
    hours = chance.choice((1, -1))
    worker.extra = {
        "LD_PRELOAD": str(scene.faketime),
        "FAKETIME": f"{hours * SKEW:+}s",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }
    worker.signal(signal.SIGTERM)
    time.sleep(min(SKEW_SECONDS, 2 * scene.longest))
    worker.extra = {}
    worker.signal(signal.SIGTERM)


@dataclass(frozen=True)
class Fault:
    """How to inject it, how often, and what it must not meet: a fault of the same `target`."""

    inject: Inject
    weight: int
    target: str = ""
    needs: str = ""


FAULTS: dict[str, Fault] = {
    "horse SIGKILL": Fault(kill_horse, 4),
    "worker SIGKILL": Fault(kill_worker, 4),
    "worker and horse SIGKILL": Fault(kill_both, 3),
    "worker SIGTERM": Fault(stop_worker, 3),
    "worker SIGSTOP": Fault(freeze_worker, 3),
    "Redis SIGKILL": Fault(kill_server, 1, "server"),
    "Redis FLUSHALL": Fault(flush_server, 2, "server"),
    "Redis full": Fault(fill_server, 1, "server"),
    "web SIGKILL": Fault(kill_web, 2, "web", needs="web"),
    "disk full": Fault(fill_disk, 1, "disk", needs="disk"),
    "database locked": Fault(lock_database, 1, "database", needs="database"),
    "clock skewed": Fault(skew_clock, 1, "clock", needs="faketime"),
}

FAILURES = (RedisError, OSError, sqlite3.Error, psutil.Error)
"""What an injection may meet when another fault was faster."""


def absent(scene: Scene) -> dict[str, str]:
    """The faults that cannot be injected here, each with its reason."""
    present = {
        "web": bool(scene.fleet.named("web")),
        "disk": scene.disk is not None,
        "database": scene.database is not None,
        "faketime": scene.faketime is not None,
    }
    return {
        name: f"there is no {fault.needs} here"
        for name, fault in FAULTS.items()
        if fault.needs and not present[fault.needs]
    }


def find_faketime() -> Path | None:
    """The library of Debian's package faketime."""
    return next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
