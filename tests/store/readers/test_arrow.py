"""Arrow and Feather files give the same texts as Parquet; what they declare is checked first."""

import struct
import warnings
from contextlib import suppress

import polars as pl
import pyarrow as pa
import pyarrow.feather as feather
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import UnreadableFile
from store.readers import read_table
from tests.store.readers.files import cells, codes, read

CALM = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
TEXTS = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
INTEGERS = st.none() | st.integers(-(2**63), 2**63 - 1)
FLOATS = st.none() | st.floats()
COLUMNS = {"text": pa.string(), "integer": pa.int64(), "float": pa.float64(), "word": pa.bool_()}
ROWS = st.lists(st.tuples(TEXTS, INTEGERS, FLOATS, st.none() | st.booleans()), min_size=1)


def table_of(rows):
    """An Arrow table of one column for each type."""
    columns = zip(*rows, strict=True)
    return pa.table(
        {
            name: pa.array(values, kind)
            for (name, kind), values in zip(COLUMNS.items(), columns, strict=True)
        }
    )


def written(table, stream=False, compression=None):
    """The bytes of an Arrow file or stream."""
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression=compression)
    open_new = pa.ipc.new_stream if stream else pa.ipc.new_file
    with open_new(sink, table.schema, options=options) as writer:
        writer.write(table)
    return sink.getvalue().to_pybytes()


def text_of(value):
    """The text of a value, told from what polars reads."""
    if isinstance(value, bool):
        return str(value).lower()
    return value if value is None else str(value)


@pytest.mark.parametrize("stream", [False, True], ids=["file", "stream"])
@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
@given(rows=ROWS)
@CALM
def test_every_cell_comes_back_as_text(tmp_path, stream, compression, rows):
    content = written(table_of(rows), stream, compression)
    again = (pl.read_ipc_stream if stream else pl.read_ipc)(content)
    expected = [list(COLUMNS), *([text_of(value) for value in row] for row in again.rows())]
    assert cells(read(tmp_path, content, "data.arrow").table) == expected


@pytest.mark.parametrize("version", [1, 2])
def test_both_versions_of_feather_load(tmp_path, version):
    path = tmp_path / "upload"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        feather.write_feather(pa.table({"a": [1, None], "b": ["x", "é"]}), path, version=version)
    found = cells(read_table(path, "data.feather").table)
    assert found == [["a", "b"], ["1", "x"], [None, "é"]]


def test_many_batches_and_their_dictionaries_are_read(tmp_path):
    path = tmp_path / "upload"
    batches = [pa.table({"a": pa.array([f"w{n}"]).dictionary_encode()}) for n in range(3)]
    with pa.ipc.new_stream(path, batches[0].schema) as writer:
        for batch in batches:
            writer.write(batch)
    assert cells(read_table(path, "data.arrow").table) == [["a"], ["w0"], ["w1"], ["w2"]]


def test_a_file_without_rows_is_an_empty_table_and_said_to_be_one(tmp_path):
    result = read(tmp_path, written(pa.table({"a": pa.array([], pa.string())})), "data.arrow")
    assert cells(result.table) == [["a"]]
    assert "read.no-rows" in codes(result)


@pytest.mark.parametrize("stream", [False, True], ids=["file", "stream"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_file_that_is_cut_off_is_refused(tmp_path, stream, share):
    content = written(pa.table({"a": list(range(2_000)), "b": ["x"] * 2_000}), stream)
    with pytest.raises(UnreadableFile) as caught:
        read(tmp_path, content[: int(len(content) * share)], "data.arrow")
    assert caught.value.reason == "corrupt"


def test_a_compressed_buffer_that_claims_gigabytes_is_refused_unopened(tmp_path):
    content = written(pa.table({"a": [7] * 100_000}), compression="zstd")
    lying = content.replace(struct.pack("<q", 800_000), struct.pack("<q", 2**33))
    assert lying != content
    with pytest.raises(UnreadableFile, match="8,192 MB") as caught:
        read(tmp_path, lying, "data.arrow")
    assert caught.value.reason == "too_large_uncompressed"


def test_rows_without_bytes_are_refused(tmp_path):
    content = written(pa.table({"a": pa.nulls(1_000)}))
    lying = content.replace(struct.pack("<q", 1_000), struct.pack("<q", 10**12))
    with pytest.raises(UnreadableFile) as caught:
        read(tmp_path, lying, "data.arrow")
    assert caught.value.reason == "too_large_uncompressed"


def test_offsets_outside_the_data_are_refused(tmp_path):
    content = written(pa.table({"a": ["one", "two"]}))
    lying = content.replace(struct.pack("<iii", 0, 3, 6), struct.pack("<iii", 0, 3, 2**30))
    assert lying != content
    with pytest.raises(UnreadableFile) as caught:
        read(tmp_path, lying, "data.arrow")
    assert caught.value.reason == "corrupt"


@given(place=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255))
@settings(CALM, derandomize=True)
def test_a_flipped_byte_loads_or_is_refused(tmp_path, place, byte):
    content = bytearray(written(pa.table({"a": [1, 2, 3], "b": ["x", None, "y"]})))
    content[int(place * len(content))] = byte
    with suppress(UnreadableFile):
        assert read(tmp_path, bytes(content), "data.arrow").table.width == 3
