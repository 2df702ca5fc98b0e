"""Every Parquet type becomes text that loses nothing."""

import datetime as dt
import os
import pickle
from decimal import Decimal

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import UnreadableFile
from store.readers import Reading, open_stream, read_table
from tests.store.readers.files import cells
from tests.store.readers.test_arrow import CALM, COLUMNS, ROWS, table_of, text_of

NOON = dt.datetime(2020, 1, 2, 12, 30)


class Canary:
    """Makes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


def read_column(folder, values, kind=None):
    """The texts of one column, written to Parquet and read back."""
    path = folder / "upload"
    pq.write_table(pa.table({"a": pa.array(values, kind)}), path)
    return [row[0] for row in cells(read_table(path, "a.parquet").table)[1:]]


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (7, pa.int8(), "7"),
        (2**63, pa.uint64(), "9223372036854775808"),
        (0.1, pa.float64(), "0.1"),
        (1.0, pa.float64(), "1.0"),
        (True, pa.bool_(), "true"),
        ("", pa.string(), ""),
        (dt.date(2020, 1, 2), pa.date32(), "2020-01-02"),
        (NOON, pa.timestamp("us"), "2020-01-02 12:30:00"),
        (NOON.replace(microsecond=5), pa.timestamp("us"), "2020-01-02 12:30:00.000005"),
        (NOON, pa.timestamp("ms", "UTC"), "2020-01-02 12:30:00Z"),
        (dt.time(1, 2), pa.time64("us"), "01:02:00"),
        (Decimal("1.50"), pa.decimal128(5, 2), "1.50"),
        (b"\xff\x00", pa.binary(), "ff00"),
        ([1, 2], pa.list_(pa.int64()), "[1,2]"),
        ({"x": 1}, pa.struct({"x": pa.int64()}), '{"x":1}'),
        ("a", pa.dictionary(pa.int8(), pa.string()), "a"),
    ],
)
def test_a_value_as_text(tmp_path, value, kind, text):
    assert read_column(tmp_path, [value, None], kind) == [text, None]


def test_columns_of_equal_names_are_kept_apart(tmp_path):
    path = tmp_path / "upload"
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    pq.write_table(table, path)
    assert cells(read_table(path, "a.parquet").table) == [["a", "a_2"], ["1", "2"]]


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (0.1, pa.float32(), "0.1"),
        (1.0, pa.float32(), "1.0"),
        (0.5, pa.float16(), "0.5"),
        (NOON, pa.timestamp("ms", "Europe/Berlin"), "2020-01-02 13:30:00+0100"),
        ("a", pa.string_view(), "a"),
    ],
)
def test_a_value_of_a_rarer_type_as_text(tmp_path, value, kind, text):
    assert read_column(tmp_path, [value, None], kind) == [text, None]


@given(rows=ROWS, group=st.integers(1, 5))
@CALM
def test_every_cell_comes_back_as_text(tmp_path, rows, group):
    path = tmp_path / "upload"
    pq.write_table(table_of(rows), path, row_group_size=group)
    again = pl.read_parquet(path).rows()
    expected = [list(COLUMNS), *([text_of(value) for value in row] for row in again)]
    assert cells(read_table(path, "a.parquet").table) == expected


def test_a_large_file_comes_in_blocks(tmp_path):
    path = tmp_path / "upload"
    pq.write_table(pa.table({"a": pa.array(range(150_000))}), path)
    stream = open_stream(path, "a.parquet", Reading(), tmp_path)
    heights = [block.height for block in stream.blocks]
    assert sum(heights) == 150_000
    assert max(heights) <= 65_536
    assert stream.close().dialect["rows_read"] == 150_000


def test_damage_in_a_later_row_group_is_refused(tmp_path):
    path = tmp_path / "upload"
    pq.write_table(
        pa.table({"a": [f"some text {n}" for n in range(4_000)]}),
        path,
        row_group_size=1_000,
        use_dictionary=False,
        compression="zstd",
    )
    content = bytearray(path.read_bytes())
    middle = pq.ParquetFile(path).metadata.row_group(2).column(0).data_page_offset
    content[middle : middle + 200] = b"\xff" * 200
    path.write_bytes(content)
    with pytest.raises(UnreadableFile) as caught:
        read_table(path, "a.parquet")
    assert caught.value.reason == "corrupt"


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_a_file_that_is_cut_off_is_refused(tmp_path, share):
    path = tmp_path / "upload"
    pq.write_table(pa.table({"a": list(range(1_000))}), path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(UnreadableFile) as caught:
        read_table(path, "a.parquet")
    assert caught.value.reason == "corrupt"


@pytest.mark.parametrize("length", [0, 2**31 - 1, 2**32 - 1])
def test_a_footer_of_a_wrong_length_is_refused(tmp_path, length):
    path = tmp_path / "upload"
    pq.write_table(pa.table({"a": [1]}), path)
    path.write_bytes(path.read_bytes()[:-8] + length.to_bytes(4, "little") + b"PAR1")
    with pytest.raises(UnreadableFile) as caught:
        read_table(path, "a.parquet")
    assert caught.value.reason == "corrupt"


def test_a_small_file_that_unpacks_to_far_more_is_refused_unopened(tmp_path, monkeypatch):
    monkeypatch.setattr("store.readers.arrow_text.MAX_UNPACKED_BYTES", 2**20)
    path = tmp_path / "upload"
    column = {"a": ["x" * 2**20] * 8}
    pq.write_table(pa.table(column), path, compression="zstd", use_dictionary=False)
    with pytest.raises(UnreadableFile, match="8 MB") as caught:
        read_table(path, "a.parquet")
    assert caught.value.reason == "too_large_uncompressed"


def test_types_nested_too_deeply_are_refused(tmp_path):
    path = tmp_path / "upload"
    kind = pa.int8()
    for _ in range(40):
        kind = pa.struct({"a": kind})
    pq.write_table(pa.table({"a": pa.array([None], kind)}), path)
    with pytest.raises(UnreadableFile, match="41") as caught:
        read_table(path, "a.parquet")
    assert caught.value.reason == "too_deep"


def test_a_pickle_in_the_metadata_is_never_opened(tmp_path):
    path, canary = tmp_path / "upload", tmp_path / "canary"
    pickled = pickle.dumps(Canary(str(canary)), 0)
    field = pa.field(
        "a",
        pa.int64(),
        metadata={
            b"ARROW:extension:name": b"arrow.py_extension_type",
            b"ARROW:extension:metadata": pickled,
        },
    )
    pq.write_table(pa.table({"a": [1]}, schema=pa.schema([field])), path)
    assert cells(read_table(path, "a.parquet").table) == [["a"], ["1"]]
    assert not canary.exists()
