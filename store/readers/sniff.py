"""What a file is: its signature against its extension, read from its first bytes."""

import gzip
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core import UnreadableFile
from store.readers.limits import MAX_UNPACKED_BYTES, ZIP_ERRORS
from store.readers.reading import refuse_empty

Format = Literal["csv", "json", "jsonl", "parquet", "workbook"]

EXTENSIONS: dict[str, Format] = {
    **dict.fromkeys(("csv", "tsv", "tab", "psv", "txt"), "csv"),
    "json": "json",
    **dict.fromkeys(("jsonl", "ndjson"), "jsonl"),
    **dict.fromkeys(("parquet", "parq", "pq"), "parquet"),
    **dict.fromkeys(("xlsx", "xlsm", "xlsb", "xls", "ods"), "workbook"),
}
BINARY: dict[str, Format] = {"parquet": "parquet", "workbook": "workbook"}
ACCEPTED = "CSV, TSV, TXT, JSON, JSON Lines, Parquet, XLSX, XLSM, XLSB, XLS and ODS"

HEAD_BYTES = 4096
PIECE_BYTES = 2**20
WORKBOOK_MEMBERS = ("workbook.xml", "workbook.bin", "content.xml")
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
GZIP = b"\x1f\x8b"

SIGNATURES = (
    (re.compile(rb"%PDF-"), "a PDF document"),
    (re.compile(rb"\x80[\x02-\x05][\x00-\x7f\x80-\xff]"), "a Python pickle"),
    (re.compile(rb"c[a-z_][\w.]*\n\w+\n[pq(]"), "a Python pickle"),
    (re.compile(rb"SQLite format 3\x00"), "an SQLite database"),
    (re.compile(rb"\x7fELF|MZ.{0,62}\x00", re.DOTALL), "a program"),
    (re.compile(rb"\s*<(!doctype html|html|head|body|table|meta)\b", re.IGNORECASE), "a web page"),
    (re.compile(rb"\s*<\?xml\b"), "an XML document"),
    (re.compile(rb"\x89PNG|\xff\xd8\xff|GIF8[79]a|RIFF.{4}WEBP", re.DOTALL), "a picture"),
    (re.compile(rb"BZh[1-9]1AY|\xfd7zXZ\x00|7z\xbc\xaf|Rar!|\x28\xb5\x2f\xfd"), "an archive"),
    (re.compile(rb".{257}ustar", re.DOTALL), "an archive"),
    (re.compile(rb"\{\\rtf"), "a text document"),
    (re.compile(rb"ARROW1|FEA1|\x89HDF\r|Obj\x01|ORC"), "a data format that is not supported"),
)
"""Signatures of what is never a table here."""

TEXTUAL = {"a data format that is not supported", "an archive"}
"""Their signatures could begin a text, and are believed only where a NUL follows."""
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Upload:
    """A file on disk with the name its owner gave it, and what its bytes say it is."""

    path: Path
    name: str
    format: Format
    is_gzip: bool = False

    def content(self) -> bytes:
        """All bytes, unpacked.

        Raises UnreadableFile when the packed content is damaged or too large.
        """
        return unpack(self.path, self.name) if self.is_gzip else self.path.read_bytes()


def identify(path: Path, name: str) -> Upload:
    """Tell the format of a file by content and extension, which must agree.

    Raises UnreadableFile: empty, encrypted, wrong_type (content contradicts the name) or
    unsupported_type.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        raise refuse_empty(name)
    is_gzip = head.startswith(GZIP)
    inner = name[:-3] if is_gzip and name.lower().endswith(".gz") else name
    claimed = EXTENSIONS.get(extension(inner))
    found = signature(path, head, name)
    if binary := BINARY.get(found or ""):
        return agreed(Upload(path, name, binary), claimed)
    if is_gzip and (inner == name or claimed not in ("csv", "json", "jsonl")):
        raise refusal(name, claimed if inner == name else None, "a compressed file")
    if found is not None:
        raise refusal(name, claimed, found)
    if claimed is None:
        raise refusal(name, None, "something else")
    if claimed in ("parquet", "workbook"):
        raise refusal(name, claimed, "plain text" if b"\0" not in head else "something else")
    return Upload(path, name, claimed, is_gzip)


def extension(name: str) -> str:
    """The lower-case extension without its dot."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def signature(path: Path, head: bytes, name: str) -> str | None:
    """The format or the kind of file that the first bytes announce; None for text."""
    if head.startswith(b"PARE"):
        raise UnreadableFile(
            "encrypted", f"'{name}' is an encrypted Parquet file; upload it without encryption."
        )
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(OLE):
        return "workbook"
    if head.startswith(ZIP):
        return zip_kind(path)
    return foreign_kind(head)


def foreign_kind(head: bytes) -> str | None:
    """The name of a signature that is never a table; None when there is none."""
    text = head.removeprefix(BOM)
    for pattern, kind in SIGNATURES:
        if pattern.match(text) and (kind not in TEXTUAL or b"\0" in head):
            return kind
    return None


def zip_kind(path: Path) -> str:
    """Whether a ZIP file is a workbook, by the members inside."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = {member.lower().replace("\\", "/") for member in archive.namelist()}
    except ZIP_ERRORS:
        # The directory is damaged or unusual: the workbook reader judges it.
        return "workbook"
    is_workbook = any(member.endswith(WORKBOOK_MEMBERS) for member in members)
    return "workbook" if is_workbook else "a ZIP archive"


def agreed(upload: Upload, claimed: Format | None) -> Upload:
    """The upload, unless its name claims another format."""
    if claimed is None or claimed == upload.format:
        return upload
    looks = "a workbook or a ZIP archive" if upload.format == "workbook" else "a Parquet file"
    raise refusal(upload.name, claimed, looks)


def refusal(name: str, claimed: Format | None, looks: str) -> UnreadableFile:
    """Say that content and name disagree, or that such files are not read here."""
    if claimed is None:
        return UnreadableFile(
            "unsupported_type",
            f"'{name}' looks like {looks}, which is not supported; accepted are {ACCEPTED}.",
        )
    return UnreadableFile(
        "wrong_type",
        f"'{name}' looks like {looks}, although its name ends in .{extension(name)}; "
        "export the table again in the format that its name says.",
    )


def unpack(path: Path, name: str) -> bytes:
    """The content of a gzip file, counted while it is unpacked."""
    try:
        with gzip.open(path) as file:
            content = bytearray()
            while len(content) <= MAX_UNPACKED_BYTES and (piece := file.read(PIECE_BYTES)):
                content += piece
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UnreadableFile(
            "corrupt", f"'{name}' is damaged and cannot be unpacked; upload it again."
        ) from error
    if len(content) > MAX_UNPACKED_BYTES:
        raise UnreadableFile(
            "too_large_uncompressed",
            f"'{name}' unpacks to more than {MAX_UNPACKED_BYTES // 2**20:,} MB, the limit; "
            "upload it in parts.",
        )
    kind = foreign_kind(bytes(content[:HEAD_BYTES]))
    if kind or b"ustar" in content[257:265]:
        raise UnreadableFile(
            "unsupported_type",
            f"'{name}' holds {kind or 'an archive'}; pack a single text table instead.",
        )
    return bytes(content)
