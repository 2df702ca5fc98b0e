"""The view from outside on an attempt: it renews, notices what is lost, and keeps the time."""

from dataclasses import replace

import pytest

from core import Settings, Status
from queue_jobs import watch as watching
from queue_jobs.job_queue import open_queue
from queue_jobs.watch import Watch
from store import claims, jobs
from tests.queue_jobs.conftest import hand_in, row, silent

RUNNER = "host:1"


@pytest.fixture
def house(tmp_path):
    return silent(open_queue(Settings(data_dir=tmp_path)))


@pytest.fixture
def job(house):
    """A job that RUNNER has claimed."""
    handed_in = hand_in(house)
    return claims.claim(house.store.database, handed_in.id, RUNNER, 45)[0]


def test_a_job_that_is_not_claimed_yet_goes_on(house):
    assert Watch(house, RUNNER).look()


def test_a_job_that_runs_within_its_time_goes_on(house, job):
    assert Watch(house, RUNNER).look()
    assert row(house, job).beat == 0


def test_the_lease_is_renewed_after_five_seconds(house, job):
    watch = Watch(house, RUNNER)
    watch.renewed -= 6
    assert watch.look()
    assert row(house, job).beat == 1


def test_a_child_that_never_claims_is_ended_after_a_minute(house):
    watch = Watch(house, RUNNER)
    watch.started -= 61
    assert not watch.look()


def test_a_lost_job_has_two_seconds_to_tidy_up(house, job):
    watch = Watch(house, RUNNER)
    watch.look()
    jobs.cancel(house.store.database, "ann", job.id)
    assert watch.look()
    watch.lost_since -= 3
    assert not watch.look()


def test_a_job_that_was_cancelled_as_soon_as_it_began_is_lost_too(house, job):
    scratch = house.store.artifacts.scratch_folder(f"{job.id}.{job.lease_token[:8]}")
    jobs.cancel(house.store.database, "ann", job.id)
    watch = Watch(house, RUNNER)
    assert watch.look()
    watch.lost_since -= 3
    assert not watch.look()
    watch.ended()
    assert not scratch.exists()


def test_what_a_process_of_the_same_number_did_before_is_not_this_one_s(house, job):
    jobs.cancel(house.store.database, "ann", job.id)
    watch = Watch(house, RUNNER)
    watch.look()
    with house.store.database.write() as connection:
        connection.execute(jobs.jobs.update().values(started_at=job.started_at - 60))
    later = Watch(house, RUNNER)
    later.look()
    assert (watch.lost_since is None, later.lost_since) == (False, None)


def test_a_job_over_its_time_fails_and_says_so(house, job):
    short = replace(house, settings=replace(house.settings, job_timeout=1))
    watch = Watch(short, RUNNER)
    watch.started -= 2
    assert not watch.look()
    assert (row(house, job).status, row(house, job).error_code) == ("FAILED", "HARD_TIMEOUT")
    assert row(house, job).error_message == "The job took longer than 1 seconds and was killed."


@pytest.mark.parametrize(
    ("number", "status", "code", "failures"),
    [
        (9, "QUEUED", None, 1),
        (15, "QUEUED", None, 0),
        (6, "FAILED", "READER_CRASHED", 1),
        (11, "FAILED", "READER_CRASHED", 1),
        (0, "QUEUED", None, 1),
    ],
)
def test_after_the_signal(house, job, number, status, code, failures):
    Watch(house, RUNNER).killed(number, 512)
    after = row(house, job)
    assert (after.status, after.error_code, after.failures) == (status, code, failures)


def test_a_kill_for_want_of_memory_is_final(house, job, monkeypatch):
    watch = Watch(house, RUNNER)
    monkeypatch.setattr(watching, "oom_kills", lambda: watch.kills_before + 1)
    watch.killed(9, 512)
    assert (row(house, job).status, row(house, job).error_code) == ("FAILED", "OUT_OF_MEMORY")


def test_a_job_over_its_memory_fails_and_says_so(house, job, monkeypatch):
    held = iter([300, 300 + 1_500, 300 + 1_501])
    monkeypatch.setattr(watching, "memory_mb", lambda pid: next(held))
    small = replace(house, settings=replace(house.settings, job_memory_mb=1_500))
    watch = Watch(small, RUNNER)
    assert watch.look()
    assert not watch.look()
    assert (row(house, job).status, row(house, job).error_code) == ("FAILED", "OUT_OF_MEMORY")
    assert "took 1,501 MB of memory and may take 1,500" in row(house, job).error_message


def test_a_kill_after_the_end_changes_nothing(house, job):
    jobs.cancel(house.store.database, "ann", job.id)
    Watch(house, RUNNER).killed(9, 512)
    assert row(house, job).status == Status.CANCELLED


def test_another_runner_s_job_is_not_touched(house, job):
    Watch(house, "host:2").let_go()
    assert row(house, job).status == Status.PROCESSING


def test_a_folder_that_was_sealed_but_not_published_is_deleted(house, job):
    artifacts = house.store.artifacts
    key = f"jobs/{job.id}/{job.attempt}-{job.lease_token[:8]}"
    folder = artifacts.scratch_folder()
    (folder / "report.json").write_text("{}")
    artifacts.seal(folder, key)
    Watch(house, RUNNER).let_go()
    assert not artifacts.exists(key)
    assert row(house, job).status == Status.QUEUED


def test_the_grace_is_shorter_than_the_lease(house):
    assert watching.GRACE_SECONDS < watching.RENEW_SECONDS < house.settings.lease_seconds


def test_a_clock_that_is_set_an_hour_ahead_loses_no_job(house, job):
    watch = Watch(house, RUNNER)
    watch.look()
    with house.store.database.write() as connection:
        connection.execute(jobs.jobs.update().values(started_at=job.started_at - 3600))
    assert watch.look()
    assert (watch.lost_since, Watch(house, RUNNER).held()) == (None, row(house, job))


def test_the_job_before_is_not_taken_for_the_one_to_come(house, job):
    jobs.cancel(house.store.database, "ann", job.id)
    before = row(house, job)
    assert Watch(house, RUNNER).held() is None
    later = Watch(house, RUNNER, before)
    later.look()
    assert later.taken is None
