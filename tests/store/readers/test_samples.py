"""The samples are small, reproducible and readable."""

import json

import pytest

from samples import SAMPLES, SUPPLIER_MATCHES
from samples.make import files
from store.readers import read_table
from tests.store.readers.files import codes


@pytest.mark.parametrize(("name", "content"), files().items())
def test_the_script_reproduces_each_file_byte_for_byte(name, content):
    path = SUPPLIER_MATCHES.parent / name
    assert path.read_bytes() == content
    assert len(content) < 300_000


@pytest.mark.parametrize(
    ("sample", "shape"),
    list(zip(SAMPLES, [(1_500, 13), (2_000, 10), (600, 10)], strict=True)),
    ids=lambda value: getattr(value, "name", ""),
)
def test_each_sample_is_read_whole(sample, shape):
    result = read_table(sample.path, sample.path.name)
    assert result.table.shape == shape
    assert result.rejected.is_empty()


def test_the_orders_show_the_detection():
    result = read_table(SAMPLES[1].path, "orders.csv")
    assert (result.dialect["delimiter"], result.dialect["encoding"]) == (";", "cp1252")
    assert "read.encoding-guessed" in codes(result)


def test_every_supplier_match_names_one_record_of_each_system():
    ids = {record["id"] for record in json.loads(SAMPLES[2].path.read_text(encoding="utf-8"))}
    matches = read_table(SUPPLIER_MATCHES, "matches.csv").table
    assert matches.height == 210
    assert {*matches["purchasing"], *matches["accounting"]} <= ids
