"""The separator and the quote of a text file: each is tried, and the best table wins."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from math import sqrt

from store.readers.layout import Cells, cell_type, common_width
from store.readers.reading import Reading
from store.readers.records import Dialect, Spaces, records

DELIMITERS = (",", ";", "\t", "|", ":", " ", "^", "~", "\x1f", "\x01", "¦", "§")
WEIGHTS = {":": 0.4, " ": 0.9, "^": 0.9, "~": 0.9, "§": 0.9}
"""They occur inside ordinary cells (times, sentences), or hardly ever separate any."""

DOUBLED = (",", ";", "|", ":", "~", "^", "#")
"""Separators that are sometimes written twice."""

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
SPACED_SHARE = 0.9
DOUBLED_SHARE = 0.7
"""Cells with line breaks make lines without any separator."""


def detect_dialect(sample: str, reading: Reading, mixed_ends: bool = False) -> Dialect:
    """The dialect whose parse of the sample looks most like a table.

    What the user chose is taken as it is. Without any separator: one column, comma and quote.
    """
    comment = find_comment(sample) if reading.comment is None else reading.comment
    candidates = [
        Dialect(
            delimiter, quote, escape(sample, delimiter, quote, reading), spaces, comment, mixed_ends
        )
        for delimiter in ([reading.delimiter] if reading.delimiter else present(sample))
        for quote in ([reading.quote] if reading.quote is not None else quotes(sample, delimiter))
        for spaces in spacings(sample, delimiter)
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
    return Dialect(",", quote, escape(sample, ",", quote, reading), "", comment, mixed_ends)


def present(sample: str) -> list[str]:
    """The separators that occur at all; a sign that is always doubled counts as one separator."""
    lines = [line for line in sample.split("\n", MAX_TYPED_ROWS) if line.strip()]
    twice = [sign for sign in DOUBLED if is_doubled(sign, lines[:MAX_TYPED_ROWS])]
    single = [sign for sign in DELIMITERS if sign in sample and sign not in twice]
    return [sign * 2 for sign in twice] + single


def is_doubled(sign: str, lines: Sequence[str]) -> bool:
    """Whether a sign stands in pairs only in the first line, and as often in the others."""
    pairs = lines[0].count(sign * 2) if lines else 0
    in_pairs = pairs > 0 and lines[0].count(sign) == 2 * pairs and sign * 3 not in lines[0]
    alike = sum(line.count(sign * 2) >= pairs for line in lines)
    return in_pairs and alike >= DOUBLED_SHARE * len(lines)


def spacings(sample: str, delimiter: str) -> list[Spaces]:
    """Which spaces belong to a separator: those that nearly always stand beside it."""
    if delimiter in {" ", "\t"}:
        return [""]
    hits = sample.count(delimiter)
    after = sample.count(f"{delimiter} ") >= SPACED_SHARE * hits
    before = sample.count(f" {delimiter}") >= SPACED_SHARE * hits
    return ["around" if before and after else "after" if after else ""]


def quotes(sample: str, delimiter: str) -> list[str]:
    """Double quotes always; single ones where a cell often begins with them."""
    wanted = min(MIN_SINGLE_QUOTED, max(1, sample.count("\n") // 2))
    often = sample.count(f"{delimiter}'") >= wanted
    return list(QUOTES if often else QUOTES[:1])


def find_comment(sample: str) -> str:
    """The sign of comments: lines begin with it, and hold no separator or come first."""
    lines = [line for line in sample.split("\n") if line.strip()]
    marked = [line for line in lines if line.startswith("#")]
    if not marked or len(marked) == len(lines):
        return ""
    bare = not any(sign in line for line in marked for sign in ",;\t|")
    return "#" if bare or lines[0].startswith("#") else ""


def escape(sample: str, delimiter: str, quote: str, reading: Reading) -> str:
    """The chosen escape, or the one that is found; a doubled quote is none."""
    if reading.escape is not None:
        return "" if reading.escape == quote else reading.escape
    return find_escape(sample, delimiter, quote)


def find_escape(sample: str, delimiter: str, quote: str) -> str:
    r"""A backslash when \" stands inside cells and fewer quotes are left over with it than without.

    Files that double quotes elsewhere need the comparison; nothing when there is none.
    """
    if not quote or f"\\{quote}" not in sample:
        return ""
    edge = rf"[{re.escape(delimiter)}\r\n]"
    if not re.search(rf"\\{quote}(?!{quote}|{edge}|\Z)", sample):
        return ""
    if not re.search(rf"(?<!{edge}){quote}{quote}(?!{edge}|\Z)", sample):
        return "\\"
    escaped, plain = (left_over(sample, Dialect(delimiter, quote, sign)) for sign in ("\\", ""))
    return "\\" if escaped < plain else ""


def left_over(sample: str, dialect: Dialect) -> int:
    """How many cells begin with a quote that was not understood."""
    found = islice(records(sample, dialect), MAX_SCORED_RECORDS)
    cells = (cell for record in found for cell in record.cells if cell)
    return sum(cell.lstrip(" ").startswith(dialect.quote) for cell in cells)


def score(sample: str, dialect: Dialect) -> float:
    """How much a parse looks like a table: regular, wide, and with columns of one type each.

    0 when no row has two cells. The formula is ours, fitted on files of many sources.
    """
    head = islice(records(sample, dialect), MAX_SCORED_RECORDS)
    comment = dialect.comment
    rows = [
        record.cells
        for record in head
        if not record.is_blank and not (comment and record.raw.startswith(comment))
    ]
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
