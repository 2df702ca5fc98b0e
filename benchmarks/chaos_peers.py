"""The same faults on stock RQ and on Celery prefork, and what became of their jobs."""

import argparse
import contextlib
import json
import os
import shutil
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from benchmarks import chaos_tasks
from benchmarks.chaos_client import Order, drills
from benchmarks.chaos_faults import Scene
from benchmarks.chaos_fleet import ROOT, Fleet, Member, new_folder, wait_until
from benchmarks.chaos_nemesis import Nemesis, plan
from benchmarks.chaos_server import Server, peer_server

LEASE_SECONDS = 10
"""How long frozen workers stay so; the peers have no lease."""

HEAL_SECONDS = 120.0
LONGEST_OUTAGE = 20.0
HOPELESS = ("crash", "exit")


@dataclass
class Peer:
    """A queue of somebody else: hand in a job, and ask for a job's state."""

    hand_in: Callable[[int, Order], str]
    state: Callable[[str], str]
    command: Callable[[int], list[str]]


@dataclass
class Crowd:
    """Hands in the jobs. `told` maps the number of each accepted job to the peer's id."""

    peer: Peer
    told: dict[int, str] = field(default_factory=dict)
    refused: int = 0

    def run(self, wanted: list[Order]) -> None:
        """Hand in every job at its time."""
        began = time.monotonic()
        for number, order in enumerate(wanted):
            time.sleep(max(0.0, began + order.at - time.monotonic()))
            try:
                self.told[number] = self.peer.hand_in(number, order)
            except Exception:  # noqa: BLE001 - each client has its own errors for a lost server
                self.refused += 1


def rq_peer(server: Server) -> Peer:
    """`rq worker` with its defaults, and jobs that are tried three more times."""
    from rq import Queue, Retry
    from rq.exceptions import NoSuchJobError
    from rq.job import Job

    connection = Redis.from_url(server.url, socket_timeout=5)
    queue = Queue("drill", connection=connection)

    def hand_in(number: int, order: Order) -> str:
        arguments = (number, order.drill["mode"], order.drill["seconds"])
        return str(queue.enqueue(chaos_tasks.task, *arguments, retry=Retry(max=3)).id)

    def state(job_id: str) -> str:
        try:
            return str(Job.fetch(job_id, connection=connection).get_status())
        except NoSuchJobError:
            return "gone"

    program = str(Path(sys.executable).with_name("rq"))
    return Peer(hand_in, state, lambda _: [program, "worker", "drill", "--url", server.url])


def celery_peer(server: Server) -> Peer:
    """Prefork workers of one process each; acknowledged late, rejected when a process is lost."""
    os.environ[chaos_tasks.BROKER] = server.url
    from benchmarks.chaos_celery import app, run

    def hand_in(number: int, order: Order) -> str:
        arguments = (number, order.drill["mode"], order.drill["seconds"])
        return str(run.apply_async(arguments, retry=False).id)

    def state(job_id: str) -> str:
        return str(app.AsyncResult(job_id).state).lower()

    def command(number: int) -> list[str]:
        celery = [sys.executable, "-m", "celery", "-A", "benchmarks.chaos_celery", "worker"]
        return [*celery, "--concurrency", "1", "-n", f"drill-{number}", "-l", "WARNING"]

    return Peer(hand_in, state, command)


PEERS = {"rq": rq_peer, "celery": celery_peer}


def run_peer(arguments: argparse.Namespace) -> int:
    """The drill on a peer; prints what was lost, duplicated and stuck as JSON."""
    folder = new_folder()
    print(f"drill of {arguments.peer}: {arguments.seconds:.0f} s, seed {arguments.seed}")
    effects = folder / "effects.log"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), chaos_tasks.EFFECTS: str(effects)}
    server = peer_server(folder / "server", environment)
    environment[chaos_tasks.BROKER] = server.url
    peer = PEERS[arguments.peer](server)
    workers = [
        Member(f"worker-{number}", peer.command(number), environment, folder / f"{number}.log")
        for number in range(1, arguments.workers + 1)
    ]
    fleet = Fleet([server.member, *workers])
    fleet.start()
    try:
        wait_until(server.answers, 10.0)
        found = conduct(fleet, server, peer, effects, arguments)
    finally:
        fleet.stop()
        if not arguments.keep:
            shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps({"peer": arguments.peer, "seed": arguments.seed} | found))
    return 0


def conduct(
    fleet: Fleet, server: Server, peer: Peer, effects: Path, arguments: argparse.Namespace
) -> dict[str, Any]:
    """Work and faults at the same time, then as much time to heal as Assay has."""
    longest = min(LONGEST_OUTAGE, arguments.seconds / 3)
    # No wrong clock: under libfaketime `time.sleep` fails, which is no fault of theirs.
    scene = Scene(fleet, server, LEASE_SECONDS, longest)
    nemesis = Nemesis(scene, plan(scene, arguments.seed, arguments.seconds))
    wanted = drills(arguments.seed, arguments.jobs, arguments.seconds)
    crowd = Crowd(peer)
    thread = threading.Thread(target=crowd.run, args=(wanted,), daemon=True)
    thread.start()
    nemesis.run()
    thread.join()
    wait_until(lambda: not open_jobs(crowd, effects), HEAL_SECONDS, every=1.0)
    text = queued_text(server)
    return verdict(crowd, wanted, effects, text) | {"faults": dict(nemesis.counts)}


def open_jobs(crowd: Crowd, effects: Path) -> list[int]:
    """The jobs that have neither an effect nor failed."""
    done = effect_counts(effects)
    return [
        number
        for number, job_id in crowd.told.items()
        if not done[number] and ended_badly(crowd.peer, job_id) is None
    ]


def ended_badly(peer: Peer, job_id: str) -> str | None:
    """ "failed" or "gone"; None for a job that may still have its effect."""
    with contextlib.suppress(RedisError):
        state = peer.state(job_id)
        if state in ("failed", "failure", "gone", "canceled", "stopped"):
            return "gone" if state == "gone" else "failed"
    return None


NOT_QUEUES = ("rq:job:", "rq:results:", "rq:executions:", "celery-task-meta-")
"""Keys that describe a job; that they exist does not make any worker take it."""


def queued_text(server: Server) -> str:
    """Everything in the server's lists, sets and hashes from which a job may still be taken."""
    texts = []
    with server.admin() as admin:
        for key in admin.scan_iter(count=1_000):
            if not key.decode().startswith(NOT_QUEUES):
                texts.append(str(members(admin, key)))
    return " ".join(texts)


def members(admin: Redis, key: bytes) -> Any:
    """What a key holds."""
    match admin.type(key):
        case b"list":
            return admin.lrange(key, 0, -1)
        case b"zset":
            return admin.zrange(key, 0, -1)
        case b"set":
            return admin.smembers(key)
        case b"hash":
            return admin.hvals(key)
    return ""


def verdict(crowd: Crowd, wanted: list[Order], effects: Path, text: str) -> dict[str, Any]:
    """Stuck: no effect, no failure, but still queued somewhere. Lost: not even that."""
    counts = effect_counts(effects)
    failed = {
        number
        for number, job_id in crowd.told.items()
        if not counts[number] and ended_badly(crowd.peer, job_id) == "failed"
    }
    pending = [number for number in crowd.told if not counts[number] and number not in failed]
    stuck = [number for number in pending if crowd.told[number] in text]
    modes = [wanted[number].drill["mode"] for number in pending]
    return {
        "jobs": len(crowd.told),
        "refused": crowd.refused,
        "done": sum(number in counts for number in crowd.told),
        "failed": len(failed),
        "failed though it could be done": sum(
            wanted[number].drill["mode"] not in HOPELESS for number in failed
        ),
        "lost": len(pending) - len(stuck),
        "stuck": len(stuck),
        "lost or stuck, made to fail": sum(mode in HOPELESS for mode in modes),
        "duplicated": sum(count > 1 for count in counts.values()),
    }


def effect_counts(effects: Path) -> Counter[int]:
    """How often each job had its effect."""
    if not effects.exists():
        return Counter()
    return Counter(int(line) for line in effects.read_text(encoding="utf-8").split())
