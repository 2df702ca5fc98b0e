"""How a file was read is said in words."""

import pytest

from ui.dialect import parts

CSV = {
    "format": "csv",
    "encoding": "cp1252",
    "encoding_from": "guessed",
    "delimiter": "\t",
    "quote": '"',
    "escape": "",
    "header": True,
    "header_rows": 2,
    "lines_above_header": 0,
    "rows_read": 8,
}


def test_what_cannot_be_seen_has_a_name_and_what_is_not_there_is_not_said():
    assert parts(CSV) == [
        ("format", "text table"),
        ("encoding", "cp1252 (best guess)"),
        ("separator", "tab"),
        ("quote", 'double "'),
        ("rows of names", "2"),
    ]


@pytest.mark.parametrize(
    ("dialect", "said"),
    [
        ({"quote": ""}, [("quote", "none")]),
        ({"header": False, "header_rows": 0}, [("rows of names", "none")]),
        ({"delimiter": ",", "spaces": "after"}, [("separator", "comma and space")]),
        ({"delimiter": "~"}, [("separator", "~")]),
        ({"sheet": "A", "sheets": ["A"]}, [("sheet", "A")]),
        ({"sheet": "A", "sheets": ["A", "B"]}, [("sheet", "A (of 2)")]),
        ({"lines_above_header": 1_204}, [("lines above", "1,204")]),
        (
            {"decimal": ",", "thousands": "."},
            [("decimal mark", "comma"), ("thousands mark", "point")],
        ),
        (
            {"format": "parquet", "line_end": "CR LF"},
            [("format", "Parquet"), ("line end", "CR LF")],
        ),
        ({}, []),
    ],
)
def test_a_part_in_words(dialect, said):
    assert parts(dialect) == said
