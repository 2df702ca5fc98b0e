"""The sheets of a workbook (XLSX, XLSM, XLSB, XLS, ODS): cached values, as text."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    load_workbook,
)

from core import UnreadableFile
from store.readers.ods_marks import ods_marks
from store.readers.package import damaged, opened
from store.readers.sheet_layout import NumberedRow
from store.readers.sheet_marks import ByRow, Marks, Range
from store.readers.sheet_text import Value, may_be_no_date, text
from store.readers.workbook_checks import encrypted, is_zip, refuse_extent
from store.readers.xls_marks import xls_marks
from store.readers.xlsb_marks import xlsb_marks
from store.readers.xlsx_marks import xlsx_marks


@dataclass(frozen=True)
class SheetName:
    """A sheet by its name and its 0-based position among all sheets, charts included."""

    name: str
    index: int
    is_hidden: bool


@dataclass(frozen=True)
class Sheet:
    """One sheet: its filled rectangle begins in the 0-based row `top` and column `left`."""

    known: SheetName
    cells: CalamineSheet
    marks: Marks

    @property
    def top(self) -> int:
        """The first row with a value."""
        return (self.cells.start or (0, 0))[0]

    @property
    def left(self) -> int:
        """The first column with a value."""
        return (self.cells.start or (0, 0))[1]

    @property
    def merged(self) -> list[Range]:
        """Ranges of merged cells that reach into the filled rectangle, from its left edge."""
        end = self.cells.end or (0, 0)
        return [
            ((top, max(0, left - self.left)), (bottom, right - self.left))
            for (top, left), (bottom, right) in self.cells.merged_cell_ranges or self.marks.merged
            if top <= end[0] and left <= end[1] and bottom >= self.top and right >= self.left
        ]

    def rows(self) -> Iterator[NumberedRow]:
        """The filled rectangle row by row, each with its 1-based number on the sheet."""
        texts = ByRow(self.marks.texts.places, self.marks.texts.texts)
        serials = ByRow(self.marks.serials.places, self.marks.serials.numbers)
        for number, values in enumerate(self.cells.iter_rows()):
            if number < self.top:
                continue
            row = [text(value) for value in values]
            for column, found in serials.at(number):
                if may_be_no_date(value_at(values, column - self.left)):
                    row[column - self.left] = text(found)
                    self.note_no_date(number, column)
            for column, known in texts.at(number):
                if 0 <= column - self.left < len(row):
                    row[column - self.left] = known
            yield number + 1, row

    def note_no_date(self, row: int, column: int) -> None:
        """Count a cell once, although its row may be looked at again."""
        if (row, column) > self.marks.no_dates.last:
            self.marks.no_dates.add(row, column)


def value_at(values: Sequence[Value], position: int) -> Value:
    """The value there; nothing outside of the filled rectangle."""
    return values[position] if 0 <= position < len(values) else ""


class Workbook:
    """An open workbook; `name` is the user's file name."""

    def __init__(self, path: Path, name: str) -> None:
        """Raises UnreadableFile."""
        self.name = name
        self.marks = marks_of(path, name)
        with refusing_damage(name):
            self.content: CalamineWorkbook = load_workbook(path)
        self.sheets = [
            SheetName(sheet.name, index, sheet.visible != SheetVisibleEnum.Visible)
            for index, sheet in enumerate(self.content.sheets_metadata)
            if sheet.typ == SheetTypeEnum.WorkSheet
        ]

    def sheet(self, known: SheetName) -> Sheet:
        """Load one sheet. Raises UnreadableFile when it is damaged or too large for the memory."""
        marks = self.marks(known.index)
        refuse_extent(marks.rows, marks.columns, self.name, known.name)
        with refusing_damage(self.name):
            cells = self.content.get_sheet_by_name(known.name)
        refuse_extent(cells.height, cells.width, self.name, known.name)
        return Sheet(known, cells, marks)

    def choose(self, chosen: str | None) -> Sheet:
        """The sheet of that name, or the first that holds anything, those on show before others.

        Raises UnreadableFile: no_such_sheet, empty.
        """
        wanted = [sheet for sheet in self.sheets if chosen in (None, sheet.name)]
        if not wanted and chosen is not None:
            raise no_such_sheet(chosen, self.sheets, self.name)
        hollow: Sheet | None = None
        for known in sorted(wanted, key=lambda sheet: sheet.is_hidden):
            sheet = self.sheet(known)
            if sheet.cells.height and any(any(row) for _, row in self.rows(sheet)):
                return sheet
            hollow = hollow or (sheet if sheet.cells.height else None)
        if hollow is not None:
            # Cells of empty texts are columns without a name and a row.
            return hollow
        where = f"Sheet '{chosen}'" if chosen is not None else "Every sheet"
        raise UnreadableFile(
            "empty", f"{where} of '{self.name}' is empty; choose or upload one with data."
        )

    def rows(self, sheet: Sheet) -> Iterator[NumberedRow]:
        """The rows of a sheet. Raises UnreadableFile on a cell that cannot be read."""
        last = sheet.top
        with refusing_damage(self.name):
            try:
                for last, row in sheet.rows():
                    yield last, row
            except OverflowError as error:
                raise too_long_span(self.name, sheet.known.name, last + 1) from error


def marks_of(path: Path, name: str) -> Callable[[int], Marks]:
    """What gives the marks of a sheet by its position, in the format of this workbook.

    Raises UnreadableFile for an ODS with a sheet that is too large: its sheets load together.
    """
    if not is_zip(path):
        return lambda index: xls_marks(path, index)
    with opened(path, name) as package:
        if package.find("content.xml"):
            sheets = dict(enumerate(ods_marks(package)))
            return lambda index: sheets.get(index, Marks(lost_errors=None))
        look = xlsb_marks if package.find("xl/workbook.bin") else xlsx_marks

    def marks(index: int) -> Marks:
        with opened(path, name) as package:
            return look(package, index)

    return marks


def no_such_sheet(chosen: str, sheets: list[SheetName], name: str) -> UnreadableFile:
    """The refusal that lists the sheets there are."""
    listed = ", ".join(f"'{sheet.name}'" for sheet in sheets)
    return UnreadableFile(
        "no_such_sheet", f"'{name}' has no sheet '{chosen}'; it has {listed or 'none'}."
    )


def too_long_span(name: str, sheet: str, row: int) -> UnreadableFile:
    """The refusal of a span that neither the parser nor a clock can hold."""
    return UnreadableFile(
        "corrupt",
        f"Row {row:,} of sheet '{sheet}' in '{name}' holds a span of time longer than a billion "
        "days; correct that cell, or format it as a number.",
    )


@contextmanager
def refusing_damage(name: str) -> Iterator[None]:
    """Translate what the parser raises on locked and damaged workbooks."""
    try:
        yield
    except PasswordError as error:
        raise encrypted(name) from error
    except (CalamineError, OSError, ValueError) as error:
        raise damaged(name) from error
    except BaseException as error:
        # A failed assertion inside the parser arrives as a class that cannot be imported.
        if type(error).__name__ == "PanicException":
            raise damaged(name) from error
        raise
