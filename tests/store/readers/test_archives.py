"""Packed tables: one file inside, counted while it is unpacked, and the same cells as unpacked."""

import gzip
import io
import re
import struct
import zipfile

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import UnreadableFile
from store.readers import Reading, open_stream, unpack
from store.readers.ingest import ingest
from tests.store.readers.files import cells, read, workbook

TABLE = b"a,b\n1,2\n"
ROWS = [["a", "b"], ["1", "2"]]


def zstd(content: bytes) -> bytes:
    return pa.compress(content, "zstd", asbytes=True)


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, text in members:
            archive.writestr(name, text)
    return content.getvalue()


def zip_of(content: bytes, name: str = "inside.csv") -> bytes:
    return zipped((name, content))


PACKINGS = [("gz", gzip.compress), ("zst", zstd), ("zip", zip_of)]


def parquet() -> bytes:
    content = io.BytesIO()
    pq.write_table(pa.table({"a": ["1"], "b": ["2"]}), content)
    return content.getvalue()


def refused(folder, content: bytes, name: str) -> UnreadableFile:
    with pytest.raises(UnreadableFile) as caught:
        read(folder, content, name)
    assert name in caught.value.message
    return caught.value


def outcome(folder, content: bytes, name: str) -> list[list[str | None]] | str:
    """The cells, or the reason of the refusal; nothing else may be raised."""
    try:
        return cells(read(folder, content, name).table)
    except UnreadableFile as error:
        return error.reason


@pytest.mark.parametrize(
    ("content", "extension"),
    [
        (TABLE, "csv"),
        (b"a\tb\n1\t2\n", "tsv"),
        ("a,b\n1,2\n".encode("utf-16"), "txt"),
        (b'[{"a": 1, "b": 2}]', "json"),
        (b'{"a": 1, "b": 2}\n{"a": 3, "b": 4}\n', "jsonl"),
        (parquet(), "parquet"),
        (workbook({"S": [["a", "b"], [1, 2]]}), "xlsx"),
    ],
)
@pytest.mark.parametrize(("ending", "pack"), PACKINGS)
def test_a_packed_file_reads_as_the_file_itself(tmp_path, content, extension, ending, pack):
    plain = read(tmp_path, content, f"data.{extension}")
    packed = pack(content) if ending != "zip" else zip_of(content, f"data.{extension}")
    result = read(tmp_path, packed, f"data.{extension}.{ending}")
    assert cells(result.table) == cells(plain.table)
    assert result.dialect == plain.dialect | {"packing": result.dialect["packing"]}


@pytest.mark.parametrize(("ending", "pack"), PACKINGS[:2])
@pytest.mark.parametrize("content", [TABLE, parquet(), b'[{"a": "1", "b": "2"}]'])
def test_without_a_second_extension_the_content_decides(tmp_path, ending, pack, content):
    for name in (f"data.{ending}", f"data.2024.{ending}"):
        assert cells(read(tmp_path, pack(content), name).table) == ROWS


def test_an_unknown_extension_before_the_packing_is_refused_as_it_is_unpacked(tmp_path):
    assert refused(tmp_path, gzip.compress(TABLE), "dump.sql.gz").reason == "unsupported_type"


def test_a_zip_file_is_read_by_the_name_inside(tmp_path):
    assert cells(read(tmp_path, zip_of(TABLE), "export.zip").table) == ROWS
    assert cells(read(tmp_path, zip_of(TABLE, "part-0"), "export.csv.zip").table) == ROWS
    assert refused(tmp_path, zip_of(TABLE, "notes.md"), "export.zip").reason == "unsupported_type"


def test_what_systems_leave_in_archives_does_not_count(tmp_path):
    content = zipped(
        ("data/", b""),
        ("data/t.csv", TABLE),
        ("data/.DS_Store", b"\0"),
        ("__MACOSX/data/._t.csv", b"\0\5"),
    )
    assert cells(read(tmp_path, content, "a.zip").table) == ROWS


def test_several_files_are_listed(tmp_path):
    content = zipped(*((f"{n}.csv", TABLE) for n in range(7)))
    error = refused(tmp_path, content, "a.zip")
    assert error.reason == "unsupported_type"
    assert "holds 7 files ('0.csv', '1.csv', '2.csv', '3.csv', '4.csv' and 2 more)" in error.message


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_the_usual_methods_of_zip_are_read(tmp_path, method):
    assert cells(read(tmp_path, zipped(("t.csv", TABLE), method=method), "a.zip").table) == ROWS


def test_lzma_is_not_because_an_archive_chooses_how_much_memory_it_takes(tmp_path):
    content = zipped(("t.csv", TABLE), method=zipfile.ZIP_LZMA)
    assert refused(tmp_path, content, "a.zip").reason == "unsupported_type"


def test_a_zip_with_data_descriptor_or_zip64_is_read(tmp_path):
    class Pipe(io.BytesIO):
        def seekable(self):
            return False

    content = Pipe()
    with (
        zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("t.csv", "w", force_zip64=True) as member,
    ):
        member.write(TABLE)
    assert cells(read(tmp_path, content.getvalue(), "a.zip").table) == ROWS


def test_several_frames_are_one_file(tmp_path):
    for ending, pack in PACKINGS[:2]:
        content = pack(TABLE) + pack(b"3,4\n")
        assert cells(read(tmp_path, content, f"a.csv.{ending}").table) == [*ROWS, ["3", "4"]]


def test_names_inside_are_never_paths(tmp_path):
    for inside in ("../../out.csv", "/tmp/out.csv", "C:\\out.csv"):
        folder = tmp_path / "a" / "b"
        folder.mkdir(parents=True, exist_ok=True)
        assert cells(read(folder, zip_of(TABLE, inside), "a.zip").table) == ROWS
    assert {path.name for path in tmp_path.rglob("*")} == {"a", "b", "upload"}


def with_flag(content: bytes, flag: int) -> bytes:
    """The archive with a general purpose flag set on its first member, in both places."""
    changed = bytearray(content)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.index(mark) + offset
        changed[place] |= flag
    return bytes(changed)


def test_a_password_is_named(tmp_path):
    error = refused(tmp_path, with_flag(zip_of(TABLE), 1), "a.zip")
    assert error.reason == "encrypted"
    assert "password" in error.message


LONG = b"a,b\n" + b"".join(b"%d,%d\n" % (n, n * n) for n in range(5_000))


@pytest.mark.parametrize(("ending", "pack"), PACKINGS)
def test_every_cut_and_every_flipped_byte_is_noticed(tmp_path, ending, pack):
    packed = pack(LONG)
    whole = cells(read(tmp_path, packed, f"a.csv.{ending}").table)
    middle = len(packed) // 2
    flipped = packed[:middle] + bytes([packed[middle] ^ 0x10]) + packed[middle + 1 :]
    # Zstandard files have a checksum only if their writer wished so.
    changed = [] if ending == "zst" else [flipped]
    for damaged in (packed[:middle], packed[:-2], packed[:12], *changed):
        assert outcome(tmp_path, damaged, f"a.csv.{ending}") in (whole, "corrupt")


def test_gzip_and_zip_check_their_sums(tmp_path):
    stored = bytearray(zipped(("t.csv", TABLE), method=zipfile.ZIP_STORED))
    stored[stored.index(TABLE) + 4] ^= 1
    assert refused(tmp_path, bytes(stored), "a.zip").reason == "corrupt"
    packed = bytearray(gzip.compress(TABLE))
    packed[-6] ^= 1
    assert refused(tmp_path, bytes(packed), "a.csv.gz").reason == "corrupt"


def test_rubbish_after_the_end_is_damage(tmp_path):
    for ending, pack in PACKINGS[:2]:
        assert refused(tmp_path, pack(TABLE) + b"more", f"a.csv.{ending}").reason == "corrupt"


@pytest.mark.parametrize(("ending", "pack"), PACKINGS)
def test_an_archive_in_an_archive_is_refused(tmp_path, ending, pack):
    for inner in (gzip.compress(TABLE), zip_of(TABLE), zstd(TABLE)):
        error = refused(tmp_path, pack(inner), f"a.csv.{ending}")
        assert error.reason == "unsupported_type"
        assert "inside another archive" in error.message


@pytest.mark.parametrize(("ending", "pack"), PACKINGS)
def test_an_archive_of_nothing_is_empty(tmp_path, ending, pack):
    assert refused(tmp_path, pack(b""), f"a.csv.{ending}").reason == "empty"
    assert refused(tmp_path, zipped(), "a.zip").reason == "empty"


@pytest.mark.parametrize(("ending", "pack"), PACKINGS)
def test_what_is_no_table_inside_is_refused(tmp_path, ending, pack):
    assert refused(tmp_path, pack(b"%PDF-1.7"), f"a.{ending}").reason in {
        "unsupported_type",
        "wrong_type",
    }
    tar = b"a.csv".ljust(257, b"\0") + b"ustar\x0000" + bytes(248)
    assert refused(tmp_path, pack(tar), f"a.tar.{ending}").reason in {
        "unsupported_type",
        "wrong_type",
    }


@pytest.mark.parametrize(("ending", "pack"), PACKINGS)
def test_a_bomb_is_refused_by_its_ratio_before_it_fills_the_disk(tmp_path, ending, pack):
    packed = pack(bytes(100 * 2**20))
    folder = tmp_path / "scratch"
    folder.mkdir()
    (tmp_path / "upload").write_bytes(packed)
    with pytest.raises(UnreadableFile) as caught:
        open_stream(tmp_path / "upload", f"a.csv.{ending}", Reading(), folder)
    assert caught.value.reason == "too_large_uncompressed"
    assert re.search(r"grows to \d+ MB and more.*500 times", caught.value.message)
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 66 * 2**20


@pytest.mark.parametrize(("ending", "pack"), PACKINGS)
def test_a_bomb_is_refused_by_its_size(tmp_path, monkeypatch, ending, pack):
    monkeypatch.setattr(unpack, "MAX_UNPACKED_FILE_BYTES", 10_000)
    error = refused(tmp_path, pack(LONG), f"a.csv.{ending}")
    assert error.reason == "too_large_uncompressed"


def test_a_zip_that_declares_less_than_it_holds_is_damaged(tmp_path):
    packed = zip_of(LONG)
    lying = packed.replace(struct.pack("<I", len(LONG)), struct.pack("<I", 8))
    assert refused(tmp_path, lying, "a.zip").reason == "corrupt"


def test_a_zip_of_very_many_members_is_refused_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(unpack, "MAX_ARCHIVE_ENTRIES", 20)
    content = zipped(*((f"{n}.csv", b"") for n in range(21)))
    assert "21 files" in refused(tmp_path, content, "a.zip").message


@pytest.mark.parametrize(("ending", "pack"), PACKINGS)
def test_nothing_unpacked_is_left(tmp_path, ending, pack):
    folder = tmp_path / "scratch"
    folder.mkdir()
    (tmp_path / "upload").write_bytes(pack(TABLE))
    ingest(tmp_path / "upload", f"a.csv.{ending}", Reading(), folder)
    assert {path.name for path in folder.iterdir()} == {"table.parquet", "rejected.parquet"}
    assert pl.read_parquet(folder / "table.parquet").rows() == [(0, "1", "2")]


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["a.csv.gz", "a.zst", "a.zip", "a.csv"]))
def test_whatever_the_bytes_only_a_sentence_comes_out(tmp_path_factory, content, name):
    heads = {"a.csv.gz": b"\x1f\x8b\x08\x00", "a.zst": b"\x28\xb5\x2f\xfd", "a.zip": b"PK\x03\x04"}
    assert outcome(tmp_path_factory.mktemp("any"), heads.get(name, b"") + content, name)
