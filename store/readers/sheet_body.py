"""The rows below the header of a sheet: blocks of text, without what stands below the table."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from core import Table
from store.readers.footer import MAX_FOOTER, footer_rows
from store.readers.layout import MAX_BODY_ROWS, CellType
from store.readers.reading import Rejected, text_table
from store.readers.sheet_layout import NumberedRow, Row

BLOCK_CELLS = 2**18

MIN_BODY = 3
"""Above fewer records nothing tells a total or a note from a record."""


@dataclass
class Books:
    """What became of the rows of a sheet: `blank_end` counts empty rows after the last record."""

    rejects: list[Rejected] = field(default_factory=list)
    rows: int = 0
    above: int = 0
    below: int = 0
    blank_end: int = 0

    def put_aside(self, rows: Iterable[NumberedRow], reason: str) -> int:
        """Keep rows that were never meant to be records; return how many."""
        found = [(number, "\t".join(cell or "" for cell in row), reason) for number, row in rows]
        self.rejects += found
        return len(found)


@dataclass(frozen=True)
class Ending:
    """How the end of the table is found: by the user's `footer`, or by the look of its rows."""

    footer: int | None
    width: int
    types: Sequence[CellType]

    @property
    def kept(self) -> int:
        """How many filled rows must be known to tell where the table ends."""
        return MAX_BODY_ROWS + MAX_FOOTER if self.footer is None else self.footer

    def count(self, rows: Sequence[Row]) -> int:
        """How many of the last filled rows stand below the table."""
        if self.footer is not None:
            return min(self.footer, len(rows))
        below = footer_rows(rows, self.width, self.types)
        return below if len(rows) - below >= MIN_BODY else 0


def records(rows: Iterable[NumberedRow], ending: Ending, books: Books) -> Iterator[Row]:
    """The rows of the table. Blank ones between others are records, as the sheet has them."""
    tail: deque[NumberedRow] = deque()
    filled = 0
    blank: Row = [None] * ending.width
    for number, row in rows:
        is_filled = any(row)
        # One blank row stands for all: there may be a million of them.
        tail.append((number, row if is_filled else blank))
        filled += is_filled
        while filled > ending.kept:
            first = tail.popleft()[1]
            filled -= first is not blank
            yield first
    yield from last_records(list(tail), ending, books)


def last_records(tail: list[NumberedRow], ending: Ending, books: Books) -> list[Row]:
    """The last rows, without those below the table and the blank ones before and after them.

    A single blank row at the end holds an empty text in the file, and may be a record.
    """
    filled = [position for position, (_, row) in enumerate(tail) if any(row)]
    below = ending.count([tail[position][1] for position in filled])
    last = filled[len(filled) - below - 1] + 1 if below < len(filled) else 0
    aside = filled[len(filled) - below :]
    books.below = books.put_aside((tail[position] for position in aside), "stands below the table")
    if len(tail) - last == 1 and not below:
        last += 1
    books.blank_end = len(tail) - last - below
    return [row for _, row in tail[:last]]


def blocks(rows: Iterator[Row], names: Sequence[str], books: Books) -> Iterator[Table]:
    """Tables of about so many cells; the rows are counted."""
    height = max(1, BLOCK_CELLS // len(names))
    for first in rows:
        block = [first, *islice(rows, height - 1)]
        books.rows += len(block)
        yield text_table(list(names), zip(*block, strict=True))
