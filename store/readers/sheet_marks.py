"""What the parser of workbooks does not tell about a sheet, gathered from the file itself."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

ROW_SHIFT = 14
"""A sheet has at most 2^14 columns."""

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

    def in_order(self) -> Iterator[tuple[int, int, str]]:
        """All (row, column, text) in the order of rows."""
        pairs: Iterator[tuple[int, str]] = iter(zip(self.places, self.texts, strict=True))
        if any(a > b for a, b in zip(self.places, self.places[1:], strict=False)):
            pairs = iter(sorted(pairs))
        for place, text in pairs:
            yield place >> ROW_SHIFT, place & (1 << ROW_SHIFT) - 1, text


@dataclass
class Marks:
    """Cells and rows of one sheet that need a word.

    `texts` are the cells whose text the parser loses: error values, and whole numbers with more
    digits than a float holds. `errors` counts the error cells, `lost_errors` those whose place is
    unknown; None means that nobody looked. `uncached` counts formulas that no program has
    calculated, `hidden_rows` rows with cells that are not shown, `unread` the values in a
    notation that the parser does not know, `doubtful` the cells that hold one of the two moments
    which the parser also makes of dates that a calendar does not have.
    """

    texts: Texts = field(default_factory=Texts)
    errors: int = 0
    lost_errors: int | None = 0
    uncached: int = 0
    hidden_rows: int = 0
    unread: int = 0
    doubtful: int = 0
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
