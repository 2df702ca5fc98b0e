"""Where the table lies on a sheet: below titles, under names that span several cells."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from store.readers.layout import (
    MAX_HEADER_ROWS,
    Cells,
    Layout,
    cell_type,
    find_layout,
    is_year,
    join_header,
)
from store.readers.reading import Reading
from store.readers.sheet_marks import Range

Row = list[str | None]
NumberedRow = tuple[int, Row]
"""A row of cells with its 1-based number on the sheet."""


@dataclass(frozen=True)
class SheetHead:
    """The filled rows at the top of a sheet, by what they are.

    `names` has one cell per column, the empty ones None. `is_doubtful` tells that the header looks
    like the rows below it.
    """

    above: list[NumberedRow]
    header: list[NumberedRow]
    names: list[str | None]
    is_doubtful: bool


def sheet_head(
    rows: Sequence[NumberedRow], reading: Reading, width: int, merged: Sequence[Range]
) -> SheetHead:
    """Tell titles, names and body apart; `rows` are filled, `merged` counts from its left edge."""
    spread = [spread_names(number, row, merged) for number, row in rows]
    layout = table_layout([row for _, row in rows], spread, reading, width)
    if reading.header is None and reading.header_rows is None and layout.header:
        layout = replace(layout, header=with_groups(rows, layout, merged, width))
    is_doubtful = bool(rows) and reading.header is None and layout.header == 0
    if is_doubtful:
        # Spreadsheets nearly always begin with names; the finding offers the other reading.
        layout = replace(layout, header=1)
    first, last = layout.preamble, layout.preamble + layout.header
    names = join_header(spread[first:last], width)
    return SheetHead(list(rows[:first]), list(rows[first:last]), names, is_doubtful)


def table_layout(
    rows: Sequence[Cells], spread: Sequence[Cells], reading: Reading, width: int
) -> Layout:
    """The layout, whose titles count only when a row as wide as a table follows them."""
    skip, header, names = reading.skip_rows, reading.header, reading.header_rows
    found = find_layout(rows, header, width, skip, names)
    below = spread[found.preamble : found.preamble + MAX_HEADER_ROWS]
    if skip is None and found.preamble and not any(is_wide(row, width) for row in below):
        return find_layout(rows, header, width, 0, names)
    return found


def is_wide(row: Cells, width: int) -> bool:
    """Whether a row fills half the width of a sheet, without a gap."""
    filled = [position for position, cell in enumerate(row) if cell]
    return 2 * len(filled) >= width and filled[-1] - filled[0] < len(filled)


def spread_names(number: int, row: Row, merged: Sequence[Range]) -> Row:
    """The row, with the text of each merged cell over all of its columns."""
    spread = list(row)
    for (top, left), (_, right) in merged:
        if top == number - 1 and left < len(row):
            spread[left : right + 1] = [row[left]] * len(spread[left : right + 1])
    return spread


def with_groups(
    rows: Sequence[NumberedRow], layout: Layout, merged: Sequence[Range], width: int
) -> int:
    """The rows of the header, with those that stand beside or below its merged cells."""
    count = layout.header
    while count < MAX_HEADER_ROWS and layout.preamble + count + 1 < len(rows):
        header = rows[layout.preamble : layout.preamble + count]
        number, row = rows[layout.preamble + count]
        needed = last_named_row(header, merged, width)
        if number > needed or not all(is_name(cell) for cell in row):
            break
        count += 1
    return count


def last_named_row(header: Sequence[NumberedRow], merged: Sequence[Range], width: int) -> int:
    """The number of the last row that the merged cells of a header need; 0 when none do.

    A cell that spans columns, but not all of them, has their names below; beside it others may
    span the same rows.
    """
    numbers = {number for number, _ in header}
    begun = [merge for merge in merged if merge[0][0] + 1 in numbers and merge[0][1] < width]
    groups = [end[0] + 2 for start, end in begun if 0 < end[1] - start[1] < width - 1]
    return max([*groups, *(end[0] + 1 for _, end in begun)]) if groups else 0


def is_name(cell: str | None) -> bool:
    """Whether a cell may name a column, or a year in a group of columns."""
    return cell_type(cell) in {"empty", "text"} or is_year(cell)
