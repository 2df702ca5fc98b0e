"""Cells in the table = cells in the file, by a second reader; rows read + set aside = records."""

import csv
import io
import json
import os
from collections import Counter
from dataclasses import replace
from pathlib import Path

import polars.selectors as cs
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import UnreadableFile, data_columns
from store.readers import ReadResult, read_table
from tests.store.readers.files import cells, read, workbook
from tests.store.readers.second_reader import (
    columns_of_parquet,
    kept_of_text,
    records_of_json,
    rows_of,
    rows_of_records,
    texts_of_xlsx,
    unpacked,
)

CORPORA = Path(os.environ.get("ASSAY_CORPORA", ""))

BROKEN = {
    "blns/blns.txt": "a quote that never closes: there it swallows rows",
    "frictionless/escaping.csv": "a backslash before a quote, in a file that doubles quotes",
    "parquet-testing/data/map_no_value.parquet": "the second reader cannot open it",
    "parquet-testing/data/large_string_map.brotli.parquet": "2 GB that say nothing new",
}
"""Files that have no one meaning, and what the two readers make of them."""

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12)
WORDS = st.lists(st.lists(TEXT, min_size=3, max_size=3), min_size=1, max_size=8)
NAMES = ("first", "second", "third")


def difference(path: Path, result: ReadResult) -> str | None:
    """What a second reader finds otherwise; None when both agree, "skipped" when there is none."""
    match result.dialect["format"]:
        case "csv":
            return first_difference(rows_of(result), kept_of_text(path, result))
        case "json" | "jsonl":
            records = records_of_json(path)
            if records is None:
                return "skipped"
            # Other readers keep only the last value of a repeated key.
            last = replace(result, table=result.table.select(~cs.ends_with(" (earlier)")))
            return first_difference(rows_of(last), rows_of_records(records))
        case "parquet":
            return parquet_difference(path, result)
        case "workbook":
            return workbook_difference(path, result)
    return "skipped"


def first_difference(ours: list, theirs: list) -> str | None:
    """The first row that differs."""
    if len(ours) != len(theirs):
        return f"{len(ours)} rows, the second reader has {len(theirs)}"
    pairs = zip(ours, theirs, strict=True)
    return next((f"row {n}: {a} / {b}" for n, (a, b) in enumerate(pairs) if a != b), None)


def parquet_difference(path: Path, result: ReadResult) -> str | None:
    """The columns that differ."""
    rows, columns = columns_of_parquet(path)
    if rows != result.table.height:
        return f"{result.table.height} rows, the second reader has {rows}"
    ours = set(result.table.columns)
    wrong = [n for n, column in columns.items() if n in ours and column != list(result.table[n])]
    return f"columns {wrong}" if wrong else None


def workbook_difference(path: Path, result: ReadResult) -> str | None:
    """The texts of the sheet that are neither a cell nor a name nor set aside."""
    texts = texts_of_xlsx(path, result.dialect["sheet"])
    if texts is None:
        return "skipped"
    kept = Counter(cell for row in rows_of(result) for cell in row if cell)
    aside = "\n".join([*result.rejected["raw"], *data_columns(result.table)])
    lost = [text for text, n in texts.items() if kept[text] < n and text.strip() not in aside]
    return f"lost {lost[:3]}" if lost else None


def assert_agrees(folder: Path, content: bytes, name: str) -> ReadResult:
    result = read(folder, content, name)
    assert difference(folder / "upload", result) is None
    return result


@settings(max_examples=60, deadline=None)
@given(WORDS, st.sampled_from(",;\t|"), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_delimited_text(tmp_path_factory, rows, delimiter, quoting):
    content = io.StringIO()
    csv.writer(content, delimiter=delimiter, quoting=quoting).writerows([NAMES, *rows])
    folder = tmp_path_factory.mktemp("csv")
    assert_agrees(folder, content.getvalue().encode(), "a.csv")


@settings(max_examples=40, deadline=None)
@given(WORDS)
def test_json_and_json_lines(tmp_path_factory, rows):
    records = [dict(zip(NAMES, row, strict=True)) for row in rows]
    folder = tmp_path_factory.mktemp("json")
    assert_agrees(folder, json.dumps(records).encode(), "a.json")
    lines = "\n".join(json.dumps(record) for record in records)
    assert_agrees(folder, lines.encode(), "a.jsonl")


@settings(max_examples=40, deadline=None)
@given(WORDS, st.lists(st.integers(-(2**63), 2**63 - 1), min_size=8, max_size=8))
def test_parquet_and_arrow(tmp_path_factory, rows, numbers):
    columns = dict(zip(NAMES, map(list, zip(*rows, strict=True)), strict=True))
    table = pa.table(columns | {"number": numbers[: len(rows)]})
    folder = tmp_path_factory.mktemp("parquet")
    content = io.BytesIO()
    pq.write_table(table, content)
    ours = cells(assert_agrees(folder, content.getvalue(), "a.parquet").table)
    feather.write_feather(table, folder / "arrow")
    assert cells(read(folder, (folder / "arrow").read_bytes(), "a.feather").table) == ours


@settings(max_examples=30, deadline=None)
@given(WORDS)
def test_workbooks(tmp_path_factory, rows):
    filled = [[f"{n}{cell}." for cell in row] for n, row in enumerate(rows)]
    folder = tmp_path_factory.mktemp("xlsx")
    result = assert_agrees(folder, workbook({"S": [list(NAMES), *filled]}), "a.xlsx")
    assert rows_of(result) == filled


def corpus() -> list[str]:
    """All files that may load."""
    if not CORPORA.name:
        return []
    with (CORPORA / "MANIFEST.csv").open(encoding="utf-8", newline="") as file:
        return [row["file"] for row in csv.DictReader(file) if row["outcome"] != "refuse"]


def found_otherwise(name: str, folder: Path) -> str | None:
    """The difference that a second reader finds in a public file; None when it was refused."""
    path = CORPORA / name
    try:
        result = read_table(path, name)
    except UnreadableFile:
        return None
    plain = unpacked(path, folder) if "packing" in result.dialect else path
    return difference(plain, result)


@pytest.mark.skipif(not CORPORA.name, reason="ASSAY_CORPORA names no folder")
@pytest.mark.timeout(300)
def test_every_public_file_that_loads(tmp_path):
    found = {name: found_otherwise(name, tmp_path) for name in corpus() if name not in BROKEN}
    assert {name: what for name, what in found.items() if what not in (None, "skipped")} == {}
