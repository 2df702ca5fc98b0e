"""What the data folder takes of its disk."""

import pytest

from core import Settings
from queue_jobs import disk


@pytest.fixture
def settings(tmp_path):
    return Settings(data_dir=tmp_path)


def write(path, size):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)


def test_there_is_room_on_a_disk(settings):
    room = disk.room(settings)
    assert 0 <= room.free <= room.total


def test_an_empty_folder_takes_nothing(settings):
    assert disk.taken(settings) == disk.Taken(results=0, unfinished=0, database=0)


def test_each_part_is_counted_at_any_depth(settings, tmp_path):
    write(tmp_path / "files" / "jobs" / "a" / "1-abc" / "report.json", 10)
    write(tmp_path / "files" / "jobs" / "b" / "1-def" / "table.parquet", 20)
    write(tmp_path / "files" / "datasets" / "d" / "upload", 1_000)
    write(tmp_path / "uploads" / "d" / "part", 3)
    write(tmp_path / "scratch" / "job.x" / "table.csv", 4)
    write(tmp_path / "assay.sqlite3", 5)
    write(tmp_path / "assay.sqlite3-wal", 6)
    assert disk.taken(settings) == disk.Taken(results=30, unfinished=7, database=11)
