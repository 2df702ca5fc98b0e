"""Checks of a workbook before it is parsed: sizes, passwords, and what its XML must not hold."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from core import UnreadableFile
from store.readers.limits import (
    MAX_ARCHIVE_ENTRIES,
    MAX_RATIO,
    MAX_SHEET_CELLS,
    MAX_UNPACKED_BYTES,
    RATIO_FREE_BYTES,
)
from store.readers.package import Package, damaged, opened

PROLOG_BYTES = 2**16
ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
OLD_WORKBOOK = "Workbook".encode("utf-16-le")
WIDE = re.compile(rb"(\xff\xfe|\xfe\xff)?(\0{0,3}<\0{1,3}|\0{1,3}<)[?!\w]")
"""How XML begins in UTF-16 and UTF-32."""
ENCODING = re.compile(rb"<\?xml\b[^>]*?\bencoding\s*=\s*[\"']([^\"']*)")
READABLE = {b"utf-8", b"utf8", b"us-ascii", b"ascii"}
UNREAD = re.compile(r"/?(customXml|docProps)/", re.IGNORECASE)
BEFORE_ROOT = re.compile(rb"(?:\s|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)


def check_workbook(path: Path, name: str) -> None:
    """Refuse a workbook with a password, one that unpacks too large, or with XML entities.

    Every part is unpacked once and counted meanwhile; nothing is parsed, and no part but those
    of the archive is ever opened. Raises UnreadableFile.
    """
    if not is_zip(path):
        check_old_format(path, name)
        return
    with opened(path, name) as package:
        check_sizes(list(package.members.values()), name)
        for member in package.members.values():
            check_part(package, member)


def is_zip(path: Path) -> bool:
    """Whether a file begins like an archive; the others are workbooks of the old format."""
    with path.open("rb") as file:
        return file.read(2) == b"PK"


def check_sizes(members: list[zipfile.ZipInfo], name: str) -> None:
    """Refuse by the directory of the archive alone."""
    if any(member.flag_bits & 1 for member in members):
        raise encrypted(name)
    if len(members) > MAX_ARCHIVE_ENTRIES:
        raise UnreadableFile(
            "too_large_uncompressed",
            f"'{name}' is packed in {len(members):,} parts; the limit is "
            f"{MAX_ARCHIVE_ENTRIES:,}. Save it as CSV.",
        )
    size = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members) or 1
    if size > MAX_UNPACKED_BYTES or (size > RATIO_FREE_BYTES and size > MAX_RATIO * packed):
        raise UnreadableFile(
            "too_large_uncompressed",
            f"'{name}' grows to about {size // 2**20:,} MB when unpacked; the limit is "
            f"{MAX_UNPACKED_BYTES // 2**20:,} MB and {MAX_RATIO} times its size. Save it as CSV.",
        )


def check_part(package: Package, member: zipfile.ZipInfo) -> None:
    """Refuse by a look into one part; whatever its name, it may be XML."""
    pieces = package.pieces(member)
    head = beginning(pieces)
    if member.filename.lower() == "meta-inf/manifest.xml" and b"encryption-data" in head:
        raise encrypted(package.name)
    check_xml(head, package.name, is_read=not UNREAD.match(member.filename))
    for _ in pieces:
        # Unpacked to the end, so that a false size is found.
        pass


def beginning(pieces: Iterator[bytes]) -> bytes:
    """The first bytes of a part, enough of them to hold what stands before its root element."""
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= PROLOG_BYTES:
            break
    return head


def check_xml(head: bytes, name: str, is_read: bool) -> None:
    """Refuse document types, and encodings that the parser would take for an empty sheet.

    `is_read` tells whether the parser looks at the part at all.
    """
    is_wide = bool(WIDE.match(head))
    text = head.lstrip(b"\xff\xfe").replace(b"\0", b"") if is_wide else head
    text = text.removeprefix(b"\xef\xbb\xbf").lstrip()
    rest = BEFORE_ROOT.sub(b"", text, count=1)
    if rest.startswith(b"<!DOCTYPE"):
        raise UnreadableFile(
            "xml_bomb",
            f"'{name}' declares XML entities, which are not accepted in workbooks; open it in a "
            "spreadsheet program and save it again.",
        )
    if len(head) >= PROLOG_BYTES and (not rest or rest.startswith((b"<!", b"<?"))):
        # A comment so long that it hides what comes next.
        raise damaged(name)
    declared = ENCODING.match(text)
    if is_read and (is_wide or (declared and declared[1].lower() not in READABLE)):
        raise UnreadableFile(
            "encoding",
            f"'{name}' holds parts that are not written in UTF-8, the only encoding accepted in "
            "workbooks; open it in a spreadsheet program and save it again.",
        )


def refuse_extent(rows: int, columns: int, name: str, sheet: str) -> None:
    """Refuse a rectangle of too many cells: they are held in memory, the empty ones as well."""
    if rows * columns > MAX_SHEET_CELLS:
        raise UnreadableFile(
            "too_large_uncompressed",
            f"Sheet '{sheet}' of '{name}' spans {rows:,} rows and {columns:,} columns, more than "
            f"{MAX_SHEET_CELLS:,} cells; delete what stands far outside the table, or save it as "
            "CSV.",
        )


def check_old_format(path: Path, name: str) -> None:
    """An encrypted new workbook hides in the container of the old format."""
    content = path.read_bytes()
    if ENCRYPTED_PACKAGE in content and OLD_WORKBOOK not in content:
        raise encrypted(name)


def encrypted(name: str) -> UnreadableFile:
    """The refusal of a file with a password."""
    return UnreadableFile(
        "encrypted", f"'{name}' is protected by a password; remove it and upload the file again."
    )
