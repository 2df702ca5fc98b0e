"""Every Parquet type becomes text that loses nothing."""

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from store.readers import read_table
from tests.store.readers.files import cells

NOON = dt.datetime(2020, 1, 2, 12, 30)


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
