"""XLSX and XLSM: what a streaming search in the XML of one sheet finds."""

import posixpath
import re
from collections.abc import Iterator

from store.readers.limits import MAX_SHEET_CELLS
from store.readers.package import Package, tags
from store.readers.sheet_marks import Marks

LONGEST_ROW = 2**26
P = rb"(?:\w+:)?"
START = rb"<" + P + rb"c\b(?=[^<>]*?\sr=[\"']([A-Za-z]{1,3})(\d{1,7})[\"'])"
FORMULA = rb"\s*<" + P + rb"f\b[^<>]*?(?:/>|>[^<]*</" + P + rb"f>)\s*"

NEAR = re.compile(rb' r="([A-Z]{1,3})\d{1,6}"')
NEAR_ROWS = 10**6
PREFIXED = re.compile(rb":row\b")
PLACE = re.compile(START + rb"[^<>]*(?<!/)>")
BARE = re.compile(rb"<" + P + rb"c\b(?![^<>]*?\sr=)")
ROW = re.compile(rb"<" + P + rb"row\b")
ROW_NUMBER = re.compile(
    rb"<" + P + rb"row\b[^<>]*?\sr=[\"'](\d{1,7})[\"'][^<>]*(?<!/)>\s*<" + P + rb"c\b"
)
ERROR = re.compile(
    START + rb"(?=[^<>]*?\st=[\"']e[\"'])[^<>]*(?<!/)>(?:" + FORMULA + rb")?<" + P + rb"v>([^<]*)"
)
ERROR_TYPE = re.compile(rb"<" + P + rb"c\b[^<>]*?\st=[\"']e[\"']")
LONG_NUMBER = re.compile(rb">-?\d{16,}<")
EXACT = re.compile(START + rb"[^<>]*>(?:" + FORMULA + rb")?<" + P + rb"v>(-?\d{16,})<")
DATES = re.compile(rb">(?:-\d|60[.<])")
DATE = re.compile(
    START
    + rb"(?=[^<>]*?\ss=[\"'][1-9])[^<>]*>(?:"
    + FORMULA
    + rb")?<"
    + P
    + rb"v>(-\d+(?:\.\d*)?(?:[Ee][+-]?\d{1,3})?|60(?:\.\d*)?)<"
)
MARKUP = re.compile(START + rb"[^<>]*>(?:" + FORMULA + rb")?<" + P + rb"v\b[^<>]*(?<!/)>[^<]*<!")
UNCACHED = re.compile(
    rb"<" + P + rb"c\b(?![^<>]*?\st=[\"']str)[^<>]*>" + FORMULA + rb"(?:<" + P + rb"v\s*/>|<" + P
    + rb"v></|</" + P + rb"c>)"
)  # fmt: skip
HIDDEN = re.compile(rb"<" + P + rb"row\b[^<>]*?\shidden=[\"'](?:1|true)[\"'][^<>]*(?<!/)>")


def xlsx_marks(package: Package, index: int) -> Marks:
    """The marks of a sheet, by its 0-based position in the workbook. Raises UnreadableFile."""
    member = package.find(sheet_part(package, index) or "")
    marks = Marks(lost_errors=None if member is None else 0)
    if member is None:
        return marks
    is_near = True
    for rows in whole_rows(package.pieces(member)):
        is_near = is_near and has_near_cells(rows)
        look(rows, marks)
    if not is_near:
        # Only now the exact extent is worth its time.
        for rows in whole_rows(package.pieces(member)):
            look_at_extent(rows, marks)
    return marks


def sheet_part(package: Package, index: int) -> str | None:
    """The path of the part that holds a sheet; None when the workbook does not say."""
    book = related(package, "_rels/.rels", "/officeDocument").get("", "xl/workbook.xml")
    member = package.find(book)
    if member is None:
        return None
    folder, file = posixpath.split(book.lstrip("/"))
    sheets = [attributes for tag, attributes in tags(package.pieces(member)) if tag == "sheet"]
    targets = related(package, f"{folder}/_rels/{file}.rels", "")
    if index >= len(sheets):
        return None
    ids = [value for key, value in sheets[index].items() if key.rpartition(":")[2] == "id"]
    target = targets.get(ids[0]) if ids else None
    return target and posixpath.normpath(posixpath.join("/", folder, target))


def related(package: Package, part: str, kind: str) -> dict[str, str]:
    """The targets of a part with relationships, by their id; a kind stands under "" as well."""
    member = package.find(part)
    found = tags(package.pieces(member)) if member else iter(())
    targets: dict[str, str] = {}
    for tag, attributes in found:
        if tag == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")
            if kind and attributes.get("Type", "").endswith(kind):
                targets[""] = attributes.get("Target", "")
    return targets


def whole_rows(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The text of a sheet, cut between rows only."""
    rest = b""
    for piece in pieces:
        rest += piece
        cut = rest.rfind(b"row>") + len(b"row>")
        if cut < len(b"row>") and len(rest) < LONGEST_ROW:
            continue
        cut = cut if cut >= len(b"row>") else len(rest)
        yield rest[:cut]
        rest = rest[cut:]
    yield rest


def look(rows: bytes, marks: Marks) -> None:
    """Note what some rows hold."""
    if b't="e"' in rows or b"t='e'" in rows:
        look_at_errors(rows, marks)
    look_at_numbers(rows, marks)
    if b"f>" in rows:
        marks.uncached += sum(1 for _ in UNCACHED.finditer(rows))
    if b" hidden=" in rows:
        marks.hidden_rows += len(HIDDEN.findall(rows))
    for letters, row in MARKUP.findall(rows) if b"<!" in rows else ():
        marks.unread.add(int(row) - 1, column_number(letters) - 1)


def look_at_numbers(rows: bytes, marks: Marks) -> None:
    """Note numbers that a float does not hold, and those that are no dates if formatted as such."""
    if LONG_NUMBER.search(rows):
        for letters, row, digits in EXACT.findall(rows):
            marks.texts.add(int(row) - 1, column_number(letters) - 1, digits.decode())
    if DATES.search(rows):
        for letters, row, number in DATE.findall(rows):
            marks.serials.add(int(row) - 1, column_number(letters) - 1, float(number))


def look_at_errors(rows: bytes, marks: Marks) -> None:
    """Note the error cells; those without an address cannot be placed."""
    found = ERROR.findall(rows)
    for letters, row, text in found:
        marks.error(int(row) - 1, column_number(letters) - 1, text.decode(errors="replace"))
    lost = len(ERROR_TYPE.findall(rows)) - len(found)
    marks.lost_errors = (marks.lost_errors or 0) + lost
    marks.errors += lost


def has_near_cells(rows: bytes) -> bool:
    """Whether all cells are in columns so few that no number of rows could be too large."""
    found = NEAR.findall(rows)
    if len(found) != rows.count(b"<c ") or b"<c>" in rows or PREFIXED.search(rows):
        return False
    columns = max(map(column_number, set(found)), default=0)
    return columns * NEAR_ROWS <= MAX_SHEET_CELLS


def look_at_extent(rows: bytes, marks: Marks) -> None:
    """Note how far the filled cells reach; cells without an address follow one another."""
    found = PLACE.findall(rows)
    for letters in {letters for letters, _ in found}:
        marks.reach(0, column_number(letters) - 1)
    for row in {row for _, row in found}:
        marks.reach(int(row) - 1, 0)
    if BARE.search(rows):
        marks.reach(max(map(int, ROW_NUMBER.findall(rows)), default=0) - 1, 0)
        marks.reach(marks.rows + len(ROW.findall(rows)) - 1, 0)
        marks.reach(0, max(len(BARE.findall(row)) for row in ROW.split(rows)) - 1)


def column_number(letters: bytes) -> int:
    """The 1-based number of a column called A, B … XFD."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
