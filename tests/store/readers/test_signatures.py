"""What a file is follows from its content; the name must agree, or it is said."""

import io
import os
import pickle
import sqlite3
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.orc
import pytest

from core import UnreadableFile
from store.readers import EXTENSIONS
from tests.store.readers.files import cells, codes, read, workbook

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def zipped(*members: str, **contents: bytes) -> bytes:
    """A ZIP file with these members."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in members:
            archive.writestr(name, contents.get(name, b"x"))
    return content.getvalue()


def stream(name: str) -> bytes:
    """A file of old Office programs with one stream."""
    return OLE + name.encode("utf-16-le") + bytes(512)


def numpy_file() -> bytes:
    content = io.BytesIO()
    np.save(content, np.arange(3))
    return content.getvalue()


def orc() -> bytes:
    content = io.BytesIO()
    pyarrow.orc.write_table(pa.table({"a": [1]}), content)
    return content.getvalue()


def database(folder) -> bytes:
    path = folder / "base"
    with sqlite3.connect(path) as base:
        base.execute("create table t (a)")
    base.close()
    return path.read_bytes()


class Opened:
    """A pickle of it creates a file when it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


FOREIGN = {
    "PDF": b"%PDF-1.7\n1,2\n3,4\n",
    "RTF": b"{\\rtf1 a,b}",
    "HTML": b"\n <HTML><table><tr><td>1</td></tr></table>",
    "HTML in UTF-16": "<html><body>1,2</body></html>".encode("utf-16"),
    "HTML comment": b"<!-- saved --><table>",
    "XML": b"<?xml version='1.0'?><rows/>",
    "SVG": b"<svg xmlns='x'/>",
    "ELF": b"\x7fELF\x02\x01\x01" + bytes(99),
    "PE": b"MZ\x90\x00\x03" + bytes(99),
    "Mach-O": b"\xcf\xfa\xed\xfe\x07\x00\x00\x01",
    "Java class": b"\xca\xfe\xba\xbe\x00\x00\x00\x34",
    "PNG": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "JPEG": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00",
    "GIF": b"GIF89a\x01\x00\x01\x00",
    "MP3": b"ID3\x03\x00\x00",
    "MP4": b"\x00\x00\x00\x18ftypmp42",
    "WAV": b"RIFF\x00\x01\x00\x00WAVE",
    "font": b"\x00\x01\x00\x00\x00\x0c\x00\x80",
    "RAR": b"Rar!\x1a\x07\x00",
    "7z": b"7z\xbc\xaf\x27\x1c\x00\x04",
    "XZ": b"\xfd7zXZ\x00\x00\x04",
    "bzip2": b"BZh91AY&SY\x00\x01",
    "tar": b"a.csv".ljust(257, b"\0") + b"ustar\x0000" + bytes(248),
    "Git pack": b"PACK\x00\x00\x00\x02\x00\x00",
    "SQLite": b"SQLite format 3\x00" + bytes(84),
    "DuckDB": bytes(8) + b"DUCK\x40\x00\x00\x00",
    "Access": b"\x00\x01\x00\x00Standard Jet DB\x00",
    "HDF5": b"\x89HDF\r\n\x1a\n\x00",
    "ORC": orc(),
    "Avro": b"Obj\x01\x04\x16avro.schema",
    "NumPy": numpy_file(),
    "NumPy archive": zipped("a.npy", "b.npy"),
    "SAS": bytes(12) + bytes.fromhex("c2ea8160b31411cfbd92080009c7318c181f1011"),
    "SAS transport": b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!",
    "Stata": b"<stata_dta><header><release>118</release>",
    "old Stata": b"\x72\x02\x01\x00\x05\x00",
    "SPSS": b"$FL2@(#) IBM SPSS STATISTICS",
    "R": b"RDX3\nX\n\x00\x00\x00\x03",
    "dBase": b"\x03\x5f\x07\x1a\x01\x00\x00\x00\x41\x00",
    "Word": zipped("[Content_Types].xml", "word/document.xml"),
    "PowerPoint": zipped("[Content_Types].xml", "ppt/presentation.xml"),
    "e-book": zipped("mimetype", mimetype=b"application/epub+zip"),
    "OpenDocument text": zipped(
        "mimetype", "content.xml", mimetype=b"application/vnd.oasis.opendocument.text"
    ),
    "Java program": zipped("META-INF/MANIFEST.MF", "A.class"),
    "Android program": zipped("AndroidManifest.xml", "classes.dex"),
    "old Word": stream("WordDocument"),
    "old PowerPoint": stream("PowerPoint Document"),
    "Outlook message": stream("__properties_version1.0"),
    **{f"pickle {n}": pickle.dumps({"a": [1, 2], "b": (3,)}, n) for n in range(6)},
    **{f"pickled list {n}": pickle.dumps([1, 2], n) for n in range(6)},
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_what_is_no_table_is_refused_under_any_name(tmp_path, kind):
    for name, reasons in (
        ("a.csv", {"wrong_type", "binary"}),
        ("a.xlsx", {"wrong_type"}),
        ("a.parquet", {"wrong_type"}),
        ("a.json", {"wrong_type", "binary"}),
        ("a.zip", {"wrong_type"}),
        ("a.xyz", {"unsupported_type"}),
        ("a", {"unsupported_type"}),
    ):
        with pytest.raises(UnreadableFile) as caught:
            read(tmp_path, FOREIGN[kind], name)
        assert caught.value.reason in reasons, name
        assert f"'{name}" in caught.value.message


def test_a_real_database_is_refused(tmp_path):
    with pytest.raises(UnreadableFile, match="SQLite database"):
        read(tmp_path, database(tmp_path), "a.csv")


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.parquet", "a.xlsx", "a.arrow", "a.pkl"])
def test_no_pickle_is_ever_loaded(tmp_path, protocol, name):
    canary = tmp_path / "canary"
    with pytest.raises(UnreadableFile):
        read(tmp_path, pickle.dumps(Opened(canary), protocol), name)
    assert not canary.exists()


@pytest.mark.parametrize(
    "words",
    [
        ["city", "Paris", "prague"],
        ["Value", "Sum", "."],
        ["MZ", "1"],
        ["ORC", "elf"],
        ["BM", "PACK"],
        ["ID3", "OTTO"],
        ["(Value)", "Some"],
        ["RIFF", "GIF89a"],
        ["GIF89a", "x"],
        ["ARROW1", "1"],
        ["<name>", "x"],
        ["[a]", "1"],
        ["{a}", "1"],
    ],
)
def test_words_that_begin_like_a_signature_are_still_a_table(tmp_path, words):
    content = "".join(f"{word},{word}x\n" for word in words)
    assert read(tmp_path, content).table.height == len(words) - 1
    assert read(tmp_path, "".join(f"{word}\n" for word in words)).table.width == 2


@pytest.mark.parametrize(
    ("content", "name", "hint"),
    [
        (b"a,b\n1,2\n", "a.xlsx", "plain text.*ending .csv"),
        (b"a,b\n1,2\n", "a.csv.gz", "plain text.*ends in .gz"),
        (b"<table><tr><td>1</td></tr></table>", "a.xls", "web page.*spreadsheet"),
        (workbook({"S": [["a"], [1]]}), "a.csv", "workbook.*ending"),
        (workbook({"S": [["a"], [1]]}), "a.zip", "workbook.*ends in .zip"),
        (b"%PDF-1.7", "a.pdf", "PDF document.*Accepted are CSV"),
    ],
)
def test_the_refusal_says_what_it_looks_like_and_what_to_do(tmp_path, content, name, hint):
    with pytest.raises(UnreadableFile, match=hint):
        read(tmp_path, content, name)


@pytest.mark.parametrize(
    ("content", "format_found"),
    [
        (b'[{"a": "1"}, {"a": "2"}]', "json"),
        (b'\xef\xbb\xbf[\n {"a": "1"},\n {"a": "2"}\n]\n', "json"),
        (b'{"a": "1"}\n{"a": "2"}\n', "jsonl"),
    ],
)
@pytest.mark.parametrize("name", ["a.csv", "a.txt", "a.log"])
def test_json_under_the_name_of_a_text_table_is_read_as_json_and_it_is_said(
    tmp_path, content, format_found, name
):
    result = read(tmp_path, content, name)
    assert cells(result.table) == [["a"], ["1"], ["2"]]
    assert result.dialect["format"] == format_found
    assert "read.content-differs" in codes(result)


def test_a_column_of_json_documents_in_a_wider_table_is_no_json_file(tmp_path):
    result = read(tmp_path, '{"a": 1};x\n{"a": 2};y\n', delimiter=";", quote="", header=False)
    assert result.table.rows()[0][1:] == ('{"a": 1}', "x")


def test_tabs_in_a_csv_are_fine(tmp_path):
    result = read(tmp_path, "a\tb\n1\t2\n", "a.csv")
    assert cells(result.table) == [["a", "b"], ["1", "2"]]
    assert "read.content-differs" not in codes(result)


def test_a_workbook_without_a_telling_name_is_read_and_it_is_said(tmp_path):
    result = read(tmp_path, workbook({"S": [["a"], [1]]}), "export.bin")
    assert cells(result.table) == [["a"], ["1"]]
    assert "read.content-differs" in codes(result)


def test_plain_text_without_a_telling_name_is_refused(tmp_path):
    with pytest.raises(UnreadableFile, match=r"ending \.csv") as caught:
        read(tmp_path, "a,b\n1,2\n", "data")
    assert caught.value.reason == "unsupported_type"


@pytest.mark.parametrize("extension", [end for end, kind in EXTENSIONS.items() if kind == "csv"])
def test_every_text_extension_is_read_in_either_case(tmp_path, extension):
    for ending in (extension, extension.upper()):
        result = read(tmp_path, "a,b\n1,2\n", f"data.{ending}")
        assert cells(result.table) == [["a", "b"], ["1", "2"]]


def test_a_polyglot_has_the_one_meaning_of_its_first_bytes(tmp_path):
    table = b"a,b\n1,2\n"
    with pytest.raises(UnreadableFile) as caught:
        read(tmp_path, table + zipped("x.csv"), "a.csv")
    assert caught.value.reason == "binary"
    with pytest.raises(UnreadableFile, match="PDF"):
        read(tmp_path, b"%PDF-1.7\n" + workbook({"S": [["a"], [1]]}), "a.xlsx")
