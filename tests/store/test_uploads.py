"""Uploads on their way: begun, growing, broken off, complete, abandoned; rows and bytes."""

import errno
import stat
import threading

import pytest
from sqlalchemy import update

from core import AssayError, Dataset, IllegalTransition, NotFound, Status, UnreadableFile, new_id
from store import audit, datasets, jobs, turns, uploads
from store.jobs import JobRequest
from store.parts import discard, ids_of_parts, part_of
from store.schema import job as job_table
from store.uploads import Allowance

READ = "read-my-data"
ENOUGH = Allowance(quota_mb=100, at_once=4)
MB = 2**20


def dataset_of(size=10, owner="ann", name="big.csv") -> Dataset:
    key = f"datasets/{new_id()}/upload"
    return Dataset(key.split("/")[1], owner, name, size, "", key, {}, None, None, None, 0.0)


@pytest.fixture
def begin(store):
    def begin(size=10, owner="ann", allowance=ENOUGH):
        dataset = dataset_of(size, owner)
        request = JobRequest(owner, dataset.id, READ, {"reading": {}})
        return uploads.begin(store.database, dataset, request, allowance)

    return begin


def status(store, job):
    return jobs.load(store.database, job.id).status


def age(store, job, seconds):
    """Let a job be changed last so many seconds ago."""
    with store.database.write() as connection:
        before = store.database.now(connection) - seconds
        connection.execute(
            update(job_table).where(job_table.c.id == job.id).values(updated_at=before)
        )


def test_a_new_upload_waits_for_its_first_byte(store, begin):
    dataset, job = begin()
    assert (job.status, dataset.sha256) == (Status.CREATED, "")
    assert turns.startable(store.database, 0) == ()


def test_an_upload_goes_from_its_first_chunk_to_the_queue(store, begin):
    _, job = begin(size=10)
    assert uploads.received(store.database, job.id, 40.0).progress == 40.0
    assert status(store, job) == Status.UPLOADING
    queued = uploads.complete(store.database, job, 10, "f" * 64)
    assert (queued.status, queued.progress) == (Status.QUEUED, 0.0)
    dataset = datasets.load(store.database, job.dataset_id)
    assert (dataset.bytes, dataset.sha256) == (10, "f" * 64)
    assert [event.action for event in audit.recent(store.database)] == ["upload"]


def test_a_broken_upload_says_why_and_can_be_resumed(store, begin):
    _, job = begin()
    uploads.received(store.database, job.id, 10.0)
    uploads.failed(store.database, job.id, UnreadableFile("disk_full", "There is no room."))
    broken = jobs.load(store.database, job.id)
    assert (broken.status, broken.error_code) == (Status.UPLOAD_FAILED, "DISK_FULL")
    resumed = uploads.received(store.database, job.id, 10.0)
    assert (resumed.status, resumed.error_message) == (Status.UPLOADING, None)


@pytest.mark.parametrize("end", ["cancel", "complete", "expire"])
def test_nothing_more_arrives_after_the_end(store, begin, end):
    _, job = begin()
    uploads.received(store.database, job.id, 10.0)
    if end == "cancel":
        jobs.cancel(store.database, "ann", job.id)
    elif end == "complete":
        uploads.complete(store.database, job, 10, "f" * 64)
    else:
        age(store, job, 3600)
        uploads.expire(store.database, 15)
    with pytest.raises(IllegalTransition, match="choose the file again"):
        uploads.received(store.database, job.id, 20.0)
    with pytest.raises(IllegalTransition):
        uploads.complete(store.database, job, 10, "f" * 64)


def test_the_quota_counts_what_is_held_and_what_is_announced(store, begin):
    allowance = Allowance(quota_mb=10, at_once=9)
    _, held = begin(4 * MB, allowance=allowance)
    uploads.received(store.database, held.id, 100.0)
    uploads.complete(store.database, held, 4 * MB, "f" * 64)
    _, announced = begin(4 * MB, allowance=allowance)
    with pytest.raises(AssayError, match="10 MB") as refused:
        begin(4 * MB, allowance=allowance)
    assert refused.value.code == "UPLOAD_QUOTA"
    jobs.cancel(store.database, "ann", announced.id)
    begin(4 * MB, allowance=allowance)


def test_the_quota_of_one_user_is_not_that_of_another(begin):
    small = Allowance(quota_mb=5, at_once=9)
    begin(4 * MB, "ann", small)
    begin(4 * MB, "ben", small)


def test_too_many_uploads_at_once_are_refused_with_their_number(begin):
    for _ in range(2):
        begin(allowance=Allowance(100, at_once=2))
    with pytest.raises(AssayError, match="2 of your uploads") as refused:
        begin(allowance=Allowance(100, at_once=2))
    assert refused.value.code == "TOO_MANY_UPLOADS"
    begin(owner="ben", allowance=Allowance(100, at_once=2))


def test_an_upload_that_stands_still_expires_and_one_that_moves_does_not(store, begin):
    (_, still), (_, moving) = begin(), begin()
    for job in (still, moving):
        age(store, job, 16 * 60)
    uploads.received(store.database, moving.id, 50.0)
    assert [job.id for job in uploads.expire(store.database, 15)] == [still.id]
    expired = jobs.load(store.database, still.id)
    assert (expired.status, expired.error_code) == (Status.EXPIRED, "UPLOAD_EXPIRED")
    assert "15 minutes" in expired.error_message
    assert status(store, moving) == Status.UPLOADING


def test_a_job_that_waits_for_another_job_is_no_upload(store, add_dataset):
    dataset = add_dataset(owner="ann")
    first = jobs.submit(store.database, JobRequest("ann", dataset.id, "clean-my-data"))
    second = jobs.submit(
        store.database, JobRequest("ann", dataset.id, "profile-my-data", after_job_id=first.id)
    )
    age(store, second, 3600)
    assert uploads.expire(store.database, 15) == ()
    assert status(store, second) == Status.CREATED


@pytest.mark.parametrize("given_up", [True, False])
def test_lists_do_not_show_an_upload_that_was_given_up(store, begin, given_up):
    dataset, job = begin()
    if given_up:
        jobs.cancel(store.database, "ann", job.id)
    assert len(datasets.recent(store.database, "ann")) == (0 if given_up else 1)
    assert datasets.get(store.database, "ann", dataset.id).name == "big.csv"


def test_a_dataset_whose_job_was_cancelled_keeps_its_place_in_the_list(store, add_dataset):
    dataset = add_dataset(owner="ann")
    job = jobs.submit(store.database, JobRequest("ann", dataset.id, "clean-my-data"))
    jobs.cancel(store.database, "ann", job.id)
    assert [one.id for one in datasets.recent(store.database, "ann")] == [dataset.id]


def test_an_upload_is_found_only_by_its_owner(store, begin):
    dataset, job = begin()
    assert uploads.find(store.database, "ann", dataset.id)[1].id == job.id
    with pytest.raises(NotFound):
        uploads.find(store.database, "ben", dataset.id)


def test_uploads_on_their_way_are_told_from_others(store, begin):
    (waiting, _), (ended, job) = begin(), begin()
    jobs.cancel(store.database, "ann", job.id)
    found = uploads.on_their_way(store.database, [waiting.id, ended.id, "unknown"])
    assert found == {waiting.id}


@pytest.fixture
def part(store):
    return part_of(store.artifacts, "some-id")


def append(part, content, room=100):
    chunk = part.lock()
    chunk.offset, chunk.room = part.have() or 0, room
    try:
        chunk.write(content)
    finally:
        chunk.close()


def test_a_part_grows_at_its_end_and_is_private(part):
    assert part.have() is None
    append(part, b"abc")
    append(part, b"def")
    assert part.path.read_bytes() == b"abcdef"
    assert stat.S_IMODE(part.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(part.folder.stat().st_mode) == 0o700


def test_a_part_is_written_by_one_at_a_time(part):
    chunk = part.lock()
    with pytest.raises(AssayError, match="wait a moment") as refused:
        part.lock()
    assert refused.value.code == "UPLOAD_BUSY"
    chunk.close()
    part.lock().close()


def test_of_many_who_want_to_write_at_once_one_may(part):
    got = []
    together = threading.Barrier(8)

    def try_it():
        together.wait()
        try:
            got.append(part.lock())
        except AssayError:
            got.append(None)

    threads = [threading.Thread(target=try_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [chunk] = [one for one in got if one]
    chunk.close()


def test_a_chunk_never_writes_more_than_it_may(part):
    append(part, b"abc")
    chunk = part.lock()
    chunk.offset, chunk.room = 3, 4
    chunk.write(b"defg")
    with pytest.raises(UnreadableFile, match="More bytes") as refused:
        chunk.write(b"h")
    assert refused.value.reason == "too_large"
    chunk.undo()
    chunk.close()
    assert part.path.read_bytes() == b"abc"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_a_sentence(part, monkeypatch, number):
    def full(file, block):
        raise OSError(number, "no room")

    monkeypatch.setattr("store.parts.write_all", full)
    with pytest.raises(UnreadableFile, match="no room left") as refused:
        append(part, b"abc")
    assert refused.value.code == "DISK_FULL"


def test_a_link_in_the_place_of_a_part_is_not_followed(part, tmp_path):
    victim = tmp_path / "victim"
    victim.write_bytes(b"keep me")
    part.folder.mkdir(parents=True)
    part.path.symlink_to(victim)
    with pytest.raises(AssayError):
        append(part, b"abc")
    assert victim.read_bytes() == b"keep me"


def test_a_discarded_upload_leaves_no_byte(store, part):
    append(part, b"abc")
    assert list(ids_of_parts(store.artifacts)) == ["some-id"]
    discard(store.artifacts, "some-id")
    assert not list(ids_of_parts(store.artifacts))
