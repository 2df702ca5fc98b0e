"""The drill is the same for the same seed, and counts what it should."""

import pytest

from benchmarks import drill
from benchmarks.chaos_client import JOBS_OF, drills, orders
from benchmarks.chaos_evidence import Evidence, effects, every_job, install_effect_log
from benchmarks.chaos_faults import FAULTS, Death, Scene, absent
from benchmarks.chaos_fleet import Fleet, Member, wait_until
from benchmarks.chaos_nemesis import schedule
from benchmarks.chaos_page import word_of
from benchmarks.chaos_recovery import percentile, recoveries
from benchmarks.run_log import RUN_LOG, runs
from core import Attempt, Status, Work
from store import claims, jobs, leases
from store.jobs import JobRequest
from tests.tables import table


def test_a_seed_decides_faults_and_jobs():
    kinds = list(FAULTS)
    assert schedule(3, 600, kinds) == schedule(3, 600, kinds) != schedule(4, 600, kinds)
    assert orders(3, 300, 600) == orders(3, 300, 600) != orders(4, 300, 600)


@pytest.mark.parametrize("seconds", [25, 600])
def test_every_kind_of_fault_occurs_within_the_time(seconds):
    strikes = schedule(5, seconds, list(FAULTS))
    assert {strike.kind for strike in strikes} == set(FAULTS)
    assert all(0 < strike.at < seconds for strike in strikes)


def test_the_number_of_jobs_is_as_wished():
    assert 300 <= sum(JOBS_OF[order.kind] for order in orders(1, 300, 600)) < 303
    assert len(drills(1, 300, 600)) == 300


def test_a_fault_without_its_means_is_left_out_with_a_reason():
    missing = absent(Scene(Fleet([]), None, 10, 20))
    assert set(missing) == {"web SIGKILL", "disk full", "database locked", "clock skewed"}
    assert missing["disk full"] == "there is no disk here"


def test_the_database_counts_publishes_itself(store, add_dataset, settings):
    database = settings.data_dir / "assay.sqlite3"
    install_effect_log(database)
    dataset = add_dataset()
    job = jobs.submit(store.database, JobRequest("local", dataset.id, "drill-my-data"))
    _, lease = claims.claim(store.database, job.id, "host:1", 30)
    assert effects(database) == ()
    leases.publish(store.database, lease, lease.folder, {})
    assert effects(database) == ((job.id, 1),)
    assert every_job(store)[job.id].status == Status.COMPLETED


def test_a_run_is_noted_and_leaves_an_artifact(tmp_path, monkeypatch):
    log = tmp_path / "runs.log"
    monkeypatch.setenv(RUN_LOG, str(log))
    choice = drill.DRILL.choose({"drill": {"label": "l", "mode": "python_loop", "rows": 3}})
    work = Work.of(table(a=["1"]))
    outcome = drill.DRILL.run(work, choice)
    assert outcome.artifacts["drill.parquet"].height == 3
    assert [label for label, _, _ in runs(log)] == ["l"]


def test_what_ends_is_started_again_unless_it_is_held(tmp_path):
    member = Member("short", ["true"], {}, tmp_path / "log")
    fleet = Fleet([member])
    fleet.start()
    try:
        assert wait_until(lambda: member.starts > 1, 10)
        member.held = True
        assert wait_until(lambda: not member.runs, 10)
    finally:
        fleet.stop()


def history(*attempts):
    return Evidence(frozenset(), {}, {"one": tuple(attempts)})


def an_attempt(number, pid, started_at, ending="interrupted"):
    return Attempt("one", number, f"host:{pid}", started_at, started_at + 9, ending, None)


def test_a_recovery_is_the_time_from_death_to_the_next_start():
    evidence = history(an_attempt(1, 7, 100.0), an_attempt(2, 8, 112.0))
    assert [each.seconds for each in recoveries(evidence, [Death(7, 103.0)])] == [9.0]
    assert recoveries(evidence, [Death(9, 103.0)]) == []
    assert recoveries(evidence, [Death(7, 903.0)]) == []


def test_a_skewed_clock_changes_no_recovery():
    evidence = history(an_attempt(1, 7, 100.0), an_attempt(2, 8, 3712.0))
    assert [each.seconds for each in recoveries(evidence, [Death(7, 103.0)])] == [9.0]


def test_percentiles_are_values_that_occurred():
    assert percentile([1.0, 2.0, 3.0, 4.0], 0.5) == 3.0
    assert percentile([1.0, 2.0], 1.0) == 2.0
    assert percentile([], 0.5) is None


def test_the_word_of_a_badge_is_read_without_its_icon():
    assert word_of(["st-key-job-line-a-b_c", "check_circle done"]) == ("a-b_c", "done")
    assert word_of(["st-key-job-line-a", "error upload failed"]) == ("a", "upload failed")
