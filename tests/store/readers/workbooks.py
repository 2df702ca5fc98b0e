"""Small workbooks in the formats that `files.workbook` does not write, made from scratch."""

import io
import struct
import zipfile

from tests.store.readers.files import DOCUMENT, RELATIONS

TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
NAMESPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
FREE, END_OF_CHAIN, TABLE_SECTOR = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def archive(members: dict[str, str | bytes]) -> bytes:
    """A ZIP file."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in members.items():
            file.writestr(name, text)
    return content.getvalue()


def ods(rows: str, parts: dict[str, str] | None = None) -> bytes:
    """An OpenDocument workbook with one sheet, whose rows are given as XML."""
    content = (
        f"<office:document-content {NAMESPACES}><office:body><office:spreadsheet>"
        f'<table:table table:name="S">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    members = {"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": "<manifest/>"}
    return archive({**members, **(parts or {})})


def ods_row(*cells: str, attributes: str = "") -> str:
    """The XML of a row."""
    return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"


def ods_cell(text: str, attributes: str = 'office:value-type="string"') -> str:
    """The XML of a cell."""
    inside = f"<text:p>{text}</text:p>" if text else ""
    return f"<table:table-cell {attributes}>{inside}</table:table-cell>"


def xlsb(records: bytes, after: bytes = b"", formats: tuple[int, ...] = (0,)) -> bytes:
    """A binary workbook with one sheet, whose records are given; `after` follow its cells.

    The styles of cells have the built-in number `formats`.
    """
    relation = "r1".encode("utf-16-le")
    name = "S".encode("utf-16-le")
    sheet = struct.pack("<III", 0, 1, 2) + relation + struct.pack("<I", 1) + name
    styles = b"".join(xlsb_record(47, struct.pack("<HH12x", 0, code)) for code in formats)
    related = (
        f'<Relationships xmlns="{RELATIONS}"><Relationship Id="r1" Type="{DOCUMENT}/worksheet" '
        'Target="worksheets/sheet1.bin"/></Relationships>'
    )
    return archive(
        {
            "[Content_Types].xml": f'<Types xmlns="{TYPES}"/>',
            "xl/workbook.bin": xlsb_record(131) + xlsb_record(143) + xlsb_record(156, sheet)
            + xlsb_record(144) + xlsb_record(132),
            "xl/_rels/workbook.bin.rels": related,
            "xl/styles.bin": xlsb_record(617, struct.pack("<I", len(formats))) + styles,
            "xl/worksheets/sheet1.bin": xlsb_record(129)
            + xlsb_record(148, struct.pack("<IIII", 0, 9, 0, 9))
            + xlsb_record(145)
            + records
            + xlsb_record(146)
            + after
            + xlsb_record(130),
        }
    )  # fmt: skip


def xlsb_record(kind: int, content: bytes = b"") -> bytes:
    """One record of a binary workbook."""
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([size & 0x7F | 0x80, size >> 7])
    return head + length + content


def xlsb_row(row: int, hidden: bool = False) -> bytes:
    """The record that begins a row."""
    return xlsb_record(0, struct.pack("<IIHBB", row, 0, 0, 0, 0x10 if hidden else 0) + bytes(5))


def xlsb_cell(kind: int, column: int, content: bytes, style: int = 0) -> bytes:
    """The record of a cell."""
    return xlsb_record(kind, struct.pack("<II", column, style) + content)


def xlsb_text(column: int, text: str) -> bytes:
    """The record of a cell with a text."""
    return xlsb_cell(6, column, struct.pack("<I", len(text)) + text.encode("utf-16-le"))


def xls(records: bytes, formats: tuple[int, ...] = ()) -> bytes:
    """An old workbook (BIFF8 in a compound file) with one sheet, whose records are given.

    The styles of cells have the built-in number `formats`.
    """
    beginning = xls_record(0x0809, struct.pack("<HHHHII", 0x0600, 5, 0, 0, 0, 0))
    for code in formats:
        beginning += xls_record(0x00E0, struct.pack("<HH16x", 0, code))
    offset = len(beginning) + 4 + 9 + 4
    listed = xls_record(0x0085, struct.pack("<IHBB", offset, 0, 1, 0) + b"S")
    sheet = xls_record(0x0809, struct.pack("<HHHHII", 0x0600, 0x10, 0, 0, 0, 0))
    end = xls_record(0x000A)
    return compound(beginning + listed + end + sheet + records + end)


def xls_record(kind: int, content: bytes = b"") -> bytes:
    """One record of an old workbook."""
    return struct.pack("<HH", kind, len(content)) + content


def xls_text(row: int, column: int, text: str) -> bytes:
    """The record of a cell with a text."""
    place = struct.pack("<HHH", row, column, 0)
    return xls_record(0x0204, place + struct.pack("<HB", len(text), 0) + text.encode("latin-1"))


def xls_number(row: int, column: int, value: float) -> bytes:
    """The record of a cell with a number."""
    return xls_record(0x0203, struct.pack("<HHHd", row, column, 0, value))


def xls_error(row: int, column: int, code: int) -> bytes:
    """The record of a cell with an error value."""
    return xls_record(0x0205, struct.pack("<HHHBB", row, column, 0, code, 1))


def compound(stream: bytes) -> bytes:
    """A compound file with one stream, [MS-CFB]: header, sector table, directory, stream."""
    stream = stream.ljust(4096, b"\0")
    count = -(-len(stream) // 512)
    chain = [*range(3, 2 + count), END_OF_CHAIN]
    table = [TABLE_SECTOR, END_OF_CHAIN, *chain]
    table += [FREE] * (128 - len(table))
    head = OLE + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, END_OF_CHAIN, 0, END_OF_CHAIN, 0)
    head += struct.pack("<109I", 0, *[FREE] * 108)
    directory = entry("Root Entry", 5, END_OF_CHAIN, 0, 1) + entry("Workbook", 2, 2, len(stream))
    return (
        head
        + struct.pack("<128I", *table)
        + directory.ljust(512, b"\0")
        + stream.ljust(count * 512, b"\0")
    )


def entry(name: str, kind: int, start: int, size: int, child: int = FREE) -> bytes:
    """An entry of the directory of a compound file."""
    text = name.encode("utf-16-le")
    head = text.ljust(64, b"\0") + struct.pack("<HBB", len(text) + 2, kind, 1)
    return (
        head + struct.pack("<III", FREE, FREE, child) + bytes(36) + struct.pack("<IQ", start, size)
    )
