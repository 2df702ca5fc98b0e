"""The runs of a series, as the page lists them."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from core import Status, new_id
from store import claims, datasets, jobs, leases, progress, series
from store.jobs import JobRequest
from store.schema import job as job_table

READ, PROFILE = "read-my-data", "profile-my-data"
VERDICT = {"code": "drift.verdict", "evidence": {"verdict": "stable", "alerts": 0}}


@pytest.fixture
def first(add_dataset):
    return add_dataset(owner="ann")


def later(store, first, seconds):
    """One more dataset of the series, so much younger than the first."""
    dataset = replace(first, id=new_id(), series_id=first.id)
    with store.database.write() as connection:
        return datasets.insert(connection, dataset, first.created_at + seconds)


def submit(store, dataset, tool, **more):
    return jobs.submit(store.database, JobRequest("ann", dataset.id, tool, **more))


def profiled(store, dataset, findings):
    """A job of the dataset whose drift step has left findings."""
    job = submit(store, dataset, PROFILE)
    _, lease = claims.claim(store.database, job.id, "worker", 45)
    progress.plan(store.database, lease, [("other", "Other"), ("drift", "Drift")])
    progress.step_done(store.database, lease, 0, 0.1, {"findings": [VERDICT]})
    progress.step_done(store.database, lease, 1, 0.1, {"findings": findings})
    return job


def test_a_dataset_alone_is_a_series_of_one(store, first, add_dataset):
    add_dataset(owner="ann")
    [only] = series.runs(store.database, first.id)
    assert (only.dataset, only.read, only.profile, only.drift) == (first, None, None, None)


def test_the_newest_comes_first(store, first):
    third, second = later(store, first, 2), later(store, first, 1)
    found = [run.dataset.id for run in series.runs(store.database, first.id)]
    assert found == [third.id, second.id, first.id]
    assert len(series.runs(store.database, first.id, limit=2)) == 2


def test_a_run_is_told_by_its_latest_jobs_on_the_upload(store, first):
    submit(store, first, READ, params={"reading": {"header": True}})
    with store.database.write() as connection:
        connection.execute(update(job_table).values(created_at=1.0))
    again = submit(store, first, READ)
    profile = submit(store, first, PROFILE)
    submit(store, first, PROFILE, input_job_id=again.id)
    [run] = series.runs(store.database, first.id)
    assert (run.read.id, run.profile.id) == (again.id, profile.id)


@pytest.mark.parametrize(("findings", "drift"), [([VERDICT], VERDICT["evidence"]), ([], None)])
def test_the_verdict_is_that_of_the_drift_step(store, first, findings, drift):
    profiled(store, first, findings)
    [run] = series.runs(store.database, first.id)
    assert run.drift == drift


def test_a_failure_is_that_of_the_job_that_broke(store, first):
    reading = submit(store, first, READ)
    _, lease = claims.claim(store.database, reading.id, "worker", 45)
    leases.fail(store.database, lease, "FILE_UNREADABLE", "It is damaged.")
    submit(store, first, PROFILE, after_job_id=reading.id)
    [run] = series.runs(store.database, first.id)
    assert (run.failure.id, run.failure.status) == (reading.id, Status.FAILED)
