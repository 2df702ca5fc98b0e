"""How numbers are written in a file: which sign stands before decimals, which between thousands."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from store.readers.layout import Cells

MAX_ROWS = 200
POINT = re.compile(r"\d\.(\d{1,2}|\d{4,})\D{0,3}")
COMMA = re.compile(r"\d,(\d{1,2}|\d{4,})\D{0,3}")
GROUPED = re.compile(
    r"\D{0,3}\d{1,3}(?:([.,' \u00a0\u202f])\d{3})(?:\1\d{3})*(?:([.,])\d+)?\D{0,3}"
)
NUMERIC = re.compile(r"[-+(]?[$€£]? ?\d[\d.,' \u00a0\u202f]*(?: ?[%€$£])?\)?")


@dataclass(frozen=True)
class NumberMarks:
    """The signs, or None where no number shows one."""

    decimal: str | None = None
    thousands: str | None = None


def number_marks(rows: Sequence[Cells]) -> NumberMarks:
    """The decimal and the thousands mark that most numbers of the first rows show.

    A single group of three digits ("1,234") may be either, and tells nothing.
    """
    decimals: Counter[str] = Counter()
    groups: Counter[str] = Counter()
    for cell in (cell for row in rows[:MAX_ROWS] for cell in row if cell):
        if not NUMERIC.fullmatch(cell):
            continue
        grouped = GROUPED.fullmatch(cell)
        if grouped and (grouped[2] or cell.count(grouped[1]) > 1 or grouped[1] not in ".,"):
            groups[grouped[1]] += 1
            decimals.update(filter(None, [grouped[2]]))
        elif POINT.search(cell) and "," not in cell:
            decimals["."] += 1
        elif COMMA.search(cell) and "." not in cell:
            decimals[","] += 1
    decimal = next((sign for sign, _ in decimals.most_common(1)), None)
    thousands = next((sign for sign, _ in groups.most_common() if sign != decimal), None)
    return NumberMarks(decimal, thousands)
