"""JSON made to break readers is refused or read, quickly and in bounded memory."""

import json

import pytest

from core import UnreadableFile
from store.readers import json_scanner
from tests.store.readers.files import cells, read

MANY = 100_000


@pytest.mark.parametrize("name", ["data.json", "data.jsonl"])
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("[" * MANY + "]" * MANY, "too_deep"),
        ('{"a":' * MANY + "1" + "}" * MANY, "too_deep"),
        ("[" * 201 + "]" * 201, "too_deep"),
        ("[" * MANY, "invalid_json"),
        ('[{"":' * MANY, "invalid_json"),
        ('["' + "[" * MANY, "invalid_json"),
    ],
    ids=["arrays", "objects", "just too deep", "unclosed", "unclosed objects", "in a string"],
)
def test_deep_nesting_never_reaches_the_parser(tmp_path, name, content, reason):
    with pytest.raises(UnreadableFile) as caught:
        read(tmp_path, content, name)
    assert caught.value.reason == reason


def test_brackets_in_a_string_are_no_nesting(tmp_path):
    text = "[{" * MANY + '\\"'
    table = read(tmp_path, json.dumps([{"a": text}]), "data.json").table
    assert table["a"].to_list() == [text]


def test_a_deep_line_is_set_aside(tmp_path):
    deep = "[" * 300 + "]" * 300
    result = read(tmp_path, f'{{"a": 1}}\n{{"a": {deep}}}\n{{"a": 2}}\n', "data.jsonl")
    assert cells(result.table) == [["a"], ["1"], ["2"]]
    assert "200 levels" in result.rejected["reason"][0]


def test_a_number_of_any_length_keeps_its_digits(tmp_path):
    digits = "7" * 100_000
    table = read(tmp_path, f'[{{"a": {digits}, "b": 1e{digits[:9]}}}]', "data.json").table
    assert table.select("a", "b").row(0) == (digits, "1e777777777")


def test_a_value_cut_at_the_end_of_a_piece_is_read_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(json_scanner, "PIECE", 5)
    rows = [{"number": 12345678901234567890, "text": "é\n\\" * 9, "word": True}] * 3
    table = read(tmp_path, json.dumps(rows, indent=3), "data.json").table
    assert table.height == 3
    assert table.select("number", "text").row(2) == ("12345678901234567890", "é\n\\" * 9)


@pytest.mark.parametrize(
    ("name", "head", "reason"),
    [("data.json", "", "too_large"), ("data.jsonl", '{"a": 1}\n', "line_too_long")],
)
def test_a_value_too_long_to_be_held_is_refused(tmp_path, monkeypatch, name, head, reason):
    for module in ("json_scanner", "json_lines", "json_records"):
        monkeypatch.setattr(f"store.readers.{module}.MAX_JSON_CHARACTERS", 2**21)
    with pytest.raises(UnreadableFile) as caught:
        read(tmp_path, f'{head}{{"a": "{"x" * 2**22}"}}', name)
    assert caught.value.reason == reason


def test_a_long_field_loads(tmp_path):
    text = "x" * (20 * 2**20)
    table = read(tmp_path, f'{{"a": 1}}\n{{"a": "{text}"}}\n', "data.jsonl").table
    assert table["a"].str.len_bytes().to_list() == [1, len(text)]


def test_records_that_share_no_key_are_refused_before_the_table_explodes(tmp_path, monkeypatch):
    monkeypatch.setattr("store.readers.json_columns.MAX_SPARSE_CELLS", 10**6)
    lines = "".join(f'{{"k{n % 900}": 1}}\n' for n in range(4_000))
    with pytest.raises(UnreadableFile, match="filled") as caught:
        read(tmp_path, lines, "data.jsonl")
    assert caught.value.reason == "too_large_uncompressed"


def test_more_keys_than_columns_are_refused(tmp_path):
    lines = "".join(f'{{"k{n}": 1}}\n' for n in range(6_000))
    with pytest.raises(UnreadableFile, match="5,000") as caught:
        read(tmp_path, lines, "data.jsonl")
    assert caught.value.reason == "too_many_columns"


def test_irregular_records_have_the_union_of_their_columns(tmp_path):
    content = '[{"a": 1}, {"a": {"b": [1, {"c": null}]}}, {"a": "x", "d": false}, {}]'
    assert cells(read(tmp_path, content, "data.json").table) == [
        ["a", "a.b", "d"],
        ["1", None, None],
        [None, '[1,{"c":null}]', None],
        ["x", None, "false"],
        [None, None, None],
    ]
