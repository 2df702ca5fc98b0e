"""Names, preambles and missing headers are told from rows."""

import pytest

from store.readers.layout import cell_type, find_layout, join_header
from store.readers.names import column_names, renamed

BODY = [["1", "x", "2020-01-01"], ["2", "y", "2020-01-02"], ["3", "z", "2020-01-03"]]


def test_a_header_of_texts_over_typed_columns_is_one_row():
    assert find_layout([["id", "name", "day"], *BODY], None).header == 1


@pytest.mark.parametrize(
    ("rows", "header"),
    [
        (BODY, 0),
        ([["a", "b"], ["x", "y"]], 1),
        ([["region", "2019", "2020"], ["north", "5", "7"], ["south", "6", "8"]], 1),
        ([["1", "2"]], 0),
        ([["a", "b"]], 1),
        ([["sum", "", "day"], ["EUR", "name", "local"], *BODY * 4], 2),
    ],
)
def test_header_rows(rows, header):
    assert find_layout(rows, None).header == header


def test_leading_rows_with_one_filled_cell_stand_above_a_wide_table():
    layout = find_layout([["Report"], ["2020", None, None], ["id", "n", "d"], *BODY], None)
    assert (layout.preamble, layout.header, layout.width) == (2, 1, 3)


def test_no_row_is_cut_off_when_the_user_says_there_is_no_header():
    assert find_layout([["1", None, None], *BODY], False).preamble == 0


def test_names_of_two_header_rows_are_joined():
    assert join_header([["sum", None], ["EUR", "name"]], 3) == ["sum EUR", "name", None]


@pytest.mark.parametrize(
    ("header", "names"),
    [
        (["a", "b"], ["a", "b"]),
        (["a", "a", "a"], ["a", "a_2", "a_3"]),
        (["a", "a", "a_2"], ["a", "a_3", "a_2"]),
        ([None, "", " "], ["column_1", "column_2", "column_3"]),
        ([None, "column_1"], ["column_1_2", "column_1"]),
        (["__row_id"], ["__row_id_2"]),
        ([" a ", "a"], ["a", "a_2"]),
    ],
)
def test_column_names(header, names):
    assert column_names(header) == names


def test_names_that_stay_are_not_reported():
    assert renamed(["a", "b"], ["a", "b"]) == ()


def test_new_names_are_reported_with_their_old_ones():
    [finding] = renamed(["a", "a"], ["a", "a_2"])
    assert finding.columns == ("a_2",)
    assert finding.message == (
        "1 column was renamed so that every name is unique and filled: 'a' is now 'a_2'."
    )


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        (None, "empty"),
        (" ", "empty"),
        ("12", "number"),
        ("-1.234,50 €", "number"),
        ("$5", "number"),
        ("1e5", "number"),
        ("12%", "number"),
        ("2020-01-31", "date"),
        ("31.1.20 12:30", "date"),
        ("7:15 p.m.", "date"),
        ("https://a.example/x", "url"),
        ("abc1", "text"),
        ("-", "text"),
    ],
)
def test_cell_types(cell, kind):
    assert cell_type(cell) == kind
