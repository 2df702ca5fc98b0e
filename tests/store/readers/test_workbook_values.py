"""Every cell of a workbook comes back as the text that the file holds for it."""

import io
import xml.etree.ElementTree as ET
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.readers.files import MAIN, cells, codes, read, workbook
from tests.store.readers.workbooks import (
    ods,
    ods_cell,
    ods_row,
    struct,
    xls,
    xls_error,
    xls_number,
    xls_record,
    xls_text,
    xlsb,
    xlsb_cell,
    xlsb_record,
    xlsb_row,
    xlsb_text,
)

SHEET = "xl/worksheets/sheet1.xml"
HEAD = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'


def sheet(body: str, before: str = "", after: str = "") -> dict[str, str]:
    """The part of a sheet with a column called a, and rows given as XML."""
    rows = f"<sheetData>{HEAD}{body}</sheetData>"
    return {SHEET: f'<worksheet xmlns="{MAIN}">{before}{rows}{after}</worksheet>'}


def values(result) -> list[str | None]:
    """The first column."""
    return [row[0] for row in cells(result.table)[1:]]


def second_reader(content: bytes) -> list[list[str | None]]:
    """The cells of a workbook by another way: the XML of its only sheet, read as a tree."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        tree = ET.fromstring(file.read(SHEET))
    found: dict[tuple[int, int], str] = {}
    for cell in tree.iter(f"{{{MAIN}}}c"):
        place = cell.attrib["r"]
        text = "".join(cell.itertext())
        if cell.attrib.get("t") == "b":
            text = "true" if text == "1" else "false"
        found[int(place[1:]) - 1, ord(place[0]) - 65] = text
    height, width = (max(place[axis] for place in found) + 1 for axis in (0, 1))
    return [[found.get((r, c)) for c in range(width)] for r in range(height)]


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"], exclude_characters="_"),
    min_size=1,
).filter(lambda text: text == text.strip() and "\ufffe" not in text)
VALUES = st.one_of(
    TEXTS,
    st.integers(-(10**30), 10**30),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda value: not value.is_integer()),
    st.none(),
)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(st.integers(1), VALUES, VALUES, VALUES), min_size=1, max_size=8))
def test_every_cell_of_a_sheet_is_that_of_a_second_reader(tmp_path_factory, rows):
    content = workbook({"S": [["id", "a", "b", "c"], *map(list, rows)]})
    choices = {"header": True, "skip_rows": 0, "header_rows": 1, "footer_rows": 0}
    result = read(tmp_path_factory.mktemp("any"), content, "a.xlsx", **choices)
    assert cells(result.table)[1:] == second_reader(content)[1:]


@pytest.mark.parametrize("digits", ["9007199254740993", "123456789012345678901234567890"])
def test_a_whole_number_keeps_all_digits_that_the_file_has(tmp_path, digits):
    content = workbook({"S": []}, sheet(number(digits)))
    assert values(read(tmp_path, content, "a.xlsx")) == [digits]


def number(text: str, attributes: str = "") -> str:
    """A second row with a number."""
    return f'<row r="2"><c r="A2" {attributes}><v>{text}</v></c></row>'


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("1.0", "1"),
        ("1E5", "100000"),
        ("0.1", "0.1"),
        ("0.30000000000000004", "0.30000000000000004"),
        ("-2.50", "-2.5"),
    ],
)
def test_a_number_has_its_shortest_exact_digits(tmp_path, stored, text):
    result = read(tmp_path, workbook({"S": []}, sheet(number(stored))), "a.xlsx")
    assert values(result) == [text]


@pytest.mark.parametrize(
    "stored",
    [
        "<v><![CDATA[x]]></v>",
        "<v> <![CDATA[x]]></v>",
        '<v xml:space="preserve">x<![CDATA[y]]></v>',
        "<f>1</f><v>1<!--x-->2</v>",
    ],
)
def test_a_value_in_a_notation_that_nobody_writes_is_named(tmp_path, stored):
    body = f'<row r="2"><c r="A2" t="str">{stored}</c></row><row r="3"><c r="A3"><v>1</v></c></row>'
    result = read(tmp_path, workbook({"S": []}, sheet(body)), "a.xlsx")
    assert said(result, "read.unread-values").startswith("1 value has a CDATA section")
    assert "(A2)" in said(result, "read.unread-values")


def test_a_text_in_that_notation_is_read_and_not_named(tmp_path):
    text = '<c r="A2" t="inlineStr"><is><t>v><![CDATA[<v>]]></t></is></c>'
    result = read(tmp_path, workbook({"S": []}, sheet(f'<row r="2">{text}</row>')), "a.xlsx")
    assert (values(result), codes(result)) == (["v><v>"], set())


def test_a_value_of_an_ods_in_that_notation_is_named(tmp_path):
    rows = [ods_row(ods_cell(text)) for text in ("a", "<![CDATA[x]]>y", "z")]
    result = read(tmp_path, ods("".join(rows)), "a.ods")
    assert "(A2)" in said(result, "read.unread-values")


ERROR_CELL = '<c r="{}" t="e"><f>1/0</f><v>{}</v></c>'
ERRORS = ["#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"]


def test_error_values_are_kept_as_their_text_and_counted(tmp_path):
    body = "".join(
        f'<row r="{r}">{ERROR_CELL.format(f"A{r}", error)}</row>'
        for r, error in enumerate(ERRORS, 2)
    )
    result = read(tmp_path, workbook({"S": []}, sheet(body)), "a.xlsx")
    assert values(result) == ERRORS
    assert said(result, "read.error-cells").startswith("7 cells hold an error value")


def said(result, code):
    """The sentence of a finding."""
    return next(finding.message for finding in result.findings if finding.code == code)


def test_an_error_stays_in_its_cell_when_the_sheet_begins_at_c5(tmp_path):
    head = '<row r="5"><c r="C5" t="str"><v>a</v></c><c r="D5" t="str"><v>b</v></c></row>'
    row = f'<row r="6"><c r="C6"><v>1</v></c>{ERROR_CELL.format("D6", "#N/A")}</row>'
    part = f'<worksheet xmlns="{MAIN}"><sheetData>{head}{row}</sheetData></worksheet>'
    result = read(tmp_path, workbook({"S": []}, {SHEET: part}), "a.xlsx")
    assert cells(result.table) == [["a", "b"], ["1", "#N/A"]]
    assert (result.dialect["header_line"], result.dialect["first_column"]) == (5, 3)


def test_errors_without_an_address_are_counted_although_they_read_as_empty(tmp_path):
    body = '<row><c><v>1</v></c></row><row><c t="e"><v>#N/A</v></c></row><row><c><v>2</v></c></row>'
    part = f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>'
    result = read(tmp_path, workbook({"S": []}, {SHEET: part}), "a.xlsx", header=False)
    assert values(result) == ["1", None, "2"]
    assert "1 of them read as empty" in said(result, "read.error-cells")


def test_the_stored_value_of_a_formula_is_read(tmp_path):
    body = '<row r="2"><c r="A2"><f>1+1</f><v>2</v></c></row>'
    result = read(tmp_path, workbook({"S": []}, sheet(body)), "a.xlsx")
    assert values(result) == ["2"]
    assert result.findings == ()


@pytest.mark.parametrize("stored", ["<f>1+1</f>", "<f>1+1</f><v/>", "<f>1+1</f><v></v>"])
def test_a_formula_that_nobody_calculated_is_counted(tmp_path, stored):
    body = f'<row r="2"><c r="A2">{stored}</c></row><row r="3"><c r="A3"><v>1</v></c></row>'
    result = read(tmp_path, workbook({"S": []}, sheet(body)), "a.xlsx")
    assert values(result) == [None, "1"]
    assert said(result, "read.uncalculated-formulas").startswith("1 formula has no stored value")


def test_a_formula_that_gives_an_empty_text_is_not_uncalculated(tmp_path):
    body = '<row r="2"><c r="A2" t="str"><f>""</f><v></v></c></row>' + number("1").replace("2", "3")
    assert codes(read(tmp_path, workbook({"S": []}, sheet(body)), "a.xlsx")) == set()


def test_hidden_rows_are_read_and_counted(tmp_path):
    body = '<row r="2" hidden="1"><c r="A2"><v>1</v></c></row>'
    result = read(tmp_path, workbook({"S": []}, sheet(body)), "a.xlsx")
    assert values(result) == ["1"]
    assert said(result, "read.hidden-rows").startswith("1 row is hidden")


FORMULA_ERROR = struct.pack("<HHH", 3, 0, 0) + b"\x02\0\x07\0\0\0\xff\xff" + bytes(8)
ODS_ROWS = (
    ods_row(ods_cell("a"), ods_cell("b"))
    + ods_row(
        ods_cell("1", 'office:value-type="float" office:value="1"'),
        ods_cell(
            "#N/A", 'office:value-type="string" office:string-value="" calcext:value-type="error"'
        ),
    )
    + ods_row(ods_cell("2"), ods_cell("x"), attributes='table:visibility="collapse"')
    + ods_row(
        ods_cell("#DIV/0!", 'table:formula="=1/0" office:value-type="float" office:value="0"'),
        ods_cell("y"),
    )
)
XLS_RECORDS = (
    xls_record(0x0208, struct.pack("<HHHHHHBBH", 2, 0, 2, 255, 0, 0, 0x20, 0, 0))
    + xls_text(0, 0, "a") + xls_text(0, 1, "b")
    + xls_number(1, 0, 1) + xls_error(1, 1, 0x2A)
    + xls_text(2, 0, "2") + xls_text(2, 1, "x")
    + xls_record(0x0006, FORMULA_ERROR) + xls_text(3, 1, "y")
)  # fmt: skip
XLSB_RECORDS = (
    xlsb_row(0) + xlsb_text(0, "a") + xlsb_text(1, "b")
    + xlsb_row(1) + xlsb_cell(5, 0, struct.pack("<d", 1)) + xlsb_cell(3, 1, b"\x2a")
    + xlsb_row(2, hidden=True) + xlsb_text(0, "2") + xlsb_text(1, "x")
    + xlsb_row(3) + xlsb_cell(11, 0, b"\x07" + bytes(10)) + xlsb_text(1, "y")
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.ods", ods(ODS_ROWS)), ("a.xls", xls(XLS_RECORDS)), ("a.xlsb", xlsb(XLSB_RECORDS))],
)
def test_the_other_formats_keep_their_errors_and_note_hidden_rows(tmp_path, name, content):
    result = read(tmp_path, content, name)
    assert cells(result.table) == [["a", "b"], ["1", "#N/A"], ["2", "x"], ["#DIV/0!", "y"]]
    assert codes(result) == {"read.error-cells", "read.hidden-rows"}


def test_a_long_whole_number_of_an_ods_keeps_its_digits(tmp_path):
    long = "12345678901234567890123"
    cell = ods_cell("1E+22", f'office:value-type="float" office:value="{long}"')
    assert values(read(tmp_path, ods(ods_row(ods_cell("a")) + ods_row(cell)), "a.ods")) == [long]


def test_where_errors_cannot_be_looked_for_it_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr("store.readers.xls_marks.SHEET", 0xFFFF)
    result = read(tmp_path, xls(XLS_RECORDS), "a.xls")
    assert cells(result.table)[1] == ["1", None]
    assert "could not be looked for" in said(result, "read.error-cells")


MERGED_ODS = ods(
    ods_row(ods_cell("a"), ods_cell("b"))
    + ods_row(
        ods_cell("x", 'table:number-columns-spanned="2" office:value-type="string"'),
        "<table:covered-table-cell/>",
    )
)
MERGED_XLSB = xlsb(
    xlsb_row(0) + xlsb_text(0, "a") + xlsb_text(1, "b") + xlsb_row(1) + xlsb_text(0, "x"),
    xlsb_record(176, struct.pack("<IIII", 1, 1, 0, 1)),
)


@pytest.mark.parametrize(("name", "content"), [("a.ods", MERGED_ODS), ("a.xlsb", MERGED_XLSB)])
def test_merged_cells_of_other_formats_are_counted(tmp_path, name, content):
    result = read(tmp_path, content, name)
    assert cells(result.table)[1] == ["x", None]
    assert said(result, "read.merged-cells").startswith("1 merged range lies in the table")
