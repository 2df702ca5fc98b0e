"""Where a table ends among its last rows: notes, sources and totals are no records."""

import re
from collections.abc import Sequence

from store.readers.layout import MAX_BODY_ROWS, Cells, CellType, cell_type
from store.readers.records import Record

MAX_FOOTER = 30
TOTAL = re.compile(r"(grand |sub)?totals?\b|sum\b|(gesamt|insgesamt|summe)\b", re.IGNORECASE)
NOTE = re.compile(
    r"(\*|†|\[\d|\(\d+\)|notes?\b|sources?\b|footnotes?\b|end of (file|report)|generated\b"
    r"|exported\b|copyright\b|©|records? (count|found)|quelle\b|hinweis\b|data as of)",
    re.IGNORECASE,
)


def footer_rows(rows: Sequence[Cells], width: int, types: Sequence[CellType]) -> int:
    """How many of the last rows stand below the table: notes, sources, totals.

    A kind of row that also occurs further up belongs to the table.
    """
    most = min(MAX_FOOTER, max(0, len(rows) - 1))
    count = 0
    for row in reversed(rows[len(rows) - most :]):
        if not is_below(row, width, types):
            break
        count += 1
    body = rows[: len(rows) - count]
    if count == 1 and not any(rows[-1]):
        # A single empty row may be a record; a run of them at the end is filling.
        return 0
    if any(is_below(row, width, types) for row in body[-MAX_BODY_ROWS:]):
        return 0
    return count


def is_below(row: Cells, width: int, types: Sequence[CellType]) -> bool:
    """Whether a row looks like a note or a total instead of a record."""
    filled = [position for position, cell in enumerate(row) if cell]
    if width < 2 or not filled:
        return width > 1 and not filled
    first = (row[filled[0]] or "").strip()
    if TOTAL.match(first):
        return True
    is_ragged = len(row) < width
    if NOTE.match(first) and is_ragged:
        return True
    if len(filled) > (1 if width < 5 else max(1, width // 5)) or filled[0] > 0:
        return False
    if NOTE.match(first):
        return True
    is_odd = bool(types) and types[0] in {"number", "date"} and cell_type(first) == "text"
    return is_odd or (is_ragged and len(first.split()) > 3)


def second_table(
    found: Sequence[Record], header: Cells, width: int, types: Sequence[CellType]
) -> int:
    """Where another table begins below a blank line; the number of records where none does.

    Its first row has texts over typed columns, or all its rows are of one other width.
    """
    for at, record in enumerate(found[:-2]):
        if record.is_blank and at and not found[at + 1].is_blank:
            rest = [below.cells for below in found[at + 1 :] if not below.is_blank]
            names_another = is_header(rest[0], types) and list(rest[0]) != list(header)
            if is_other(rest, width) or names_another:
                return at + 1
    return len(found)


def is_other(rows: Sequence[Cells], width: int) -> bool:
    """Whether rows are of one width that is not the table's."""
    widths = {len(row) for row in rows}
    return len(rows) > 1 and len(widths) == 1 and not widths & {1, width}


def is_header(row: Cells, types: Sequence[CellType]) -> bool:
    """Whether a row names columns: it is filled with texts, also where the table has none."""
    typed = [at for at, kind in enumerate(types) if kind in {"number", "date"} and at < len(row)]
    is_full = len(row) > 1 and all(row)
    return is_full and len(typed) > 1 and all(cell_type(row[at]) == "text" for at in typed)
