"""Files: a full disk, a store that fails, an input that goes away."""

import contextlib
import io
import json
import resource
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.chaos_fleet import small_disk
from core import Settings, Status
from queue_jobs import submit
from queue_jobs.backend import worker_environment
from queue_jobs.perform import perform_with
from queue_jobs.reconcile import reconcile
from queue_jobs.retention import retain
from queue_jobs.tools import TOOLS
from store import claims, datasets, jobs, kept
from tests.faults import drill, plant, storage
from tests.faults.bounds import within
from tests.faults.plant import OWNER, Site
from tests.queue_jobs.conftest import silent

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(120)]


@pytest.fixture
def quiet(tmp_path, monkeypatch):
    """A site whose jobs this process runs itself, without a queue; its database lies elsewhere."""
    monkeypatch.setitem(TOOLS, drill.FAULT.name, drill.FAULT)
    data = tmp_path / "data"
    data.mkdir()
    return Settings(
        data_dir=data, database_url=f"sqlite:///{tmp_path / 'assay.sqlite3'}", log_level="ERROR"
    )


@pytest.fixture
def site_on_small_disk(quiet):
    """A site whose files lie on a disk of 8 MB; skipped where none can be mounted."""
    with small_disk(quiet.data_dir, 8) as reason:
        if reason:
            pytest.skip(reason)
        yield quiet_site(quiet)


def quiet_site(settings) -> Site:
    site = plant.open_site(settings)
    return replace(site, house=silent(site.house))


def test_a_full_disk_fails_the_job_and_leaves_nothing(site_on_small_disk):
    site = site_on_small_disk
    job = site.hand_in(megabytes=20)
    perform_with(site.house, job.id)
    row = site.row(job)
    assert (row.status, row.error_code, row.attempt) == ("FAILED", "DISK_FULL", 1)
    plant.check(site)
    again = site.hand_in(megabytes=1)
    perform_with(site.house, again.id)
    assert site.row(again).status == Status.COMPLETED


def test_a_full_disk_refuses_an_upload_and_leaves_nothing(site_on_small_disk):
    site = site_on_small_disk
    before = every_file(site)
    with pytest.raises(OSError, match="No space left"):
        submit.upload(site.house, OWNER, "big.csv", io.BytesIO(b"a,b\n" * 3 * 2**20), {})
    assert every_file(site) == before


def test_a_full_disk_fails_the_reading_of_a_file_and_leaves_nothing(site_on_small_disk):
    site = site_on_small_disk
    content = b"a,b\n" + b"".join(b"%d,%d\n" % (n, n * 7919) for n in range(200_000))
    _, job = submit.upload(site.house, OWNER, "big.csv", io.BytesIO(content), {})
    filler = site.house.settings.data_dir / "filler"
    with contextlib.suppress(OSError), filler.open("wb") as file:
        file.write(bytes(16 * 2**20))
    perform_with(site.house, job.id)
    filler.unlink()
    assert (site.row(job).status, site.row(job).error_code) == ("FAILED", "DISK_FULL")
    plant.check(site)


def every_file(site) -> set[Path]:
    """All files of the data folder."""
    return {path for path in site.house.settings.data_dir.rglob("*") if path.is_file()}


def test_a_file_larger_than_the_system_allows_is_a_full_disk(quiet):
    site = quiet_site(quiet)
    job = site.hand_in(megabytes=20)
    with largest_file(8 * 2**20):
        perform_with(site.house, job.id)
    row = site.row(job)
    assert (row.status, row.error_code) == ("FAILED", "DISK_FULL")
    plant.check(site)


@contextlib.contextmanager
def largest_file(size):
    """No file of this process may grow larger."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    assert signal.getsignal(signal.SIGXFSZ) == signal.SIG_IGN
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def mood(quiet, monkeypatch):
    """A site on a file store, and the function that sets how that behaves."""
    storage.register()
    monkeypatch.setattr(storage.FaultyStore, "store", {})
    site = quiet_site(replace(quiet, storage_url="faulty://bucket"))
    return site, lambda word: monkeypatch.setattr(storage.FaultyStore, "mood", word)


def run(site, job):
    """Run it once, as soon as its pause is over."""
    # SQLite's clock counts in milliseconds, and may be one behind.
    due = site.row(job).not_before + 0.05
    within(20, "a job of a failing store is due", lambda: due < time.time())
    perform_with(site.house, job.id)


@pytest.mark.parametrize("trouble", ["busy", "denied"])
def test_a_store_that_fails_for_a_while_is_tried_again(mood, trouble):
    site, be = mood
    job = site.hand_in()
    be(trouble)
    perform_with(site.house, job.id)
    row = site.row(job)
    assert (row.status, row.failures) == ("QUEUED", 1)
    assert row.not_before > time.time() + 1
    be("")
    run(site, job)
    assert site.endings(job) == ["interrupted", "completed"]
    plant.check(site)


@pytest.mark.parametrize("trouble", ["busy", "denied"])
def test_a_store_that_fails_on_is_given_up_with_the_reason(mood, trouble):
    site, be = mood
    job = site.hand_in(max_failures=2)
    be(trouble)
    perform_with(site.house, job.id)
    run(site, job)
    row = site.row(job)
    assert (row.status, row.attempt) == ("FAILED", 2)
    assert row.error_code in {"STORAGE_ERROR", "TRANSIENT_ERROR"}
    assert row.error_message
    be("")
    plant.check(site)


def test_a_store_that_fails_in_the_middle_of_a_result_keeps_no_half_of_it(mood):
    site, be = mood
    job = site.hand_in(max_failures=1)
    be("half")
    perform_with(site.house, job.id)
    be("")
    assert site.row(job).error_code == "STORAGE_ERROR"
    plant.check(site)


def test_a_slow_store_only_takes_longer(mood):
    site, be = mood
    job = site.hand_in()
    be("slow")
    perform_with(site.house, job.id)
    assert site.endings(job) == ["completed"]


def test_an_upload_that_is_deleted_under_its_job(quiet):
    site = quiet_site(quiet)
    _, job = submit.upload(site.house, OWNER, "gone.csv", io.BytesIO(b"a\n1\n"), {})
    dataset = datasets.load(site.house.store.database, job.dataset_id)
    Path(site.house.store.artifacts.path(dataset.key)).unlink()
    perform_with(site.house, job.id)
    assert site.row(job).status == "FAILED"
    assert "no longer kept" in site.row(job).error_message
    plant.check(site)


def test_a_table_that_is_deleted_under_its_job(quiet):
    site = quiet_site(quiet)
    job = site.hand_in()
    dataset = datasets.load(site.house.store.database, site.dataset)
    reader = site.row(replace(job, id=dataset.ingest_job_id))
    shutil.rmtree(site.house.store.artifacts.path(reader.artifact_folder))
    perform_with(site.house, job.id)
    assert site.row(job).status == "FAILED"
    assert "no longer kept" in site.row(job).error_message


def test_a_process_that_is_killed_at_any_step_of_publishing_shows_no_partial_file(quiet):
    site = quiet_site(quiet)
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.sealing", site.dataset],
        env=worker_environment(site.house.settings),
        stdout=subprocess.PIPE,
        check=True,
    )
    *killed, last = [jobs.load(site.house.store.database, each) for each in json.loads(done.stdout)]
    assert len(killed) > 15
    assert last.status == Status.COMPLETED
    assert {job.status for job in killed} == {"PROCESSING", "COMPLETED"}
    for job in killed:
        if job.status == "COMPLETED":
            plant.check_files(Path(site.house.store.artifacts.path(job.artifact_folder)))
    assert reconcile(site.house).recovered == sum(job.status == "PROCESSING" for job in killed)

    def all_run_again():
        perform_with(site.house, killed[0].id)
        return all(map(site.has_ended, killed))

    within(60, "killed while publishing: all jobs have ended", all_run_again)
    assert {site.row(job).status for job in killed} == {"COMPLETED"}
    plant.check(site)


def test_a_result_that_was_sealed_but_never_named_is_swept(quiet, monkeypatch):
    site = quiet_site(quiet)
    job = site.hand_in()
    _, lease = claims.claim(site.house.store.database, job.id, "elsewhere:1", 25)
    artifacts = site.house.store.artifacts
    folder = artifacts.scratch_folder(lease.scratch)
    (folder / "report.json").write_text("{}")
    artifacts.seal(folder, lease.folder)
    submit.cancel(site.house, OWNER, job.id)
    monkeypatch.setattr(kept, "UNSEALED_SECONDS", -1.0)
    assert retain(site.house).nameless == 1
    plant.check(site)
