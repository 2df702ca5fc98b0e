"""The hourly cleaning deletes the files of what the rows have given up."""

import pytest

from core import Settings
from queue_jobs import retention
from queue_jobs.job_queue import open_queue
from store import datasets, jobs, kept
from store.schema import dataset as dataset_table
from tests.queue_jobs.conftest import hand_in, silent
from tests.store.test_kept import age, done


def test_old_results_and_uploads_are_deleted_with_their_files(tmp_path):
    house = silent(open_queue(Settings(data_dir=tmp_path, use_queue=False)))
    waiting = hand_in(house)
    jobs.cancel(house.store.database, "ann", waiting.id)
    dataset = datasets.load(house.store.database, waiting.dataset_id)
    job = done(house.store, dataset)
    for table, column in ((jobs.jobs, "ended_at"), (dataset_table, "created_at")):
        age(house.store, 40, table, column)
    deleted = retention.retain(house)
    assert (deleted.results, deleted.uploads, deleted.rows) == (1, 2, 0)
    assert not house.store.artifacts.exists(job.artifact_folder)
    assert not house.store.artifacts.exists(dataset.key)
    assert retention.retain(house) == retention.Deleted(0, 0, 0, 0)


@pytest.mark.parametrize(
    ("deleted", "is_all"),
    [((1, 1, 1, 0), True), ((2, 0, 0, 0), False), ((0, 2, 0, 0), False), ((0, 0, 2, 0), False)],
)
def test_there_may_be_more_when_as_many_went_as_can_go_at_a_time(monkeypatch, deleted, is_all):
    monkeypatch.setattr(kept, "MOST", 2)
    assert retention.Deleted(*deleted).is_all is is_all


def test_old_uploads_go_some_at_a_time_and_the_last_call_says_that_this_is_all(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(kept, "MOST", 2)
    house = silent(open_queue(Settings(data_dir=tmp_path, use_queue=False)))
    for _ in range(3):
        jobs.cancel(house.store.database, "ann", hand_in(house).id)
    for table, column in ((jobs.jobs, "ended_at"), (dataset_table, "created_at")):
        age(house.store, 40, table, column)
    folder = tmp_path / "files" / "datasets"
    assert not retention.retain(house).is_all
    assert len(list(folder.iterdir())) == 1
    retention.retain(house)
    assert list(folder.iterdir()) == []
    assert retention.retain(house).is_all
