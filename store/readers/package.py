"""A workbook as a ZIP archive: its parts, never larger than their directory says."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from core import UnreadableFile
from store.readers.limits import ZIP_ERRORS

CHUNK = 2**20
LOCAL_HEADER = struct.Struct("<4s22xHH")

Tag = tuple[str, dict[str, str]]


@dataclass(frozen=True)
class Package:
    """An open archive; `name` is the user's file name."""

    file: BinaryIO
    members: dict[str, zipfile.ZipInfo]
    name: str

    def find(self, part: str) -> zipfile.ZipInfo | None:
        """The member at a path, written in any case and with any slashes."""
        return self.members.get(plain(part))

    def pieces(self, member: zipfile.ZipInfo) -> Iterator[bytes]:
        """The unpacked part, piece by piece; one part at a time.

        The standard library stops at the declared size, the parser of workbooks does not: a part
        that holds more is refused here. Raises UnreadableFile.
        """
        self.file.seek(self.first_byte(member))
        size = checksum = 0
        for piece in unpacked(self.file, member):
            size += len(piece)
            checksum = zlib.crc32(piece, checksum)
            if size > member.file_size:
                raise damaged(self.name)
            yield piece
        if size < member.file_size or checksum != member.CRC:
            raise damaged(self.name)

    def first_byte(self, member: zipfile.ZipInfo) -> int:
        """Where the content of a member begins."""
        self.file.seek(member.header_offset)
        head = self.file.read(LOCAL_HEADER.size)
        if len(head) < LOCAL_HEADER.size or not head.startswith(b"PK\x03\x04"):
            raise damaged(self.name)
        _, name, extra = LOCAL_HEADER.unpack(head)
        return member.header_offset + LOCAL_HEADER.size + int(name) + int(extra)


def plain(path: str) -> str:
    """The path of a part as it is compared."""
    return path.lower().replace("\\", "/").lstrip("/")


@contextmanager
def opened(path: Path, name: str) -> Iterator[Package]:
    """The archive at `path`; whatever is broken in it is one refusal. Raises UnreadableFile."""
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            listed = archive.infolist()
            members = {plain(member.filename): member for member in listed}
            if len(members) < len(listed):
                # Two readers could each see another of the two.
                raise damaged(name)
            yield Package(file, members, name)
    except (*ZIP_ERRORS, expat.ExpatError) as error:
        raise damaged(name) from error


def unpacked(file: BinaryIO, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The content of a stored or deflated member, from the current position on."""
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise NotImplementedError("spreadsheet programs only store or deflate")
    inflater = zlib.decompressobj(-15) if member.compress_type else None
    left = member.compress_size
    while left > 0 and (packed := file.read(min(CHUNK, left))):
        left -= len(packed)
        while packed:
            yield inflater.decompress(packed, CHUNK) if inflater else packed
            packed = inflater.unconsumed_tail if inflater else b""


def tags(pieces: Iterator[bytes]) -> Iterator[Tag]:
    """The start tags of an XML part without their prefixes, and their attributes with them."""
    found: list[Tag] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: found.append(
        (name.rpartition(":")[2], attributes)
    )
    for piece in pieces:
        parser.Parse(piece, False)
        yield from found
        found.clear()
    parser.Parse(b"", True)


def damaged(name: str) -> UnreadableFile:
    """The refusal of a workbook that cannot be parsed."""
    return UnreadableFile(
        "corrupt", f"'{name}' is damaged; open it, save it again as XLSX and upload that."
    )
