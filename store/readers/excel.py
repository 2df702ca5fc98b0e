"""Workbooks (XLSX, XLSM, XLSB, XLS, ODS): cached values of one sheet, as text."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    load_workbook,
)

from core import Finding, Remedy, Severity, UnreadableFile, with_row_ids
from store.readers.layout import Layout, find_layout, join_header
from store.readers.limits import MAX_CELLS
from store.readers.names import column_names, renamed
from store.readers.reading import (
    Reading,
    ReadResult,
    refuse_no_rows,
    refuse_width,
    rejected_table,
    text_table,
)
from store.readers.workbook_checks import check_workbook, damaged, encrypted

Value = int | float | str | bool | time | date | datetime | timedelta
Rows = list[list[str | None]]

EXACT_DIGITS = 10**15
"""Spreadsheets keep 15 significant digits; a whole number below this is written without ".0"."""

LAYOUT_ROWS = 250


def read_workbook(path: Path, name: str, reading: Reading) -> ReadResult:
    """Read one sheet: the chosen one, or the first that holds anything.

    No macro runs and no link is followed. Raises UnreadableFile.
    """
    check_workbook(path, name)
    with refusing_damage(name), load_workbook(path) as workbook:
        sheets = worksheets(workbook)
        sheet, rows = choose_sheet(workbook, sheets, name, reading.sheet)
    head = [row for row in rows[:LAYOUT_ROWS] if any(row)]
    layout = find_layout(head, reading.header, len(rows[0]))
    is_doubtful = bool(head) and reading.header is None and layout.header == 0
    if is_doubtful:
        # Spreadsheets nearly always begin with names; the finding offers the other reading.
        layout = replace(layout, header=1)
    return as_result(rows, layout, name, {"sheet": sheet, "sheets": sheets}, is_doubtful)


@contextmanager
def refusing_damage(name: str) -> Iterator[None]:
    """Translate what the library raises on locked and damaged workbooks."""
    try:
        yield
    except PasswordError as error:
        raise encrypted(name) from error
    except (CalamineError, OSError, ValueError) as error:
        raise damaged(name) from error
    except BaseException as error:
        # A failed assertion inside the library arrives as a class that cannot be imported.
        if type(error).__name__ == "PanicException":
            raise damaged(name) from error
        raise


def worksheets(workbook: CalamineWorkbook) -> list[str]:
    """Names of the sheets that hold cells (no charts, no macros)."""
    return [
        sheet.name for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet
    ]


def choose_sheet(
    workbook: CalamineWorkbook, sheets: list[str], name: str, chosen: str | None
) -> tuple[str, Rows]:
    """The name and the rows of the sheet to read."""
    if chosen is not None and chosen not in sheets:
        listed = ", ".join(f"'{sheet}'" for sheet in sheets)
        raise UnreadableFile(
            "no_such_sheet", f"'{name}' has no sheet '{chosen}'; it has {listed or 'none'}."
        )
    hollow: tuple[str, Rows] | None = None
    for sheet in [chosen] if chosen is not None else sheets:
        rows = sheet_rows(workbook.get_sheet_by_name(sheet), name)
        if any(any(row) for row in rows):
            return sheet, rows
        hollow = hollow or ((sheet, rows) if len(rows) > 1 else None)
    if hollow:
        return hollow
    where = f"Sheet '{chosen}' of '{name}'" if chosen is not None else f"Every sheet of '{name}'"
    raise UnreadableFile("empty", f"{where} is empty; choose or upload one with data.")


def sheet_rows(sheet: CalamineSheet, name: str) -> Rows:
    """The used rectangle of a sheet as texts."""
    if sheet.height * sheet.width > MAX_CELLS:
        raise UnreadableFile(
            "too_large_uncompressed",
            f"A sheet of '{name}' has more than {MAX_CELLS:,} cells; save it as CSV.",
        )
    return [[text(value) for value in row] for row in sheet.to_python()]


def text(value: Value) -> str | None:
    """A cell as text: whole numbers without ".0", ISO dates, true and false; empty is None."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < EXACT_DIGITS else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def as_result(
    rows: Rows, layout: Layout, name: str, sheet: dict[str, Any], is_doubtful: bool
) -> ReadResult:
    """The table below the header; what stands above it is set aside."""
    filled = [position for position, row in enumerate(rows) if any(row)]
    above, header = filled[: layout.preamble], filled[layout.preamble :][: layout.header]
    cells = join_header([rows[position] for position in header], len(rows[0]))
    refuse_width(len(cells), name)
    body = rows[header[-1] + 1 if header else 0 :]
    if not body:
        raise refuse_no_rows(len(cells), name)
    names = column_names(cells)
    table = with_row_ids(text_table(names, zip(*body, strict=True)))
    rejected = rejected_table(
        (position + 1, "\t".join(cell or "" for cell in rows[position]), "stands above the header")
        for position in above
    )
    dialect = {
        "format": "workbook",
        **sheet,
        "header": bool(header),
        "header_rows": len(header),
        "lines_above_header": len(above),
        "rows_read": table.height,
        "rows_rejected": rejected.height,
    }
    said = (
        *of_sheet(sheet),
        *rows_above(len(above)),
        *(header_like_data(names) if is_doubtful else ()),
        *(renamed(cells, names) if header else ()),
    )
    return ReadResult(table, said, dialect, rejected)


def rows_above(count: int) -> tuple[Finding, ...]:
    """Rows above the header were set aside."""
    if not count:
        return ()
    noun = "row above the header was" if count == 1 else "rows above the header were"
    return (
        Finding(
            "read.rows-above-header",
            Severity.LOW,
            f"{count:,} {noun} set aside.",
            rows=count,
            evidence={"rows": count},
        ),
    )


def header_like_data(names: list[str]) -> tuple[Finding, ...]:
    """The first row was taken for names although it looks like the rows below."""
    return (
        Finding(
            "read.header-like-data",
            Severity.MEDIUM,
            f"The first row looks like data, but names the {len(names):,} columns now: "
            f"'{names[0]}' and so on.",
            columns=tuple(names),
            remedy=Remedy("Say that the first row holds no names, and read the file again."),
        ),
    )


def of_sheet(sheet: dict[str, Any]) -> tuple[Finding, ...]:
    """Which sheet was read when there are several."""
    sheets = sheet["sheets"]
    if not isinstance(sheets, list) or len(sheets) < 2:
        return ()
    return (
        Finding(
            "read.sheet",
            Severity.INFO,
            f"Sheet '{sheet['sheet']}' was read, one of {len(sheets):,} in the workbook.",
            evidence=dict(sheet),
        ),
    )
