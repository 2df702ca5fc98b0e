"""Whatever records are written as JSON come back cell by cell, digit by digit."""

import json
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.store.readers.files import read

CALM = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
KEYS = st.text("abcé_", min_size=1, max_size=3)
PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
)
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
TABLES = st.lists(st.dictionaries(KEYS, VALUES, max_size=4), min_size=1, max_size=6)


def numbered(rows):
    """Records of which none is empty."""
    return [{"id": number, **row} for number, row in enumerate(rows)]


class Digits(str):
    """A number of the file, in the second reader."""


def text_of(value):
    """The text of a cell, told from the standard parser's values."""
    if isinstance(value, Digits):
        return str(value)
    if isinstance(value, str):
        return value
    # A document of its own is the same text once its numbers are taken out of their quotes.
    marks = {}

    def marked(node):
        if isinstance(node, Digits):
            marks[f"\0{len(marks)}\0"] = str(node)
            return f"\0{len(marks) - 1}\0"
        if isinstance(node, list):
            return [marked(item) for item in node]
        return {k: marked(v) for k, v in node.items()} if isinstance(node, dict) else node

    text = json.dumps(marked(value), ensure_ascii=False, separators=(",", ":"))
    for mark, digits in marks.items():
        text = text.replace(json.dumps(mark), digits)
    return text


def filled(record, outer=""):
    """The filled cells of a record by dotted name."""
    cells = {}
    for key, value in record.items():
        if isinstance(value, dict) and value:
            cells |= filled(value, f"{outer}{key}.")
        elif value is not None:
            cells[f"{outer}{key}"] = text_of(value)
    return cells


def as_lines(rows):
    return "\n".join(json.dumps(row) for row in rows), "data.jsonl"


def as_array(rows):
    return json.dumps(rows, ensure_ascii=False), "data.json"


def as_indented_array(rows):
    return json.dumps(rows, indent=2), "data.json"


def as_array_with_a_record_per_line(rows):
    return "[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]", "data.jsonl"


def as_documents_in_a_row(rows):
    return "\n".join(json.dumps(row, indent=1) for row in rows), "data.jsonl"


def as_wrapped_list(rows):
    return json.dumps({"n": len(rows), "data": {"items": rows}}), "data.json"


@pytest.mark.parametrize(
    "write",
    [
        as_lines,
        as_array,
        as_indented_array,
        as_array_with_a_record_per_line,
        as_documents_in_a_row,
        as_wrapped_list,
    ],
)
@given(rows=TABLES)
@CALM
def test_every_filled_cell_comes_back(tmp_path, write, rows):
    rows = numbered(rows)
    content, name = write(rows)
    result = read(tmp_path, content, name)
    again = json.load(BytesIO(json.dumps(rows).encode()), parse_int=Digits, parse_float=Digits)
    table = result.table.drop("__row_id")
    found = [{k: v for k, v in row.items() if v is not None} for row in table.to_dicts()]
    assert found == [filled(record) for record in again]
    assert result.rejected.is_empty()
    assert result.dialect["rows_read"] == len(rows)


@given(encoding=st.sampled_from(["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]))
@CALM
def test_every_unicode_encoding_is_found(tmp_path, encoding):
    content = json.dumps([{"a": "zoë あ"}], ensure_ascii=False).encode(encoding)
    assert read(tmp_path, content, "data.json").table["a"].to_list() == ["zoë あ"]
