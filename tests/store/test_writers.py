"""Tables are on disk whole or not at all, and read back as they were."""

import errno
import os
from contextlib import contextmanager

import polars as pl
import pytest

from store.readers import Reading, read_table
from store.writers import replacing, write_csv, write_parquet
from tests.tables import assert_table, table, values

TEXTS = Reading(header=True, delimiter=",")

AWKWARD = table(
    name=["a,b", 'say "hi"', "x\r\ny", "\r", " pad ", "é\u2028"],
    note=[None, "", "'", "\t", "=1+1", ","],
)


def test_csv_reads_back_the_same_with_null_and_empty_text_apart(tmp_path):
    write_csv(AWKWARD, tmp_path / "t.csv")
    assert_table(read_table(tmp_path / "t.csv", "t.csv", Reading(header=True)).table, AWKWARD)


@pytest.mark.parametrize("column", [["x", None], [None, "x"], ["", None, "x"]])
def test_a_single_column_reads_back_with_its_nulls(tmp_path, column):
    write_csv(table(a=column), tmp_path / "t.csv")
    assert_table(read_table(tmp_path / "t.csv", "t.csv").table, table(a=column))


def test_parquet_keeps_row_ids_and_types(tmp_path):
    typed = AWKWARD.with_columns(n=pl.Series([1.5, None, 2.0, 3.0, 4.0, 5.0]))
    write_parquet(typed, tmp_path / "t.parquet")
    assert_table(pl.read_parquet(tmp_path / "t.parquet"), typed)


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("plain", "plain"),
        ("-5", "-5"),
        ("+1.234,50", "+1.234,50"),
        ("-1e5", "-1e5"),
        ("-12 %", "-12 %"),
        ("+49 30 23125-000", "+49 30 23125-000"),
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-1+A1", "'-1+A1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("＝1", "'＝1"),
    ],
)
def test_a_safe_export_disarms_formulas_and_leaves_numbers(tmp_path, cell, written):
    write_csv(table(a=[cell]), tmp_path / "t.csv", safe=True)
    assert values(read_table(tmp_path / "t.csv", "t.csv", TEXTS).table, "a") == [written]


def test_a_safe_export_disarms_column_names_and_leaves_numeric_columns(tmp_path):
    before = table(**{"=a": ["x"]}).with_columns(n=pl.Series([-5]))
    write_csv(before, tmp_path / "t.csv", safe=True)
    assert (tmp_path / "t.csv").read_text() == "'=a,n\nx,-5\n"


def test_a_raw_export_changes_nothing(tmp_path):
    write_csv(table(a=["=1+1"]), tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text() == "a\n=1+1\n"


def test_after_an_error_the_old_file_is_there_and_nothing_else(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("old")
    with pytest.raises(FileNotFoundError):
        write_half(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def write_half(path):
    """Fail in the middle of writing."""
    with replacing(path) as temporary:
        temporary.write_text("half")
        (path.parent / "missing").read_text()


@pytest.mark.skipif(os.name != "posix", reason="modes are a POSIX notion")
def test_files_are_readable_by_their_owner_only(tmp_path):
    write_csv(table(a=["x"]), tmp_path / "t.csv")
    assert (tmp_path / "t.csv").stat().st_mode & 0o777 == 0o600


@contextmanager
def small_disk(size):
    """Files of this process cannot grow over so many bytes, which ends as a full disk does."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("write", [write_parquet, write_csv])
@pytest.mark.parametrize("rows", [1_000, 100_000])
def test_a_disk_without_room_is_an_error_of_the_system_with_its_number(tmp_path, write, rows):
    large = table(number=[str(number * 7919 % 100_003) for number in range(rows)])
    with small_disk(1_000), pytest.raises(OSError, match="too large") as raised:
        write(large, tmp_path / "t")
    assert raised.value.errno == errno.EFBIG
    assert list(tmp_path.iterdir()) == []
