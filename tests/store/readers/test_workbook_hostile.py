"""Workbooks built to do harm, or broken, are refused in a sentence; odd contents stay data."""

import io
import resource
import struct
import time
import zipfile
import zlib
from xml.sax.saxutils import quoteattr

import pytest

from core import UnreadableFile
from store.readers import workbook_checks
from tests.store.readers.files import DOCUMENT, MAIN, RELATIONS, cells, codes, read, workbook
from tests.store.readers.workbooks import (
    OLE,
    archive,
    ods,
    ods_cell,
    ods_row,
    xls,
    xls_number,
    xls_text,
    xlsb,
    xlsb_row,
    xlsb_text,
)

PEOPLE = {"S": [["id", "name"], [1, "Ada"], [2, "Bo"]]}
SHEET = "xl/worksheets/sheet1.xml"
DOCTYPE = '<!DOCTYPE x [<!ENTITY a "b">]>'
BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
FETCH = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><x>&a;</x>'


def with_flag(content: bytes) -> bytes:
    """A package in which every part is said to be encrypted, as ZIP programs do it."""
    flagged = bytearray(content)
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = flagged.find(mark)
        while at >= 0:
            flagged[at + place] |= 1
            at = flagged.find(mark, at + 4)
    return bytes(flagged)


def refused(folder, content: bytes, name: str = "odd.xlsx") -> UnreadableFile:
    """The refusal of a file: a sentence with its name, and without libraries and paths."""
    with pytest.raises(UnreadableFile) as caught:
        read(folder, content, name)
    message = caught.value.message
    assert f"'{name}'" in message
    assert message.endswith(".")
    assert not any(word in message for word in (str(folder), "calamine", "zip", "Error", "/etc"))
    return caught.value


def sheet_of(rows: str, before: str = "") -> dict[str, str]:
    """The part of a sheet with rows given as XML."""
    return {SHEET: f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData></worksheet>'}


@pytest.mark.parametrize(
    "parts",
    [
        {"xl/workbook.xml": BOMB},
        {SHEET: FETCH},
        {"xl/sharedStrings.xml": f"<?xml version='1.0'?>\n<!-- a -->\n{DOCTYPE}<sst/>"},
        {"xl/sharedStrings.xml": f"<!--{' ' * 70_000}-->{DOCTYPE}<sst/>"},
        {"xl/_rels/workbook.xml.rels": BOMB},
        {"docProps/core.xml": BOMB},
        {"xl/anything.bin": BOMB},
        {SHEET: ('<?xml version="1.0" encoding="UTF-16"?>' + BOMB).encode("utf-16")},
        {SHEET: BOMB.encode("utf-16-be")},
        {SHEET: BOMB.encode("utf-32")},
        {SHEET: b"\xef\xbb\xbf" + BOMB.encode()},
    ],
)
def test_xml_entities_in_any_part_are_refused(tmp_path, parts):
    error = refused(tmp_path, workbook(PEOPLE, parts))
    assert error.reason == "xml_bomb"
    assert "XML entities" in error.message
    assert "save it again" in error.message


def test_a_comment_long_enough_to_hide_entities_is_refused(tmp_path):
    part = f"<!--{' ' * 2**21}-->{BOMB}"
    assert refused(tmp_path, workbook(PEOPLE, {SHEET: part})).reason == "corrupt"


def test_xml_entities_in_an_ods_are_refused(tmp_path):
    assert refused(tmp_path, ods("", {"styles.xml": BOMB}), "odd.ods").reason == "xml_bomb"


def test_markup_inside_a_text_is_no_document_type(tmp_path):
    rows = '<row r="1"><c r="A1" t="inlineStr"><is><t><![CDATA[<!DOCTYPE x>]]></t></is></c></row>'
    rows += '<row r="2"><c r="A2"><v>1</v></c></row>'
    result = read(tmp_path, workbook(PEOPLE, sheet_of(rows)), "a.xlsx", header=True)
    assert cells(result.table) == [["<!DOCTYPE x>"], ["1"]]


def test_a_part_in_utf_16_is_refused_for_the_parser_would_see_an_empty_sheet(tmp_path):
    part = sheet_of('<row r="1"><c r="A1"><v>1</v></c></row>')[SHEET]
    error = refused(tmp_path, workbook(PEOPLE, {SHEET: part.encode("utf-16")}))
    assert error.reason == "encoding"
    assert "UTF-8" in error.message


def test_a_part_in_utf_16_that_nobody_reads_does_no_harm(tmp_path):
    content = workbook(PEOPLE, {"customXml/item1.xml": "<a/>".encode("utf-16")})
    assert read(tmp_path, content, "a.xlsx").table.height == 2


def test_a_workbook_that_grows_too_much_is_refused_with_the_limit(tmp_path):
    error = refused(tmp_path, workbook(PEOPLE, {"xl/media/x.bin": "0" * (70 * 2**20)}))
    assert error.reason == "too_large_uncompressed"
    assert "70 MB" in error.message
    assert "limit is 1,024 MB" in error.message


def test_a_workbook_of_too_many_parts_is_refused_with_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(workbook_checks, "MAX_ARCHIVE_ENTRIES", 9)
    error = refused(tmp_path, workbook(PEOPLE, {f"x{n}": "" for n in range(9)}))
    assert error.reason == "too_large_uncompressed"
    assert "the limit is 9" in error.message


@pytest.mark.parametrize("declared", [10, 10**6])
def test_a_part_that_lies_about_its_size_is_refused(tmp_path, declared):
    content = bytearray(workbook(PEOPLE))
    at = content.index(SHEET.encode(), content.index(b"PK\x01\x02")) - 46
    struct.pack_into("<I", content, at + 24, declared)
    assert refused(tmp_path, bytes(content)).reason == "corrupt"


def test_a_part_with_a_wrong_checksum_is_refused(tmp_path):
    content = bytearray(workbook(PEOPLE))
    at = content.index(SHEET.encode(), content.index(b"PK\x01\x02")) - 46
    content[at + 16] ^= 1
    assert refused(tmp_path, bytes(content)).reason == "corrupt"


def test_a_part_that_is_there_twice_is_refused(tmp_path):
    twice = workbook(PEOPLE, {SHEET.upper(): "<worksheet/>"})
    assert refused(tmp_path, twice).reason == "corrupt"


def test_a_part_whose_checksum_agrees_with_its_lie_is_refused_as_well(tmp_path):
    content = bytearray(workbook(PEOPLE))
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        head = file.read(SHEET)[:10]
    at = content.index(SHEET.encode(), content.index(b"PK\x01\x02")) - 46
    struct.pack_into("<I", content, at + 16, zlib.crc32(head))
    struct.pack_into("<I", content, at + 24, len(head))
    assert refused(tmp_path, bytes(content)).reason == "corrupt"


def peak() -> int:
    """The most memory that this process had so far, in kB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


FAR = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
UNPLACED = '<row r="1"><c><v>1</v></c></row><row r="1048576">' + "<c><v>1</v></c>" * 60 + "</row>"
ROW_BOMB = ods_row(ods_cell("x")) + ods_row(
    ods_cell("x", 'table:number-columns-repeated="100" office:value-type="string"'),
    attributes='table:number-rows-repeated="1000000"',
)
CORNER = ods_row(ods_cell("x")) + ods_row(
    ods_cell("", 'table:number-columns-repeated="16000"'),
    ods_cell("x"),
    attributes='table:number-rows-repeated="1048000"',
)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("odd.xlsx", workbook(PEOPLE, sheet_of(FAR))),
        ("odd.xlsx", workbook(PEOPLE, sheet_of(FAR.replace('r="A', "x:r='A")))),
        ("odd.xlsx", workbook(PEOPLE, sheet_of(UNPLACED))),
        ("odd.xlsb", xlsb(xlsb_row(0) + xlsb_text(0, "a") + xlsb_row(10**6) + xlsb_text(99, "b"))),
        ("odd.ods", ods(ROW_BOMB)),
        ("odd.ods", ods(CORNER)),
    ],
)
def test_cells_far_apart_are_refused_before_they_fill_the_memory(tmp_path, name, content):
    before = peak()
    error = refused(tmp_path, content, name)
    assert peak() - before < 100_000
    assert error.reason == "too_large_uncompressed"
    assert "Sheet 'S'" in error.message
    assert "16,000,000 cells" in error.message
    assert "save it as CSV" in error.message


def test_a_declared_extent_and_formatted_empty_cells_cost_nothing(tmp_path):
    rows = FAR.replace('<c r="XFD1048576"><v>1</v></c>', '<c r="XFD1048576" s="0"/>')
    content = workbook(PEOPLE, sheet_of(rows, '<dimension ref="A1:XFD1048576"/>'))
    before = peak()
    assert cells(read(tmp_path, content, "a.xlsx", header=False).table) == [["column_1"], ["1"]]
    assert peak() - before < 100_000


def test_a_far_cell_on_another_sheet_does_not_matter(tmp_path):
    far = {"xl/worksheets/sheet2.xml": sheet_of(FAR)[SHEET]}
    content = workbook({"S": PEOPLE["S"], "Far": []}, far)
    assert read(tmp_path, content, "a.xlsx").table.height == 2


@pytest.mark.parametrize("cut", [0.2, 0.5, 0.9, 0.99])
@pytest.mark.parametrize(
    ("name", "whole"),
    [
        ("odd.xlsx", workbook(PEOPLE)),
        ("odd.ods", ods(ods_row(ods_cell("a")) + ods_row(ods_cell("b")))),
        ("odd.xlsb", xlsb(xlsb_row(0) + xlsb_text(0, "a") + xlsb_row(1) + xlsb_text(0, "b"))),
    ],
)
def test_a_truncated_workbook_is_damaged(tmp_path, name, whole, cut):
    error = refused(tmp_path, whole[: int(len(whole) * cut)], name)
    assert error.reason == "corrupt"
    assert "save it again" in error.message


def test_markup_that_never_ends_costs_no_time(tmp_path):
    before = time.process_time()
    rows = '<row r="1">' + "<c t='e' " * 200_000 + "<row hidden='1' " * 200_000
    refused(tmp_path, workbook(PEOPLE, sheet_of(rows + "f>")))
    assert time.process_time() - before < 5


@pytest.mark.parametrize("offset", range(0, 46, 3))
def test_a_flipped_byte_in_the_directory_is_refused_or_harmless(tmp_path, offset):
    content = bytearray(workbook(PEOPLE))
    at = content.index(SHEET.encode(), content.index(b"PK\x01\x02")) - 46
    content[at + offset] ^= 0xFF
    try:
        outcome = str(read(tmp_path, bytes(content), "odd.xlsx").table.height)
    except UnreadableFile as error:
        outcome = error.reason
    assert outcome in {"2", "corrupt", "encrypted", "too_large_uncompressed"}


def test_a_damaged_old_workbook_is_refused(tmp_path):
    whole = xls(xls_text(0, 0, "a") + xls_number(1, 0, 1))
    assert refused(tmp_path, whole[:700], "odd.xls").reason == "corrupt"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("odd.xlsx", OLE + bytes(504) + "EncryptedPackage".encode("utf-16-le")),
        (
            "odd.ods",
            archive({"META-INF/manifest.xml": "<m:encryption-data/>", "content.xml": "\x07"}),
        ),
        ("odd.xlsx", with_flag(workbook(PEOPLE))),
    ],
)
def test_a_password_is_named_with_what_to_do(tmp_path, name, content):
    error = refused(tmp_path, content, name)
    assert error.reason == "encrypted"
    assert "password; remove it" in error.message


def test_an_old_workbook_that_speaks_of_encryption_is_not_encrypted(tmp_path):
    word = "\0".join("EncryptedPackage") + "\0"
    content = xls(xls_text(0, 0, "a") + xls_text(1, 0, word))
    assert read(tmp_path, content, "a.xls").table.height == 1


def test_no_link_is_followed_and_no_macro_runs(tmp_path, monkeypatch):
    def connect(*_):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr("socket.socket.connect", connect)
    link = (
        f'<Relationships xmlns="{RELATIONS}"><Relationship Id="l" '
        f'Type="{DOCUMENT}/externalLinkPath" '
        'Target="http://127.0.0.1:9/a.xlsx" TargetMode="External"/></Relationships>'
    )
    parts = {
        "xl/externalLinks/_rels/externalLink1.xml.rels": link,
        "xl/vbaProject.bin": "Sub AutoOpen()",
    }
    assert read(tmp_path, workbook(PEOPLE, parts), "a.xlsm").table.height == 2


NAUGHTY = [
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "<script>alert(1)</script>",
    "'; DROP TABLE users; --",
    "{{7*7}} ${7*7} %s%n",
    "../../etc/passwd",
    "\u202etest\u202c",
    "Ω≈ç√∫˜µ≤≥÷",
    "田中さんにあげて下さい",
    "👾 🙇 💁",
    "NULL",
    "1e1000",
    "Z\u0351\u036b\u0343",
]


def test_naughty_texts_are_values_and_names_like_others(tmp_path):
    rows = [NAUGHTY, NAUGHTY[::-1], NAUGHTY]
    result = read(tmp_path, workbook({"S": rows}), "a.xlsx", header=True)
    assert cells(result.table) == rows


@pytest.mark.parametrize("name", [*NAUGHTY, "a/b", '"quoted"', "x" * 300])
def test_naughty_names_of_sheets_are_names(tmp_path, name):
    parts = {
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{DOCUMENT}"><sheets>'
        f'<sheet name={quoteattr(name)} sheetId="1" r:id="r1"/></sheets></workbook>'
    }
    result = read(tmp_path, workbook(PEOPLE, parts), "a.xlsx", sheet=name)
    assert result.dialect["sheets"] == [name]
    assert codes(result) == set()
