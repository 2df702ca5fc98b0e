"""Text tables keep every cell as it stands, and every record is in the books."""

import csv
import gzip
import io

import pytest

from core import ROW_ID, data_columns
from tests.store.readers.files import cells, codes, read


def test_a_regular_file_is_read_as_texts_with_row_ids(tmp_path):
    result = read(tmp_path, "id,name\n007,Ada\n1e3,NA\n")
    assert cells(result.table) == [["id", "name"], ["007", "Ada"], ["1e3", "NA"]]
    assert result.table[ROW_ID].to_list() == [0, 1]
    assert codes(result) == {"read.dialect"}


def test_an_empty_cell_is_null_and_a_quoted_empty_one_is_an_empty_text(tmp_path):
    assert cells(read(tmp_path, 'a,b\n,""\n"",\n').table)[1:] == [[None, ""], ["", None]]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a;b\n1,5;2\n2,5;3\n", [["a", "b"], ["1,5", "2"], ["2,5", "3"]]),
        ("a\tb\nx y\t1\nz w\t2\n", [["a", "b"], ["x y", "1"], ["z w", "2"]]),
        ("a|b\n1|x, y\n2|z, w\n", [["a", "b"], ["1", "x, y"], ["2", "z, w"]]),
        ("a,b\r\n1,2\r\n3,4\r\n", [["a", "b"], ["1", "2"], ["3", "4"]]),
        ("a,b\r1,2\r3,4\r", [["a", "b"], ["1", "2"], ["3", "4"]]),
        ('a,b\n1,"x\ny"\n2,"say ""hi"""\n', [["a", "b"], ["1", "x\ny"], ["2", 'say "hi"']]),
        ('a,b\n1, "x, y"\n2, "z"\n', [["a", "b"], ["1", "x, y"], ["2", "z"]]),
        ('a,b\n1,"x \\"y\\" z"\n2,q\n', [["a", "b"], ["1", 'x "y" z'], ["2", "q"]]),
        ('a,b\n1,5" pipe\n2,6" pipe\n', [["a", "b"], ["1", '5" pipe'], ["2", '6" pipe']]),
        ("sep=;\na;b\n1;2\n", [["a", "b"], ["1", "2"]]),
        ("full name\nAnna Smith\nBob Lee\n", [["full name"], ["Anna Smith"], ["Bob Lee"]]),
        ("\ufeffid,n\n1,x\n", [["id", "n"], ["1", "x"]]),
    ],
)
def test_a_dialect_is_found(tmp_path, content, expected):
    assert cells(read(tmp_path, content).table) == expected


@pytest.mark.parametrize("stray", ['"x,1', '"x,1\n"y" z,2', '1,"x'])
def test_a_stray_quote_swallows_no_rows(tmp_path, stray):
    result = read(tmp_path, f"a,b\n1,2\n{stray}\n3,4\n5,6\n")
    assert cells(result.table)[-2:] == [["3", "4"], ["5", "6"]]


def test_short_rows_are_filled_up_and_counted(tmp_path):
    result = read(tmp_path, "a,b,c\n1,2,3\n4,5\n6,7,8\n")
    assert cells(result.table)[2] == ["4", "5", None]
    assert result.dialect["short_rows"] == 1
    assert "read.short-rows" in codes(result)


def test_long_rows_are_set_aside_with_line_text_and_reason(tmp_path):
    result = read(tmp_path, "a,b\n1,2\n3,4,5\n6,7\n")
    assert result.rejected.rows() == [(3, "3,4,5", "has 3 cells where the table has 2 columns")]
    assert [
        finding.rows for finding in result.findings if finding.code == "read.rejected-rows"
    ] == [1]


def test_empty_cells_beyond_the_last_column_are_left_out(tmp_path):
    result = read(tmp_path, "a,b\n1,2\n3,4\n5,6,,\n")
    assert result.table.height == 3
    assert "read.trailing-separators" in codes(result)


def test_blank_lines_are_skipped_and_counted(tmp_path):
    result = read(tmp_path, "\n\na,b\n1,2\n\n3,4\n\n")
    assert cells(result.table) == [["a", "b"], ["1", "2"], ["3", "4"]]
    assert "read.blank-lines" in codes(result)


def test_a_row_of_separators_is_a_row(tmp_path):
    assert cells(read(tmp_path, "a,b\n1,2\n,\n").table)[-1] == [None, None]


def test_a_blank_line_in_a_single_column_is_an_empty_cell(tmp_path):
    assert cells(read(tmp_path, "a\nx\n\ny\n").table) == [["a"], ["x"], [None], ["y"]]


def test_lines_above_the_header_are_set_aside(tmp_path):
    result = read(tmp_path, "Sales report\n\nregion,year,sum\nnorth,2020,5\nsouth,2021,7\n")
    assert data_columns(result.table) == ["region", "year", "sum"]
    assert result.rejected["raw"].to_list() == ["Sales report"]


def test_a_header_longer_than_the_rows_loses_no_name(tmp_path):
    result = read(tmp_path, "a,b,c\n1,2\n3,4\n")
    assert cells(result.table) == [["a", "b", "c"], ["1", "2", None], ["3", "4", None]]


def test_rows_longer_than_the_header_keep_their_place(tmp_path):
    assert cells(read(tmp_path, "a,b\n1,2,3\n4,5,6\n").table)[0] == ["a", "b", "column_3"]


def test_what_the_user_chose_overrides_the_detection(tmp_path):
    result = read(tmp_path, "a;b,c\n1;2,3\n", delimiter=";", header=False)
    assert cells(result.table)[1:] == [["a", "b,c"], ["1", "2,3"]]
    assert "read.no-header" in codes(result)


def test_a_separator_may_have_several_characters(tmp_path):
    assert cells(read(tmp_path, "a||b\n1||x|y\n", delimiter="||").table)[1] == ["1", "x|y"]


def test_a_gzip_of_a_text_table_is_read(tmp_path):
    result = read(tmp_path, gzip.compress(b"a,b\n1,2\n"), "data.csv.gz")
    assert cells(result.table) == [["a", "b"], ["1", "2"]]


@pytest.mark.parametrize("tail", ["", "1,2\n", "1,2,3,4,5\n", "\n\n", '"x\n', ",,\n"])
def test_rows_read_and_set_aside_are_the_records_that_another_reader_counts(tmp_path, tail):
    content = "a,b,c\n" + '1,"x, y",2\n"p\nq",5,6\n' * 20 + tail
    result = read(tmp_path, content, quote='"')
    counted = sum(1 for row in csv.reader(io.StringIO(content, newline="")) if row)
    assert result.dialect["rows_read"] == result.table.height
    assert result.dialect["rows_rejected"] == result.rejected.height
    assert result.table.height + result.rejected.height == counted - 1


def test_irregular_and_regular_files_give_the_same_cells(tmp_path):
    rows = "".join(f'{n},"v ""{n}"", {n}",\n' for n in range(300))
    regular = read(tmp_path, "a,b,c\n" + rows)
    irregular = read(tmp_path, "a,b,c\n" + rows + "300,x\n")
    assert cells(regular.table) == cells(irregular.table)[:-1]


def test_what_is_set_aside_from_an_old_mac_file_is_given_back_as_it_stood(tmp_path):
    rows = "".join(f"{n},2\r" for n in range(30))
    result = read(tmp_path, f'a,b\r{rows}1,"x\ry",3\r{rows}')
    assert result.rejected["raw"].to_list() == ['1,"x\ry",3']


def test_lines_are_counted_alike_where_line_ends_are_mixed(tmp_path):
    content = "a,b\n" + "1,2\r3,4\n" * 3 + "1,2,3\n5,6\n" + "7,8\n" * 3
    assert read(tmp_path, content).rejected["line"].to_list() == [5]


def test_private_characters_of_a_utf_8_file_are_cells_like_others(tmp_path):
    assert cells(read(tmp_path, "a,b\n1,\U0010ff41\n2,x\n").table)[1] == ["1", "\U0010ff41"]


def test_a_row_that_another_separator_cuts_into_fitting_cells_is_cut_and_reported(tmp_path):
    result = read(tmp_path, "id,name,n\n1,ana,5\n2;bo;6\n3,cy,7\n")
    assert cells(result.table)[2] == ["2", "bo", "6"]
    assert "read.other-separator" in codes(result)


@pytest.mark.parametrize("line", ["Note: a, b, c", "one two three", "Smith, John, Jr"])
def test_a_sentence_is_not_cut_at_its_signs(tmp_path, line):
    rows = "".join(f"{n}\tx{n}\t{n}\n" for n in range(9))
    assert read(tmp_path, f"id\tname\tn\n{rows}{line}\n{rows}").dialect["short_rows"] == 1


@pytest.mark.parametrize(
    ("line", "rows"),
    [("Total,,7", 3), ("Totals: 7", 3), ("Total War,x,7", 4), ("Source: the office", 3), (",,", 4)],
)
def test_only_totals_and_notes_at_the_end_are_no_rows(tmp_path, line, rows):
    result = read(tmp_path, f"name,kind,n\nana,a,1\nbo,b,2\ncy,a,4\n{line}\n")
    assert result.table.height == rows
    assert result.dialect["lines_below"] == 4 - rows


def test_empty_rows_within_and_at_the_end_of_a_table_are_rows(tmp_path):
    assert read(tmp_path, "a,b\n1,2\n,\n3,4\n,\n,\n").table.height == 5


def test_a_table_below_a_blank_line_is_set_aside(tmp_path):
    result = read(tmp_path, "id,n\n1,2\n3,4\n\nkey,sum\n5,6\n7,8\n")
    assert cells(result.table) == [["id", "n"], ["1", "2"], ["3", "4"]]
    assert set(result.rejected["reason"]) == {"belongs to another table"}


def test_alternating_blank_lines_take_no_time(tmp_path):
    assert read(tmp_path, "a,b\n" + "1,2\n\n" * 12_000).table.height == 12_000


def test_a_long_run_of_empty_rows_at_the_end_is_set_aside_with_the_notes_before_it(tmp_path):
    result = read(tmp_path, "a,b,c\n" + "1,2,3\n" * 5 + "Source: the office,,\n" + ",,\n" * 100)
    assert (result.table.height, result.dialect["lines_below"]) == (5, 101)


def test_a_byte_order_mark_inside_a_file_is_left_out_and_counted(tmp_path):
    result = read(tmp_path, "a,b\n1,2\n\ufeffa,b\n3,4\n\ufeff5,6\n")
    assert cells(result.table)[1:] == [["1", "2"], ["3", "4"], ["5", "6"]]
    (finding,) = [found for found in result.findings if found.code == "read.inner-marks"]
    assert finding.rows == 2
