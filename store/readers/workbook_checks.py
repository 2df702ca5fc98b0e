"""Checks of a workbook before it is parsed: sizes, encryption, entities, and the real extent."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from core import UnreadableFile
from store.readers.limits import (
    MAX_ARCHIVE_ENTRIES,
    MAX_CELLS,
    MAX_RATIO,
    MAX_UNPACKED_BYTES,
    RATIO_FREE_BYTES,
    ZIP_ERRORS,
)

CHUNK = 2**20
OVERLAP = 256
ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Za-z]{1,3})(\d{1,7})"')
REPEATED = re.compile(
    rb'<table:(table-row|table-cell)\b(?=[^>]*?repeated="(\d+)")?'
    rb"(?=[^>]*?(office:value-type))?[^>]*?>"
)
ENTITY = re.compile(rb"<!(DOCTYPE|ENTITY)")


def check_workbook(path: Path, name: str) -> None:
    """Refuse a workbook that is encrypted, too large when unpacked, or built to exhaust memory.

    Only declared sizes and a streaming scan of the sheets are used; nothing is parsed. A file
    that is no ZIP (the old binary format) is only checked for encryption.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            check_sizes(archive.infolist(), name)
            check_parts(archive, name)
    except ZIP_ERRORS as error:
        with path.open("rb") as file:
            head = file.read(2)
        if head == b"PK":
            raise damaged(name) from error
        check_old_format(path, name)


def check_sizes(members: list[zipfile.ZipInfo], name: str) -> None:
    """Refuse by the directory of the archive alone."""
    if any(member.flag_bits & 1 for member in members):
        raise encrypted(name)
    size = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members) or 1
    is_bomb = size > RATIO_FREE_BYTES and size > MAX_RATIO * packed
    if size > MAX_UNPACKED_BYTES or is_bomb or len(members) > MAX_ARCHIVE_ENTRIES:
        raise UnreadableFile(
            "too_large_uncompressed",
            f"'{name}' grows to about {size // 2**20:,} MB when unpacked; the limit is "
            f"{MAX_UNPACKED_BYTES // 2**20:,} MB and {MAX_RATIO} times its size. Save it as CSV.",
        )


def check_parts(archive: zipfile.ZipFile, name: str) -> None:
    """Refuse by a look into the parts."""
    for member in archive.infolist():
        is_manifest = member.filename == "META-INF/manifest.xml"
        if is_manifest and any(b"encryption-data" in piece for piece in pieces(archive, member)):
            raise encrypted(name)
        if member.filename.endswith((".xml", ".rels")):
            check_entities(archive, member, name)
        if SHEET.fullmatch(member.filename):
            check_extent(archive, member, name)
        if member.filename == "content.xml":
            check_repetition(archive, member, name)


def pieces(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The unpacked part in pieces that overlap, so that no tag is cut in all of them."""
    tail = b""
    with archive.open(member) as part:
        while piece := part.read(CHUNK):
            yield tail + piece
            tail = piece[-OVERLAP:]


def check_entities(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> None:
    """Refuse document type declarations; no workbook needs them."""
    with archive.open(member) as part:
        if ENTITY.search(part.read(4096)):
            raise UnreadableFile(
                "corrupt",
                f"'{name}' contains XML entities, which are not accepted; save it again in a "
                "spreadsheet program.",
            )


def check_extent(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> None:
    """Refuse a sheet whose outermost cells span a rectangle that would not fit into memory."""
    rows = columns = 0
    for piece in pieces(archive, member):
        found = CELL.findall(piece)
        if found:
            rows = max(rows, *(int(row) for _, row in found), 0)
            columns = max(
                columns, *(column_number(letters) for letters in {c for c, _ in found}), 0
            )
    refuse_extent(rows, columns, name)


def refuse_extent(rows: int, columns: int, name: str) -> None:
    """Refuse a rectangle of too many cells."""
    if rows * columns > MAX_CELLS:
        raise UnreadableFile(
            "too_large_uncompressed",
            f"A sheet of '{name}' spans {rows:,} rows and {columns:,} columns, more than "
            f"{MAX_CELLS:,} cells; delete what stands far outside the table.",
        )


def column_number(letters: bytes) -> int:
    """The 1-based number of a column called A, B … XFD."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def check_repetition(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> None:
    """Refuse an OpenDocument sheet in which few filled cells are declared to repeat very often."""
    cells = rows = 0
    for piece in pieces(archive, member):
        for kind, times, is_filled in REPEATED.findall(piece):
            repeat = int(times or 1)
            if kind == b"table-row":
                rows = repeat
            elif is_filled:
                cells += rows * repeat
        refuse_extent(cells, 1, name)


def check_old_format(path: Path, name: str) -> None:
    """An encrypted new workbook hides in the container of the old format."""
    content = path.read_bytes()
    if ENCRYPTED_PACKAGE in content:
        raise encrypted(name)


def encrypted(name: str) -> UnreadableFile:
    """The refusal of a file with a password."""
    return UnreadableFile(
        "encrypted", f"'{name}' is protected by a password; remove it and upload the file again."
    )


def damaged(name: str) -> UnreadableFile:
    """The refusal of a workbook that cannot be parsed."""
    return UnreadableFile(
        "corrupt", f"'{name}' is damaged; open it, save it again as XLSX and upload that."
    )
