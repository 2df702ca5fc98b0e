"""The fence: whatever interleaving, a job is published at most once, by the holder of its lease."""

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from core import LeaseLost, Settings, Status
from store import attempts, backlog, claims, jobs, leases, open_store, turns
from store.jobs import JobRequest


@pytest.fixture
def job(store, add_dataset):
    return jobs.submit(store.database, JobRequest("local", add_dataset().id, "profile-my-data"))


@pytest.fixture
def claim(store, job):
    def claim(seconds=45.0):
        return claims.claim(store.database, job.id, "worker", seconds)

    return claim


def status(store, job):
    return jobs.load(store.database, job.id).status


def endings(store, job):
    return [attempt.ending for attempt in attempts.history(store.database, job.id)]


def test_a_second_claim_gets_nothing(claim):
    assert claim() is not None
    assert claim() is None


def lose(store, job, lease):
    """The reconciler takes a job from a silent worker, and its back-off is over."""
    leases.interrupt(store.database, job.id, "WORKER_LOST", "Silent.", token=lease.token)


def test_a_lapsed_lease_is_taken_back_before_another_worker_can_claim(
    store, job, claim, monkeypatch
):
    monkeypatch.setattr(leases, "BACK_OFF_SECONDS", (0.0,))
    _, lease = claim(seconds=-1)
    assert [late.id for late in backlog.lapsed(store.database)] == [job.id]
    assert claim() is None
    lose(store, job, lease)
    again, _ = claim()
    assert again.attempt == 2
    assert endings(store, job) == ["interrupted", None]


def test_a_worker_that_comes_back_after_its_lease_cannot_publish(store, job, claim, monkeypatch):
    monkeypatch.setattr(leases, "BACK_OFF_SECONDS", (0.0,))
    _, late = claim(seconds=-1)
    lose(store, job, late)
    _, owner = claim()
    with pytest.raises(LeaseLost):
        leases.publish(store.database, late, "jobs/late", {})
    leases.publish(store.database, owner, "jobs/owner", {})
    assert jobs.load(store.database, job.id).artifact_folder == "jobs/owner"


def test_nothing_is_published_after_a_cancellation(store, job, claim):
    _, lease = claim()
    jobs.cancel(store.database, "local", job.id)
    with pytest.raises(LeaseLost):
        leases.publish(store.database, lease, "jobs/x", {})
    assert status(store, job) == Status.CANCELLED


def test_renewing_prolongs_only_a_lease_that_is_held(store, job, claim):
    _, lease = claim(seconds=-1)
    assert leases.renew(store.database, lease, 45)
    assert backlog.lapsed(store.database) == ()
    jobs.cancel(store.database, "local", job.id)
    assert not leases.renew(store.database, lease, 45)


def test_an_interrupted_attempt_is_queued_again_later(store, job, claim):
    claim()
    interrupted = leases.interrupt(store.database, job.id, "WORKER_LOST", "The worker is gone.")
    assert interrupted == Status.QUEUED
    assert turns.startable(store.database, 0) == ()
    assert jobs.load(store.database, job.id).error_message == "The worker is gone."


def test_a_job_that_breaks_off_each_time_fails_with_its_reason(store, job, claim, monkeypatch):
    monkeypatch.setattr(leases, "BACK_OFF_SECONDS", (0.0,))
    for _ in range(3):
        claim()
        leases.interrupt(store.database, job.id, "WORKER_LOST", "The worker is gone.")
    last = jobs.load(store.database, job.id)
    assert (last.status, last.error_code, last.failures) == (Status.FAILED, "POISON_JOB", 3)
    assert last.error_message == "The worker is gone. So it was 3 times; the job is set aside."
    assert endings(store, job) == ["interrupted"] * 3


def test_a_deploy_does_not_count_as_a_failure(store, job, claim):
    _, lease = claim()
    assert leases.give_back(store.database, lease)
    back = jobs.load(store.database, job.id)
    assert (back.status, back.failures) == (Status.QUEUED, 0)
    assert turns.startable(store.database, 0) == (job.id,)


def test_a_failure_is_final_and_tells_why(store, job, claim):
    _, lease = claim()
    assert leases.fail(store.database, lease, "STEP_ERROR", "Column 'x' is missing.")
    assert not leases.fail(store.database, lease, "STEP_ERROR", "again")
    last = jobs.load(store.database, job.id)
    assert (last.status, last.error_message) == (Status.FAILED, "Column 'x' is missing.")


def test_a_message_that_a_database_refuses_is_made_storable(store, job, claim):
    _, lease = claim()
    leases.fail(store.database, lease, "STEP_ERROR", "NUL \x00 and \ud800.")
    assert jobs.load(store.database, job.id).error_message == "NUL \u2400 and ?."


class JobLife(RuleBasedStateMachine):
    """Workers claim, stall, die and publish in any order; one result at most comes out."""

    def __init__(self):
        super().__init__()
        import tempfile
        from pathlib import Path

        from core import Dataset
        from store import datasets

        self.folder = tempfile.TemporaryDirectory()
        self.database = open_store(Settings(data_dir=Path(self.folder.name))).database
        datasets.add(
            self.database, Dataset("d", "u", "n", 1, "", "k/upload", {}, None, None, None, 0.0)
        )
        self.job = jobs.submit(self.database, JobRequest("u", "d", "profile-my-data"))
        self.leases, self.published = [], []

    @rule(seconds=st.sampled_from([45.0, -1.0]))
    def claim(self, seconds):
        claimed = claims.claim(self.database, self.job.id, "w", seconds)
        if claimed:
            self.leases.append(claimed[1])

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def publish(self, data):
        lease = data.draw(st.sampled_from(self.leases))
        try:
            leases.publish(self.database, lease, f"jobs/{lease.attempt}", {})
            self.published.append(lease.attempt)
        except LeaseLost:
            pass

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def break_off(self, data):
        lease = data.draw(st.sampled_from(self.leases))
        leases.interrupt(self.database, self.job.id, "X", "x", token=lease.token)

    @rule()
    def cancel(self):
        if not jobs.load(self.database, self.job.id).status.is_final:
            jobs.cancel(self.database, "u", self.job.id)

    @invariant()
    def at_most_one_result_and_the_row_tells_it(self):
        row = jobs.load(self.database, self.job.id)
        assert len(self.published) <= 1
        assert (row.status == Status.COMPLETED) == bool(self.published)
        if self.published:
            assert row.artifact_folder == f"jobs/{self.published[0]}"

    def teardown(self):
        self.database.engine.dispose()
        self.folder.cleanup()


JobLife.TestCase.settings = hypothesis_settings(
    max_examples=15, stateful_step_count=12, deadline=None
)
test_any_order_of_events_publishes_at_most_once = JobLife.TestCase
