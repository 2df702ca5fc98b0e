"""The hourly cleaning deletes the files of what the rows have given up."""

from core import Settings
from queue_jobs import retention
from queue_jobs.job_queue import open_queue
from store import datasets, jobs
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
