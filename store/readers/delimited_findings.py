"""What is said about the reading of a text table."""

import re
from collections.abc import Sequence

from core import Finding, Remedy, Severity
from store.readers.head import Head
from store.readers.names import renamed
from store.readers.records import Dialect
from store.readers.rows import Books
from store.readers.text_file import TextFile

SPOKEN = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", ":": "colons", " ": "spaces"}
MANY = 0.05
"""From this share of records set aside the reading is probably wrong."""

MOJIBAKE = re.compile(r"Ã[\u0080-\u00bf]|Ã[€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€.|Â[\u00a1-\u00bf]")


def of_reading(
    text: TextFile, head: Head, books: Books, names: Sequence[str], header: Sequence[str | None]
) -> tuple[Finding, ...]:
    """All findings about encoding, dialect, names and rows."""
    return (
        dialect_used(text, head.dialect),
        *encoding_guessed(text),
        *mojibake(head.sample),
        *(renamed(header, names) if head.header else no_header(names)),
        *rows_rejected(books),
        *lines_aside(books),
        *rows_short(books),
        *rows_trimmed(books),
        *rows_otherwise(books),
        *lines_blank(books),
        *marks_left_out(books),
    )


def dialect_used(text: TextFile, dialect: Dialect) -> Finding:
    """How the file was understood; each part can be overridden."""
    separator = SPOKEN.get(dialect.delimiter, f"'{dialect.delimiter}'")
    return Finding(
        "read.dialect",
        Severity.INFO,
        f"The file was read as {text.encoding} text with columns separated by {separator}.",
        evidence={
            "encoding": text.encoding,
            "delimiter": dialect.delimiter,
            "quote": dialect.quote,
            "escape": dialect.escape,
        },
    )


def encoding_guessed(text: TextFile) -> tuple[Finding, ...]:
    """The encoding is not certain."""
    if text.how != "guessed":
        return ()
    remedy = Remedy("Look at names with accents in the preview, and choose another encoding.")
    if text.stray:
        lines = ", ".join(f"{line:,}" for line in text.stray_lines)
        noun = "byte" if text.stray == 1 else "bytes"
        verb = "is" if text.stray == 1 else "are"
        return (
            Finding(
                "read.mixed-encoding",
                Severity.MEDIUM,
                f"{text.stray:,} {noun} of this UTF-8 file {verb} invalid and read as cp1252, "
                f"first in line {lines}.",
                evidence={"bytes": text.stray, "lines": list(text.stray_lines)},
                remedy=remedy,
            ),
        )
    return (
        Finding(
            "read.encoding-guessed",
            Severity.LOW,
            f"The file does not say its encoding and is not UTF-8; {text.encoding} fits best.",
            evidence={"encoding": text.encoding},
            remedy=remedy,
        ),
    )


def mojibake(sample: str) -> tuple[Finding, ...]:
    """The file itself holds texts that were decoded wrongly before."""
    found = MOJIBAKE.findall(sample)
    if not found:
        return ()
    return (
        Finding(
            "read.mojibake",
            Severity.MEDIUM,
            f"The first lines hold {len(found):,} signs such as '{found[0]}', which look like "
            "UTF-8 that was read in another encoding before this file was written.",
            evidence={"signs": len(found)},
            remedy=Remedy("Export the file again as UTF-8 if you can."),
        ),
    )


def rows_rejected(books: Books) -> tuple[Finding, ...]:
    """Records that were set aside."""
    count, lines = books.rejected, books.rejected_lines
    if not count:
        return ()
    noun = "record was" if count == 1 else "records were"
    return (
        Finding(
            "read.rejected-rows",
            Severity.HIGH if count > MANY * (books.rows + count) else Severity.MEDIUM,
            f"{count:,} {noun} set aside, not read as rows: line {listed(lines, count)}.",
            rows=count,
            evidence={"rows": count, "lines": lines},
            remedy=Remedy("Look at the records set aside; choose the separator or quote yourself."),
        ),
    )


def lines_aside(books: Books) -> tuple[Finding, ...]:
    """Titles, notes, totals, comments and repeated headers."""
    count, lines = books.aside, books.aside_lines
    if not count:
        return ()
    noun = "line that is no record was" if count == 1 else "lines that are no records were"
    return (
        Finding(
            "read.lines-aside",
            Severity.LOW,
            f"{count:,} {noun} set aside (titles, notes, totals, comments or repeated headers): "
            f"line {listed(lines, count)}.",
            rows=count,
            evidence={"lines": count, "first": lines},
            remedy=Remedy("Look at them; choose the lines above and below the table yourself."),
        ),
    )


def listed(lines: Sequence[int], count: int) -> str:
    """Line numbers, and whether there are more."""
    return ", ".join(f"{line:,}" for line in lines) + (" and others" if count > len(lines) else "")


def rows_short(books: Books) -> tuple[Finding, ...]:
    """Rows with fewer cells than the table has columns."""
    count, lines = books.short, books.short_lines
    if not count:
        return ()
    noun = "row has" if count == 1 else "rows have"
    return (
        Finding(
            "read.short-rows",
            Severity.MEDIUM,
            f"{count:,} {noun} fewer cells than the table has columns (line "
            f"{listed(lines, count)}); the last ones are empty now.",
            rows=count,
            evidence={"rows": count, "lines": lines},
            remedy=Remedy("Check whether values slid into a neighbouring column.", "clean-my-data"),
        ),
    )


def rows_trimmed(books: Books) -> tuple[Finding, ...]:
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


def rows_otherwise(books: Books) -> tuple[Finding, ...]:
    """Rows that were written with another separator than the others."""
    count, lines = books.other_separator, books.other_lines
    if not count:
        return ()
    noun = "row was" if count == 1 else "rows were"
    return (
        Finding(
            "read.other-separator",
            Severity.LOW,
            f"{count:,} {noun} written with another separator than the rest, and cut by that: "
            f"line {listed(lines, count)}.",
            rows=count,
            evidence={"rows": count, "lines": lines},
        ),
    )


def lines_blank(books: Books) -> tuple[Finding, ...]:
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


def marks_left_out(books: Books) -> tuple[Finding, ...]:
    """Byte order marks inside the file, as files that were put together have them."""
    if not books.marks:
        return ()
    noun = "row begins" if books.marks == 1 else "rows begin"
    return (
        Finding(
            "read.inner-marks",
            Severity.INFO,
            f"{books.marks:,} {noun} with a byte order mark, which was left out.",
            rows=books.marks,
            evidence={"rows": books.marks},
        ),
    )
