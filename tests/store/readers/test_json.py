"""JSON in its usual layouts becomes a table; digits stay as they are."""

import pytest

from core import UnreadableFile
from tests.store.readers.files import cells, codes, read

BIG = "123456789012345678901234567890"


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
        ('{"p": {"n": 1}, "q": {"n": 2}}', [["key", "n"], ["p", "1"], ["q", "2"]]),
        ('[["a", "b"], [1, "x"], [2, "y"]]', [["a", "b"], ["1", "x"], ["2", "y"]]),
        ("[1, null, true]", [["value"], ["1"], [None], ["true"]]),
        ('{"a": 1}\n{"a": 2}\n', [["a"], ["1"], ["2"]]),
        ('{"total": 2, "rows": [{"a": 1}, {"a": 2}]}', [["a"], ["1"], ["2"]]),
        ('{"a": 1, "b": "x"}', [["a", "b"], ["1", "x"]]),
        (f'[{{"a": {BIG}, "b": 1.10, "c": 1e400}}]', [["a", "b", "c"], [BIG, "1.10", "1e400"]]),
        ('[{"a": {"x": [1, 2.50, "1"]}}]', [["a"], ['{"x":[1,2.50,"1"]}']]),
        ('[{"a": ""}]', [["a"], [""]]),
        ('[{"a": "\\ud800"}]', [["a"], ["\\ud800"]]),
    ],
)
def test_a_layout(tmp_path, content, expected):
    assert cells(read(tmp_path, content, "data.json").table) == expected


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ('[{"a": [1]}]', "read.nested-values"),
        ('[{"a": 1, "a": 2}]', "read.repeated-keys"),
        ('{"meta": {"v": 1}, "rows": [{"a": 1}, {"a": 2}]}', "read.parts-left-out"),
    ],
)
def test_what_a_table_cannot_hold_is_reported(tmp_path, content, code):
    assert code in codes(read(tmp_path, content, "data.json"))


def test_an_invalid_line_is_set_aside(tmp_path):
    result = read(tmp_path, '{"a": 1}\n{"a": 2}\n{"a": \n', "data.jsonl")
    assert result.table.height == 2
    assert result.rejected["line"].to_list() == [3]
    assert "read.rejected-rows" in codes(result)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ('[{"a": 1},\n {"a": }]', "line 2, column 8"),
        ('[{"a": NaN}]', "line 1, column 8"),
        ('[{"a": -Infinity}]', "line 1, column 8"),
    ],
)
def test_invalid_json_is_refused_with_line_and_column(tmp_path, content, place):
    with pytest.raises(UnreadableFile, match=place) as caught:
        read(tmp_path, content, "data.json")
    assert caught.value.reason == "invalid_json"
