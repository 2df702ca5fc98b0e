"""Parses regular delimited text with a fast parser, and proves that nothing was lost."""

import polars as pl

from core import Table
from store.readers.counting import line_feeds_after_returns, occurrences
from store.readers.records import Dialect


def read_regular(text: bytes, dialect: Dialect, width: int) -> Table | None:
    """Parse regular rows; None when the text is irregular, so that nothing is guessed."""
    separator, quote = dialect.delimiter, dialect.quote
    if len(separator.encode()) != 1 or not quote.isascii() or not text:
        return None
    is_quoted = bool(quote) and opens_quotes(text, dialect)
    if is_quoted and (dialect.escape or dialect.spaces or padded(text, dialect)):
        return None
    if dialect.mixed_ends and text.count(b"\r") != line_feeds_after_returns(text):
        return None
    try:
        table = pl.read_csv(
            text,
            has_header=False,
            schema=dict.fromkeys(plain_names(width), pl.String),
            separator=separator,
            quote_char=quote if is_quoted else None,
        )
    except pl.exceptions.PolarsError:
        return None
    if not balances(text, table, separator, quote if is_quoted else ""):
        return None
    return stripped(table, dialect) if dialect.spaces else table


def opens_quotes(text: bytes, dialect: Dialect) -> bool:
    """Whether a quote begins a cell; others are ordinary characters."""
    quote = dialect.quote.encode()
    if quote not in text:
        return False
    before = (dialect.delimiter.encode(), f"{dialect.delimiter} ".encode(), b"\n", b"\n ", b"\r")
    return text.lstrip(b" ").startswith(quote) or any(edge + quote in text for edge in before)


def padded(text: bytes, dialect: Dialect) -> bool:
    """Whether spaces stand before a quote, which the fast parser does not drop."""
    return f"{dialect.delimiter} {dialect.quote}".encode() in text


def stripped(table: Table, dialect: Dialect) -> Table:
    """The cells without the spaces that belong to the separators."""
    if dialect.spaces == "around":
        cells = table.with_columns(pl.all().str.strip_chars(" "))
    else:
        cells = table.with_columns(pl.all().exclude("0").str.strip_chars_start(" "))
    return cells.with_columns(pl.all().replace("", None))


def plain_names(width: int) -> list[str]:
    """Names of columns before the header is applied."""
    return [str(position) for position in range(width)]


def balances(text: bytes, table: Table, separator: str, quote: str) -> bool:
    """Whether every separator, line end, quote and byte of the text is in the table's books.

    Without quotes, a table of r rows and c columns has r·(c-1) separators and r line ends. With
    quotes, those inside cells are added, and the bytes must be those of the cells, separators,
    line ends and quotes together.
    """
    lines = occurrences(text, b"\n") + (not text.endswith(b"\n"))
    between = table.height * (table.width - 1)
    separators = occurrences(text, separator.encode())
    if not quote:
        return separators == between and lines == table.height
    inside = Inside(table, separator, quote)
    returns = line_feeds_after_returns(text) - inside.returns
    marks = occurrences(text, quote.encode()) - inside.quotes
    size = inside.bytes + between + table.height + returns + marks
    return (
        separators == between + inside.separators
        and lines == table.height + inside.lines
        and len(text) + (not text.endswith(b"\n")) == size
    )


class Inside:
    """Bytes, and characters of the syntax, inside all cells of a table."""

    def __init__(self, table: Table, separator: str, quote: str) -> None:
        self.bytes = self.separators = self.lines = self.returns = self.quotes = 0
        for column in table.to_arrow(compat_level=pl.CompatLevel.oldest()).columns:
            for chunk in column.chunks:
                values = chunk.buffers()[2]
                content = values.to_pybytes() if values else b""
                self.bytes += len(content)
                # Inside cells these are rare, and bytes.count is quick where it hardly stops.
                self.separators += content.count(separator.encode())
                self.lines += content.count(b"\n")
                self.returns += content.count(b"\r\n")
                self.quotes += content.count(quote.encode())
