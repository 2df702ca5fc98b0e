"""CSV and its relatives: survey the file, detect dialect and layout, then stream its rows."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from core import Table
from store.readers import delimited_findings as findings
from store.readers.encoding import with_bytes
from store.readers.feed import Feed
from store.readers.footer import footer_rows, second_table
from store.readers.head import Head, read_head
from store.readers.names import column_names
from store.readers.reading import Reading, refuse_width
from store.readers.records import Record, records
from store.readers.regular import read_regular
from store.readers.rows import Books, Row, Shape, next_records
from store.readers.stream import Closing, Stream
from store.readers.text_file import TextFile, survey

SEP_LINE = re.compile(rb'"?sep=(.)"?\r?\n', re.IGNORECASE)
BLOCK_BYTES = 16 * 2**20
"""A block of short cells takes about twenty times its size in memory."""

STRETCH_BYTES = 256 * 2**10
"""Where a block is irregular it is tried again in stretches of this size."""

TAIL_BYTES = 64 * 2**10
"""The end of a file is read record by record, because notes and totals may stand there."""


@dataclass(frozen=True)
class Delimited:
    """A text file on its way: what is known of it, what is still to be read, and the books."""

    text: TextFile
    head: Head
    feed: Feed
    books: Books
    reading: Reading

    @property
    def shape(self) -> Shape:
        """What a row looks like."""
        header = self.head.header
        cells = tuple(header[0].cells) if len(header) == 1 else ()
        encoding = self.text.encoding if self.text.is_lenient else ""
        return Shape(self.head.dialect, self.head.layout.width, cells, self.head.types, encoding)

    def tables(self, names: list[str]) -> Iterator[Table]:
        """The rows in blocks."""
        for table in self.blocks():
            plain = table if not self.text.ends.swapped else as_written(table)
            yield plain.rename(dict(zip(plain.columns, names, strict=True)))

    def blocks(self) -> Iterator[Table]:
        """The rows in blocks: what is regular at once, the rest and the end record by record."""
        feed = self.feed
        while True:
            feed.fill(BLOCK_BYTES + TAIL_BYTES)
            left = feed.size - (TAIL_BYTES if feed.is_final else 0)
            if left <= 0:
                break
            most = min(BLOCK_BYTES, left)
            table = self.regular_lines(most)
            yield self.stretches(most) if table is None else table
        yield self.tail()

    def regular_lines(self, most: int) -> Table | None:
        """The next lines as a table, taken off the feed; None when they are irregular."""
        dialect = self.head.dialect
        lines = self.feed.closed_lines(most, dialect.quote.encode())
        if self.head.is_special(lines):
            return None
        table = read_regular(lines, dialect, self.head.layout.width)
        if table is not None:
            self.feed.advance(len(lines))
            self.books.rows += table.height
        return table

    def stretches(self, most: int) -> Table:
        """The same lines in small stretches, each regular or read record by record."""
        shape, tables = self.shape, []
        stop = self.feed.taken + most
        rows: list[Row] = []
        while self.feed.taken < stop and not (self.feed.is_final and self.feed.size <= TAIL_BYTES):
            spared = TAIL_BYTES if self.feed.is_final else 0
            size = min(STRETCH_BYTES, self.feed.size - spared)
            table = self.regular_lines(size)
            if table is None:
                rows += shape.regular(next_records(self.feed, shape.dialect, size), self.books)
                continue
            tables += [shape.table(rows), table]
            rows = []
        return pl.concat([*tables, shape.table(rows)])

    def tail(self) -> Table:
        """The last records, without blank lines, notes, totals and other tables below the table."""
        shape, books = self.shape, self.books
        content = self.feed.lines(self.feed.size).decode()
        cut = records(content, shape.dialect, self.feed.line)
        found = [shape.mended(record, books) for record in cut]
        other = second_table(found, shape.header, shape.width, self.head.types)
        below = self.below(found[:other]) if other == len(found) else other
        rows = list(shape.regular(found[:below], books))
        for at, record in enumerate(found[below:], below):
            if record.is_blank:
                books.blank += 1
            elif at < other:
                books.below += 1
                books.put_aside(record, "stands below the table")
            else:
                books.reject(record, "belongs to another table")
        return shape.table(rows)

    def below(self, found: list[Record]) -> int:
        """Where the records end that are rows."""
        wanted, width = self.reading.footer_rows, self.head.layout.width
        # In a single column a blank line is a row without a value.
        filled = [at for at, record in enumerate(found) if width == 1 or not record.is_blank]
        rows = [found[at].cells for at in filled]
        count = footer_rows(rows, width, self.head.types) if wanted is None else wanted
        kept = filled[: max(0, len(filled) - count)]
        return kept[-1] + 1 if kept else 0

    def close(self, names: list[str], header: list[str | None]) -> Closing:
        """Findings and dialect."""
        said = findings.of_reading(self.text, self.head, self.books, names, header)
        return Closing(said, self.document())

    def document(self) -> dict[str, Any]:
        """How the file was read, as JSON."""
        dialect, layout, books = self.head.dialect, self.head.layout, self.books
        header = self.head.header
        return {
            "format": "csv",
            "encoding": self.text.encoding,
            "encoding_from": self.text.how,
            "line_end": self.text.ends.spoken,
            "delimiter": dialect.delimiter,
            "spaces": dialect.spaces,
            "quote": dialect.quote,
            "escape": dialect.escape,
            "comment": dialect.comment,
            "decimal": self.head.marks.decimal,
            "thousands": self.head.marks.thousands,
            "header": bool(header),
            "header_rows": len(header),
            "header_line": header[0].line if header else None,
            "lines_above_header": layout.preamble,
            "lines_below": books.below,
            "blank_lines": books.blank,
            "short_rows": books.short,
            "rows_read": books.rows,
            "rows_rejected": books.rejected + books.aside,
        }


def read_delimited(path: Path, name: str, reading: Reading) -> Stream:
    """Read a text table; every cell stays the text that stands in the file.

    An empty unquoted cell is null, a quoted empty one is "". Rows with too many cells are set
    aside, short ones are filled up with nulls. Raises UnreadableFile.
    """
    text = survey(path, reading.encoding, name)
    feed = Feed(text.pieces())
    reading = told_separator(feed, reading)
    head = read_head(feed, text, reading)
    width = head.layout.width
    refuse_width(width, name)
    books = Books(as_text(text), blank=head.blank)
    for record in head.above:
        books.put_aside(record, head.why_above(record))
    header = head.names()
    if text.ends.swapped:
        header = [cell and swapped(cell) for cell in header]
    names = column_names(header)
    source = Delimited(text, head, feed, books, reading)
    return Stream(
        tuple(names),
        source.tables(names),
        partial(source.close, names, header),
        books.rejects,
        nameless(names, header) if head.header else (),
    )


def told_separator(feed: Feed, reading: Reading) -> Reading:
    """The separator that a spreadsheet wrote into the first line ("sep=;"), which is skipped."""
    feed.fill(len(b'"sep=;"\r\n'))
    told = SEP_LINE.match(feed.data, feed.start)
    if told is None or reading.delimiter:
        return reading
    feed.advance(told.end() - told.start())
    return reading.model_copy(update={"delimiter": told[1].decode("latin-1")})


def as_text(text: TextFile) -> Callable[[str], str]:
    """How the text of a record set aside is given back as it stands in the file."""
    if text.is_lenient:
        return with_bytes
    return swapped if text.ends.swapped else str


def nameless(names: list[str], header: list[str | None]) -> tuple[str, ...]:
    """The columns whose header cell is empty."""
    return tuple(name for name, cell in zip(names, header, strict=True) if not (cell or "").strip())


def swapped(text: str) -> str:
    """CR and LF exchanged."""
    return text.translate({10: 13, 13: 10})


def as_written(table: Table) -> Table:
    """The cells with CR and LF exchanged, as they stand in the file."""
    return table.with_columns(pl.all().str.replace_many(["\r", "\n"], ["\n", "\r"]))
