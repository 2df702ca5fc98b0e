"""Where a table begins among rows of cells: lines above it, its header, its width."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Literal

Cells = Sequence[str | None]
CellType = Literal["empty", "number", "date", "url", "text"]

MAX_PREAMBLE = 30
MAX_HEADER_ROWS = 4
MAX_BODY_ROWS = 200
TYPED_SHARE = 0.8
"""A column is typed when this share of its filled cells below the header has one type."""

DATE = re.compile(
    r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})([ T]\d{1,2}:\d{2}.*)?"
    r"|\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?( ?[apAP]\.?[mM]\.?)?"
)
NUMBER = re.compile(
    r"[-+(]?[$€£]? ?[-+]?(\d+|\d{1,3}([.,' ]\d{3})+)?([.,]\d+)?([eE][-+]?\d+)?( ?[%€$£])?\)?"
)
URL = re.compile(r"(https?://|www\.)\S+", re.IGNORECASE)
YEAR = re.compile(r"(19|20)\d\d")


@dataclass(frozen=True)
class Layout:
    """How many leading rows are no table, how many name the columns, and the table's width."""

    preamble: int
    header: int
    width: int


def cell_type(cell: str | None) -> CellType:
    """The commonest kinds of cells, told by their looks."""
    text = (cell or "").strip()
    if not text:
        return "empty"
    if DATE.fullmatch(text):
        return "date"
    if any(character.isdigit() for character in text) and NUMBER.fullmatch(text):
        return "number"
    return "url" if URL.fullmatch(text) else "text"


def find_layout(rows: Sequence[Cells], header: bool | None, width: int | None = None) -> Layout:
    """Find the table in its first rows, none of them blank.

    `header` overrides the detection of names; `width` is given where rows cannot be ragged.
    """
    width = width or common_width(rows)
    preamble = 0 if header is False else preamble_rows(rows, width)
    below = rows[preamble : preamble + MAX_BODY_ROWS]
    count = header_rows(below, width) if header is None else int(header)
    named = max((filled_width(row) for row in below[:count]), default=0)
    return Layout(preamble, min(count, len(below)), max(width, named))


def common_width(rows: Sequence[Cells]) -> int:
    """The commonest number of cells among rows with more than one, or 1."""
    widths = Counter(len(row) for row in rows if len(row) > 1)
    many = sum(widths.values())
    if not many or (many * 2 < len(rows) and len(rows) > MAX_PREAMBLE):
        return 1
    return max(widths, key=lambda width: (widths[width], width))


def filled_width(row: Cells) -> int:
    """The number of cells up to the last filled one."""
    return max((position for position, cell in enumerate(row, 1) if cell), default=0)


def preamble_rows(rows: Sequence[Cells], width: int) -> int:
    """Leading rows with hardly a filled cell above a table of three or more columns."""
    if width < 3:
        return 0
    few = max(1, width // 5)
    leading = list(
        takewhile(lambda row: sum(map(bool, row)) <= few, islice(rows, MAX_PREAMBLE + 1))
    )
    return len(leading) if len(leading) <= min(MAX_PREAMBLE, len(rows) - 1) else 0


def column_types(rows: Sequence[Cells], width: int) -> list[CellType]:
    """The type that most filled cells of each column share; "text" when they do not."""
    types: list[CellType] = []
    for position in range(width):
        counts = Counter(cell_type(row[position]) for row in rows if position < len(row))
        counts.pop("empty", None)
        kind, hits = counts.most_common(1)[0] if counts else ("empty", 0)
        types.append(kind if hits >= TYPED_SHARE * counts.total() else "text")
    return types


def header_rows(rows: Sequence[Cells], width: int) -> int:
    """How many leading rows name the columns: 0 when the first already looks like the body."""
    if len(rows) < 2:
        return int(not rows or not all(cell_type(cell) in {"number", "date"} for cell in rows[0]))
    types = column_types(rows[1:], width)
    typed = [i for i, kind in enumerate(types) if kind in {"number", "date", "url"}]
    if is_body(rows[0], types, typed):
        return 0
    below = (
        column_types(rows[MAX_HEADER_ROWS:], width) if len(rows) > 2 * MAX_HEADER_ROWS else types
    )
    firm = [i for i, kind in enumerate(below) if kind in {"number", "date", "url"}]
    if len(firm) < 2:
        return 1
    more = takewhile(lambda row: is_header_row(row, firm), rows[1:MAX_HEADER_ROWS])
    return 1 + len(list(more))


def is_body(row: Cells, types: Sequence[CellType], typed: Sequence[int]) -> bool:
    """Whether a first row has the types of the rows below it; years name columns as well."""
    pairs = [(row[i], types[i]) for i in typed if i < len(row) and row[i]]
    if not pairs or all(YEAR.fullmatch((cell or "").strip()) for cell, _ in pairs):
        return False
    return all(cell_type(cell) == kind for cell, kind in pairs)


def is_header_row(row: Cells, typed: Sequence[int]) -> bool:
    """Whether a row below the first header row has texts, all different, over typed columns."""
    cells = [row[i] if i < len(row) else None for i in typed]
    kinds = [cell_type(cell) for cell in cells]
    return all(kind == "text" for kind in kinds) and len(set(cells)) == len(cells)


def join_header(rows: Sequence[Cells], width: int) -> list[str | None]:
    """One name per column; names of several header rows are joined by a space."""
    names: list[str | None] = []
    for position in range(width):
        parts = [row[position] for row in rows if position < len(row) and row[position]]
        names.append(" ".join(part for part in parts if part) or None)
    return names
