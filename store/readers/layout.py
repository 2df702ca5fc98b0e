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
REGULAR_SHARE = 0.9
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


def find_layout(
    rows: Sequence[Cells],
    header: bool | None,
    width: int | None = None,
    skip: int | None = None,
    names: int | None = None,
) -> Layout:
    """Find the table in its first rows, none of them blank.

    `header`, `skip` (rows above the table) and `names` (rows of the header) override the
    detection; `width` is given where rows cannot be ragged.
    """
    is_given = width is not None
    width = width or common_width(rows[skip or 0 :])
    preamble = preamble_rows(rows, width, is_given, header) if skip is None else skip
    preamble = min(preamble, len(rows))
    below = rows[preamble : preamble + MAX_BODY_ROWS]
    count = header_rows(below, width) if header is None else int(header)
    count = names if names and header is not False else count
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


def preamble_rows(rows: Sequence[Cells], width: int, is_given: bool, header: bool | None) -> int:
    """How many leading rows stand above the table: titles, notes, names with a value.

    In a ragged text they are the rows that end early; in a sheet, where all rows are of one
    width, those with hardly a filled cell.
    """
    if header is False or width < 2:
        return 0
    typical = typical_filled(rows, width)
    leading = list(
        takewhile(
            lambda row: is_above(row, width, typical, is_given), islice(rows, MAX_PREAMBLE + 1)
        )
    )
    count = len(leading) if is_given else max(len(leading), ragged_rows(rows, width))
    return count if count <= min(MAX_PREAMBLE, len(rows) - 1) else 0


def ragged_rows(rows: Sequence[Cells], width: int) -> int:
    """How many leading rows end early where hardly any other does, and names follow them."""
    lengths = [len(row) for row in rows[:MAX_BODY_ROWS]]
    count = len(list(takewhile(lambda length: length < max(2, width - 1), lengths)))
    regular = lengths[count:].count(width)
    if not count or len(lengths) < count + 2 or regular < REGULAR_SHARE * (len(lengths) - count):
        return 0
    return count if header_rows(rows[count : count + MAX_BODY_ROWS], width) else 0


def typical_filled(rows: Sequence[Cells], width: int) -> int:
    """The median number of filled cells among the rows of the common width."""
    counts = sorted(sum(map(bool, row)) for row in rows[:MAX_BODY_ROWS] if len(row) == width)
    return counts[len(counts) // 2] if counts else width


def is_above(row: Cells, width: int, typical: int, is_given: bool) -> bool:
    """Whether a leading row is no part of the table.

    Cells that begin at the left edge and end early are a title; names of column groups have gaps.
    """
    filled = [position for position, cell in enumerate(row) if cell]
    if width < 3:
        return not is_given and filled == [0] and typical > 1
    is_title = len(filled) < 2 or filled == list(range(len(filled)))
    if is_title and len(filled) <= max(1, width // 5):
        return True
    few = len(filled) <= 2 and filled[-1] <= 1 and 2 * len(filled) < typical
    return few and (is_given or len(row) < width or width > 4)


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
    count = group_rows(rows, width)
    if not count:
        types = column_types(rows[1:], width)
        typed = [i for i, kind in enumerate(types) if kind in {"number", "date", "url"}]
        if is_body(rows[0], types, typed) or recurs(rows[0], rows[1:], width):
            return 0
    start = MAX_HEADER_ROWS if len(rows) > 2 * MAX_HEADER_ROWS else 1
    below = column_types(rows[start:], width)
    firm = [i for i, kind in enumerate(below) if kind in {"number", "date", "url"}]
    count = max(1, count)
    if len(firm) < 2:
        return count
    more = takewhile(lambda row: is_header_row(row, firm), rows[count:MAX_HEADER_ROWS])
    return count + len(list(more))


def group_rows(rows: Sequence[Cells], width: int) -> int:
    """The rows of a header that begins with names of column groups; 0 when it does not.

    Such rows have gaps, and the names below have none, are all different and never occur again.
    """
    for position, row in enumerate(rows[: min(MAX_HEADER_ROWS, len(rows) - 2)]):
        cells = {cell for cell in row if cell}
        if any(
            cell_type(cell) in {"number", "date", "url"} and not is_year(cell) for cell in cells
        ):
            return 0
        if len(cells) == width:
            return position + 1 if position and not recurs(row, rows[position + 1 :], width) else 0
        if len(row) != width or len(cells) < 2:
            return 0
    return 0


def recurs(row: Cells, below: Sequence[Cells], width: int) -> bool:
    """Whether cells of a first row stand again below in their columns, as names never do."""
    hits = sum(
        1
        for position, cell in enumerate(row)
        if cell
        and any(
            position < len(other) and other[position] == cell and list(other) != list(row)
            for other in below[:MAX_BODY_ROWS]
        )
    )
    return width > 1 and hits >= max(2, width // 3)


def is_year(cell: str | None) -> bool:
    """Years name columns as well."""
    return YEAR.fullmatch((cell or "").strip()) is not None


def is_body(row: Cells, types: Sequence[CellType], typed: Sequence[int]) -> bool:
    """Whether a first row has the types of the rows below it; years name columns as well."""
    pairs = [(row[i], types[i]) for i in typed if i < len(row) and row[i]]
    if not pairs or all(is_year(cell) for cell, _ in pairs):
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
