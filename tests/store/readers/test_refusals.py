"""What is no table is refused with a stable reason and a sentence."""

import gzip
import io
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core import ParamsError, UnreadableFile
from core.params import parse
from store.readers import Reading
from tests.store.readers.files import read, workbook


def parquet() -> bytes:
    content = io.BytesIO()
    pq.write_table(pa.table({"a": list(range(1000))}), content)
    return content.getvalue()


def without_footer(content: bytes) -> bytes:
    size = int.from_bytes(content[-8:-4], "little")
    return content[: -8 - size] + bytes(size) + content[-8:]


def archive(members: dict[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in members.items():
            file.writestr(name, text)
    return content.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SHEET = {"S": [["a"], [1]]}
CASES = [
    ("a.csv", b"", "empty"),
    ("a.csv", b"\xef\xbb\xbf", "empty"),
    ("a.csv", b"\n \n\n", "empty"),
    ("a.json", b"", "invalid_json"),
    ("a.json", b" ", "invalid_json"),
    ("a.jsonl", b" ", "empty"),
    ("a.xlsx", workbook({"S": []}), "empty"),
    ("a.json", b"[]", "empty"),
    ("a.xls", b"a\tb\n1\t2\n", "wrong_type"),
    ("a.csv", gzip.compress(b"a,b\n1,2\n"), "wrong_type"),
    ("a.csv", workbook(SHEET), "wrong_type"),
    ("a.json", parquet(), "wrong_type"),
    ("a.parquet", b"a,b\n1,2\n", "wrong_type"),
    ("a.parquet", parquet()[:-20], "corrupt"),
    ("a.parquet", b"PAR1", "corrupt"),
    ("a.parquet", without_footer(parquet()), "corrupt"),
    ("a.xlsx", workbook(SHEET)[:300], "corrupt"),
    ("a.xls", OLE + bytes(600), "corrupt"),
    ("a.xlsx", OLE + bytes(504) + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
    (
        "a.ods",
        archive({"META-INF/manifest.xml": "<m:encryption-data/>", "content.xml": "x"}),
        "encrypted",
    ),
    ("a.parquet", b"PARE" + bytes(20) + b"PARE", "encrypted"),
    ("a.csv", b"a,b\n1,\x00\n", "binary"),
    ("a.csv", bytes(range(256)), "binary"),
    ("a.json", b"42", "not_a_table"),
    ("a.json", b'"text"', "not_a_table"),
    ("a.json", b'{"a": [1], "b": [1, 2]}', "not_a_table"),
    ("a.json", b'[1, {"a": 2}]', "not_a_table"),
    ("a.json", b"[1, 2", "invalid_json"),
    ("a.json", b'["\xff"]', "invalid_json"),
    ("a.jsonl", b"nothing\nat all\n", "invalid_json"),
    ("a.json", b"[" * 100_000, "invalid_json"),
    ("a.json", b"[" * 100_000 + b"]" * 100_000, "too_deep"),
    ("a.json", b"[" * 900 + b"]" * 900, "too_deep"),
    ("a.csv", (",".join(f"c{n}" for n in range(5_001)) + "\n1\n").encode(), "too_many_columns"),
]


@pytest.mark.parametrize(("name", "content", "reason"), CASES)
def test_a_file_is_refused(tmp_path, name, content, reason):
    with pytest.raises(UnreadableFile) as caught:
        read(tmp_path, content, name)
    assert caught.value.reason == reason
    assert_is_a_sentence_for_users(caught.value.message, tmp_path)


def assert_is_a_sentence_for_users(message, folder):
    """It names no library and no place on the server, and ends with a full stop."""
    assert message.endswith(".")
    assert str(folder) not in message
    for word in ("polars", "pyarrow", "calamine", "Error", "Traceback", "upload'"):
        assert word not in message


def test_a_huge_parquet_footer_is_refused_before_anything_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr("store.readers.arrow_text.MAX_CELLS", 999)
    monkeypatch.setattr("store.readers.arrow_text.MAX_CELLS_PER_BYTE", 0)
    with pytest.raises(UnreadableFile, match="1,000 cells") as caught:
        read(tmp_path, parquet(), "a.parquet")
    assert caught.value.reason == "too_large_uncompressed"


def test_the_first_nul_is_named_with_its_line(tmp_path):
    with pytest.raises(UnreadableFile, match=r"offset 6 \(line 2\)"):
        read(tmp_path, b"a,b\n1,\x00\n")


@pytest.mark.parametrize(
    "values",
    [
        {"encoding": "no-such"},
        {"encoding": "hex"},
        {"delimiter": "\n"},
        {"delimiter": ""},
        {"x": 1},
    ],
)
def test_a_choice_that_cannot_be_is_a_parameter_error(values):
    with pytest.raises(ParamsError):
        parse(Reading, values, "reading")
