"""The separator and the quote of a text file: each is tried, and the best table wins."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from math import sqrt

from store.readers.layout import Cells, cell_type, common_width
from store.readers.reading import Reading
from store.readers.records import Dialect, records

DELIMITERS = (",", ";", "\t", "|", ":", " ")
WEIGHTS = {":": 0.4, " ": 0.9}
"""Both occur inside ordinary cells (times, sentences)."""

TEXT_WEIGHT = 0.9
SENTENCE_WEIGHT = 0.6
"""A column of texts proves less, and between spaces hardly anything."""

MIN_SCORES = {":": 0.25, " ": 0.45}
MIN_SCORE = 0.1
"""Below these the file is taken for a single column."""

QUOTES = ('"', "'")
MIN_SINGLE_QUOTED = 5
MAX_SCORED_RECORDS = 500
MAX_TYPED_ROWS = 60
MAX_EMPTY_SHARE = 0.2


def detect_dialect(sample: str, reading: Reading) -> Dialect:
    """The dialect whose parse of the sample looks most like a table.

    What the user chose is taken as it is. Without any separator: one column, comma and quote.
    """
    candidates = [
        Dialect(delimiter, quote, find_escape(sample, delimiter, quote))
        for delimiter in ([reading.delimiter] if reading.delimiter else present(sample))
        for quote in ([reading.quote] if reading.quote is not None else quotes(sample, delimiter))
    ]
    scored = [(score(sample, candidate), candidate) for candidate in candidates]
    found = [
        (points, candidate)
        for points, candidate in scored
        if reading.delimiter or points >= MIN_SCORES.get(candidate.delimiter, MIN_SCORE)
    ]
    if found:
        return max(found, key=lambda pair: pair[0])[1]
    quote = '"' if reading.quote is None else reading.quote
    return Dialect(",", quote, find_escape(sample, ",", quote))


def present(sample: str) -> list[str]:
    """The separators that occur at all."""
    return [delimiter for delimiter in DELIMITERS if delimiter in sample]


def quotes(sample: str, delimiter: str) -> list[str]:
    """Double quotes always; single ones where a cell often begins with them."""
    often = sample.count(f"{delimiter}'") >= MIN_SINGLE_QUOTED
    return list(QUOTES if often else QUOTES[:1])


def find_escape(sample: str, delimiter: str, quote: str) -> str:
    r"""A backslash when \" stands inside cells and no doubled quote does, else nothing."""
    if not quote or f"\\{quote}" not in sample:
        return ""
    edge = rf"[{re.escape(delimiter)}\r\n]"
    inside = re.search(rf"\\{quote}(?!{quote}|{edge}|\Z)", sample)
    doubled = re.search(rf"(?<!{edge}){quote}{quote}(?!{edge}|\Z)", sample)
    return "\\" if inside and not doubled else ""


def score(sample: str, dialect: Dialect) -> float:
    """How much a parse looks like a table: regular, wide, and with columns of one type each.

    0 when no row has two cells. The formula is ours, fitted on files of many sources.
    """
    head = islice(records(sample, dialect), MAX_SCORED_RECORDS)
    rows = [record.cells for record in head if not record.is_blank]
    widths = Counter(len(row) for row in rows if len(row) > 1)
    if not widths:
        return 0.0
    width = common_width([row for row in rows if len(row) > 1])
    share = widths[width] / len(rows)
    if dialect.delimiter in WEIGHTS and (len(rows[0]) != width or is_aligned(rows)):
        return 0.0
    regular = [row for row in rows if len(row) == width][1 : MAX_TYPED_ROWS + 1]
    weight = WEIGHTS.get(dialect.delimiter, 1.0) * (1 + 0.02 * min(width, 20))
    text = SENTENCE_WEIGHT if dialect.delimiter == " " else TEXT_WEIGHT
    return share**2 * sqrt(1 - 1 / width) * consistency(regular, width, text) * weight


def is_aligned(rows: Sequence[Cells]) -> bool:
    """Whether runs of spaces align columns, so that a single space separates nothing."""
    cells = [cell for row in rows for cell in row]
    return cells.count(None) > MAX_EMPTY_SHARE * len(cells)


def consistency(rows: Sequence[Cells], width: int, text: float) -> float:
    """Mean over columns of the share of the commonest cell type; text counts a little less."""
    if not rows:
        return text
    total = 0.0
    for position in range(width):
        [(kind, hits)] = Counter(cell_type(row[position]) for row in rows).most_common(1)
        total += hits / len(rows) * (text if kind == "text" else 1.0)
    return total / width
