"""ODS: errors, merged cells, hidden rows and the true extent of all sheets.

Tags are looked for under their usual prefixes, as the parser does. Rows without anything of
interest are counted by their bytes alone; only the others are parsed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from xml.parsers import expat

from store.readers.package import Package
from store.readers.sheet_marks import Marks
from store.readers.sheet_text import hours
from store.readers.workbook_checks import refuse_extent
from store.readers.xlsx_marks import whole_rows

ROW, ROW_END, CELL = b"<table:table-row", b"</table:table-row>", b"table-cell"
SHEET = re.compile(rb"<table:table\s[^<]*?\btable:name=\"([^\"]*)\"|<table:table[\s>]")
FILLING = re.compile(
    rb"<table:table-cell(?: table:style-name=\"[^\"]*\")?"
    rb" table:number-columns-repeated=\"\d+\"\s*/>\s*"
)
SIGNS = (
    b"repeated=",
    b"spanned=",
    b"formula=",
    b"visibility=",
    b'value-type="error"',
    b"<![CDATA[",
)
LONG_NUMBER = re.compile(rb"office:value=\"-?\d{16}")
CLOCK = r"PT(?:[01]\d|2[0-3])H[0-5]\dM[0-5]\d(?:[.,]\d+)?S"
LONG_SPAN = re.compile(rf"office:time-value=\"(?!{CLOCK}\")".encode())
SPAN = re.compile(
    rf"(?!{CLOCK}$)(?=.*\d)(-?)P(?:(\d{{1,8}})D)?T?(?:(\d{{1,9}})H)?(?:(\d{{1,9}})M)?"
    r"(?:(\d{1,9}(?:[.,]\d+)?)S)?",
    re.ASCII,
)
"""Spans of time that the parser takes for texts: longer than a day, negative, or short of parts."""
ERROR = re.compile(r"#(N/A|DIV/0!|REF!|VALUE!|NAME\?|NUM!|NULL!)|Err:\d{3}")
WHOLE = re.compile(r"-?\d{16,}")

MAX_REPEATED = 100_000
"""One cell that repeats more often is only counted."""


def ods_marks(package: Package) -> list[Marks]:
    """The marks of all sheets. Raises UnreadableFile when a sheet is larger than the limit."""
    member = package.find("content.xml")
    sheets: list[OdsSheet] = []
    for content in whole_rows(package.pieces(member)) if member else ():
        for part in split(content):
            if isinstance(part, str):
                sheets.append(OdsSheet(package.name, part))
            elif sheets:
                sheets[-1].row_of(part)
    return [sheet.marks for sheet in sheets]


def split(content: bytes) -> Iterator[str | bytes]:
    """The names of sheets, and the inside of the rows that follow, in the order of the file."""
    before, *rows = content.split(ROW)
    yield from names(before)
    for row in rows:
        inside, end, after = row.partition(ROW_END)
        yield inside
        yield from names(after if end else inside)


def names(between: bytes) -> Iterator[str]:
    """The names of the sheets that begin between two rows."""
    for name in SHEET.findall(between):
        yield name.decode(errors="replace")


@dataclass
class OdsSheet:
    """Follows the rows and cells of one sheet, all by their 0-based place."""

    file: str
    name: str
    marks: Marks = field(default_factory=Marks)
    row: int = 0
    row_repeat: int = 1
    column: int = 0
    is_hidden: bool = False
    cell: dict[str, str] = field(default_factory=dict)
    text: str = ""

    def row_of(self, inside: bytes) -> None:
        """Note what a row holds, given what follows the name of its tag."""
        last = inside.rfind(b"<table:table-cell")
        if last >= 0 and FILLING.fullmatch(inside, last):
            inside = inside[:last]
        if (
            any(sign in inside for sign in SIGNS)
            or LONG_NUMBER.search(inside)
            or LONG_SPAN.search(inside)
        ):
            self.parse(inside)
        elif b":value-type=" in inside or b"<text:p" in inside:
            self.reach(self.row, inside.count(b"<table:table-cell") + inside.count(b"<table:cov"))
            self.row += 1
        else:
            self.row += 1

    def reach(self, row: int, columns: int) -> None:
        """Note how far the filled cells reach; refuse them in time."""
        self.marks.reach(row, columns - 1)
        refuse_extent(self.marks.rows, self.marks.columns, self.file, self.name)

    def parse(self, inside: bytes) -> None:
        """Note what the cells of a row hold, one by one."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.characters
        parser.StartCdataSectionHandler = self.unread
        self.column = 0
        is_closed = inside.rstrip().endswith(b"/>") and CELL not in inside
        parser.Parse(ROW + inside + (b"" if is_closed else ROW_END), True)
        self.row += self.row_repeat

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """A tag opens."""
        if tag == "table:table-row":
            self.row_repeat = repeat(attributes, "table:number-rows-repeated")
            self.is_hidden = attributes.get("table:visibility", "visible") != "visible"
        elif tag.endswith("table-cell"):
            self.cell, self.text = attributes, ""

    def characters(self, text: str) -> None:
        """Text inside a cell; nothing longer than an error value is of interest."""
        if len(self.text) < 10:
            self.text += text

    def unread(self) -> None:
        """A section begins that the parser does not read."""
        self.marks.unread.add(self.row, self.column)

    def end(self, tag: str) -> None:
        """A cell closes: note what it, and its repetitions, hold."""
        if not tag.endswith("table-cell"):
            return
        width = repeat(self.cell, "table:number-columns-repeated")
        text = self.text.strip()
        if text or "office:value-type" in self.cell:
            self.reach(self.row + self.row_repeat - 1, self.column + width)
            self.marks.hidden_rows += self.row_repeat if self.is_hidden else 0
            self.is_hidden = False
        elif "table:formula" in self.cell:
            self.marks.uncached += width * self.row_repeat
        self.note_merge()
        self.note_text(text, width)
        self.column += width

    def note_merge(self) -> None:
        """Note the range of a cell that spans several."""
        rows = repeat(self.cell, "table:number-rows-spanned")
        columns = repeat(self.cell, "table:number-columns-spanned")
        if rows * columns > 1:
            last = (self.row + rows - 1, self.column + columns - 1)
            self.marks.merged.append(((self.row, self.column), last))

    def is_error(self, text: str) -> bool:
        """Whether a cell shows an error value; these read as 0 or nothing."""
        return self.cell.get("calcext:value-type") == "error" or bool(
            "table:formula" in self.cell and ERROR.fullmatch(text)
        )

    def note_text(self, text: str, width: int) -> None:
        """Note error values, and numbers too long for a float and spans too long for a clock."""
        is_error = self.is_error(text)
        known = text or "#VALUE!" if is_error else self.exact()
        count = width * self.row_repeat
        self.marks.errors += count if is_error else 0
        if count > MAX_REPEATED:
            self.marks.lost_errors = (self.marks.lost_errors or 0) + (count if is_error else 0)
        elif known:
            for row in range(self.row, self.row + self.row_repeat):
                for column in range(self.column, self.column + width):
                    self.marks.texts.add(row, column, known)

    def exact(self) -> str | None:
        """The text of a whole number or a span of time that the parser does not keep."""
        value = self.cell.get("office:value", "")
        return value if WHOLE.fullmatch(value) else span(self.cell.get("office:time-value", ""))


def span(value: str) -> str | None:
    """A span of time as in the other formats; None for those that the parser reads itself."""
    found = SPAN.fullmatch(value)
    if not found:
        return None
    sign, *parts = found.groups(default="0")
    days, clock, minutes = map(int, parts[:3])
    length = timedelta(
        days=days, hours=clock, minutes=minutes, seconds=float(parts[3].replace(",", "."))
    )
    return hours(-length if sign == "-" else length)


def repeat(attributes: dict[str, str], name: str) -> int:
    """A count of repetitions; what is no number counts once."""
    value = attributes.get(name, "")
    return max(1, int(value)) if value.isascii() and value.isdigit() and len(value) < 10 else 1
