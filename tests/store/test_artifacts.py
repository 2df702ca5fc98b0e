"""Files appear whole or not at all, and a key never leaves its folder."""

import io
import os

import pytest

from core import NotFound, UnreadableFile


class Broken(io.BytesIO):
    """A stream that breaks after its first block."""

    def read(self, size=-1):
        if self.tell():
            raise ConnectionError("gone")
        return super().read(4)


def test_what_is_saved_can_be_read(store):
    size, checksum = store.artifacts.save("datasets/x/upload", io.BytesIO(b"hello"))
    assert (size, len(checksum)) == (5, 64)
    assert store.artifacts.read("datasets/x/upload") == b"hello"
    with store.artifacts.local("datasets/x/upload") as path:
        assert path.read_bytes() == b"hello"


def test_a_broken_upload_leaves_nothing(store):
    with pytest.raises(ConnectionError):
        store.artifacts.save("datasets/x/upload", Broken(b"12345678"))
    assert not store.artifacts.exists("datasets/x/upload")
    assert list(store.artifacts.scratch.iterdir()) == []


def test_a_folder_is_published_by_one_rename(store):
    folder = store.artifacts.scratch_folder()
    (folder / "a.txt").write_text("a")
    assert not store.artifacts.exists("jobs/j/1-t")
    store.artifacts.seal(folder, "jobs/j/1-t")
    assert store.artifacts.names("jobs/j/1-t") == ("a.txt",)
    assert not folder.exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permission bits")
def test_folders_are_for_this_user_only(store):
    folder = store.artifacts.scratch_folder()
    assert folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("key", ["../secret", "/etc/passwd", "jobs/../../x"])
def test_a_key_that_leaves_the_folder_is_refused(store, key):
    with pytest.raises(NotFound):
        store.artifacts.read(key)


def test_a_missing_file_is_not_found(store):
    with pytest.raises(NotFound, match="no longer kept"):
        store.artifacts.read("jobs/none/report.json")


def test_removing_twice_is_no_error(store):
    store.artifacts.save("datasets/x/upload", io.BytesIO(b"hello"))
    store.artifacts.remove("datasets/x")
    store.artifacts.remove("datasets/x")
    assert not store.artifacts.exists("datasets/x/upload")


def test_any_fsspec_store_serves_the_same(settings):
    from dataclasses import replace

    from store import open_artifacts

    remote = open_artifacts(replace(settings, storage_url="memory://assay-test"))
    assert not remote.is_local
    remote.save("datasets/x/upload", io.BytesIO(b"hello"))
    with remote.local("datasets/x/upload") as path:
        assert path.read_bytes() == b"hello"
    assert remote.names("datasets/x") == ("upload",)
    remote.remove("datasets/x")
    assert not remote.exists("datasets/x/upload")


def test_an_upload_over_the_limit_is_dropped_while_it_comes_in(store):
    with pytest.raises(UnreadableFile, match="more than 1 MB"):
        store.artifacts.save("datasets/x/upload", io.BytesIO(bytes(5 * 2**20)), most=2**20)
    assert not store.artifacts.exists("datasets/x/upload")
    assert list(store.artifacts.scratch.iterdir()) == []


def test_the_scratch_of_one_job_can_be_swept(store):
    mine, other = store.artifacts.scratch_folder("job-a"), store.artifacts.scratch_folder("job-b")
    store.artifacts.sweep("job-a")
    assert (mine.exists(), other.exists()) == (False, True)
