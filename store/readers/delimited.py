"""CSV and its relatives: detect encoding, dialect and header, then parse fast or carefully."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import polars as pl

from core import Table, UnreadableFile, with_row_ids
from store.readers import delimited_findings as findings
from store.readers.dialect import detect_dialect
from store.readers.encoding import Decoded, decode
from store.readers.layout import Layout, find_layout, join_header
from store.readers.limits import MAX_LINE_BYTES
from store.readers.names import column_names, renamed
from store.readers.reading import (
    Reading,
    ReadResult,
    refuse_empty,
    refuse_no_rows,
    refuse_width,
    rejected_table,
    text_table,
)
from store.readers.records import Dialect, Record, records

SAMPLE_BYTES = 60_000
MAX_SAMPLE_BYTES = 16 * SAMPLE_BYTES
BLOCK_ROWS = 50_000
SEP_LINE = re.compile(rb'"?sep=(.)"?\r?\n', re.IGNORECASE)


@dataclass
class Books:
    """What became of every record below the header."""

    rejected: list[tuple[int, str, str]] = field(default_factory=list)
    blank: int = 0
    short: int = 0
    trimmed: int = 0


@dataclass(frozen=True)
class Head:
    """What the sample tells: the dialect, the layout, and where the rows begin."""

    dialect: Dialect
    layout: Layout
    above: Sequence[Record]
    header: Sequence[Record]
    start: int
    line: int


def read_delimited(content: bytes, name: str, reading: Reading) -> ReadResult:
    """Read a text table; every cell stays the text that stands in the file.

    An empty unquoted cell is null, a quoted empty one is "". Rows with too many cells are set
    aside, short ones are filled up with nulls. Raises UnreadableFile.
    """
    decoded = decode(content, reading.encoding, name)
    text = with_line_feeds(decoded.utf8)
    if not text.strip():
        raise refuse_empty(name)
    if reading.delimiter is None and (told := SEP_LINE.match(text)):
        reading = reading.model_copy(update={"delimiter": told[1].decode("latin-1")})
        text = text[told.end() :]
    head = read_head(text, name, reading)
    refuse_width(head.layout.width, name)
    table, books = read_body(text, head)
    if table.height + len(books.rejected) == 0:
        raise refuse_no_rows(head.layout.width, name)
    books.rejected[:0] = [
        (above.line, above.raw, "stands above the header") for above in head.above
    ]
    header = join_header([record.cells for record in head.header], head.layout.width)
    names = column_names(header)
    table = with_row_ids(table.rename(dict(zip(table.columns, names, strict=True))))
    said = findings.of_reading(decoded, head.dialect, books, table.height)
    if head.header:
        said += renamed(header, names)
    else:
        said += findings.no_header(names)
    return ReadResult(
        table, said, document(decoded, head, books, table), rejected_table(books.rejected)
    )


def document(decoded: Decoded, head: Head, books: Books, table: Table) -> dict[str, Any]:
    """How the file was read, as JSON."""
    return {
        "format": "csv",
        "encoding": decoded.encoding,
        "encoding_from": decoded.how,
        "delimiter": head.dialect.delimiter,
        "quote": head.dialect.quote,
        "escape": head.dialect.escape,
        "header": bool(head.header),
        "header_rows": len(head.header),
        "header_line": head.header[0].line if head.header else None,
        "lines_above_header": len(head.above),
        "blank_lines": books.blank,
        "short_rows": books.short,
        "rows_read": table.height,
        "rows_rejected": len(books.rejected),
    }


def with_line_feeds(text: bytes) -> bytes:
    """A bare CR counts as a line end only where there is no LF at all."""
    return text if b"\n" in text else text.replace(b"\r", b"\n")


def read_head(text: bytes, name: str, reading: Reading) -> Head:
    """Detect the dialect on the first characters, and where header and rows stand."""
    sample = take_sample(text, name)
    dialect = detect_dialect(sample, reading)
    found = list(records(sample, dialect))
    filled = [record for record in found if not record.is_blank]
    if not filled:
        raise refuse_empty(name)
    layout = find_layout([record.cells for record in filled], reading.header)
    above = filled[: layout.preamble]
    header = filled[layout.preamble : layout.preamble + layout.header]
    body = filled[layout.preamble + layout.header :]
    last = (above + header)[-1:]
    if body and not last:
        offset, line = found[0].start, found[0].line
    else:
        offset = last[0].end
        line = last[0].line + last[0].raw.count("\n") + 1
    start = len(sample[:offset].encode())
    return Head(dialect, layout, above, header, min(start, len(text)), line)


def take_sample(text: bytes, name: str) -> str:
    """The first whole records of the text.

    The sample grows while it would hold less than two lines outside quotes.
    """
    size = SAMPLE_BYTES
    while size < len(text):
        stop = cut(text, size)
        if stop > text.find(b"\n") + 1 or size > MAX_SAMPLE_BYTES:
            break
        size *= 2
    stop = cut(text, size) if size < len(text) else len(text)
    stop = stop or text.find(b"\n") + 1 or len(text)
    if stop > MAX_LINE_BYTES:
        raise UnreadableFile(
            "line_too_long",
            f"The first line of '{name}' is longer than {MAX_LINE_BYTES // 2**20:,} MB, the "
            "limit; check that the file has line ends.",
        )
    return text[:stop].decode()


def cut(text: bytes, size: int) -> int:
    """Where the last line within a size ends; before the quote that is still open there."""
    stop = text.rfind(b"\n", 0, size) + 1
    if text.count(b'"', 0, stop) % 2:
        return text.rfind(b"\n", 0, text.rfind(b'"', 0, stop)) + 1
    return stop


def read_body(text: bytes, head: Head) -> tuple[Table, Books]:
    """The rows below the header, by the fast parser where its books balance."""
    body = text[head.start :]
    books = Books()
    width = head.layout.width
    if width > 1:
        trimmed = body.rstrip(b"\r\n")
        books.blank = max(0, body[len(trimmed) :].count(b"\n") - 1)
        body = trimmed + b"\n" if trimmed else b""
    table = read_fast(body, head.dialect, width)
    if table is None:
        table = read_carefully(body.decode(), head, books)
    return table, books


def read_fast(body: bytes, dialect: Dialect, width: int) -> Table | None:
    """Parse a regular body; None when it is irregular, so that nothing is guessed."""
    separator = dialect.delimiter
    if dialect.escape or len(separator.encode()) != 1 or not dialect.quote.isascii():
        return None
    names = plain_names(width)
    if not body:
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    is_quoted = bool(dialect.quote) and dialect.quote.encode() in body
    if is_quoted and f"{separator} {dialect.quote}".encode() in body:
        return None
    try:
        table = pl.read_csv(
            body,
            has_header=False,
            schema=dict.fromkeys(names, pl.String),
            separator=separator,
            quote_char=dialect.quote if is_quoted else None,
        )
    except pl.exceptions.PolarsError:
        return None
    quote = dialect.quote if is_quoted else ""
    return table if balances(body, table, separator, quote) else None


def plain_names(width: int) -> list[str]:
    """Names of columns before the header is applied."""
    return [str(position) for position in range(width)]


def balances(body: bytes, table: Table, separator: str, quote: str) -> bool:
    """Whether every separator, line end, quote and byte of the body is in the table's books.

    Without quotes, a table of r rows and c columns has r·(c-1) separators and r line ends. With
    quotes, those inside cells are added, and the bytes must be those of the cells, separators,
    line ends and quotes together.
    """
    lines = body.count(b"\n") + (not body.endswith(b"\n"))
    between = table.height * (table.width - 1)
    separators = body.count(separator.encode())
    if not quote:
        return separators == between and lines == table.height
    inside = totals(table, separator, quote)
    returns = body.count(b"\r\n") - inside["returns"]
    marks = body.count(quote.encode()) - inside["quotes"]
    size = inside["bytes"] + between + table.height + returns + marks
    return (
        separators == between + inside["separators"]
        and lines == table.height + inside["lines"]
        and len(body) + (not body.endswith(b"\n")) == size
    )


def totals(table: Table, separator: str, quote: str) -> dict[str, int]:
    """Bytes, and characters of the syntax, inside all cells of a table."""
    wanted = {"separators": separator, "lines": "\n", "returns": "\r\n", "quotes": quote}
    found = table.select(pl.concat_list(pl.all().str.len_bytes().sum()).list.sum().alias("bytes"))
    sums = {"bytes": int(found.item() or 0)}
    for key, text in wanted.items():
        hits = table.select(pl.all().str.count_matches(text, literal=True).sum())
        sums[key] = sum(int(hit or 0) for hit in hits.row(0))
    return sums


def read_carefully(body: str, head: Head, books: Books) -> Table:
    """Parse an irregular body record by record, keeping books."""
    width = head.layout.width
    found = records(body, head.dialect, line=head.line)
    rows = regular_rows(found, width, books)
    blocks = []
    while block := list(islice(rows, BLOCK_ROWS)):
        blocks.append(text_table(plain_names(width), zip(*block, strict=True)))
    schema = dict.fromkeys(plain_names(width), pl.String)
    return pl.concat(blocks) if blocks else pl.DataFrame(schema=schema)


def regular_rows(found: Iterable[Record], width: int, books: Books) -> Iterator[list[str | None]]:
    """Rows of exactly the table's width; blank lines, short and long rows go into the books."""
    for record in found:
        cells = record.cells
        if width > 1 and record.is_blank:
            books.blank += 1
            continue
        if len(cells) < width:
            books.short += 1
            cells = cells + [None] * (width - len(cells))
        elif len(cells) > width:
            if any(cell is not None for cell in cells[width:]):
                reason = f"has {len(cells)} cells where the table has {width} columns"
                books.rejected.append((record.line, record.raw, reason))
                continue
            books.trimmed += 1
            cells = cells[:width]
        yield cells
