"""Every invariant of the chaos drill finds a planted violation, and none in a sound run."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.chaos_checks import CHECKS, violations
from benchmarks.chaos_evidence import Evidence
from core import Attempt, Job, Status
from queue_jobs.tools import READ
from store.artifacts import sha256

LABEL, PID = "a label", 4711


def a_job(**changes):
    """A drill that is done at its first attempt."""
    values = dict.fromkeys(Job.__dataclass_fields__) | {
        "id": "one",
        "owner": "local",
        "dataset_id": "d",
        "tool": "drill-my-data",
        "params": {"drill": {"mode": "work", "label": LABEL}},
        "status": Status.COMPLETED,
        "attempt": 1,
        "failures": 0,
        "max_failures": 3,
        "artifact_folder": "jobs/one/1-abc",
        "summary": {},
        "started_at": 100.0,
        "ended_at": 110.0,
    }
    return Job(**values | changes)


def an_attempt(number=1, ending="completed", ended_at=110.0):
    return Attempt("one", number, f"host:{PID}", 100.0, ended_at, ending, None)


@pytest.fixture
def sound(tmp_path):
    folder = tmp_path / "jobs/one/1-abc"
    folder.mkdir(parents=True)
    result = folder / "drill.parquet"
    result.write_bytes(b"result")
    listed = {result.name: {"sha256": sha256(result), "bytes": 6}}
    (folder / "manifest.json").write_text(json.dumps({"files": listed}), encoding="utf-8")
    return Evidence(
        told=frozenset({"one"}),
        jobs={"one": a_job()},
        attempts={"one": (an_attempt(),)},
        effects=(("one", 1),),
        runs=((LABEL, PID),),
        files=tmp_path,
        folders={"one": frozenset({"jobs/one/1-abc"})},
        shown={"one": "done"},
    )


def failed(code, **changes):
    """The evidence of a drill that failed so, and of nothing that it left."""
    return {
        "jobs": {
            "one": a_job(status=Status.FAILED, error_code=code, artifact_folder=None, **changes)
        },
        "attempts": {"one": (an_attempt(ending="failed"),)},
        "effects": (),
        "folders": {},
        "shown": {"one": "failed"},
    }


def test_a_sound_run_has_no_violation(sound):
    assert violations(sound) == []


PLANTED = {
    "a promised job without a row": ("nothing_is_lost", {"told": frozenset({"one", "two"})}),
    "a job that still runs": (
        "all_have_ended",
        {"jobs": {"one": a_job(status=Status.PROCESSING)}},
    ),
    "two effects": ("one_effect_each", {"effects": (("one", 1), ("one", 1))}),
    "no effect": ("one_effect_each", {"effects": ()}),
    "the effect of an earlier attempt": ("one_effect_each", {"effects": (("one", 0),)}),
    "the effect of a cancelled job": (
        "one_effect_each",
        {"jobs": {"one": a_job(status=Status.CANCELLED)}},
    ),
    "a second folder": (
        "one_folder_each",
        {"folders": {"one": frozenset({"jobs/one/1-abc", "jobs/one/2-def"})}},
    ),
    "a folder that is gone": ("one_folder_each", {"folders": {}}),
    "the folder of a failed job": (
        "one_folder_each",
        {"jobs": {"one": a_job(status=Status.FAILED, artifact_folder=None)}},
    ),
    "a folder of nobody": (
        "one_folder_each",
        {"folders": {"one": frozenset({"jobs/one/1-abc"}), "two": frozenset({"jobs/two/1-x"})}},
    ),
    "a reading without its table": (
        "readings_are_whole",
        {"jobs": {"one": a_job(tool=READ, params={})}},
    ),
    "an attempt that was left open": (
        "history_adds_up",
        {"attempts": {"one": (an_attempt(ended_at=None),)}},
    ),
    "an attempt that is not in the history": ("history_adds_up", {"attempts": {"one": ()}}),
    "an attempt that completed before": (
        "history_adds_up",
        {"jobs": {"one": a_job(attempt=2)}, "attempts": {"one": (an_attempt(), an_attempt(2))}},
    ),
    "a failure that nobody intended": ("failures_have_reasons", failed("INTERNAL_ERROR")),
    "a full disk that was not full": ("failures_have_reasons", failed("DISK_FULL")),
    "a job given up too early": ("failures_have_reasons", failed("WORKER_LOST")),
    "a crash that completed": (
        "failures_have_reasons",
        {"jobs": {"one": a_job(params={"drill": {"mode": "crash", "label": LABEL}})}},
    ),
    "a run without a claim": ("runs_were_claimed", {"runs": ((LABEL, PID), (LABEL, PID))}),
    "a run of an unknown process": ("runs_were_claimed", {"runs": ((LABEL, PID + 1),)}),
    "a scratch folder": ("nothing_is_left", {"scratch": ("one.abc.x",)}),
    "two jobs of one double click": ("one_job_per_click", {"doubled": ("one", "two")}),
    "a page that lags behind": ("pages_tell_the_truth", {"shown": {"one": "running"}}),
    "a job on a page alone": ("pages_tell_the_truth", {"shown": {"two": "done"}}),
}


@pytest.mark.parametrize(("check", "planted"), PLANTED.values(), ids=PLANTED.keys())
def test_what_is_planted_is_found(sound, check, planted):
    found = violations(replace(sound, **planted))
    assert check in {line.split(":")[0] for line in found}


def spoil(path: Path):
    path.write_bytes(b"another")


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("drill.parquet", spoil),
        ("drill.parquet", Path.unlink),
        ("manifest.json", Path.unlink),
        ("more.parquet", spoil),
    ],
    ids=["changed", "missing", "no manifest", "too many"],
)
def test_damaged_files_are_found(sound, name, damage):
    damage(sound.files / "jobs/one/1-abc" / name)
    assert "files_are_whole" in {line.split(":")[0] for line in violations(sound)}


@pytest.mark.parametrize(
    "explained",
    [
        failed("READER_CRASHED", params={"drill": {"mode": "crash", "label": LABEL}}),
        failed("POISON_JOB", params={"drill": {"mode": "exit", "label": LABEL}}),
        failed("POISON_JOB", max_failures=1),
        failed("DISK_FULL") | {"disk_full": ((90.0, 105.0),)},
    ],
    ids=["crash", "exit", "exhausted", "full disk"],
)
def test_an_honest_failure_is_no_violation(sound, explained):
    assert violations(replace(sound, **explained)) == []


def test_every_check_has_a_planted_violation():
    assert {check.__name__ for check in CHECKS} - {name for name, _ in PLANTED.values()} == {
        "files_are_whole"
    }
