"""Compares queues by jobs that do nothing: Assay, stock RQ with and without fork, Celery prefork.

python -m benchmarks.queue             all on one server, one after the other; the last line is JSON
"""

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

if not __package__:
    # Run as a file: this folder would hide a module of Python that is called as this one.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from benchmarks.chaos_fleet import Fleet, Member, end_in_order, new_folder, wait_until
from benchmarks.chaos_server import Server, free_port, peer_server
from benchmarks.chaos_system import START_SECONDS, is_ready
from benchmarks.queue_measure import burst, idle_percent, latency, wait_until_idle, warm_up
from benchmarks.queue_systems import SYSTEMS, QueueSystem, environment
from core import Settings
from queue_jobs.logs import configure

SETTLE_SECONDS = 20.0
COLUMNS = ("p50 ms", "p95 ms", "p99 ms", "worker*", "server*", "burst s")
HEAD = " " * 24 + "".join(f"{column:>9}" for column in COLUMNS)
NOTE = "* milliseconds of processor time per job of the burst"


def parser() -> argparse.ArgumentParser:
    """The options."""
    main = argparse.ArgumentParser(description="Compare queues by jobs that do nothing.")
    main.add_argument("--jobs", type=int, default=1000, help="jobs of the burst")
    main.add_argument("--singles", type=int, default=100, help="jobs handed in one by one")
    main.add_argument("--workers", type=int, default=2, help="workers of the burst")
    main.add_argument("--idle", type=float, default=30, help="seconds of watching an idle system")
    main.add_argument("--only", default="", help="measure the queues with this in their name")
    return main


@contextmanager
def running(members: list[Member]) -> Iterator[Fleet]:
    """Processes that end with the block."""
    fleet = Fleet(members)
    fleet.start()
    try:
        yield fleet
    finally:
        fleet.stop()


def workers_of(system: QueueSystem, count: int, folder: Path, url: str) -> list[Member]:
    """So many workers; each notes what it runs in the log of this system."""
    variables = environment(folder, url)
    return [
        Member(
            f"worker-{number}",
            [part.replace("{number}", str(number)) for part in system.command],
            variables,
            folder / f"worker-{number}.log",
        )
        for number in range(count)
    ]


def measure(
    make: Callable[[Path, str], QueueSystem], server: Server, folder: Path, args: argparse.Namespace
) -> dict[str, Any]:
    """One system: latency with one warm worker, then the burst with all."""
    folder.mkdir()
    system = make(folder, server.url)
    log = folder / "runs.log"
    first, *others = workers_of(system, args.workers, folder, server.url)
    with running([first]):
        warm_up(system.submit, log)
        singles = latency(system.submit, log, args.singles)
        with running(others), server.admin() as admin:
            wait_until_idle([worker.pid for worker in others])
            bulk = burst(system.submit, log, args.jobs, [first, *others], admin)
    return {"name": system.name, **asdict(singles), **asdict(bulk)}


def idle_system(folder: Path, seconds: float) -> float:
    """Per cent of a core that the whole app uses at rest: pages, server, worker, reconciler."""
    port = free_port()
    folder.mkdir()
    variables = {**environment(folder, ""), "DATA_DIR": str(folder / "data"), "DATABASE_URL": ""}
    streamlit = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    app = Member("web", streamlit, variables, folder / "web.log")
    with running([app]):
        if not wait_until(lambda: is_ready(port), START_SECONDS):
            raise SystemExit(f"The app did not start; see {app.log}.")
        time.sleep(SETTLE_SECONDS)
        return idle_percent([app.pid], seconds)


def row(found: dict[str, Any]) -> str:
    """One line of the table."""
    numbers = [found[name] for name in ("p50", "p95", "p99", "worker_ms", "server_ms", "seconds")]
    return f"{found['name']:24}" + "".join(f"{number:9.1f}" for number in numbers)


def main(args: argparse.Namespace) -> None:
    """Measure, then print the table and one line of JSON."""
    configure(replace(Settings(), log_level="CRITICAL"))
    folder = new_folder()
    server = peer_server(folder / "server", dict(os.environ))
    found = []
    try:
        with running([server.member]):
            wait_until(server.answers, 10.0)
            print(HEAD)
            for make in SYSTEMS:
                if args.only in make.__name__:
                    found.append(measure(make, server, folder / make.__name__, args))
                    print(row(found[-1]), flush=True)
        idle = idle_system(folder / "idle", args.idle) if args.idle else None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if idle is not None:
        print(f"an idle Assay uses {idle} % of a core")
    print(NOTE)
    print(json.dumps({"queues": found, "jobs": args.jobs, "idle_percent": idle}))


if __name__ == "__main__":
    end_in_order()
    main(parser().parse_args())
