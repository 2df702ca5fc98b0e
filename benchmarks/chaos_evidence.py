"""What is left of a drill: rows, attempts, effects, runs, files, and what a page shows."""

import contextlib
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.run_log import runs
from core import Attempt, Job
from store import Store, attempts, jobs

MOST_JOBS = 100_000

EFFECT_LOG = """
CREATE TABLE effect_log (
    number INTEGER PRIMARY KEY, job_id TEXT NOT NULL, attempt INTEGER NOT NULL
);
CREATE TRIGGER effect AFTER UPDATE OF status ON job WHEN NEW.status = 'COMPLETED'
BEGIN
    INSERT INTO effect_log (job_id, attempt) VALUES (NEW.id, NEW.attempt);
END;
"""
"""The database itself notes every publish, in the transaction that publishes."""


@dataclass(frozen=True)
class Evidence:
    """All that is checked.

    `told` are the ids of promised jobs, `doubled` those of double clicks that became two jobs.
    `effects` are (job, attempt) in order, `runs` (label, process id) of drills. `folders` are the
    sealed folders of each job, `scratch` what still lies there. `disk_full` are spans of time in
    seconds since the epoch. `shown` is the word that a page has for a job.
    """

    told: frozenset[str]
    jobs: Mapping[str, Job]
    attempts: Mapping[str, tuple[Attempt, ...]]
    effects: tuple[tuple[str, int], ...] = ()
    runs: tuple[tuple[str, int], ...] = ()
    files: Path = Path()
    folders: Mapping[str, frozenset[str]] = field(default_factory=dict)
    scratch: tuple[str, ...] = ()
    disk_full: tuple[tuple[float, float], ...] = ()
    doubled: tuple[str, ...] = ()
    shown: Mapping[str, str] = field(default_factory=dict)


def install_effect_log(database: Path) -> None:
    """Make the database count publishes."""
    with contextlib.closing(sqlite3.connect(database, timeout=30)) as connection:
        connection.executescript(EFFECT_LOG)


def effects(database: Path) -> tuple[tuple[str, int], ...]:
    """Every publish."""
    with contextlib.closing(sqlite3.connect(database, timeout=30)) as connection:
        query = "SELECT job_id, attempt FROM effect_log ORDER BY number"
        return tuple(connection.execute(query).fetchall())


def every_job(store: Store) -> dict[str, Job]:
    """All rows by id."""
    found = jobs.search(store.database, None, limit=MOST_JOBS).jobs
    return {job.id: job for job in found}


def sealed(files: Path) -> dict[str, frozenset[str]]:
    """The keys of all sealed folders by job."""
    return {
        folder.name: frozenset(f"jobs/{folder.name}/{part.name}" for part in folder.iterdir())
        for folder in (files / "jobs").glob("*")
    }


def collect(store: Store, database: Path, run_log: Path) -> Evidence:
    """Look at everything once, when nothing moves any more; what people know is added later."""
    rows = every_job(store)
    files = Path(store.artifacts.root)
    return Evidence(
        told=frozenset(),
        jobs=rows,
        attempts={job_id: attempts.history(store.database, job_id) for job_id in rows},
        effects=effects(database),
        runs=tuple((label, pid) for label, pid, _ in runs(run_log)),
        files=files,
        folders=sealed(files),
        scratch=tuple(sorted(path.name for path in store.artifacts.scratch.glob("*"))),
    )
