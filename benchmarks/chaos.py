"""Breaks everything for ten minutes while people hand in jobs, heals it, and looks for damage.

python -m benchmarks.chaos --seconds 600 --seed 1
python -m benchmarks.chaos --seconds 600 --seed 1 --peer rq      the same faults on stock RQ
python -m benchmarks.chaos --seconds 600 --seed 1 --peer celery  the same on Celery prefork

The last line is JSON. Exit code 1: an invariant was violated.
"""

import argparse
import json
import logging
import shutil
import sys
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

if not __package__:
    # Run as a file: this folder would hide modules of Python (queue), and ours are above it.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from benchmarks.chaos_checks import violations
from benchmarks.chaos_client import Client, give_up_waiting, orders
from benchmarks.chaos_evidence import Evidence, collect, every_job, install_effect_log
from benchmarks.chaos_faults import Death, Scene, find_faketime
from benchmarks.chaos_fleet import end_in_order, new_folder, wait_until
from benchmarks.chaos_nemesis import Nemesis, plan
from benchmarks.chaos_page import shown_words
from benchmarks.chaos_recovery import failures, percentile, recoveries
from benchmarks.chaos_system import (
    LEASE_SECONDS,
    MAX_FAILURES,
    System,
    is_ready,
    running_system,
    wait_for_start,
)
from core import Job, Settings, Status
from queue_jobs.logs import configure

HEAL_SECONDS = 120.0
BACK_OFF_SECONDS = 420.0
"""The longest pause after a failure is 300 s and a quarter; a job in it may take longer to end."""

NOTICE_SECONDS = 60.0
"""Goal: 30 s; a database that is locked or a frozen reconciler adds to that in a drill."""

SETTLE_SECONDS = 5.0
LOOK_SECONDS = 0.5
LONGEST_OUTAGE = 20.0


@dataclass(frozen=True)
class Drill:
    """What was asked for on the command line."""

    seconds: float
    seed: int
    workers: int
    jobs: int
    keep: bool


def parser() -> argparse.ArgumentParser:
    """The options."""
    main = argparse.ArgumentParser(description="Break everything, heal it, look for damage.")
    main.add_argument("--seconds", type=float, default=600, help="how long faults go on")
    main.add_argument("--seed", type=int, default=1, help="decides jobs and faults")
    main.add_argument("--workers", type=int, default=3)
    main.add_argument("--jobs", type=int, default=300)
    main.add_argument("--peer", choices=("rq", "celery"), help="run the faults on a peer instead")
    main.add_argument(
        "--keep", action="store_true", help="leave the folder with all logs, as after a violation"
    )
    return main


def run(drill: Drill) -> int:
    """The whole drill; 1 when an invariant was violated."""
    folder = new_folder()
    print(f"drill of {drill.seconds:.0f} s, seed {drill.seed}, in {folder}")
    print(f"LEASE_SECONDS={LEASE_SECONDS}, JOB_MAX_RETRIES={MAX_FAILURES}, {drill.workers} workers")
    configure(replace(Settings(), log_level="CRITICAL"))
    with running_system(folder, drill.workers) as system:
        report = conduct(system, drill)
    if not drill.keep and not report["violations"]:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(report))
    return 1 if report["violations"] else 0


def conduct(system: System, drill: Drill) -> dict[str, Any]:
    """Work and faults at the same time, then the healing, then the checks."""
    install_effect_log(system.database)
    wait_for_start(system)
    client = Client(system.queue)
    nemesis = nemesis_of(system, drill)
    customers = threading.Thread(
        target=client.run, args=(orders(drill.seed, drill.jobs, drill.seconds),), daemon=True
    )
    customers.start()
    nemesis.run()
    customers.join()
    print(f"healed, people did: {dict(client.counts)}")
    healing = heal(system)
    evidence = look(system, client, nemesis.scene)
    return report(drill, evidence, nemesis) | {"healing": healing}


def nemesis_of(system: System, drill: Drill) -> Nemesis:
    """The nemesis of this system."""
    longest = min(LONGEST_OUTAGE, drill.seconds / 3)
    scene = Scene(
        system.fleet,
        system.server,
        LEASE_SECONDS,
        longest,
        system.disk,
        system.database,
        find_faketime(),
    )
    return Nemesis(scene, plan(scene, drill.seed, drill.seconds))


def heal(system: System) -> float:
    """Wait until every job has ended, or none has for two minutes; return the seconds."""
    began = moved = time.monotonic()
    left = -1
    while not settled(system):
        remaining = unfinished(system)
        if len(remaining) != left:
            left, moved = len(remaining), time.monotonic()
        elif time.monotonic() - moved > patience(remaining):
            break
        time.sleep(LOOK_SECONDS)
    wait_until(lambda: is_ready(system.port), HEAL_SECONDS)
    seconds = time.monotonic() - began
    time.sleep(SETTLE_SECONDS)
    return round(seconds, 1)


def patience(remaining: list[Job]) -> float:
    """Seconds to wait for the next job to end: more when one waits for a late attempt."""
    held_back = any(map(is_held_back, remaining))
    return BACK_OFF_SECONDS if held_back else HEAL_SECONDS


def settled(system: System) -> bool:
    """True when every job has ended; those that wait for a failed one are given up."""
    rows = every_job(system.queue.store)
    waiting = [
        job
        for job in rows.values()
        if job.status == Status.CREATED
        and job.after_job_id in rows
        and rows[job.after_job_id].status == Status.FAILED
    ]
    give_up_waiting(system.queue, waiting)
    return not unfinished(system)


def unfinished(system: System) -> list[Job]:
    """The jobs that have not ended."""
    return [job for job in every_job(system.queue.store).values() if not job.status.is_final]


def is_held_back(job: Job) -> bool:
    """True when the job waits for its next attempt because it broke off so often."""
    return job.status == Status.QUEUED and job.failures >= 3


def look(system: System, client: Client, scene: Scene) -> Evidence:
    """Everything that is left, and what the pages show."""
    shown = shown_words(system.port)
    if isinstance(shown, str):
        print(f"left out: pages, since {shown}")
        shown = {}
    print(f"compared with the Jobs page: {len(shown)} jobs")
    return replace(
        collect(system.queue.store, system.database, system.run_log),
        told=frozenset(client.told),
        doubled=tuple(client.doubled),
        disk_full=tuple(scene.disk_full),
        shown=shown,
    )


def report(drill: Drill, evidence: Evidence, nemesis: Nemesis) -> dict[str, Any]:
    """What is printed as one line of JSON."""
    found = violations(evidence)
    times, slow = recovery_times(evidence, nemesis.scene.deaths)
    found += [f"recovery: a death was noticed after {seconds} s" for seconds in slow]
    for line in found:
        print("VIOLATION", line)
    print(f"failed: {dict(failures(evidence))}")
    statuses = [job.status for job in evidence.jobs.values()]
    return {
        "seed": drill.seed,
        "seconds": drill.seconds,
        "jobs": len(statuses),
        "completed": statuses.count(Status.COMPLETED),
        "failed": statuses.count(Status.FAILED),
        "cancelled": statuses.count(Status.CANCELLED),
        "expired": statuses.count(Status.EXPIRED),
        "violations": found,
        "faults": dict(nemesis.counts),
        "reruns": sum(max(0, job.attempt - 1) for job in evidence.jobs.values()),
        "failures": dict(failures(evidence)),
        "shown": len(evidence.shown),
        **times,
    }


def recovery_times(
    evidence: Evidence, deaths: list[Death]
) -> tuple[dict[str, float | None], list[float]]:
    """Seconds from the death of a job's process, and those after which it was noticed too late.

    A job whose death was noticed may have to wait for its turn: that is printed, not judged.
    """
    found = recoveries(evidence, deaths)
    noticed = [recovery.noticed for recovery in found]
    prompt = [recovery.seconds for recovery in found if recovery.prompt]
    times = {
        "noticed_p50": percentile(noticed, 0.5),
        "noticed_max": percentile(noticed, 1.0),
        "recovery_p50": percentile(prompt, 0.5),
        "recovery_p95": percentile(prompt, 0.95),
        "recovery_max": percentile(prompt, 1.0),
        "recoveries": len(prompt),
        "recoveries_held_back": len(found) - len(prompt),
    }
    return times, [round(seconds, 1) for seconds in noticed if seconds > NOTICE_SECONDS]


if __name__ == "__main__":
    arguments = parser().parse_args()
    end_in_order()
    if arguments.peer:
        from benchmarks.chaos_peers import run_peer

        sys.exit(run_peer(arguments))
    options = vars(arguments)
    del options["peer"]
    logging.disable(logging.WARNING)
    sys.exit(run(Drill(**options)))
