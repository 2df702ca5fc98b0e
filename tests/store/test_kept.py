"""Retention deletes what nobody uses any more, and nothing else."""

import pytest

from store import claims, datasets, jobs, kept, leases
from store.jobs import JobRequest
from store.schema import dataset as dataset_table
from store.schema import job as job_table
from store.schema import schedule as schedule_table

DAY = 86_400.0
NOBODY = ()


@pytest.fixture
def dataset(store, add_dataset):
    return add_dataset()


def done(store, dataset, tool="clean-my-data", **more):
    """A completed job with a sealed result."""
    job = jobs.submit(store.database, JobRequest("local", dataset.id, tool, **more))
    _, lease = claims.claim(store.database, job.id, "w:1", 45)
    folder = store.artifacts.scratch_folder()
    (folder / "report.json").write_text("{}")
    store.artifacts.seal(folder, lease.folder)
    leases.publish(store.database, lease, lease.folder, {"score": 97})
    return jobs.load(store.database, job.id)


def age(store, days, table=job_table, column="ended_at"):
    """Make everything that many days older."""
    with store.database.write() as connection:
        connection.execute(table.update().values({column: table.c[column] - days * DAY}))


def test_nothing_is_deleted_when_everything_is_kept_for_ever(store, dataset):
    done(store, dataset)
    age(store, 9_999)
    age(store, 9_999, dataset_table, "created_at")
    for forget in (kept.forget_results, kept.forget_uploads, kept.forget_rows):
        assert forget(store.database, 0.0) == NOBODY


def test_an_old_result_goes_and_what_was_said_in_short_stays(store, dataset):
    old = done(store, dataset)
    age(store, 31)
    young = done(store, dataset, params={"x": 1})
    assert kept.forget_results(store.database, 30 * DAY) == (f"jobs/{old.id}",)
    after = jobs.load(store.database, old.id)
    assert (after.artifact_folder, after.summary) == (None, {"score": 97})
    assert jobs.load(store.database, young.id).artifact_folder == young.artifact_folder
    assert kept.forget_results(store.database, 30 * DAY) == NOBODY


def test_a_result_that_a_waiting_job_builds_on_stays(store, dataset):
    old = done(store, dataset)
    age(store, 31)
    request = JobRequest("local", dataset.id, "master-my-data", input_job_id=old.id)
    jobs.submit(store.database, request)
    assert kept.forget_results(store.database, 30 * DAY) == NOBODY


def test_an_upload_that_nobody_used_for_long_goes_with_its_table(store, dataset):
    read = done(store, dataset, kept.READ)
    age(store, 8)
    age(store, 8, dataset_table, "created_at")
    gone = (f"datasets/{dataset.id}", f"jobs/{read.id}")
    assert kept.forget_uploads(store.database, 7 * DAY) == gone
    after = datasets.load(store.database, dataset.id)
    assert after.files_deleted_at is not None
    assert after.ingest_job_id is None
    assert kept.forget_uploads(store.database, 7 * DAY) == NOBODY


def test_an_upload_that_was_used_lately_stays(store, dataset):
    age(store, 8, dataset_table, "created_at")
    done(store, dataset)
    assert kept.forget_uploads(store.database, 7 * DAY) == NOBODY


def test_an_upload_that_a_waiting_job_needs_stays(store, dataset, add_dataset):
    other = add_dataset()
    request = JobRequest("local", other.id, "profile-my-data", reference_dataset_id=dataset.id)
    jobs.submit(store.database, request)
    age(store, 8, dataset_table, "created_at")
    assert kept.forget_uploads(store.database, 7 * DAY) == NOBODY


@pytest.mark.parametrize("as_baseline", [True, False])
def test_an_upload_of_a_schedule_stays(store, dataset, add_dataset, as_baseline):
    first = add_dataset()
    age(store, 8, dataset_table, "created_at")
    with store.database.write() as connection:
        connection.execute(
            schedule_table.insert().values(
                id="s",
                owner="local",
                dataset_id=first.id if as_baseline else dataset.id,
                baseline_dataset_id=dataset.id if as_baseline else None,
                rule="every 6",
                params={},
                enabled=True,
                next_at=0.0,
                missed=0,
                created_at=0.0,
            )
        )
    gone = kept.forget_uploads(store.database, 7 * DAY)
    assert f"datasets/{dataset.id}" not in gone


def test_rows_go_when_their_files_are_gone_and_nothing_happened_for_a_year(store, dataset):
    job = done(store, dataset)
    age(store, 400)
    age(store, 400, dataset_table, "created_at")
    assert kept.forget_rows(store.database, 365 * DAY) == NOBODY
    kept.forget_results(store.database, 30 * DAY)
    kept.forget_uploads(store.database, 7 * DAY)
    age(store, 400, dataset_table, "files_deleted_at")
    assert kept.forget_rows(store.database, 365 * DAY) == (f"datasets/{dataset.id}",)
    assert jobs.search(store.database, None).total == 0
    assert job.id not in {each.id for each in jobs.search(store.database, "local").jobs}


def test_folders_without_a_row_are_found_and_those_of_rows_are_not(store, dataset, monkeypatch):
    monkeypatch.setattr(kept, "UNSEALED_SECONDS", -1.0)
    done(store, dataset)
    running = jobs.submit(store.database, JobRequest("local", dataset.id, "master-my-data"))
    _, lease = claims.claim(store.database, running.id, "w:1", 45)
    for key in ("jobs/nobody/1-abcdefgh", f"jobs/{running.id}/0-lost", lease.folder):
        store.artifacts.seal(store.artifacts.scratch_folder(), key)
    found = kept.nameless(store.database, store.artifacts)
    assert set(found) == {f"jobs/{running.id}/0-lost", "jobs/nobody/1-abcdefgh"}


def test_a_young_folder_without_a_row_is_left_alone(store):
    store.artifacts.seal(store.artifacts.scratch_folder(), "jobs/nobody/1-abcdefgh")
    assert kept.nameless(store.database, store.artifacts) == NOBODY


@pytest.fixture
def two_at_a_time(monkeypatch):
    monkeypatch.setattr(kept, "MOST", 2)


def rounds(forget, store, days):
    """How many keys each call returns until one returns none."""
    return list(map(len, iter(lambda: forget(store.database, days * DAY), NOBODY)))


@pytest.mark.usefixtures("two_at_a_time")
def test_of_many_old_results_some_go_at_a_time_until_all_are_gone(store, dataset):
    for number in range(5):
        done(store, dataset, params={"number": number})
    age(store, 31)
    assert rounds(kept.forget_results, store, 30) == [2, 2, 1]


@pytest.mark.usefixtures("two_at_a_time")
def test_of_many_old_uploads_and_rows_some_go_at_a_time_until_all_are_gone(store, add_dataset):
    for _ in range(5):
        add_dataset()
    age(store, 400, dataset_table, "created_at")
    assert rounds(kept.forget_uploads, store, 7) == [2, 2, 1]
    age(store, 400, dataset_table, "files_deleted_at")
    assert rounds(kept.forget_rows, store, 365) == [2, 2, 1]
    assert datasets.recent(store.database, "local") == ()
