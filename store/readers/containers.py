"""What a ZIP or OLE container is, by the names it lists; nothing in it is unpacked."""

import mmap
import zipfile
from pathlib import Path

from store.readers.kinds import COPY, DAMAGED_ZIP, EXPORT, OTHER, WORKBOOK, ZIP, Kind
from store.readers.limits import ZIP_ERRORS

SPREADSHEET = b"application/vnd.oasis.opendocument.spreadsheet"
MAX_MIMETYPE_BYTES = 100

MEMBERS = (
    ("word/", Kind("a Word document", COPY)),
    ("ppt/", Kind("a PowerPoint presentation", COPY)),
    ("visio/", Kind("a Visio drawing", COPY)),
    ("androidmanifest.xml", Kind("a program", OTHER)),
    ("meta-inf/manifest.mf", Kind("a Java program", OTHER)),
    ("meta-inf/container.xml", Kind("an e-book", COPY)),
    ("index/document.iwa", Kind("an Apple document", EXPORT)),
    ("index/tables/", Kind("a Numbers document", EXPORT)),
    ("doc.kml", Kind("a map", EXPORT)),
)
"""Documents by members, or folders of members, that only they have; in lower case."""

WORKBOOK_MEMBERS = ("workbook.xml", "workbook.bin", "content.xml")
STREAMS = (
    ("WordDocument", Kind("a Word document", COPY)),
    ("PowerPoint Document", Kind("a PowerPoint presentation", COPY)),
    ("__properties_version1.0", Kind("an Outlook message", COPY)),
    ("VisioDocument", Kind("a Visio drawing", COPY)),
)
WORKBOOK_STREAMS = ("Workbook", "Book", "EncryptedPackage")


def zip_kind(path: Path) -> Kind:
    """Whether a ZIP file is a workbook, another document, or an archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [name.lower().replace("\\", "/") for name in archive.namelist()]
            mimetype = mimetype_of(archive)
    except ZIP_ERRORS:
        return DAMAGED_ZIP
    return kind_of_members(members, mimetype)


def mimetype_of(archive: zipfile.ZipFile) -> bytes:
    """What an OpenDocument file or an e-book says it is; empty when it says nothing."""
    if "mimetype" not in archive.namelist():
        return b""
    with archive.open("mimetype") as member:
        return member.read(MAX_MIMETYPE_BYTES).strip()


def kind_of_members(members: list[str], mimetype: bytes) -> Kind:
    """The kind of a ZIP file with these members."""
    if mimetype.startswith(SPREADSHEET):
        return WORKBOOK
    if mimetype.startswith(b"application/"):
        return Kind("an e-book or a text document", COPY)
    is_workbook = any(name.endswith(WORKBOOK_MEMBERS) for name in members)
    for mark, kind in MEMBERS:
        if not is_workbook and any(name.startswith(mark) for name in members):
            return kind
    if members and all(name.endswith(".npy") for name in members):
        return Kind("a NumPy file", EXPORT)
    return WORKBOOK if is_workbook else ZIP


def ole_kind(path: Path) -> Kind:
    """Whether a file of old Office programs is a workbook, by the names of its streams."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if not any(has_stream(content, name) for name in WORKBOOK_STREAMS):
            for name, kind in STREAMS:
                if has_stream(content, name):
                    return kind
    return WORKBOOK


def has_stream(content: mmap.mmap, name: str) -> bool:
    """Whether a name stands in a container as names of streams do."""
    return content.find(name.encode("utf-16-le") + b"\0\0") >= 0
