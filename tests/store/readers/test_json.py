"""JSON in its usual layouts becomes a table; digits stay as they are."""

import json

import pytest

from core import UnreadableFile
from tests.store.readers.files import cells, codes, read

BIG = "123456789012345678901234567890"
POINT = {"type": "Point", "coordinates": [1.5, 2]}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            '[{"a": 1, "b": "x"}, {"b": "y", "c": null}]',
            [["a", "b", "c"], ["1", "x", None], [None, "y", None]],
        ),
        ('{"a": [1, 2], "b": ["x", "y"]}', [["a", "b"], ["1", "x"], ["2", "y"]]),
        (
            '{"a": {"0": 1, "1": 2}, "b": {"0": "x", "1": "y"}}',
            [["a", "b"], ["1", "x"], ["2", "y"]],
        ),
        (
            '{"a": {"7": 1, "9": 2}, "b": {"7": "x", "9": "y"}}',
            [["index", "a", "b"], ["7", "1", "x"], ["9", "2", "y"]],
        ),
        ('{"p": {"n": 1}, "q": {"n": 2}}', [["key", "n"], ["p", "1"], ["q", "2"]]),
        (
            '{"p": {"n": 1, "key": 5}, "q": {"n": 2}}',
            [["key_2", "n", "key"], ["p", "1", "5"], ["q", "2", None]],
        ),
        ('[["a", "b"], [1, "x"], [2, "y"]]', [["a", "b"], ["1", "x"], ["2", "y"]]),
        ('["a", "b"]\n[1, "x"]\n[2, "y"]', [["a", "b"], ["1", "x"], ["2", "y"]]),
        ("[1, null, true]", [["value"], ["1"], [None], ["true"]]),
        ('{"a": 1}\n{"a": 2}\n', [["a"], ["1"], ["2"]]),
        ('{"a": 1, "b": "x"}', [["a", "b"], ["1", "x"]]),
        ('{"a": 1, "tags": ["x", 2.50]}', [["a", "tags"], ["1", '["x",2.50]']]),
        ('{"user": {"n": 1}, "place": {"m": 2}}', [["user.n", "place.m"], ["1", "2"]]),
        (f'[{{"a": {BIG}, "b": 1.10, "c": 1e400}}]', [["a", "b", "c"], [BIG, "1.10", "1e400"]]),
        ('[{"a": -0, "b": -0.0}]', [["a", "b"], ["-0", "-0.0"]]),
        ('[{"a": ""}]', [["a"], [""]]),
        ('[{"a": "\\ud800"}]', [["a"], ["\\ud800"]]),
        ('[{"a": ["\\ud800"]}]', [["a"], ['["\\ud800"]']]),
    ],
)
def test_a_layout(tmp_path, content, expected):
    assert cells(read(tmp_path, content, "data.json").table) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('{"total": 2, "rows": [{"a": 1}, {"a": 2}]}', [["a"], ["1"], ["2"]]),
        ('{"d": {"i": [{"a": 1}, {"a": 2}], "log": [{"b": 1}]}}', [["a"], ["1"], ["2"]]),
        ('{"view": {"columns": [{"n": 1}]}, "data": [["x", 1], ["y", 2]]}', None),
        ('{"schema": {"fields": [{"name": "a"}, {}]}, "data": [{"a": 1}]}', [["a"], ["1"]]),
    ],
)
def test_the_largest_list_is_read_and_the_rest_is_said_to_be_left_out(tmp_path, content, expected):
    result = read(tmp_path, content, "data.json")
    assert cells(result.table) == (expected or [["column_1", "column_2"], ["x", "1"], ["y", "2"]])
    assert "read.parts-left-out" in codes(result)


def test_a_part_can_be_chosen(tmp_path):
    content = '{"d": {"i": [{"a": 1}, {"a": 2}], "x.y": [{"b": 3}]}}'
    result = read(tmp_path, content, "data.json", records="d.x.y")
    assert cells(result.table) == [["b"], ["3"]]
    assert result.dialect["records"] == "d.x.y"


def test_an_unknown_part_is_refused_with_those_there_are(tmp_path):
    with pytest.raises(UnreadableFile, match=r"'d', 'd\.i'\.") as caught:
        read(tmp_path, '{"d": {"i": [{"a": 1}]}}', "data.json", records="d.j")
    assert caught.value.reason == "no_such_part"


@pytest.mark.parametrize("index", [["x", "y"], [0, 1]])
def test_names_apart_from_rows_make_a_table(tmp_path, index):
    content = json.dumps({"columns": ["a", "b"], "index": index, "data": [[1, 2], [3, 4]]})
    labels = [["index"], ["x"], ["y"]] if index[0] else [[], [], []]
    expected = [a + b for a, b in zip(labels, [["a", "b"], ["1", "2"], ["3", "4"]], strict=True)]
    assert cells(read(tmp_path, content, "data.json").table) == expected


def test_geojson_gives_a_row_per_feature(tmp_path):
    features = [
        {"type": "Feature", "geometry": POINT, "properties": {"n": "x"}},
        {"type": "Feature", "geometry": None, "properties": {"n": "y"}},
    ]
    content = json.dumps({"type": "FeatureCollection", "features": features})
    assert cells(read(tmp_path, content, "data.json").table) == [
        ["type", "geometry.type", "geometry.coordinates", "properties.n"],
        ["Feature", "Point", "[1.5,2]", "x"],
        ["Feature", None, None, "y"],
    ]


def test_nested_objects_become_dotted_columns_that_never_merge_with_literal_ones(tmp_path):
    content = '[{"a.b": 1, "a": {"b": 2}}, {"a": {"c": {}}}, {"a": 5}, {"a": null}]'
    result = read(tmp_path, content, "data.json")
    assert cells(result.table) == [
        ["a.b", "a", "a.b_2", "a.c"],
        ["1", None, "2", None],
        [None, None, None, "{}"],
        [None, "5", None, None],
        [None, None, None, None],
    ]
    assert {"read.flattened", "read.renamed-columns"} <= codes(result)


def test_objects_nested_more_than_eight_deep_stay_json(tmp_path):
    content = '{"k":' * 10 + "1" + "}" * 10
    result = read(tmp_path, f"[{content}]", "data.json")
    assert cells(result.table) == [[".".join("k" * 8)], ['{"k":{"k":1}}']]


def test_objects_keyed_by_ids_stay_json_instead_of_making_a_column_each(tmp_path):
    lines = [json.dumps({"n": n, "of": {f"id{n}": 1}}) for n in range(6_000)]
    result = read(tmp_path, "\n".join(lines), "data.jsonl")
    assert cells(result.table)[:2] == [["n", "of"], ["0", '{"id0":1}']]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ('[{"a": [1]}]', "read.nested-values"),
        ('[{"a": 1, "a": 2}]', "read.repeated-keys"),
        ('[{"a": 1}, {"a": 2}, null]', "read.rejected-rows"),
    ],
)
def test_what_a_table_cannot_hold_is_reported(tmp_path, content, code):
    assert code in codes(read(tmp_path, content, "data.json"))


def test_the_earlier_values_of_repeated_keys_are_kept_beside_the_last_and_counted(tmp_path):
    result = read(tmp_path, '[{"a": 1, "a": 2, "a": 3}, {"b": {"c": 1, "c": 2}}]', "data.json")
    assert cells(result.table) == [
        ["a", "a (earlier)", "b.c", "b.c (earlier)"],
        ["3", "[1,2]", None, None],
        [None, None, "2", "[1]"],
    ]
    (finding,) = [found for found in result.findings if found.code == "read.repeated-keys"]
    assert finding.evidence == {"values": 3, "keys": {"a": 2, "c": 1}}


def test_json_text_in_a_cell_keeps_every_value_of_a_repeated_key(tmp_path):
    result = read(tmp_path, '[{"a": [{"b": 1, "c": 3, "b": 2}]}]', "data.json")
    assert cells(result.table) == [["a"], ['[{"b":1,"b":2,"c":3}]']]


@pytest.mark.parametrize(
    ("content", "header", "left_out"),
    [
        ('{"a": [1, 2], "b": [3, 4], "a": [5, 6]}', ["a", "b"], "a (earlier)"),
        ('{"a": {"0": 1}, "b": {"0": 3}, "a": {"0": 5}}', ["a", "b"], "a (earlier)"),
        ('{"columns": ["a"], "data": [[1]], "data": [[5], [6]]}', ["a"], "data (earlier)"),
        ('{"k": {"a": 1}, "l": {"a": 3}, "k": {"a": 5}}', ["key", "a"], "k (earlier)"),
        ('{"x": [{"a": 1}, {"a": 2}], "x": [{"a": 5}]}', ["a"], "x (earlier)"),
    ],
)
def test_earlier_values_in_a_document_are_no_table_and_left_out(
    tmp_path, content, header, left_out
):
    result = read(tmp_path, content, "data.json")
    assert cells(result.table)[0] == header
    assert "5" in cells(result.table)[1]
    (finding,) = [found for found in result.findings if found.code == "read.parts-left-out"]
    assert finding.evidence["left_out"] == [left_out]


def test_repeated_keys_are_counted_once_in_a_value_that_is_read_in_pieces(tmp_path):
    rows = ",".join(f'{{"a": "{"x" * 60}", "a": {i}}}' for i in range(30_000))
    result = read(tmp_path, f'{{"rows": [{rows}]}}', "data.json")
    (finding,) = [found for found in result.findings if found.code == "read.repeated-keys"]
    assert finding.evidence == {"values": 30_000, "keys": {"a": 30_000}}


def test_the_report_names_a_bounded_number_of_repeated_keys(tmp_path):
    rows = [f'{{"a": [{{"k{i}": 1, "k{i}": 2}}]}}' for i in range(500)]
    result = read(tmp_path, "\n".join(rows), "data.jsonl")
    (finding,) = [found for found in result.findings if found.code == "read.repeated-keys"]
    assert (finding.evidence["values"], len(finding.evidence["keys"])) == (500, 100)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ('[{"a": 1},\n {"a": }]', "line 2, column 8"),
        ('[{"a": NaN}]', "line 1, column 8"),
        ('[{"a": -Infinity}]', "line 1, column 8"),
        ('[{"a": 1}] x', "line 1, column 12"),
        ('{"a": 1}]', "line 1, column 9"),
        ('[{"a": 1},]', "line 1, column 11"),
        ('[{"a": 1}\n{"a": 2}]', "line 2, column 1"),
        ('[{"a": "x}]', "line 1, column 8"),
    ],
)
def test_invalid_json_is_refused_with_line_and_column(tmp_path, content, place):
    with pytest.raises(UnreadableFile, match=place) as caught:
        read(tmp_path, content, "data.json")
    assert caught.value.reason == "invalid_json"


def test_bytes_that_are_no_text_are_named(tmp_path):
    with pytest.raises(UnreadableFile, match="line 2, byte 8") as caught:
        read(tmp_path, b'[{"a": 1},\n{"a": "\xff"}]', "data.json")
    assert caught.value.reason == "invalid_json"


def test_another_encoding_can_be_chosen(tmp_path):
    content = '[{"a": "é"}]'.encode("cp1252")
    assert cells(read(tmp_path, content, "a.json", encoding="cp1252").table) == [["a"], ["é"]]
