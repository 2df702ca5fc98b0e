"""Reads irregular delimited text record by record, and keeps books of what becomes of each."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

import polars as pl

from core import Table
from store.readers.encoding import MARKS
from store.readers.feed import Feed
from store.readers.layout import CellType, cell_type
from store.readers.limits import MAX_LINE_BYTES
from store.readers.reading import Rejected, text_table
from store.readers.records import Dialect, Record, records
from store.readers.regular import plain_names

MAX_LISTED = 10
BOM = "\ufeff"
OTHERS = (",", ";", "\t", "|", " ")
MIN_WIDTH = 3
"""Fewer cells may come by chance when a line is cut by another separator."""

Row = list[str | None]


@dataclass
class Books:
    """What became of every record below the header; `written` gives a record's text as it was."""

    written: Callable[[str], str] = str
    rejects: list[Rejected] = field(default_factory=list)
    rows: int = 0
    rejected: int = 0
    rejected_lines: list[int] = field(default_factory=list)
    aside: int = 0
    aside_lines: list[int] = field(default_factory=list)
    below: int = 0
    marks: int = 0
    blank: int = 0
    short: int = 0
    short_lines: list[int] = field(default_factory=list)
    trimmed: int = 0
    other_separator: int = 0
    other_lines: list[int] = field(default_factory=list)

    def reject(self, record: Record, reason: str) -> None:
        """Keep a record that should be a row and is none."""
        self.rejects.append((record.line, self.written(record.raw), reason))
        self.rejected += 1
        note(self.rejected_lines, record.line)

    def put_aside(self, record: Record, reason: str) -> None:
        """Keep a record that was never meant to be a row: a title, a note, a comment."""
        self.rejects.append((record.line, self.written(record.raw), reason))
        self.aside += 1
        note(self.aside_lines, record.line)


def note(lines: list[int], line: int) -> None:
    """Remember the first few lines."""
    if len(lines) < MAX_LISTED:
        lines.append(line)


@dataclass(frozen=True)
class Shape:
    """What a row of the table looks like: its dialect, its number of cells, header and types.

    `encoding` is named where records may hold bytes that could not be decoded.
    """

    dialect: Dialect
    width: int
    header: tuple[str | None, ...] = ()
    types: Sequence[CellType] = ()
    encoding: str = ""

    def regular(self, found: Iterable[Record], books: Books) -> Iterator[Row]:
        """Rows of exactly the table's width; everything else goes into the books."""
        for record in found:
            row = self.row(record, books)
            if row is not None:
                books.rows += 1
                yield row

    def row(self, record: Record, books: Books) -> Row | None:
        """The cells of a record, filled up or trimmed; None when it is no row."""
        record = self.mended(record, books)
        if self.width > 1 and record.is_blank:
            books.blank += 1
        elif reason := self.side_reason(record):
            books.put_aside(record, reason)
        elif reason := self.refusal(record):
            books.reject(record, reason)
        else:
            return self.fitted(record, books)
        return None

    def mended(self, record: Record, books: Books) -> Record:
        """The record without a byte order mark, and cut at the separator that it was written with.

        Files that were put together from several have both inside.
        """
        if record.raw.startswith(BOM):
            books.marks += 1
            plain = record.raw.removeprefix(BOM)
            record = next(records(plain, self.dialect, record.line), record)
        if len(record.cells) > 1 or self.width < MIN_WIDTH:
            return record
        cells = self.otherwise(record.raw)
        if cells is None:
            return record
        books.other_separator += 1
        note(books.other_lines, record.line)
        return record._replace(cells=cells)

    def otherwise(self, raw: str) -> Row | None:
        """The cells of a line that only another separator cuts into as many as are wanted."""
        for delimiter in OTHERS:
            if delimiter != self.dialect.delimiter and raw.count(delimiter) >= self.width - 1:
                found = next(records(raw, replace(self.dialect, delimiter=delimiter)))
                if len(found.cells) == self.width and self.is_likely(found.cells, delimiter):
                    return found.cells
        return None

    def is_likely(self, cells: Row, delimiter: str) -> bool:
        """Whether cells look like a row and not like a sentence that was cut at its signs."""
        typed = [(cell, self.types[at]) for at, cell in enumerate(cells) if at < len(self.types)]
        typed = [(cell, kind) for cell, kind in typed if cell and kind in {"number", "date"}]
        if any(cell_type(cell) != kind for cell, kind in typed):
            return False
        is_prose = any(cell and cell.startswith(" ") for cell in cells)
        return bool(typed) or (not is_prose and (delimiter != " " or not self.types))

    def side_reason(self, record: Record) -> str:
        """Why a record was never meant to be a row; nothing when it was."""
        comment = self.dialect.comment
        if comment and record.raw.startswith(comment) and len(record.cells) != self.width:
            return "is a comment"
        if self.width > 1 and tuple(record.cells) == self.header:
            return "repeats the header"
        return ""

    def refusal(self, record: Record) -> str:
        """Why a record cannot be a row; nothing when it can."""
        if self.encoding and MARKS.search(record.raw):
            return f"holds bytes that are not {self.encoding} text"
        if any(cell is not None for cell in record.cells[self.width :]):
            return f"has {len(record.cells)} cells where the table has {self.width} columns"
        return ""

    def fitted(self, record: Record, books: Books) -> Row:
        """The cells of a row as many as the table has columns."""
        cells, missing = record.cells, self.width - len(record.cells)
        if missing > 0:
            books.short += 1
            note(books.short_lines, record.line)
            return cells + [None] * missing
        books.trimmed += missing < 0
        return cells[: self.width]

    def table(self, rows: list[Row]) -> Table:
        """Rows as a table of texts."""
        names = plain_names(self.width)
        if not rows:
            return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
        return text_table(names, zip(*rows, strict=True))


def next_records(feed: Feed, dialect: Dialect, size: int) -> list[Record]:
    """The whole records in about so many bytes, at least one, taken off the feed.

    A quote that is not closed within the longest accepted record is an ordinary character.
    """
    most = None
    while True:
        feed.fill(size)
        content = feed.lines(size)
        is_last = feed.is_final and len(content) == feed.size
        text = content.decode()
        found = list(islice(records(text, dialect, feed.line, is_last and most is None), most))
        if not found and (is_last or size > 2 * MAX_LINE_BYTES):
            found = [next(records(text, dialect, feed.line))]
        if found:
            feed.advance(len(text[: found[-1].end].encode()))
            return found
        # One long record is looked for now; those after it are better read in small stretches.
        most, size = 1, 4 * size
