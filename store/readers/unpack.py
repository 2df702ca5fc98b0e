"""Packed files written out in pieces, counted as they grow, so that no bomb goes off."""

import gzip
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import pyarrow as pa

from core import UnreadableFile
from store.readers.file_names import shown
from store.readers.kinds import Packing
from store.readers.limits import (
    MAX_ARCHIVE_ENTRIES,
    MAX_PACKED_RATIO,
    MAX_UNPACKED_FILE_BYTES,
    RATIO_FREE_BYTES,
    ZIP_ERRORS,
)
from store.readers.reading import refuse_empty

PIECE_BYTES = 2**20
MAX_LISTED = 5
ENCRYPTED_FLAGS = 0x1 | 0x40
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)
"""LZMA is left out: an archive could make its unpacker reserve gigabytes."""

SYSTEM_FILES = frozenset({".ds_store", "thumbs.db", "desktop.ini"})


def unpack(path: Path, name: str, packing: Packing, target: Path) -> str:
    """Write the one file in an archive to `target`; return the name it has inside, if any.

    `name` is for messages. Raises UnreadableFile: empty, corrupt, encrypted,
    too_large_uncompressed, or unsupported_type unless exactly one file is inside.
    """
    with (
        path.open("rb") as packed,
        opened(packed, name, packing) as (source, inner),
        target.open("xb") as file,
    ):
        size, start = 0, packed.tell()
        for piece in pieces(source, name):
            size += len(piece)
            refuse_bomb(size, packed.tell() - start, name)
            file.write(piece)
    return inner


@contextmanager
def opened(packed: IO[bytes], name: str, packing: Packing) -> Iterator[tuple[IO[bytes], str]]:
    """The content of an archive for reading, and its name inside."""
    if packing == "gzip":
        with gzip.open(packed) as source:
            yield cast(IO[bytes], source), ""
    elif packing == "zstd":
        with pa.CompressedInputStream(packed, "zstd") as source:
            yield source, ""
    else:
        with zip_archive(packed, name) as archive:
            member = only_member(archive.infolist(), name)
            refuse_bomb(member.file_size, member.compress_size, name)
            with zip_member(archive, member, name) as source:
                yield source, member.filename


def zip_archive(packed: IO[bytes], name: str) -> zipfile.ZipFile:
    """A ZIP archive whose directory could be read."""
    try:
        return zipfile.ZipFile(packed)
    except ZIP_ERRORS as error:
        raise damaged(name) from error


def zip_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> IO[bytes]:
    """The content of a member."""
    try:
        return archive.open(member)
    except ZIP_ERRORS as error:
        raise damaged(name) from error


def pieces(source: IO[bytes], name: str) -> Iterator[bytes]:
    """The content piece by piece. Only what reading raises means damage, not what writing does."""
    while True:
        try:
            piece = source.read(PIECE_BYTES)
        except (pa.ArrowException, *ZIP_ERRORS) as error:
            raise damaged(name) from error
        if not piece:
            return
        yield piece


def only_member(members: list[zipfile.ZipInfo], name: str) -> zipfile.ZipInfo:
    """The one file in an archive; what systems add by themselves does not count."""
    if len(members) > MAX_ARCHIVE_ENTRIES:
        raise several(name, f"{len(members):,} files")
    files = [member for member in members if not is_ignored(member)]
    if not files:
        raise refuse_empty(name)
    if len(files) > 1:
        listed = [f"'{shown(member.filename)}'" for member in files[:MAX_LISTED]]
        more = f" and {len(files) - MAX_LISTED:,} more" if len(files) > MAX_LISTED else ""
        raise several(name, f"{len(files):,} files ({', '.join(listed)}{more})")
    check_member(files[0], name)
    return files[0]


def is_ignored(member: zipfile.ZipInfo) -> bool:
    """Whether a member is a folder, or what a system leaves in archives unasked."""
    last = member.filename.rpartition("/")[2].lower()
    is_system = last in SYSTEM_FILES or last.startswith("._")
    return member.is_dir() or is_system or member.filename.startswith("__MACOSX/")


def check_member(member: zipfile.ZipInfo, name: str) -> None:
    """Refuse a member with a password, or packed in a way that is not read."""
    if member.flag_bits & ENCRYPTED_FLAGS:
        raise UnreadableFile(
            "encrypted",
            f"'{name}' is protected by a password; pack the table without one and upload it again.",
        )
    if member.compress_type not in METHODS:
        raise UnreadableFile(
            "unsupported_type",
            f"'{name}' is packed with a method that is not supported "
            f"({member.compress_type}); pack the table as an ordinary ZIP or GZ file.",
        )


def refuse_bomb(size: int, packed: int, name: str) -> None:
    """Raise UnreadableFile when `size` bytes came out of the first `packed` bytes of an archive."""
    if size > MAX_UNPACKED_FILE_BYTES:
        raise UnreadableFile(
            "too_large_uncompressed",
            f"'{name}' grows to more than {MAX_UNPACKED_FILE_BYTES // 2**20:,} MB when unpacked, "
            "the limit; upload the table in parts.",
        )
    if size > RATIO_FREE_BYTES and size > MAX_PACKED_RATIO * packed:
        raise UnreadableFile(
            "too_large_uncompressed",
            f"'{name}' grows to {size // 2**20:,} MB and more when unpacked, over "
            f"{MAX_PACKED_RATIO:,} times its packed size, as only archives built to do harm "
            "should; if it is a table, upload it unpacked.",
        )


def several(name: str, holds: str) -> UnreadableFile:
    """The refusal of an archive with more than one file."""
    return UnreadableFile(
        "unsupported_type",
        f"'{name}' holds {holds}; pack one table into an archive, or upload them one by one.",
    )


def damaged(name: str) -> UnreadableFile:
    """The refusal of an archive that cannot be unpacked to its end."""
    return UnreadableFile(
        "corrupt", f"'{name}' is damaged and cannot be unpacked; pack it again and upload that."
    )
