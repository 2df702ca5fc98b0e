"""Workbooks (XLSX, XLSM, XLSB, XLS, ODS): one sheet as a stream of texts."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

from store.readers import sheet_findings
from store.readers.layout import MAX_BODY_ROWS, column_types
from store.readers.names import column_names
from store.readers.reading import Reading, refuse_width
from store.readers.sheet_body import Books, Ending, blocks, records
from store.readers.sheet_layout import NumberedRow, SheetHead, sheet_head
from store.readers.stream import Closing, Stream
from store.readers.workbook import Sheet, Workbook
from store.readers.workbook_checks import check_workbook

LAYOUT_ROWS = 250
"""Rows at the top of a sheet in which the table must begin."""


def read_workbook(path: Path, name: str, reading: Reading) -> Stream:
    """Read one sheet: the chosen one, or the first that holds anything.

    No macro runs, no link is followed and no formula is calculated. Raises UnreadableFile.
    """
    check_workbook(path, name)
    workbook = Workbook(path, name)
    sheet = workbook.choose(reading.sheet)
    rows = workbook.rows(sheet)
    first = list(islice(rows, LAYOUT_ROWS))
    width = len(first[0][1])
    refuse_width(width, name)
    nearby = [merge for merge in sheet.merged if merge[0][0] <= first[-1][0]]
    filled = [(number, row) for number, row in first if any(row)]
    if not filled and not any(any(row) for _, row in workbook.rows(sheet)):
        # Cells of empty texts make columns, but no row.
        first = []
    head = sheet_head(filled, reading, width, nearby)
    return SheetTable(workbook, sheet, head, Books()).stream(first, rows, reading)


@dataclass(frozen=True)
class SheetTable:
    """The table on a sheet, on its way."""

    workbook: Workbook
    sheet: Sheet
    head: SheetHead
    books: Books

    def stream(
        self, first: list[NumberedRow], rest: Iterator[NumberedRow], reading: Reading
    ) -> Stream:
        """The rows below the header; those above it are set aside."""
        head, books = self.head, self.books
        books.above = books.put_aside(head.above, "stands above the header")
        start = max((number for number, _ in (*head.above, *head.header)), default=0)
        body = [(number, row) for number, row in first if number > start]
        names = column_names(head.names)
        types = column_types([row for _, row in body[:MAX_BODY_ROWS]], len(names))
        ending = Ending(reading.footer_rows, len(names), types)
        found = blocks(records(chain(body, rest), ending, books), names, books)
        return Stream(
            tuple(names), found, lambda: self.close(names), books.rejects, nameless(head, names)
        )

    def close(self, names: list[str]) -> Closing:
        """Findings and dialect."""
        said = sheet_findings.of_sheet(self.workbook, self.sheet, self.head, self.books, names)
        return Closing(said, self.dialect())

    def dialect(self) -> dict[str, Any]:
        """How the sheet was read; lines are rows of the sheet, counted from 1."""
        header, books, sheets = self.head.header, self.books, self.workbook.sheets
        return {
            "format": "workbook",
            "sheet": self.sheet.known.name,
            "sheets": [sheet.name for sheet in sheets],
            "hidden_sheets": [sheet.name for sheet in sheets if sheet.is_hidden],
            "first_column": self.sheet.left + 1,
            "header": bool(header),
            "header_rows": len(header),
            "header_line": header[0][0] if header else None,
            "lines_above_header": books.above,
            "lines_below": books.below,
            "rows_read": books.rows,
            "rows_rejected": books.above + books.below,
        }


def nameless(head: SheetHead, names: list[str]) -> tuple[str, ...]:
    """The last columns whose header cells are empty."""
    last = max((position for position, cell in enumerate(head.names, 1) if cell), default=0)
    return tuple(names[last:]) if head.header else ()
