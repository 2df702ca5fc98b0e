"""What is said about a sheet besides its table."""

from collections.abc import Sequence

from core import Finding, Remedy, Severity
from store.readers.names import renamed
from store.readers.sheet_body import Books
from store.readers.sheet_layout import SheetHead
from store.readers.sheet_marks import Marks, Places
from store.readers.workbook import Sheet, SheetName, Workbook

Said = tuple[Finding, ...]


def of_sheet(
    workbook: Workbook, sheet: Sheet, head: SheetHead, books: Books, names: Sequence[str]
) -> Said:
    """All findings about a sheet and its table, which has these names."""
    return (
        *which_sheet(sheet.known, workbook.sheets),
        *rows_aside(books),
        *(header_like_data(names) if head.is_doubtful else ()),
        *(renamed(head.names, names) if head.header else ()),
        *error_cells(sheet.marks),
        *uncached_formulas(sheet.marks.uncached),
        *merged_cells(sheet, head),
        *hidden_rows(sheet.marks.hidden_rows),
        *unread_values(sheet.marks.unread),
        *impossible_dates(sheet.marks.no_dates),
    )


def which_sheet(read: SheetName, sheets: Sequence[SheetName]) -> Said:
    """Which sheet was read when there are several, or when it is hidden."""
    hidden = sum(sheet.is_hidden for sheet in sheets)
    if len(sheets) < 2 and not hidden:
        return ()
    noun = "is" if hidden == 1 else "are"
    shown = f", of which {hidden:,} {noun} hidden" if hidden else ""
    return (
        Finding(
            "read.sheet",
            Severity.INFO,
            f"Sheet '{read.name}' was read, one of {len(sheets):,} in the workbook{shown}.",
            evidence={
                "sheet": read.name,
                "sheets": [sheet.name for sheet in sheets],
                "hidden": hidden,
            },
        ),
    )


def rows_aside(books: Books) -> Said:
    """Rows above and below the table were set aside, and empty ones at its end."""
    return (
        *aside("read.rows-above-header", books.above, "above the header"),
        *aside("read.rows-below-table", books.below, "below the table"),
        *counted(
            "read.empty-rows",
            Severity.INFO,
            books.blank_end,
            ("empty row at the end of the sheet was", "empty rows at the end of the sheet were"),
            "left out.",
        ),
    )


def aside(code: str, count: int, where: str) -> Said:
    """Rows that are no records."""
    nouns = (f"row {where} was", f"rows {where} were")
    return counted(code, Severity.LOW, count, nouns, "set aside.")


def counted(code: str, severity: Severity, count: int, nouns: tuple[str, str], what: str) -> Said:
    """A finding about a number of rows or cells; none when there are none."""
    if not count:
        return ()
    noun = nouns[0] if count == 1 else nouns[1]
    return (
        Finding(code, severity, f"{count:,} {noun} {what}", rows=count, evidence={"count": count}),
    )


def header_like_data(names: Sequence[str]) -> Said:
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


def error_cells(marks: Marks) -> Said:
    """Cells with an error value; some formats hide where they are, or that there are any."""
    lost = marks.lost_errors
    if lost is None:
        sentence = "Error values such as #N/A could not be looked for; they read as empty cells."
    elif lost:
        sentence = f"{marks.errors:,} cells hold an error value; {lost:,} of them read as empty."
    elif marks.errors:
        noun = "cell holds" if marks.errors == 1 else "cells hold"
        sentence = f"{marks.errors:,} {noun} an error value such as #N/A, kept as its text."
    else:
        return ()
    return (
        Finding(
            "read.error-cells",
            Severity.MEDIUM if marks.errors else Severity.INFO,
            sentence,
            evidence={"cells": marks.errors, "lost": lost},
            remedy=Remedy("Correct the formulas in the workbook, or clean the values here."),
        ),
    )


def uncached_formulas(count: int) -> Said:
    """Formulas without a value: the program that wrote them does not calculate."""
    nouns = ("formula has no stored value and reads", "formulas have no stored value and read")
    return counted(
        "read.uncalculated-formulas",
        Severity.MEDIUM,
        count,
        nouns,
        "as empty; open and save the workbook in a spreadsheet program to calculate.",
    )


def merged_cells(sheet: Sheet, head: SheetHead) -> Said:
    """Merged cells below the header: the value stands in the first, the others are empty."""
    below = max((number for number, _ in (*head.above, *head.header)), default=0)
    count = sum(bottom >= below for _, (bottom, _) in sheet.merged)
    nouns = ("merged range lies in the table;", "merged ranges lie in the table;")
    what = "only the first cell of each holds its value, the others are empty."
    return counted("read.merged-cells", Severity.LOW, count, nouns, what)


def hidden_rows(count: int) -> Said:
    """Rows that the sheet does not show are rows as well."""
    nouns = ("row is hidden in the sheet", "rows are hidden in the sheet")
    return counted("read.hidden-rows", Severity.INFO, count, nouns, "and was read like the others.")


def unread_values(cells: Places) -> Said:
    """Values in a notation of XML that hardly any program writes."""
    nouns = ("value has", "values have")
    what = (
        f"a CDATA section or a comment inside ({some(cells)}) and may read as empty or cut off; "
        "save the workbook again in a spreadsheet program."
    )
    return counted("read.unread-values", Severity.MEDIUM, cells.count, nouns, what)


def impossible_dates(cells: Places) -> Said:
    """Numbers that are formatted as dates and are none; a sheet shows most of them as ####."""
    nouns = ("cell formatted as a date holds", "cells formatted as dates hold")
    what = f"a number below 0 or 29 February 1900 ({some(cells)}); the stored number was read."
    return counted("read.impossible-dates", Severity.LOW, cells.count, nouns, what)


def some(cells: Places) -> str:
    """The addresses of the first cells."""
    return ", ".join(cells.first) + (" …" if cells.count > len(cells.first) else "")
