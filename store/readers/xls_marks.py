"""XLS: errors and hidden rows, from the records of one sheet, [MS-XLS] 2.4."""

import struct
from collections.abc import Iterator
from pathlib import Path

from store.readers.ole import Compound, CompoundError
from store.readers.sheet_marks import ERRORS, Marks, rk_number

BEGIN = {0x0009, 0x0209, 0x0409, 0x0809}
END = 0x000A
SHEET, ROW, BOOL_OR_ERROR = 0x0085, 0x0208, 0x0205
NUMBER, RK, RKS = 0x0203, 0x027E, 0x00BD
FORMULA = {0x0006, 0x0206, 0x0406}
ERROR_RESULT = 2
NO_NUMBER = b"\xff\xff"
HIDDEN = 0x20

Record = tuple[int, bytes]


def xls_marks(path: Path, index: int) -> Marks:
    """The marks of a sheet, by its 0-based position in the workbook.

    The parser reads more kinds of damage than this does: where nothing is found, it is said that
    nobody could look for errors.
    """
    marks = Marks(lost_errors=None)
    try:
        stream = Compound(path.read_bytes()).stream("workbook", "book")
        start = sheet_starts(stream)[index]
    except (CompoundError, struct.error, IndexError):
        return marks
    marks.lost_errors = 0
    for kind, content in of_one_part(records(stream, start)):
        look(kind, content, marks)
    return marks


def records(stream: bytes, position: int) -> Iterator[Record]:
    """The records from a position to the end of the stream."""
    while position + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, position)
        yield kind, stream[position + 4 : position + 4 + length]
        position += 4 + length


def of_one_part(found: Iterator[Record]) -> Iterator[Record]:
    """The records between a beginning and its end, without those of charts inside."""
    depth = 0
    for kind, content in found:
        depth += (kind in BEGIN) - (kind == END)
        if depth == 0:
            return
        if depth == 1:
            yield kind, content


def sheet_starts(stream: bytes) -> list[int]:
    """Where the sheets begin."""
    found = of_one_part(records(stream, 0))
    return [struct.unpack_from("<I", content)[0] for kind, content in found if kind == SHEET]


def look(kind: int, content: bytes, marks: Marks) -> None:
    """Note what one record says."""
    if kind == ROW and len(content) >= 14:
        first, last = struct.unpack_from("<HH", content, 2)
        marks.hidden_rows += bool(content[12] & HIDDEN) and first < last
    elif kind == BOOL_OR_ERROR and len(content) >= 8 and content[7]:
        note_error(content, content[6], marks)
    elif kind in FORMULA and len(content) >= 14 and is_error(content[6:14]):
        note_error(content, content[8], marks)
    else:
        for row, column, number in numbers(kind, content):
            marks.serials.add(row, column, number)


def numbers(kind: int, content: bytes) -> Iterator[tuple[int, int, float]]:
    """The numbers in a record, each with the row and column of its cell."""
    if len(content) < 10:
        return
    row, column = struct.unpack_from("<HH", content)
    if kind in (NUMBER, *FORMULA) and len(content) >= 14 and content[12:14] != NO_NUMBER:
        yield row, column, struct.unpack_from("<d", content, 6)[0]
    elif kind == RK:
        yield row, column, rk_number(content[6:10])
    elif kind == RKS:
        for at in range(6, len(content) - 5, 6):
            yield row, column + at // 6 - 1, rk_number(content[at : at + 4])


def is_error(result: bytes) -> bool:
    """Whether a formula's result is an error, [MS-XLS] 2.5.133: no number, of that type."""
    return result[6:8] == NO_NUMBER and result[0] == ERROR_RESULT


def note_error(content: bytes, code: int, marks: Marks) -> None:
    """Note an error cell; every cell record begins with its place."""
    row, column = struct.unpack_from("<HH", content)
    marks.error(row, column, ERRORS.get(code, "#VALUE!"))
