"""What the first lines of a text table tell: dialect, layout, names, notation of numbers."""

import codecs
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from store.readers.dialect import detect_dialect
from store.readers.encoding import MARKS_UTF8
from store.readers.feed import Feed
from store.readers.layout import (
    CellType,
    Layout,
    column_types,
    common_width,
    find_layout,
    header_rows,
    join_header,
)
from store.readers.limits import MAX_LINE_BYTES
from store.readers.number_marks import NumberMarks, number_marks
from store.readers.reading import Reading, refuse_empty, refuse_width
from store.readers.records import Dialect, Record, records
from store.readers.rows import BOM, MIN_WIDTH, Shape
from store.readers.text_file import TextFile, too_long

SAMPLE_BYTES = 60_000
MAX_TRIED = 250_000


@dataclass(frozen=True)
class Head:
    """The dialect, the layout, and what stands above the rows.

    `types` are the types of the columns in the first rows.
    """

    dialect: Dialect
    layout: Layout
    above: Sequence[Record]
    header: Sequence[Record]
    types: Sequence[CellType]
    marks: NumberMarks
    sample: str
    blank: int
    is_lenient: bool

    def names(self) -> list[str | None]:
        """What the header says, one cell per column."""
        return join_header([record.cells for record in self.header], self.layout.width)

    def why_above(self, record: Record) -> str:
        """Why a record above the rows is none."""
        comment = self.dialect.comment
        if comment and record.raw.startswith(comment):
            return "is a comment"
        return "stands above the header"

    def is_special(self, lines: bytes) -> bool:
        """Whether lines hold what must be looked at one by one: comments, headers, bad bytes."""
        wanted = [self.dialect.comment.encode()] if self.dialect.comment else []
        if len(self.header) == 1 and self.layout.width > 1:
            header = self.header[0].raw.encode()
            wanted += [header + b"\n"] + ([header + b"\r\n"] if b"\r" in lines else [])
        if codecs.BOM_UTF8[:1] in lines:
            wanted.append(codecs.BOM_UTF8)
        begins = any(lines.startswith(text) or b"\n" + text in lines for text in wanted)
        return begins or (self.is_lenient and MARKS_UTF8.search(lines) is not None)


def read_head(feed: Feed, text: TextFile, reading: Reading) -> Head:
    """Detect the dialect on the first lines and find the table; take what is above its rows."""
    sample = take_sample(feed, text.name)
    dialect = detect_dialect(start_of(sample), reading, text.ends.mixed)
    refuse_endless_header(sample, dialect, text.name)
    found = [plain(record) for record in records(sample, dialect, feed.line)]
    filled = [record for record in found if not record.is_blank]
    if not filled:
        raise refuse_empty(text.name)
    comments = leading_comments(filled, dialect)
    filled = [*filled[:comments], *named_otherwise(filled[comments:], dialect)]
    cells = [record.cells for record in filled[comments:]]
    layout = find_layout(cells, reading.header, skip=reading.skip_rows, names=reading.header_rows)
    layout = Layout(layout.preamble + comments, layout.header, layout.width)
    above = filled[: layout.preamble]
    header = filled[layout.preamble :][: layout.header]
    body = filled[layout.preamble + layout.header :]
    last = (above + header)[-1:]
    end = last[0].end if last else (found[0].start if body else 0)
    feed.advance(len(sample[:end].encode()))
    blank = sum(record.is_blank for record in found if record.end <= end)
    rows = [record.cells for record in body]
    types = column_types(rows, layout.width)
    marks = number_marks(rows)
    return Head(dialect, layout, above, header, types, marks, sample, blank, text.is_lenient)


def leading_comments(found: Sequence[Record], dialect: Dialect) -> int:
    """How many of the first records are comments; a header may begin with the same sign."""
    if not dialect.comment:
        return 0
    width = common_width([record.cells for record in found])

    def is_comment(record: Record) -> bool:
        return record.raw.startswith(dialect.comment) and len(record.cells) != width

    return min(len(list(takewhile(is_comment, found))), len(found) - 1)


def plain(record: Record) -> Record:
    """The record without another byte order mark before its first cell."""
    first = record.cells[0] or ""
    if not first.startswith(BOM):
        return record
    return record._replace(cells=[first.lstrip(BOM) or None, *record.cells[1:]])


def named_otherwise(found: Sequence[Record], dialect: Dialect) -> Sequence[Record]:
    """The records, the first one cut by another separator if that alone makes names of it."""
    rows = [record.cells for record in found]
    shape = Shape(dialect, common_width(rows))
    first = found[0]
    if len(first.cells) > 1 or shape.width < MIN_WIDTH or dialect.delimiter in first.raw:
        return found
    cells = shape.otherwise(first.raw)
    if cells is None or None in cells or len(set(cells)) < len(cells):
        return found
    if " ".join(map(str, cells)) == first.raw and header_rows(rows[1:], shape.width):
        # Cut at spaces it is a title, unless rows without a header follow it.
        return found
    return [first._replace(cells=cells), *found[1:]]


def refuse_endless_header(sample: str, dialect: Dialect, name: str) -> None:
    """Refuse too many columns by a count, before millions of cells are made of a line."""
    first = sample[: sample.find("\n")]
    if len(first) > MAX_TRIED and not (dialect.quote and dialect.quote in first):
        refuse_width(first.count(dialect.delimiter) + 1, name)


def start_of(sample: str) -> str:
    """What is enough to tell the dialect, cut within a very long line if need be."""
    if len(sample) <= MAX_TRIED:
        return sample
    cut = sample.rfind("\n", 0, MAX_TRIED) + 1
    return sample[: cut or MAX_TRIED]


def take_sample(feed: Feed, name: str) -> str:
    """The first whole lines of the text.

    The sample grows while it would hold less than two lines outside quotes.
    """
    size = SAMPLE_BYTES
    while True:
        feed.fill(size)
        if feed.is_final and size >= feed.size:
            lines = feed.lines(size)
            break
        lines = feed.closed_lines(size, b'"')
        if lines.count(b"\n") > 1:
            break
        if size > 16 * SAMPLE_BYTES and feed.lines(SAMPLE_BYTES).count(b"\n") > 1:
            # A quote that is open for so long is none.
            lines = feed.lines(SAMPLE_BYTES)
            break
        if size > MAX_LINE_BYTES:
            lines = feed.lines(size)
            break
        size *= 4
    if not lines.strip():
        lines = feed.lines(size)
    if not lines:
        raise too_long(name, 1) if feed.size else refuse_empty(name)
    return lines.decode()
