"""A job from the click to its files, without a queue server: perform is what every worker calls."""

import hashlib
import io
import json
import threading
import time
from dataclasses import replace

import polars as pl
import pytest

from core import ParamsError, Status, Transient, UnreadableFile
from queue_jobs import JobQueue, submit
from queue_jobs.perform import perform_with, publish
from queue_jobs.tools import READ
from store import claims, datasets, jobs, leases, progress
from store.jobs import JobRequest

CSV = b"id,city,zip\n1,Rome,00184\n2,Rome ,00185\n3,Oslo,0150\n3,Oslo,0150\n"


class Silent:
    """A doorbell that only notes who rang."""

    def __init__(self):
        self.rung, self.stopped = [], []

    def ring(self, job_id):
        self.rung.append(job_id)
        return True

    def stop(self, job_id):
        self.stopped.append(job_id)


@pytest.fixture
def queue(settings, store):
    return JobQueue(settings, store, Silent())


def start(queue, content=CSV, tools=("profile-my-data",), params=None, name="data.csv"):
    dataset, reader = submit.upload(queue, "local", name, io.BytesIO(content), {})
    perform_with(queue, reader.id)
    return dataset, submit.start(queue, "local", dataset.id, tools, params or {})


def reload(queue, job):
    return jobs.load(queue.store.database, job.id)


def artifact(queue, job, name):
    return queue.store.artifacts.read(f"{reload(queue, job).artifact_folder}/{name}")


def frame(queue, job, name):
    with queue.store.artifacts.local(f"{reload(queue, job).artifact_folder}/{name}") as path:
        return pl.read_parquet(path)


def test_an_upload_is_read_by_a_job_and_keeps_every_cell_as_text(queue):
    dataset, _ = start(queue, tools=())
    dataset = datasets.load(queue.store.database, dataset.id)
    assert (dataset.rows, dataset.columns) == (4, 3)
    reader = jobs.load(queue.store.database, dataset.ingest_job_id)
    assert reader.tool == READ
    assert frame(queue, reader, "table.parquet")["zip"].to_list() == [
        "00184",
        "00185",
        "0150",
        "0150",
    ]
    preview = json.loads(artifact(queue, reader, "preview.json"))
    assert preview["dialect"]["delimiter"] == ","


def test_a_refused_file_fails_with_its_sentence_and_leaves_no_files(queue):
    _, reader = submit.upload(
        queue, "local", "x.csv", io.BytesIO(b"%PDF-1.7\n%\xe2\xe3\n1 0 obj"), {}
    )
    perform_with(queue, reader.id)
    job = reload(queue, reader)
    assert (job.status, job.error_code) == (Status.FAILED, "FILE_UNREADABLE")
    assert "PDF" in job.error_message
    assert list(queue.store.artifacts.scratch.iterdir()) == []


def test_the_three_tools_run_one_after_the_other(queue):
    tools = ("profile-my-data", "clean-my-data", "master-my-data")
    _, chain = start(queue, tools=tools, params={"profile-my-data": {"skip": ["full-report"]}})
    for job in chain:
        perform_with(queue, job.id)
    assert [reload(queue, job).status for job in chain] == [Status.COMPLETED] * 3
    assert queue.doorbell.rung[-2:] == [chain[1].id, chain[2].id]


def test_rows_keep_their_place_in_the_file_through_the_chain(queue):
    _, (clean, master) = start(queue, tools=("clean-my-data", "master-my-data"))
    perform_with(queue, clean.id)
    perform_with(queue, master.id)
    assert frame(queue, clean, "removed.parquet")["row"].to_list() == [3]
    assert frame(queue, clean, "rows.parquet").to_series().to_list() == [0, 1, 2]
    assert sorted(frame(queue, master, "crosswalk.parquet")["row"]) == [0, 1, 2]


def test_the_manifest_names_every_file_with_its_checksum(queue):
    _, (job,) = start(queue, tools=("clean-my-data",))
    perform_with(queue, job.id)
    manifest = json.loads(artifact(queue, job, "manifest.json"))
    assert manifest["rows"] == {"in": 4, "out": 3, "removed": 1}
    names = set(queue.store.artifacts.names(reload(queue, job).artifact_folder))
    assert set(manifest["files"]) == names - {"manifest.json"}
    for name, facts in manifest["files"].items():
        assert hashlib.sha256(artifact(queue, job, name)).hexdigest() == facts["sha256"]


def test_progress_is_seen_step_by_step(queue):
    _, (job,) = start(queue, tools=("clean-my-data",))
    perform_with(queue, job.id)
    steps = progress.of(queue.store.database, job.id)
    assert {step.state for step in steps} == {"done"}
    assert all(step.report["name"] == step.name for step in steps)


def test_calling_perform_twice_has_no_second_effect(queue):
    _, (job,) = start(queue, tools=("clean-my-data",))
    perform_with(queue, job.id)
    first = reload(queue, job)
    perform_with(queue, job.id)
    assert reload(queue, job) == first


def test_a_job_of_a_newer_version_is_refused_not_guessed(queue, monkeypatch):
    _, (job,) = start(queue, tools=("clean-my-data",))
    monkeypatch.setattr("queue_jobs.perform.PAYLOAD_VERSION", 0)
    perform_with(queue, job.id)
    assert "newer version" in reload(queue, job).error_message


def test_a_wrong_parameter_is_refused_before_anything_is_stored(queue):
    with pytest.raises(ParamsError, match="accept"):
        start(queue, tools=("clean-my-data",), params={"clean-my-data": {"accept": "all"}})
    assert jobs.search(queue.store.database, "local").total == 1


def test_cancelling_stops_a_running_job_within_seconds(queue, monkeypatch):
    _, (job,) = start(queue, tools=("clean-my-data",))
    begun = threading.Event()

    def endless(*_):
        begun.set()
        while True:
            time.sleep(0.01)

    monkeypatch.setattr("queue_jobs.perform.run_chain", endless)
    runner = threading.Thread(target=perform_with, args=(queue, job.id))
    runner.start()
    begun.wait()
    submit.cancel(queue, "local", job.id)
    runner.join(timeout=5)
    assert not runner.is_alive()
    assert reload(queue, job).status == Status.CANCELLED
    assert queue.doorbell.stopped == [job.id]
    assert list(queue.store.artifacts.scratch.iterdir()) == []


def test_a_transient_error_is_tried_again_later(queue, monkeypatch):
    _, (job,) = start(queue, tools=("clean-my-data",))

    def unreachable(*_):
        raise Transient("The file store cannot be reached; try again.")

    monkeypatch.setattr("queue_jobs.perform.run_chain", unreachable)
    perform_with(queue, job.id)
    row = reload(queue, job)
    assert (row.status, row.failures) == (Status.QUEUED, 1)
    assert row.not_before > row.queued_at


def test_an_error_of_ours_fails_the_job_with_a_reference_not_a_traceback(queue, monkeypatch):
    _, (job,) = start(queue, tools=("clean-my-data",))

    def broken(*_):
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("queue_jobs.perform.run_chain", broken)
    perform_with(queue, job.id)
    row = reload(queue, job)
    assert row.error_code == "INTERNAL_ERROR"
    assert job.id in row.error_message
    assert "secret" not in row.error_message


def test_a_loser_of_the_lease_publishes_nothing(queue, monkeypatch):
    _, (job,) = start(queue, tools=("clean-my-data",))

    def taken(queue, job, lease, folder):
        (folder / "report.json").write_text("{}")
        leases.interrupt(queue.store.database, job.id, "WORKER_LOST", "gone", token=lease.token)
        return {}

    monkeypatch.setattr("queue_jobs.perform.run_chain", taken)
    perform_with(queue, job.id)
    assert reload(queue, job).artifact_folder is None
    assert not queue.store.artifacts.exists(f"jobs/{job.id}/1")
    assert list((queue.settings.data_dir / "files" / "jobs" / job.id).glob("*")) == []


def test_run_again_makes_a_new_job_with_the_same_parameters(queue):
    _, (job,) = start(
        queue, tools=("clean-my-data",), params={"clean-my-data": {"accept": "review"}}
    )
    perform_with(queue, job.id)
    time.sleep(2.1)
    again = submit.run_again(queue, "local", job.id)
    assert again.id != job.id
    assert again.params == job.params


def test_deleting_a_dataset_takes_everything_along(queue):
    dataset, (job,) = start(queue, tools=("clean-my-data",))
    perform_with(queue, job.id)
    submit.delete(queue, "local", dataset.id)
    assert jobs.search(queue.store.database, "local").total == 0
    assert list((queue.settings.data_dir / "files").rglob("*.parquet")) == []


def test_an_empty_upload_is_refused_at_the_door(queue):
    with pytest.raises(UnreadableFile, match="empty"):
        start(queue, content=b"")
    assert datasets.recent(queue.store.database, "local") == ()


def test_the_same_submission_is_one_job(queue):
    dataset, (job,) = start(queue, tools=("clean-my-data",))
    request = JobRequest("local", dataset.id, "clean-my-data", job.params)
    assert jobs.submit(queue.store.database, request).id == job.id


def test_a_full_disk_is_a_failure_with_a_sentence_not_an_endless_retry(queue, monkeypatch):
    _, (job,) = start(queue, tools=("clean-my-data",))

    def full(**_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.mkdtemp", full)
    perform_with(queue, job.id)
    assert reload(queue, job).error_code == "DISK_FULL"


def test_a_storage_that_fails_for_a_while_is_tried_again(queue, monkeypatch):
    _, (job,) = start(queue, tools=("clean-my-data",))

    def away(**_):
        raise OSError(110, "Connection timed out")

    with monkeypatch.context() as patch:
        patch.setattr("tempfile.mkdtemp", away)
        perform_with(queue, job.id)
    waiting = reload(queue, job)
    assert (waiting.status, waiting.failures) == (Status.QUEUED, 1)
    assert waiting.error_message == "A file could not be read or written (Connection timed out)."


def test_a_job_that_takes_too_long_is_stopped_in_every_mode(queue, monkeypatch):
    _, (job,) = start(queue, tools=("clean-my-data",))

    def endless(*_):
        while True:
            time.sleep(0.01)

    monkeypatch.setattr("queue_jobs.perform.run_chain", endless)
    perform_with(replace(queue, settings=replace(queue.settings, job_soft_timeout=1)), job.id)
    row = reload(queue, job)
    assert (row.status, row.error_code) == (Status.FAILED, "SOFT_TIMEOUT")


def test_reading_again_with_another_delimiter_replaces_what_was_read(queue):
    dataset, _ = start(queue, tools=())
    again = submit.read_again(queue, "local", dataset.id, {"delimiter": ";"})
    perform_with(queue, again.id)
    assert datasets.load(queue.store.database, dataset.id).columns == 1
    assert submit.read_again(queue, "local", dataset.id, {"delimiter": ";"}).id == again.id
    assert datasets.load(queue.store.database, dataset.id).columns == 1


def test_a_recipe_holds_the_choices_with_which_its_table_was_read(queue):
    dataset, _ = start(queue, tools=())
    again = submit.read_again(
        queue, "local", dataset.id, {"delimiter": ";", "encoding": None, "header": True}
    )
    perform_with(queue, again.id)
    [job] = submit.start(queue, "local", dataset.id, ["clean-my-data"], {})
    perform_with(queue, job.id)
    key = f"{reload(queue, job).artifact_folder}/recipe.json"
    with queue.store.artifacts.local(key) as path:
        recipe = json.loads(path.read_text())
    assert recipe["reading"] == {"delimiter": ";", "header": True}


def test_a_master_job_run_again_waits_for_its_cleaning(queue):
    _, (clean, master) = start(queue, tools=("clean-my-data", "master-my-data"))
    again = submit.run_again(queue, "local", master.id)
    assert (again.status, again.after_job_id) == (Status.CREATED, clean.id)


def test_an_upload_that_cannot_be_noted_leaves_no_file(queue, monkeypatch):
    def away(*_):
        raise Transient("The database is busy or cannot be reached; try again.")

    monkeypatch.setattr("store.datasets.add_with_job", away)
    with pytest.raises(Transient):
        start(queue)
    assert list((queue.settings.data_dir / "files" / "datasets").glob("*")) == []


def test_a_job_whose_dataset_is_deleted_while_it_runs_ends_quietly(queue, monkeypatch):
    dataset, (job,) = start(queue, tools=("clean-my-data",))

    def deleted(*_):
        submit.delete(queue, "local", dataset.id)
        return {}

    monkeypatch.setattr("queue_jobs.perform.run_chain", deleted)
    perform_with(queue, job.id)
    assert jobs.search(queue.store.database, "local").total == 0
    assert list((queue.settings.data_dir / "files").rglob("*.json")) == []


def test_a_late_loser_leaves_the_files_of_the_running_attempt_alone(queue, monkeypatch):
    _, (job,) = start(queue, tools=("clean-my-data",))
    winners = []

    def frozen(queue, job, lease, folder):
        leases.interrupt(queue.store.database, job.id, "WORKER_LOST", "gone", token=lease.token)
        winners.append(queue.store.artifacts.scratch_folder(f"{job.id}.another"))
        return {}

    monkeypatch.setattr("queue_jobs.perform.run_chain", frozen)
    perform_with(queue, job.id)
    assert list(queue.store.artifacts.scratch.iterdir()) == winners


def write_report(queue, job, lease, folder):
    """A tool that does nothing else."""
    (folder / "report.json").write_text("{}")
    return {"score": 97}


def away(*_):
    raise Transient("The database is busy or cannot be reached; try again.")


def committed_but_unanswered(*arguments, commit=leases.publish):
    """A commit that works and whose answer is lost on its way."""
    commit(*arguments)
    away()


def test_a_result_whose_commit_is_not_answered_stays_published(queue, monkeypatch):
    _, (job,) = start(queue, tools=("clean-my-data",))
    monkeypatch.setattr("queue_jobs.perform.run_chain", write_report)
    monkeypatch.setattr("store.leases.publish", committed_but_unanswered)
    perform_with(queue, job.id)
    row = reload(queue, job)
    assert (row.status, row.failures, row.summary) == (Status.COMPLETED, 0, {"score": 97})
    assert artifact(queue, job, "report.json") == b"{}"


def test_a_result_that_could_not_be_committed_leaves_no_folder_and_is_tried_again(
    queue, monkeypatch
):
    _, (job,) = start(queue, tools=("clean-my-data",))
    monkeypatch.setattr("queue_jobs.perform.run_chain", write_report)
    monkeypatch.setattr("store.leases.publish", away)
    perform_with(queue, job.id)
    row = reload(queue, job)
    assert (row.status, row.failures, row.artifact_folder) == (Status.QUEUED, 1, None)
    assert list((queue.settings.data_dir / "files" / "jobs" / job.id).glob("*")) == []


def test_while_nobody_can_say_whether_a_result_was_committed_its_folder_stays(queue, monkeypatch):
    _, (job,) = start(queue, tools=("clean-my-data",))
    job, lease = claims.claim(queue.store.database, job.id, "w:1", 45)
    folder = queue.store.artifacts.scratch_folder(lease.scratch)
    write_report(queue, job, lease, folder)

    def lost(*_):
        raise Transient("The commit was not answered.")

    monkeypatch.setattr("store.leases.publish", lost)
    monkeypatch.setattr("store.jobs.load", away)
    with pytest.raises(Transient, match="not answered"):
        publish(queue, job, lease, folder, {})
    assert queue.store.artifacts.names(lease.folder) == ("report.json",)
