"""Where a table ends among its last rows: notes, sources and totals are no records."""

import re
from collections.abc import Sequence
from itertools import takewhile

from store.readers.layout import MAX_BODY_ROWS, Cells, CellType, cell_type
from store.readers.records import Record

MAX_FOOTER = 30
TOTAL = re.compile(
    r"((grand |sub-?)?totals?|sum|gesamt|insgesamt|summe)\s*(:|$|\(|\d|for\b|of\b|-)", re.IGNORECASE
)
NOTE = re.compile(
    r"(\*|†|\[\d|\(\d+\)|notes?\b|sources?\b|footnotes?\b|end of (file|report)|generated\b"
    r"|exported\b|copyright\b|©|records? (count|found)|quelle\b|hinweis\b|data as of)",
    re.IGNORECASE,
)


def footer_rows(rows: Sequence[Cells], width: int, types: Sequence[CellType]) -> int:
    """How many of the last rows stand below the table: notes, sources, totals.

    A kind of row that also occurs further up belongs to the table.
    """
    empty = len(list(takewhile(lambda row: is_empty(row, width), reversed(rows))))
    empty = 0 if empty == len(rows) else empty
    most = min(MAX_FOOTER, max(0, len(rows) - 1 - empty))
    notes = reversed(rows[len(rows) - empty - most : len(rows) - empty])
    count = empty + len(list(takewhile(lambda row: is_below(row, width, types), notes)))
    body = rows[: len(rows) - count][-MAX_BODY_ROWS:]
    if count == empty:
        # A single empty row may be a record; a run of them at the end is filling.
        is_filling = count > 1 and not any(is_empty(row, width) for row in body)
        return count if is_filling else 0
    return 0 if any(any(row) and is_below(row, width, types) for row in body) else count


def is_empty(row: Cells, width: int) -> bool:
    """Whether a row holds separators and nothing else; a single column has none."""
    return width > 1 and all(cell is None for cell in row)


def is_below(row: Cells, width: int, types: Sequence[CellType]) -> bool:
    """Whether a row looks like a note or a total instead of a record."""
    filled = [position for position, cell in enumerate(row) if cell]
    if width < 2 or not filled:
        return is_empty(row, width)
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
    other = other_width(found, width)
    for at, record in enumerate(found[1:-1], 1):
        if record.is_blank and not found[at + 1].is_blank:
            first = found[at + 1].cells
            names_another = is_header(first, types) and list(first) != list(header)
            if at >= other or names_another:
                return at + 1
    return len(found)


def other_width(found: Sequence[Record], width: int) -> int:
    """From where on all records, two or more, are of one width that is not the table's."""
    filled = [(at, len(record.cells)) for at, record in enumerate(found) if not record.is_blank]
    last = filled[-1][1] if filled else width
    run = list(takewhile(lambda pair: pair[1] == last, reversed(filled)))
    if len(run) < 2 or last in {1, width}:
        return len(found)
    before = filled[len(filled) - len(run) - 1][0] if len(run) < len(filled) else -1
    return before + 1


def is_header(row: Cells, types: Sequence[CellType]) -> bool:
    """Whether a row names columns: it is filled with texts, also where the table has none."""
    typed = [at for at, kind in enumerate(types) if kind in {"number", "date"} and at < len(row)]
    is_full = len(row) > 1 and all(row)
    return is_full and len(typed) > 1 and all(cell_type(row[at]) == "text" for at in typed)
