"""What is said about the reading of a text table."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core import Finding, Remedy, Severity
from store.readers.encoding import Decoded
from store.readers.records import Dialect

if TYPE_CHECKING:
    from store.readers.delimited import Books

SPOKEN = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", ":": "colons", " ": "spaces"}
MANY = 0.05
"""From this share of records set aside the reading is probably wrong."""

MAX_LINES_LISTED = 10


def of_reading(
    decoded: Decoded, dialect: Dialect, books: "Books", rows: int
) -> tuple[Finding, ...]:
    """All findings about encoding, dialect and rows."""
    return (
        dialect_used(decoded, dialect),
        *encoding_guessed(decoded),
        *rows_rejected(books, rows),
        *rows_short(books),
        *rows_trimmed(books),
        *lines_blank(books),
    )


def dialect_used(decoded: Decoded, dialect: Dialect) -> Finding:
    """How the file was understood; each part can be overridden."""
    separator = SPOKEN.get(dialect.delimiter, f"'{dialect.delimiter}'")
    return Finding(
        "read.dialect",
        Severity.INFO,
        f"The file was read as {decoded.encoding} text with columns separated by {separator}.",
        evidence={
            "encoding": decoded.encoding,
            "delimiter": dialect.delimiter,
            "quote": dialect.quote,
            "escape": dialect.escape,
        },
    )


def encoding_guessed(decoded: Decoded) -> tuple[Finding, ...]:
    """The encoding is not certain."""
    if decoded.how != "guessed":
        return ()
    remedy = Remedy("Look at names with accents in the preview, and choose another encoding.")
    if decoded.stray:
        return (
            Finding(
                "read.mixed-encoding",
                Severity.MEDIUM,
                f"{decoded.stray:,} bytes of this UTF-8 file are invalid and were read as cp1252.",
                evidence={"bytes": decoded.stray},
                remedy=remedy,
            ),
        )
    return (
        Finding(
            "read.encoding-guessed",
            Severity.LOW,
            f"The file does not say its encoding and is not UTF-8; {decoded.encoding} fits best.",
            evidence={"encoding": decoded.encoding},
            remedy=remedy,
        ),
    )


def rows_rejected(books: "Books", rows: int) -> tuple[Finding, ...]:
    """Records that were set aside."""
    count = len(books.rejected)
    if not count:
        return ()
    lines = [line for line, _, _ in books.rejected[:MAX_LINES_LISTED]]
    listed = ", ".join(f"{line:,}" for line in lines)
    more = " and others" if count > MAX_LINES_LISTED else ""
    noun = "record was" if count == 1 else "records were"
    return (
        Finding(
            "read.rejected-rows",
            Severity.HIGH if count > MANY * (rows + count) else Severity.MEDIUM,
            f"{count:,} {noun} set aside, not read as rows: line {listed}{more}.",
            rows=count,
            evidence={"rows": count, "lines": lines},
            remedy=Remedy("Look at the records set aside; choose the separator or quote yourself."),
        ),
    )


def rows_short(books: "Books") -> tuple[Finding, ...]:
    """Rows with fewer cells than the table has columns."""
    if not books.short:
        return ()
    noun = "row has" if books.short == 1 else "rows have"
    return (
        Finding(
            "read.short-rows",
            Severity.MEDIUM,
            f"{books.short:,} {noun} fewer cells than the table has columns; the last ones are "
            "empty now.",
            rows=books.short,
            evidence={"rows": books.short},
            remedy=Remedy("Check whether values slid into a neighbouring column.", "clean-my-data"),
        ),
    )


def rows_trimmed(books: "Books") -> tuple[Finding, ...]:
    """Rows with empty cells beyond the last column."""
    if not books.trimmed:
        return ()
    noun = "row has" if books.trimmed == 1 else "rows have"
    return (
        Finding(
            "read.trailing-separators",
            Severity.INFO,
            f"{books.trimmed:,} {noun} empty cells beyond the last column, which were left out.",
            rows=books.trimmed,
            evidence={"rows": books.trimmed},
        ),
    )


def lines_blank(books: "Books") -> tuple[Finding, ...]:
    """Lines on which nothing stands."""
    if not books.blank:
        return ()
    noun = "blank line was" if books.blank == 1 else "blank lines were"
    return (
        Finding(
            "read.blank-lines",
            Severity.INFO,
            f"{books.blank:,} {noun} skipped.",
            evidence={"lines": books.blank},
        ),
    )


def no_header(names: Sequence[str]) -> tuple[Finding, ...]:
    """The first row was read as data."""
    return (
        Finding(
            "read.no-header",
            Severity.LOW,
            f"The first row does not name the {len(names):,} columns, so they are called "
            f"'{names[0]}' and so on.",
            columns=tuple(names),
            remedy=Remedy("Say that the first row holds names if it does."),
        ),
    )
