"""Dates, times and spans of workbooks come back as ISO text, and what is no date as its number."""

import struct

import pytest

from core import UnreadableFile
from store.readers.sheet_marks import address
from tests.store.readers.files import DOCUMENT, MAIN, RELATIONS, codes, read, workbook
from tests.store.readers.test_workbook_values import number, said, sheet, values
from tests.store.readers.workbooks import (
    ods,
    ods_cell,
    ods_row,
    xls,
    xls_record,
    xls_text,
    xlsb,
    xlsb_cell,
    xlsb_row,
    xlsb_text,
)

FORMATS = ("yyyy\\-mm\\-dd hh:mm:ss", "[h]:mm:ss", "hh:mm:ss", "0.00%")


def styled(body: str, epoch: str) -> bytes:
    """A workbook whose cells may have the styles 1 to 4 of FORMATS."""
    formats = "".join(
        f'<numFmt numFmtId="{170 + i}" formatCode="{code}"/>' for i, code in enumerate(FORMATS)
    )
    styles = '<xf numFmtId="0"/>' + "".join(f'<xf numFmtId="{170 + i}"/>' for i in range(4))
    related = "".join(
        f'<Relationship Id="{name}" Type="{DOCUMENT}/{kind}" Target="{target}"/>'
        for name, kind, target in [
            ("r1", "worksheet", "worksheets/sheet1.xml"),
            ("r2", "styles", "styles.xml"),
        ]
    )
    parts = {
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{DOCUMENT}">'
        f'<workbookPr date1904="{int(epoch == "1904")}"/>'
        '<sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELATIONS}">'
        f"{related}</Relationships>",
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><numFmts>{formats}</numFmts>'
        f"<cellXfs>{styles}</cellXfs></styleSheet>",
    }
    return workbook({"S": []}, {**parts, **sheet(body)})


@pytest.mark.parametrize(
    ("epoch", "style", "stored", "text"),
    [
        ("1900", 1, "43831", "2020-01-01"),
        ("1904", 1, "42369", "2020-01-01"),
        ("1900", 1, "43831.75", "2020-01-01 18:00:00"),
        ("1900", 1, "43831.123456", "2020-01-01 02:57:46.598"),
        ("1900", 1, "1", "1900-01-01"),
        ("1904", 1, "1", "1904-01-02"),
        ("1900", 1, "9999999", "9999999"),
        ("1900", 2, "1.5", "36:00:00"),
        ("1904", 2, "10.6320601851852", "255:10:10"),
        ("1900", 3, "0.5", "12:00:00"),
        ("1900", 4, "0.25", "0.25"),
    ],
)
def test_dates_of_both_epochs_and_times_are_iso_text(tmp_path, epoch, style, stored, text):
    content = styled(number(stored, f's="{style}"'), epoch)
    assert values(read(tmp_path, content, "a.xlsx")) == [text]


def column(stored: list[str], style: int) -> str:
    """Rows from the second on, each with a number of this style."""
    return "".join(
        f'<row r="{row}"><c r="A{row}" s="{style}"><v>{text}</v></c></row>'
        for row, text in enumerate(stored, 2)
    )


@pytest.mark.parametrize("style", [1, 3])
@pytest.mark.parametrize("stored", ["-1", "-0.25", "-100000", "60"])
def test_a_number_that_is_no_date_keeps_its_digits_and_is_named(tmp_path, style, stored):
    result = read(tmp_path, styled(column(["43831", stored], style), "1900"), "a.xlsx")
    assert values(result)[1] == stored
    sentence = said(result, "read.impossible-dates")
    assert sentence.startswith("1 cell formatted as a date holds")
    assert "(A3)" in sentence


@pytest.mark.parametrize(
    ("epoch", "style", "stored"),
    [
        ("1900", 1, "59"),
        ("1900", 1, "61"),
        ("1900", 3, "0"),
        ("1900", 2, "-1.5"),
        ("1900", 4, "-1.5"),
        ("1904", 1, "60"),
    ],
)
def test_dates_spans_and_plain_numbers_are_not_named(tmp_path, epoch, style, stored):
    assert codes(read(tmp_path, styled(number(stored, f's="{style}"'), epoch), "a.xlsx")) == set()


def test_each_impossible_date_counts_once_and_the_first_are_named(tmp_path):
    content = styled(column(["-1"] * 6, 1), "1900")
    result = read(tmp_path, content, "a.xlsx")
    assert said(result, "read.impossible-dates").startswith("6 cells")
    assert "(A2, A3, A4, A5, A6 …)" in said(result, "read.impossible-dates")


DATE = 14
RK_MINUS_1 = struct.pack("<i", -1 << 2 | 2)
RK_MINUS_HALF = struct.pack("<i", -50 << 2 | 3)
XLS_DATES = (
    xls_text(0, 0, "a")
    + xls_record(0x0203, struct.pack("<HHHd", 1, 0, 0, -0.25))
    + xls_record(0x027E, struct.pack("<HHH", 2, 0, 0) + RK_MINUS_1)
    + xls_record(0x00BD, struct.pack("<HHH", 3, 0, 0) + RK_MINUS_HALF + bytes(2) + RK_MINUS_1
                 + struct.pack("<H", 1))
    + xls_record(0x0006, struct.pack("<HHHd", 4, 0, 0, 60) + bytes(8))
)  # fmt: skip
XLSB_DATES = (
    xlsb_row(0) + xlsb_text(0, "a")
    + xlsb_row(1) + xlsb_cell(5, 0, struct.pack("<d", -0.25))
    + xlsb_row(2) + xlsb_cell(2, 0, struct.pack("<d", -1)[4:])
    + xlsb_row(3) + xlsb_cell(2, 0, RK_MINUS_HALF)
    + xlsb_row(4) + xlsb_cell(9, 0, struct.pack("<d", 60) + bytes(8))
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "named"),
    [
        ("a.xls", xls(XLS_DATES, (DATE,)), "(A2, A3, A4, B4, A5)"),
        ("a.xlsb", xlsb(XLSB_DATES, formats=(DATE,)), "(A2, A3, A4, A5)"),
    ],
)
def test_numbers_of_binary_formats_that_are_no_dates_are_named_as_well(
    tmp_path, name, content, named
):
    result = read(tmp_path, content, name)
    assert values(result) == ["-0.25", "-1", "-0.5", "60"]
    assert named in said(result, "read.impossible-dates")


def test_an_impossible_date_in_the_first_row_counts_once(tmp_path):
    content = xlsb(xlsb_row(0) + xlsb_cell(5, 0, struct.pack("<d", -1)), formats=(DATE,))
    result = read(tmp_path, content, "a.xlsb", header=False)
    assert said(result, "read.impossible-dates").startswith("1 cell")


def test_a_span_that_no_clock_holds_is_refused_with_its_row(tmp_path):
    content = styled(column(["1", "1e9"], 2), "1900")
    with pytest.raises(
        UnreadableFile, match=r"Row 3 of sheet 'S' in 'a.xlsx' .* correct that cell"
    ):
        read(tmp_path, content, "a.xlsx")


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("PT26H03M00S", "26:03:00"),
        ("-PT01H00M00S", "-1:00:00"),
        ("PT24H00M00.5S", "24:00:00.5"),
        ("P1DT2H", "26:00:00"),
        ("PT01H02M03S", "01:02:03"),
        ("P1Y", "P1Y"),
        ("PT", "PT"),
    ],
)
def test_a_span_of_an_ods_is_written_like_that_of_other_workbooks(tmp_path, stored, text):
    cell = ods_cell("x", f'office:value-type="time" office:time-value="{stored}"')
    rows = ods_row(ods_cell("a")) + ods_row(cell) + ods_row(ods_cell("z"))
    assert values(read(tmp_path, ods(rows), "a.ods")) == [text, "z"]


@pytest.mark.parametrize(("column", "name"), [(0, "A7"), (25, "Z7"), (26, "AA7"), (16383, "XFD7")])
def test_cells_are_called_as_spreadsheets_call_them(column, name):
    assert address(6, column) == name
