"""Kinds of files by the bytes they begin with; nothing is parsed, and no pickle is ever loaded."""

import json
import re
from pathlib import Path

from store.readers.containers import ole_kind, zip_kind
from store.readers.kinds import (
    ARROW,
    COPY,
    EXPORT,
    GZIP,
    JSON,
    JSON_LINES,
    OTHER,
    PARQUET,
    TEXT,
    UNKNOWN,
    UNPACK,
    ZSTD,
    Kind,
)

HEAD_BYTES = 4096
NOT_TEXT = re.compile(rb"[\x00-\x08\x0e-\x19\x1c-\x1f]")
"""Bytes that no text holds; many signatures are letters, and believed only where one follows."""

UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
BOM = b"\xef\xbb\xbf"
ZIP_HEADS = (b"PK\x03\x04", b"PK\x05\x06")
OLE_HEAD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

OBJECT = re.compile(rb'\s*(\[\s*)?\{\s*("(\\.|[^"\\\n])*"\s*:|\})')
ROWS = re.compile(rb'\s*\[\s*\[\s*("|-?\d|null|true|false|\[|\])')

Signatures = tuple[tuple[str, str, str], ...]

IN_TEXT: Signatures = (
    (r"%PDF-", "a PDF document", COPY),
    (r"\{\\rtf", "a text document", COPY),
    (r"%!PS-", "a PostScript document", COPY),
    (r"(?i:\s*<(!doctype html|!--|html\b|head\b|body\b|table\b|meta\b))", "a web page", COPY),
    (r"\s*<(\?xml|svg|kml|gpx|rdf:RDF)\b", "an XML document", EXPORT),
    (r"MIME-Version:", "a web archive or an e-mail", COPY),
    (r"-----BEGIN PGP MESSAGE", "an encrypted message", OTHER),
    (r"HEADER RECORD\*{7}LIB", "a SAS transport file", EXPORT),
    (r"<stata_dta>", "a Stata file", EXPORT),
    (r"\$FL[23]@\(#\)", "an SPSS file", EXPORT),
    (r"\([ldt]p\d+\n|\(([ILF][-+.\deL]+\n|[SV][^\n]*\np\d+\n)+t", "a Python pickle", EXPORT),
    (r"c[A-Za-z_][\w.]*\n[\w.]+\n(p\d+\n|q\x00|\()", "a Python pickle", EXPORT),
    (r"([ILF][-+.\deL]+\n|[SV][^\n]*\np\d+\n)\.\Z", "a Python pickle", EXPORT),
)
"""Believed wherever they stand first."""

IN_BINARY: Signatures = (
    (r"\x80[\x02-\x05]", "a Python pickle", EXPORT),
    (r"[\]\}\)]q\x00|\((K.)+tq\x00", "a Python pickle", EXPORT),
    (r"SQLite format 3\x00", "an SQLite database", EXPORT),
    (r".{8}DUCK", "a DuckDB database", EXPORT),
    (r"\x00\x01\x00\x00Standard (Jet|ACE) DB", "an Access database", EXPORT),
    (r"\x7fELF|MZ.{0,62}\x00|[\xce\xcf]\xfa\xed\xfe|\xfe\xed\xfa[\xce\xcf]", "a program", OTHER),
    (r"\xca\xfe\xba\xbe|\x00asm", "a program", OTHER),
    (r"\x89PNG|\xff\xd8\xff|GIF8[79]a|BM.{4}\x00|II\*\x00|MM\x00\*", "a picture", OTHER),
    (r"RIFF.{4}WEBP|8BPS|\x00\x00\x01\x00[\x01-\x20]\x00", "a picture", OTHER),
    (r".{4}ftyp|RIFF|ID3|OggS|fLaC|\x1aE\xdf\xa3|FLV\x01|MThd", "sound or video", OTHER),
    (r"\xff[\xfb\xf3\xf2][^\xff]", "sound or video", OTHER),
    (r"\x00\x01\x00\x00[\x00\x01].|OTTO|wOF[F2]|ttcf", "a font", OTHER),
    (r"BZh[1-9]1AY|\xfd7zXZ\x00|7z\xbc\xaf|Rar!\x1a|LZIP|\x1f\x9d|MSCF", "an archive", UNPACK),
    (r".{257}ustar|!<arch>\n|\xed\xab\xee\xdb|\x04\x22M\x18", "an archive", UNPACK),
    (r"PACK\x00\x00\x00[\x02\x03]|DIRC\x00\x00\x00", "a part of a Git repository", OTHER),
    (r"\x89HDF\r", "an HDF5 file", EXPORT),
    (r"ORC", "an ORC file", EXPORT),
    (r"Obj\x01", "an Avro file", EXPORT),
    (r"\x93NUMPY", "a NumPy file", EXPORT),
    (r"MATLAB 5\.0|MATLAB 7", "a MATLAB file", EXPORT),
    (r"\x00{12}\xc2\xea\x81\x60", "a SAS file", EXPORT),
    (r"[q-s][\x01\x02]\x01\x00", "a Stata file", EXPORT),
    (r"\$FL[23]", "an SPSS file", EXPORT),
    (r"RD[ABX][23]\n|[XB]\n\x00\x00\x00[\x02\x03]", "an R data file", EXPORT),
    (r"[\x03\x83\x8b\xf5].[\x01-\x0c][\x01-\x1f].{4}[^\x00]", "a dBase table", EXPORT),
)
"""Believed only in what is no text."""


def compiled(signatures: Signatures) -> tuple[tuple[re.Pattern[bytes], Kind], ...]:
    """The kinds with their patterns."""
    return tuple(
        (re.compile(pattern.encode("latin-1"), re.DOTALL), Kind(looks, advice))
        for pattern, looks, advice in signatures
    )


TEXT_KINDS, BINARY_KINDS = compiled(IN_TEXT), compiled(IN_BINARY)


def kind_of(path: Path, head: bytes) -> Kind:
    """What a file is, by its first HEAD_BYTES and, for containers, by what they list."""
    if head.startswith((b"PAR1", b"PARE")):
        return PARQUET
    if head.startswith((b"ARROW1\0\0", b"\xff\xff\xff\xff", b"FEA1\0\0")):
        return ARROW
    if head.startswith(ZIP_HEADS):
        return zip_kind(path)
    if head.startswith(OLE_HEAD):
        return ole_kind(path)
    if head.startswith(b"\x1f\x8b"):
        return GZIP
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        return ZSTD
    return kind_of_text(as_utf8(head))


def kind_of_text(head: bytes) -> Kind:
    """What a file is that begins like no container."""
    is_binary = NOT_TEXT.search(head) is not None
    for pattern, kind in TEXT_KINDS + (BINARY_KINDS if is_binary else ()):
        if pattern.match(head):
            return kind
    if is_binary:
        return UNKNOWN
    return json_kind(head) or TEXT


def as_utf8(head: bytes) -> bytes:
    """The head without its byte order mark; UTF-16 in UTF-8."""
    for mark, encoding in UTF16.items():
        if head.startswith(mark):
            return head[2:].decode(encoding, "replace").encode()
    return head.removeprefix(BOM)


def json_kind(head: bytes) -> Kind | None:
    """Whether a text begins as JSON does: an object with a name in quotes, or rows in brackets.

    A line that goes on after a whole value is no JSON, but a table with JSON in its first column.
    """
    if not (OBJECT.match(head) or ROWS.match(head)):
        return None
    first, _, rest = head.strip().partition(b"\n")
    try:
        json.loads(first.decode("utf-8", "replace"))
    except json.JSONDecodeError as error:
        return None if error.msg == "Extra data" else JSON
    except RecursionError:
        return JSON
    if not rest:
        return JSON
    return JSON_LINES if rest.lstrip().startswith((b"{", b"[")) else None
