"""Assay as it is installed: a server, the web process and workers, all on a folder of their own."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

from benchmarks import drill
from benchmarks.chaos_fleet import ROOT, Fleet, Member, small_disk, wait_until
from benchmarks.chaos_server import Server, assay_server, free_port
from benchmarks.run_log import RUN_LOG
from core import Settings
from queue_jobs import JobQueue, open_queue

LEASE_SECONDS = 10
"""Not the 45 s of an installation, so that a drill of minutes sees many leases run out."""

MAX_FAILURES = 10
"""Not 3, so that a job that is killed at random again and again is not given up."""

DISK_MB = 192
START_SECONDS = 120.0


@dataclass(frozen=True)
class System:
    """The running parts. `disk` is the small disk of the files, None when there is none."""

    folder: Path
    settings: Settings
    fleet: Fleet
    server: Server
    port: int
    disk: Path | None
    queue: JobQueue

    @property
    def database(self) -> Path:
        """The SQLite file; it does not lie on the small disk."""
        return self.folder / "assay.sqlite3"

    @property
    def run_log(self) -> Path:
        """What drills append to."""
        return self.folder / "runs.log"


def environment_of(folder: Path, url: str) -> dict[str, str]:
    """This process's environment without its settings of Assay, and with those of the drill."""
    known = {item.metadata["env"] for item in fields(Settings)}
    kept = {name: value for name, value in os.environ.items() if name not in known}
    own = {
        "DATA_DIR": str(folder / "data"),
        "DATABASE_URL": f"sqlite:///{folder / 'assay.sqlite3'}",
        "REDIS_URL": url,
        "LEASE_SECONDS": str(LEASE_SECONDS),
        "JOB_MAX_RETRIES": str(MAX_FAILURES),
        "PYTHONPATH": str(ROOT),
        RUN_LOG: str(folder / "runs.log"),
    }
    return kept | own


@contextmanager
def running_system(folder: Path, workers: int) -> Iterator[System]:
    """Everything started and ready; whatever happens, none of it stays."""
    environment: dict[str, str] = {}
    server = assay_server(folder / "server", environment)
    environment |= environment_of(folder, server.url)
    data = folder / "data"
    data.mkdir(mode=0o700)
    with small_disk(data, DISK_MB) as reason:
        if reason:
            print(f"no small disk: {reason}")
        drill.register()
        settings = Settings.from_environment(environment)
        port = free_port()
        fleet = Fleet([server.member, *members(folder, environment, port, workers)])
        queue = open_queue(settings)
        fleet.start()
        try:
            yield System(folder, settings, fleet, server, port, None if reason else data, queue)
        finally:
            fleet.stop()
            queue.store.database.engine.dispose()


def members(folder: Path, environment: dict[str, str], port: int, workers: int) -> list[Member]:
    """The web process and the workers."""
    streamlit = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    worker = [sys.executable, "-m", "benchmarks.drill"]
    return [
        Member("web", streamlit, environment, folder / "web.log"),
        *(
            Member(f"worker-{number}", worker, environment, folder / f"worker-{number}.log")
            for number in range(1, workers + 1)
        ),
    ]


def wait_for_start(system: System) -> None:
    """Wait until the pages answer and a worker is there. Raises SystemExit when they do not."""
    if not wait_until(lambda: is_ready(system.port), START_SECONDS):
        raise SystemExit(f"The system did not start; see the logs in {system.folder}.")


def is_ready(port: int) -> bool:
    """True when /readyz says so."""
    from urllib.error import URLError
    from urllib.request import urlopen

    try:
        with urlopen(f"http://localhost:{port}/readyz", timeout=5) as reply:
            return bool(reply.status == 200)
    except (URLError, OSError):
        return False
