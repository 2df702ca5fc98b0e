"""Workbooks give the cached values of one sheet as texts."""

import pytest

from core import UnreadableFile
from tests.store.readers.files import cells, codes, read, workbook

PEOPLE = [["id", "name"], [1, "Ada"], [2, "Bo"]]


def test_the_first_row_names_the_columns(tmp_path):
    result = read(tmp_path, workbook({"People": PEOPLE}), "people.xlsx")
    assert cells(result.table) == [["id", "name"], ["1", "Ada"], ["2", "Bo"]]
    assert result.findings == ()


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "1"), (0.1, "0.1"), (1e20, "1e+20"), (True, "true"), ("007", "007"), (None, None)],
)
def test_a_value_as_text(tmp_path, value, text):
    content = workbook({"S": [["a", "b"], [value, "x"]]})
    assert cells(read(tmp_path, content, "a.xlsx").table)[1] == [text, "x"]


def test_the_first_sheet_with_data_is_read_and_all_are_listed(tmp_path):
    result = read(tmp_path, workbook({"Empty": [], "People": PEOPLE}), "a.xlsx")
    assert result.dialect["sheet"] == "People"
    assert result.dialect["sheets"] == ["Empty", "People"]
    assert codes(result) == {"read.sheet"}


def test_the_chosen_sheet_is_read(tmp_path):
    content = workbook({"People": PEOPLE, "Towns": [["town"], ["Bellhaven"]]})
    assert cells(read(tmp_path, content, "a.xlsx", sheet="Towns").table)[1] == ["Bellhaven"]


def test_an_unknown_sheet_is_refused_with_the_names_there_are(tmp_path):
    with pytest.raises(UnreadableFile, match="no sheet 'Town'; it has 'People'") as caught:
        read(tmp_path, workbook({"People": PEOPLE}), "a.xlsx", sheet="Town")
    assert caught.value.reason == "no_such_sheet"


def test_a_title_above_the_header_is_set_aside(tmp_path):
    rows = [["Report"], [], ["id", "name", "n"], [1, "Ada", 5], [2, "Bo", 6]]
    result = read(tmp_path, workbook({"S": rows}), "a.xlsx")
    assert cells(result.table)[0] == ["id", "name", "n"]
    assert result.rejected["line"].to_list() == [1]


def test_a_first_row_that_looks_like_data_is_reported(tmp_path):
    result = read(tmp_path, workbook({"S": [[1, "x"], [2, "y"], [3, "z"]]}), "a.xlsx")
    assert result.table.height == 2
    assert "read.header-like-data" in codes(result)


def test_without_a_header_the_columns_are_numbered(tmp_path):
    result = read(tmp_path, workbook({"S": [[1, "x"], [2, "y"]]}), "a.xlsx", header=False)
    assert cells(result.table) == [["column_1", "column_2"], ["1", "x"], ["2", "y"]]


def test_a_workbook_under_the_name_of_an_older_kind_is_read(tmp_path):
    assert read(tmp_path, workbook({"S": PEOPLE}), "PEOPLE.XLS").table.height == 2
