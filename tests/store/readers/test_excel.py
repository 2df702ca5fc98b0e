"""Where the table lies on a sheet, which sheet is read, and what the user may choose."""

import pytest

from core import UnreadableFile
from store.readers import sheet_body
from tests.store.readers.files import DOCUMENT, MAIN, cells, codes, read, sheet, workbook

PEOPLE = [["id", "name"], [1, "Ada"], [2, "Bo"]]
WIDE = [["name", "id", "n"], ["Ada", 1, 5], ["Bo", 2, 6], ["Cy", 3, 7], ["Di", 4, 8]]


def merged(rows, *ranges: str) -> bytes:
    """A workbook whose sheet has merged cells."""
    listed = "".join(f'<mergeCell ref="{place}"/>' for place in ranges)
    part = sheet(rows).replace("</worksheet>", f"<mergeCells>{listed}</mergeCells></worksheet>")
    return workbook({"S": []}, {"xl/worksheets/sheet1.xml": part})


def names(result) -> list[str]:
    """The names of the columns."""
    return cells(result.table)[0]


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


def test_a_sheet_on_show_is_read_before_a_hidden_one(tmp_path):
    listed = (
        '<sheet name="Lists" sheetId="1" state="hidden" r:id="r1"/>'
        '<sheet name="People" sheetId="2" r:id="r2"/>'
    )
    book = f'<workbook xmlns="{MAIN}" xmlns:r="{DOCUMENT}"><sheets>{listed}</sheets></workbook>'
    content = workbook({"Lists": [["x"], [1]], "People": PEOPLE}, {"xl/workbook.xml": book})
    result = read(tmp_path, content, "a.xlsx")
    assert result.dialect["sheet"] == "People"
    assert result.dialect["hidden_sheets"] == ["Lists"]
    assert read(tmp_path, content, "a.xlsx", sheet="Lists").table.height == 1


def test_the_chosen_sheet_is_read(tmp_path):
    content = workbook({"People": PEOPLE, "Towns": [["town"], ["Bellhaven"]]})
    assert cells(read(tmp_path, content, "a.xlsx", sheet="Towns").table)[1] == ["Bellhaven"]


def test_an_unknown_sheet_is_refused_with_the_names_there_are(tmp_path):
    with pytest.raises(UnreadableFile, match="no sheet 'Town'; it has 'People'") as caught:
        read(tmp_path, workbook({"People": PEOPLE}), "a.xlsx", sheet="Town")
    assert caught.value.reason == "no_such_sheet"


@pytest.mark.parametrize("chosen", [None, "S"])
def test_an_empty_sheet_is_refused(tmp_path, chosen):
    with pytest.raises(UnreadableFile, match=r"of 'a.xlsx' is empty; choose") as caught:
        read(tmp_path, workbook({"S": []}), "a.xlsx", sheet=chosen)
    assert caught.value.reason == "empty"


def test_a_title_above_the_header_is_set_aside(tmp_path):
    rows = [["Report"], [], *WIDE]
    result = read(tmp_path, workbook({"S": rows}), "a.xlsx")
    assert cells(result.table)[0] == ["name", "id", "n"]
    assert result.rejected.rows() == [(1, "Report\t\t", "stands above the header")]
    assert result.dialect["header_line"] == 3


def test_a_title_merged_over_the_whole_table_is_a_title(tmp_path):
    rows = [["Report", None, None], *WIDE]
    result = read(tmp_path, merged(rows, "A1:C1"), "a.xlsx")
    assert names(result) == ["name", "id", "n"]
    assert "read.merged-cells" not in codes(result)


def test_a_lonely_cell_above_no_wide_row_is_no_title(tmp_path):
    rows = [["Label", None, None], ["a", None, "b"], ["c", None, "d"]]
    result = read(tmp_path, workbook({"S": rows}), "a.xlsx")
    assert result.table.height == 2
    assert result.rejected.height == 0


GROUPS = [
    ["Region", "2020", None, "2021", None],
    [None, "Q1", "Q2", "Q1", "Q2"],
    ["North", 1, 2, 3, 4],
    ["South", 5, 6, 7, 8],
]


def test_the_name_of_a_merged_group_stands_before_the_names_below_it(tmp_path):
    result = read(tmp_path, merged(GROUPS, "A1:A2", "B1:C1", "D1:E1"), "a.xlsx")
    assert names(result) == ["Region", "2020 Q1", "2020 Q2", "2021 Q1", "2021 Q2"]
    assert cells(result.table)[1] == ["North", "1", "2", "3", "4"]
    assert result.dialect["header_rows"] == 2
    assert codes(result) == set()


def test_merged_cells_of_the_body_stay_empty_and_are_counted(tmp_path):
    rows = [["town", "n"], ["Bellhaven", 1], [None, 2], ["Ostra", 3]]
    result = read(tmp_path, merged(rows, "A2:A3"), "a.xlsx")
    assert [row[0] for row in cells(result.table)[1:]] == ["Bellhaven", None, "Ostra"]
    (finding,) = result.findings
    assert finding.message.startswith("1 merged range lies in the table")


def test_a_first_row_that_looks_like_data_is_reported(tmp_path):
    result = read(tmp_path, workbook({"S": [[1, "x"], [2, "y"], [3, "z"]]}), "a.xlsx")
    assert result.table.height == 2
    assert "read.header-like-data" in codes(result)


def test_without_a_header_the_columns_are_numbered(tmp_path):
    result = read(tmp_path, workbook({"S": [[1, "x"], [2, "y"]]}), "a.xlsx", header=False)
    assert cells(result.table) == [["column_1", "column_2"], ["1", "x"], ["2", "y"]]


def test_the_user_says_how_many_rows_stand_above_the_names(tmp_path):
    rows = [["a", "b", "c"], ["d", "e", "f"], *WIDE]
    result = read(tmp_path, workbook({"S": rows}), "a.xlsx", skip_rows=2)
    assert cells(result.table) == [list(map(str, row)) for row in WIDE]
    assert result.dialect["lines_above_header"] == 2


def test_the_user_says_how_many_rows_name_the_columns(tmp_path):
    rows = [["size", "size"], ["w", "h"], [1, 2]]
    result = read(tmp_path, workbook({"S": rows}), "a.xlsx", header_rows=2)
    assert cells(result.table) == [["size w", "size h"], ["1", "2"]]


def test_the_user_says_how_many_rows_stand_below_the_table(tmp_path):
    rows = [*WIDE, [], ["checked by", "Di", None], ["on", "Monday", None]]
    result = read(tmp_path, workbook({"S": rows}), "a.xlsx", footer_rows=2)
    assert result.table.height == 4
    assert result.rejected["line"].to_list() == [7, 8]
    assert result.dialect["lines_below"] == 2


def test_totals_below_the_table_are_set_aside(tmp_path):
    result = read(tmp_path, workbook({"S": [*WIDE, ["Total", None, 26]]}), "a.xlsx")
    assert result.rejected.rows() == [(6, "Total\t\t26", "stands below the table")]
    assert "read.rows-below-table" in codes(result)


def test_the_user_says_that_a_total_is_a_record(tmp_path):
    rows = [*WIDE, ["Total", None, 26]]
    assert read(tmp_path, workbook({"S": rows}), "a.xlsx", footer_rows=0).table.height == 5


def test_empty_rows_stay_between_records_and_go_at_the_end(tmp_path):
    rows = [["a"], ["1"], [""], ["2"], [""], [""]]
    result = read(tmp_path, workbook({"S": rows}), "a.xlsx")
    assert cells(result.table) == [["a"], ["1"], [None], ["2"]]
    (finding,) = result.findings
    assert finding.message == "2 empty rows at the end of the sheet were left out."


def test_columns_at_the_end_without_name_and_value_are_left_out(tmp_path):
    rows = [["a", "b", ""], ["1", "2", ""], ["3", "4", ""]]
    result = read(tmp_path, workbook({"S": rows}), "a.xlsx")
    assert names(result) == ["a", "b"]
    assert "read.empty-columns" in codes(result)


def test_names_without_rows_are_an_empty_table_and_said_to_be_one(tmp_path):
    result = read(tmp_path, workbook({"S": [["a", "b"]]}), "a.xlsx")
    assert cells(result.table) == [["a", "b"]]
    assert "read.no-rows" in codes(result)


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_blocks_of_any_size_give_the_same_table(tmp_path, monkeypatch, size):
    monkeypatch.setattr(sheet_body, "BLOCK_CELLS", 3 * size)
    rows = [["name", "id", "n"], *([f"x{n}", n, n] for n in range(600)), ["Total", None, 9]]
    result = read(tmp_path, workbook({"S": rows}), "a.xlsx")
    assert cells(result.table)[1:] == [[f"x{n}", str(n), str(n)] for n in range(600)]
    assert result.rejected["line"].to_list() == [602]


def test_a_workbook_under_the_name_of_an_older_kind_is_read(tmp_path):
    assert read(tmp_path, workbook({"S": PEOPLE}), "PEOPLE.XLS").table.height == 2


def test_cells_of_empty_texts_are_a_column_without_rows(tmp_path):
    result = read(tmp_path, workbook({"S": [[""]]}), "a.xlsx")
    assert cells(result.table) == [["column_1"]]
    assert "read.no-rows" in codes(result)
