"""XLSB: errors, merged cells, hidden rows and the true extent, from the records of one sheet.

Records as in [MS-XLSB]: a number of one or two bytes, a length of one to four, the content.
"""

import struct
from collections.abc import Iterator

from store.readers.package import Package
from store.readers.sheet_marks import ERRORS, Marks, rk_number
from store.readers.xlsx_marks import related

ROW, FIRST_FILLED, ERROR, FORMULA_ERROR, LAST_CELL = 0, 2, 3, 11, 11
RK, NUMBERS = 2, (5, 9)
MERGED, SHEET = 176, 156
FOUR = struct.Struct("<IIII")
HIDDEN = 0x10


def xlsb_marks(package: Package, index: int) -> Marks:
    """The marks of a sheet, by its 0-based position in the workbook. Raises UnreadableFile."""
    part = sheet_part(package, index)
    member = package.find(part or "")
    marks = Marks(lost_errors=None if member is None else 0)
    if member is not None:
        Sheet(marks).read(records(package.pieces(member)))
    return marks


def sheet_part(package: Package, index: int) -> str | None:
    """The path of the part that holds a sheet."""
    member = package.find("xl/workbook.bin")
    if member is None:
        return None
    sheets = [content for kind, content in records(package.pieces(member)) if kind == SHEET]
    if index >= len(sheets):
        return None
    (length,) = struct.unpack_from("<I", sheets[index], 8)
    relation = sheets[index][12 : 12 + 2 * length].decode("utf-16-le")
    target = related(package, "xl/_rels/workbook.bin.rels", "").get(relation)
    return target and (target if target.startswith("/") else f"xl/{target}")


def records(pieces: Iterator[bytes]) -> Iterator[tuple[int, bytes]]:
    """The records of a part; a cut-off last one is left out."""
    rest = b""
    for piece in pieces:
        rest += piece
        position = 0
        while (found := record_at(rest, position)) is not None:
            kind, start, end = found
            yield kind, rest[start:end]
            position = end
        rest = rest[position:]


def record_at(content: bytes, position: int) -> tuple[int, int, int] | None:
    """The kind, start and end of the record at a position; None when it is not all there."""
    head = content[position : position + 6]
    if len(head) < 2:
        return None
    kind, used = head[0], 1
    if kind & 0x80:
        kind, used = kind & 0x7F | head[1] << 7, 2
    length = shift = 0
    for byte in head[used : used + 4]:
        used += 1
        length |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            end = position + used + length
            return (kind, position + used, end) if end <= len(content) else None
    return None


class Sheet:
    """Follows the rows of a sheet."""

    def __init__(self, marks: Marks) -> None:
        self.marks = marks
        self.row = 0
        self.row_hidden = False

    def read(self, found: Iterator[tuple[int, bytes]]) -> None:
        """Note what the records say; records too short for their kind are damaged."""
        for kind, content in found:
            if kind == ROW and len(content) >= 12:
                (self.row,) = struct.unpack_from("<I", content)
                self.row_hidden = bool(content[11] & HIDDEN)
            elif FIRST_FILLED <= kind <= LAST_CELL and len(content) >= 9:
                self.cell(kind, content)
            elif kind == MERGED and len(content) >= FOUR.size:
                first, last, left, right = FOUR.unpack_from(content)
                self.marks.merged.append(((first, left), (last, right)))

    def cell(self, kind: int, content: bytes) -> None:
        """Note a filled cell."""
        (column,) = struct.unpack_from("<I", content)
        self.marks.reach(self.row, column)
        self.marks.hidden_rows += self.row_hidden
        self.row_hidden = False
        if kind in (ERROR, FORMULA_ERROR):
            self.marks.error(self.row, column, ERRORS.get(content[8], "#VALUE!"))
        elif kind == RK and len(content) >= 12:
            self.marks.serials.add(self.row, column, rk_number(content[8:12]))
        elif kind in NUMBERS and len(content) >= 16:
            self.marks.serials.add(self.row, column, struct.unpack_from("<d", content, 8)[0])
