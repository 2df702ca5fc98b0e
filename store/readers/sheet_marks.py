"""What the parser of workbooks does not tell about a sheet, gathered from the file itself."""

import struct
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Generic, TypeVar

ROW_SHIFT = 14
"""A sheet has at most 2^14 columns."""

LEAP_DAY = 60
"""The number of 29 February 1900, which spreadsheets know and the calendar does not."""

MAX_NAMED = 5
"""How many cells a finding names."""

ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}
"""The codes of error cells in binary formats, [MS-XLS] 2.5.10 and [MS-XLSB] 2.5.97.2."""

Kept = TypeVar("Kept")

Range = tuple[tuple[int, int], tuple[int, int]]
"""A merged range: its first and last cell, each as 0-based row and column."""


class Texts:
    """Texts of single cells, in 16 bytes each however many there are."""

    def __init__(self) -> None:
        self.places = array("Q")
        self.texts: list[str] = []
        self.known: dict[str, str] = {}

    def add(self, row: int, column: int, text: str) -> None:
        """Note the text of a cell, by 0-based row and column."""
        self.places.append(row << ROW_SHIFT | column)
        self.texts.append(self.known.setdefault(text, text))


class Serials:
    """Numbers of single cells that are no dates of the calendar, in 16 bytes each.

    Formatted as dates they are negative, or 29 February 1900; the parser makes other moments of
    them. Most are formatted as numbers and need no word.
    """

    def __init__(self) -> None:
        self.places = array("Q")
        self.numbers = array("d")

    def add(self, row: int, column: int, number: float) -> None:
        """Note the number of a cell, by 0-based row and column, if it is one of these."""
        if number < 0 or LEAP_DAY <= number < LEAP_DAY + 1:
            self.places.append(row << ROW_SHIFT | column)
            self.numbers.append(number)


@dataclass
class Places:
    """Counts cells, and knows the addresses of the first."""

    count: int = 0
    first: list[str] = field(default_factory=list)
    last: tuple[int, int] = (-1, -1)

    def add(self, row: int, column: int) -> None:
        """Count a cell, by 0-based row and column."""
        self.count += 1
        self.last = row, column
        if len(self.first) < MAX_NAMED:
            self.first.append(address(row, column))


class ByRow(Generic[Kept]):
    """What is kept of single cells, row after row."""

    def __init__(self, places: Sequence[int], kept: Sequence[Kept]) -> None:
        pairs: Iterator[tuple[int, Kept]] = iter(zip(places, kept, strict=True))
        if any(places[at] > places[at + 1] for at in range(len(places) - 1)):
            pairs = iter(sorted(pairs, key=lambda pair: pair[0]))
        self.rows = groupby(pairs, lambda pair: pair[0] >> ROW_SHIFT)
        self.ahead = next(self.rows, None)

    def at(self, row: int) -> Iterator[tuple[int, Kept]]:
        """Each (0-based column, what is kept of the cell) of a row; the rows may only go up."""
        while self.ahead and self.ahead[0] <= row:
            for place, kept in self.ahead[1] if self.ahead[0] == row else ():
                yield place & (1 << ROW_SHIFT) - 1, kept
            self.ahead = next(self.rows, None)


@dataclass
class Marks:
    """Cells and rows of one sheet that need a word.

    `texts` are the cells whose text the parser loses: error values, and whole numbers with more
    digits than a float holds. `errors` counts the error cells, `lost_errors` those whose place is
    unknown; None means that nobody looked. `uncached` counts formulas that no program has
    calculated, `hidden_rows` rows with cells that are not shown, `unread` the values in a
    notation that the parser does not know. `serials` may be no dates of the calendar, `no_dates`
    are those that are formatted as dates.
    """

    texts: Texts = field(default_factory=Texts)
    errors: int = 0
    lost_errors: int | None = 0
    uncached: int = 0
    hidden_rows: int = 0
    unread: Places = field(default_factory=Places)
    serials: Serials = field(default_factory=Serials)
    no_dates: Places = field(default_factory=Places)
    merged: list[Range] = field(default_factory=list)
    rows: int = 0
    columns: int = 0

    def error(self, row: int, column: int, text: str) -> None:
        """Note an error cell."""
        self.errors += 1
        self.texts.add(row, column, text)

    def reach(self, row: int, column: int) -> None:
        """Note that the cell at 0-based row and column holds something."""
        self.rows = max(self.rows, row + 1)
        self.columns = max(self.columns, column + 1)


def rk_number(content: bytes) -> float:
    """A number in four bytes, [MS-XLS] 2.5.217."""
    (raw,) = struct.unpack("<i", content)
    if raw & 2:
        number = float(raw >> 2)
    else:
        (number,) = struct.unpack("<d", bytes(4) + struct.pack("<i", raw & ~3))
    return number / 100 if raw & 1 else number


def address(row: int, column: int) -> str:
    """The cell at 0-based row and column as spreadsheets call it, such as B7."""
    letters = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{row + 1}"
