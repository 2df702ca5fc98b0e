"""A file comes in chunks, whatever happens between them, and is the same file at the end."""

import hashlib
import io
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import update

from core import (
    AssayError,
    DatasetError,
    IllegalTransition,
    NotFound,
    Settings,
    Status,
    UnreadableFile,
)
from queue_jobs import JobQueue, submit, upload
from queue_jobs.perform import perform_with
from queue_jobs.reconcile import reconcile
from store import datasets, jobs, open_store, parts
from store.parts import WrongOffset
from store.schema import job as job_table

CSV = b"id,city\n1,Rome\n2,Oslo\n"


class Silent:
    """A doorbell that notes who rang."""

    def __init__(self):
        self.rung = []

    def ring(self, job_id):
        self.rung.append(job_id)
        return True

    def stop(self, job_id):
        return


@pytest.fixture
def settings(tmp_path):
    return Settings(data_dir=tmp_path / "data", use_queue=False)


@pytest.fixture
def queue(settings, store):
    return JobQueue(settings, store, Silent())


SIZE = len(CSV)


def begin(queue, size=SIZE, name="big.csv"):
    return upload.begin(queue, "ann", name, size)


def fresh(queue, begun):
    return upload.find(queue, "ann", begun.dataset.id)


def send(queue, begun, content, offset, *, is_last=False, cut=None):
    """One request of a browser; `cut` ends the connection after so many bytes."""
    current = fresh(queue, begun)
    chunk = upload.open_chunk(queue, current, offset)
    try:
        chunk.write(content[:cut])
        return upload.arrived(queue, current, is_last=is_last and cut is None)
    except UnreadableFile as error:
        upload.fail(queue, current, chunk, error)
        raise
    finally:
        chunk.close()


def have(queue, begun):
    return upload.have(queue, fresh(queue, begun))


def stored(queue, begun):
    return queue.store.artifacts.read(begun.dataset.key)


def nothing_is_left(queue, begun):
    folder = begun.dataset.key.rpartition("/")[0]
    return not begun.part.folder.exists() and not queue.store.artifacts.exists(folder)


def age(queue, begun, minutes):
    """Let the last chunk have come so many minutes ago."""
    with queue.store.database.write() as connection:
        before = queue.store.database.now(connection) - minutes * 60
        same = job_table.c.id == begun.job.id
        connection.execute(update(job_table).where(same).values(updated_at=before))


def test_a_file_in_two_chunks_is_read_like_any_other(queue):
    begun = begin(queue)
    assert begun.job.status == Status.CREATED
    assert send(queue, begun, CSV[:9], 0).job.status == Status.UPLOADING
    done = send(queue, begun, CSV[9:], 9, is_last=True)
    assert done.is_complete
    assert queue.doorbell.rung == [begun.job.id]
    assert done.dataset.sha256 == hashlib.sha256(CSV).hexdigest()
    assert stored(queue, begun) == CSV
    perform_with(queue, begun.job.id)
    read = datasets.load(queue.store.database, begun.dataset.id)
    assert (read.rows, read.columns) == (2, 2)


@pytest.mark.parametrize(
    ("size", "reason", "said"),
    [(0, "empty", "is empty"), (-1, "empty", "is empty"), (9 * 2**30, "too_large", "8,192 MB")],
)
def test_an_impossible_size_is_refused_before_a_byte_is_sent(queue, size, reason, said):
    with pytest.raises(UnreadableFile, match=said) as refused:
        begin(queue, size)
    assert refused.value.reason == reason
    assert datasets.recent(queue.store.database, "ann") == ()


def test_a_disk_that_is_too_small_is_said_before_a_byte_is_sent(queue, monkeypatch):
    usage = type("Usage", (), {"free": 10})
    monkeypatch.setattr(upload.shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(UnreadableFile, match="no room") as refused:
        begin(queue)
    assert refused.value.reason == "disk_full"


def test_a_hostile_name_is_only_a_text(queue):
    begun = begin(queue, name="../../\x00etc/\ud800passwd" + "x" * 300)
    send(queue, begun, CSV, 0)
    assert begun.dataset.key == f"datasets/{begun.dataset.id}/upload"
    assert len(fresh(queue, begun).dataset.name) == datasets.MAX_NAME


def test_a_small_file_counts_towards_the_quota_too(queue):
    tight = replace(queue, settings=replace(queue.settings, upload_quota_mb=1))
    with pytest.raises(AssayError, match="1 MB") as refused:
        submit.upload(tight, "ann", "x.csv", io.BytesIO(b"x" * (2**20 + 1)), {})
    assert refused.value.code == "UPLOAD_QUOTA"
    assert not list(Path(tight.store.artifacts.root).glob("datasets/*"))


@pytest.mark.parametrize("offset", [0, 8, 10, len(CSV)])
def test_a_chunk_at_another_offset_changes_nothing_and_says_the_right_one(queue, offset):
    begun = begin(queue)
    send(queue, begun, CSV[:9], 0)
    with pytest.raises(WrongOffset) as refused:
        send(queue, begun, CSV[offset:], offset)
    assert refused.value.have == 9
    assert have(queue, begun) == 9


def test_a_chunk_that_was_cut_off_goes_on_where_it_broke(queue):
    begun = begin(queue)
    send(queue, begun, CSV, 0, cut=5, is_last=True)
    assert have(queue, begun) == 5
    assert send(queue, begun, CSV[5:], 5, is_last=True).is_complete
    assert stored(queue, begun) == CSV


def test_two_chunks_at_once_are_one_too_many(queue):
    begun = begin(queue)
    chunk = upload.open_chunk(queue, begun, 0)
    with pytest.raises(AssayError) as refused:
        upload.open_chunk(queue, begun, 0)
    assert refused.value.code == "UPLOAD_BUSY"
    chunk.close()
    assert send(queue, begun, CSV, 0).is_complete


def test_more_than_was_announced_is_refused_and_the_upload_can_be_resumed(queue):
    begun = begin(queue)
    send(queue, begun, CSV[:9], 0)
    with pytest.raises(UnreadableFile) as refused:
        send(queue, begun, CSV[9:] + b"!", 9)
    assert refused.value.reason == "too_large"
    assert fresh(queue, begun).job.status == Status.UPLOAD_FAILED
    assert have(queue, begun) == 9
    assert send(queue, begun, CSV[9:], 9).is_complete


def test_less_than_was_announced_is_said_at_the_end(queue):
    begun = begin(queue)
    with pytest.raises(UnreadableFile, match=f"Only 9 of the {len(CSV)} bytes"):
        send(queue, begun, CSV[:9], 0, is_last=True)
    broken = fresh(queue, begun).job
    assert broken.status == Status.UPLOAD_FAILED
    assert "Choose it again" in broken.error_message


def test_a_full_disk_keeps_what_was_there_before(queue, monkeypatch):
    begun = begin(queue)
    send(queue, begun, CSV[:9], 0)
    with monkeypatch.context() as patched:
        patched.setattr("store.parts.write_all", full_after_two_bytes)
        with pytest.raises(UnreadableFile):
            send(queue, begun, CSV[9:], 9)
    assert fresh(queue, begun).job.error_code == "DISK_FULL"
    assert have(queue, begun) == 9
    assert send(queue, begun, CSV[9:], 9).is_complete
    assert stored(queue, begun) == CSV


def full_after_two_bytes(file, block):
    file.write(block[:2])
    raise OSError(28, "no space left on device")


def test_a_last_answer_that_was_lost_is_given_again(queue):
    begun = begin(queue)
    send(queue, begun, CSV, 0)
    with pytest.raises(WrongOffset) as refused:
        send(queue, begun, CSV, 0)
    assert refused.value.have == len(CSV)
    again = upload.begin_or_resume(queue, "ann", "big.csv", len(CSV), begun.dataset.id)
    assert again.is_complete
    assert queue.doorbell.rung == [begun.job.id]


def test_a_crash_between_file_and_row_is_mended_by_the_next_request(queue, monkeypatch):
    begun = begin(queue)

    def crash(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(upload.uploads, "complete", crash)
        with pytest.raises(KeyboardInterrupt):
            send(queue, begun, CSV, 0)
    assert have(queue, begun) == len(CSV)
    assert send(queue, begun, b"", len(CSV)).is_complete
    assert stored(queue, begun) == CSV


@pytest.mark.parametrize(
    ("owner", "name", "size"),
    [("ben", "big.csv", 23), ("ann", "other.csv", 23), ("ann", "big.csv", 24)],
)
def test_only_the_same_file_of_the_same_user_is_resumed(queue, owner, name, size):
    begun = begin(queue, 23)
    other = upload.begin_or_resume(queue, owner, name, size, begun.dataset.id)
    assert other.dataset.id != begun.dataset.id
    same = upload.begin_or_resume(queue, "ann", "big.csv", 23, begun.dataset.id)
    assert same.dataset.id == begun.dataset.id
    with pytest.raises(NotFound):
        upload.find(queue, "ben", begun.dataset.id)


def test_cancelling_deletes_what_has_come(queue):
    begun = begin(queue)
    send(queue, begun, CSV[:9], 0)
    submit.cancel(queue, "ann", begun.job.id)
    assert nothing_is_left(queue, begun)
    with pytest.raises(IllegalTransition):
        send(queue, begun, CSV[:9], 0)
    anew = upload.begin_or_resume(queue, "ann", "big.csv", len(CSV), begun.dataset.id)
    assert anew.dataset.id != begun.dataset.id


def test_cancelling_in_the_middle_of_a_chunk_leaves_nothing(queue):
    begun = begin(queue)
    chunk = upload.open_chunk(queue, begun, 0)
    submit.cancel(queue, "ann", begun.job.id)
    chunk.write(CSV)
    with pytest.raises(IllegalTransition):
        upload.arrived(queue, begun, is_last=True)
    chunk.close()
    assert nothing_is_left(queue, begun)
    assert queue.doorbell.rung == []


def test_cancelling_a_later_job_keeps_the_file(queue):
    begun = begin(queue)
    send(queue, begun, CSV, 0)
    [job] = submit.start(queue, "ann", begun.dataset.id, ["profile"], {})
    submit.cancel(queue, "ann", job.id)
    assert stored(queue, begun) == CSV


def test_no_tool_starts_before_the_file_is_here(queue):
    begun = begin(queue)
    send(queue, begun, CSV[:9], 0)
    with pytest.raises(DatasetError, match=r"'big\.csv' is not here yet"):
        submit.start(queue, "ann", begun.dataset.id, ["profile"], {})
    assert jobs.search(queue.store.database, "ann").total == 1


def test_deleting_the_dataset_deletes_what_has_come(queue):
    begun = begin(queue)
    send(queue, begun, CSV[:9], 0)
    submit.delete(queue, "ann", begun.dataset.id)
    assert nothing_is_left(queue, begun)


def test_an_abandoned_upload_expires_and_leaves_no_file(queue):
    begun = begin(queue)
    send(queue, begun, CSV[:9], 0)
    reconcile(queue)
    assert have(queue, begun) == 9
    age(queue, begun, 16)
    assert reconcile(queue).swept == 1
    assert fresh(queue, begun).job.status == Status.EXPIRED
    assert nothing_is_left(queue, begun)
    assert datasets.recent(queue.store.database, "ann") == ()


def test_bytes_without_a_row_are_deleted(queue):
    orphan = parts.part_of(queue.store.artifacts, "nobody")
    orphan.folder.mkdir(parents=True)
    orphan.path.write_bytes(b"left over")
    assert upload.expire(queue) == 1
    assert not orphan.folder.exists()


KILLED = """
import os, signal, sys
from pathlib import Path
from core import Settings
from queue_jobs import open_queue, upload
queue = open_queue(Settings(data_dir=Path(sys.argv[1]), use_queue=False))
begun = upload.begin(queue, "ann", "big.csv", int(sys.argv[2]))
chunk = upload.open_chunk(queue, begun, 0)
chunk.write(b"id,city")
print(begun.dataset.id, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_process_loses_no_byte_and_no_lock(queue, settings):
    done = subprocess.run(
        [sys.executable, "-c", KILLED, settings.data_dir, str(SIZE)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == -signal.SIGKILL
    begun = upload.find(queue, "ann", done.stdout.split()[-1])
    assert have(queue, begun) == 7
    assert send(queue, begun, CSV[7:], 7, is_last=True).is_complete
    assert stored(queue, begun) == CSV


def test_a_remote_store_gets_the_file_when_it_is_complete(settings):
    remote = replace(settings, storage_url="memory://assay")
    queue = JobQueue(remote, open_store(remote), Silent())
    begun = begin(queue)
    send(queue, begun, CSV[:9], 0)
    assert not queue.store.artifacts.exists(begun.dataset.key)
    assert send(queue, begun, CSV[9:], 9).dataset.sha256 == hashlib.sha256(CSV).hexdigest()
    assert stored(queue, begun) == CSV
    assert not begun.part.folder.exists()


requests = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(0, 60)),  # the offset; None: where the server is
        st.integers(1, 30),  # bytes in the chunk
        st.one_of(st.none(), st.integers(0, 30)),  # the connection is cut after so many
    ),
    max_size=8,
)


@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.binary(min_size=1, max_size=60), requests=requests)
def test_any_chunks_in_any_order_give_the_same_file(queue, content, requests):
    begun = begin(queue, len(content))
    for offset, size, cut in [*requests, (None, len(content), None)]:
        at = have(queue, begun) if offset is None else offset
        with suppress(WrongOffset):
            send(queue, begun, content[at : at + size], at, cut=cut)
    assert fresh(queue, begun).dataset.sha256 == hashlib.sha256(content).hexdigest()
    assert stored(queue, begun) == content
    assert fresh(queue, begun).job.status == Status.QUEUED
    jobs.cancel(queue.store.database, "ann", begun.job.id)
