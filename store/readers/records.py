"""Delimited text cut into records, so that no character is lost and no quote swallows rows.

Follows RFC 4180 with four tolerances: a quote that is never closed properly is an ordinary
character, spaces around a quoted cell are dropped, a quote may be escaped, and any separator.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

Spaces = Literal["", "after", "around"]


@dataclass(frozen=True)
class Dialect:
    """How cells are separated and quoted; an empty quote, escape or comment means there is none.

    `spaces` are those that belong to the separator: after it, or on both sides. With `mixed_ends`
    a bare CR outside of quotes ends a line as well.
    """

    delimiter: str
    quote: str = '"'
    escape: str = ""
    spaces: Spaces = ""
    comment: str = ""
    mixed_ends: bool = False

    @cached_property
    def quoted(self) -> re.Pattern[str]:
        """Matches a whole quoted cell that is followed by a separator or a line end."""
        quote, escape = re.escape(self.quote), re.escape(self.escape)
        escaped = rf"|{escape}." if self.escape else ""
        space = "" if self.delimiter == " " else " *+"
        end = r"\r|\n|\Z" if self.mixed_ends else r"\r?\n|\r?\Z"
        return re.compile(
            rf"{space}{quote}((?:[^{quote}{escape}]++|{quote}{quote}{escaped})*+){quote}{space}"
            rf"(?={re.escape(self.delimiter)}|{end})",
            re.DOTALL,
        )

    @cached_property
    def careless(self) -> re.Pattern[str]:
        """Matches a quoted cell within a line whose inner quotes, an even number, stand bare."""
        quote, delimiter = re.escape(self.quote), re.escape(self.delimiter)
        close = rf"{quote}(?= *(?:{delimiter}|[\r\n]|\Z))"
        pair = rf"(?:[^{quote}\r\n]*+{quote}[^{quote}\r\n]*+{quote})"
        return re.compile(rf" *+{quote}(?=[^\r\n])({pair}+?[^{quote}\r\n]*+){close} *+")

    @cached_property
    def unclosed(self) -> re.Pattern[str]:
        """Matches a quoted cell that may go on beyond the end of the text."""
        quote, escape = re.escape(self.quote), re.escape(self.escape)
        escaped = rf"|{escape}." if self.escape else ""
        half = rf"{escape}?" if self.escape else ""
        return re.compile(
            rf" *+{quote}(?:[^{quote}{escape}]++|{quote}{quote}{escaped})*+{half}"
            rf"(?:{quote} *+\r?)?\Z",
            re.DOTALL,
        )

    def unescape(self, cell: str) -> str:
        """The content of a quoted cell."""
        if self.escape:
            cell = re.sub(rf"{re.escape(self.escape)}(.)", r"\1", cell, flags=re.DOTALL)
        return cell.replace(self.quote * 2, self.quote)

    def bare(self, cell: str, is_first: bool) -> str | None:
        """An unquoted cell without the spaces that belong to the separators."""
        if self.spaces == "around":
            cell = cell.strip(" ")
        elif self.spaces and not is_first:
            cell = cell.lstrip(" ")
        return cell or None


class Record(NamedTuple):
    """One record: its 1-based first line, its offsets in the text, its cells and its text.

    A cell is None when nothing stands there, and "" when an empty quoted text does.
    """

    line: int
    start: int
    end: int
    cells: list[str | None]
    raw: str

    @property
    def is_blank(self) -> bool:
        """Nothing stands on the line."""
        return len(self.cells) == 1 and not self.raw.strip(" ")


def records(text: str, dialect: Dialect, line: int = 1, final: bool = True) -> Iterator[Record]:
    """Cut text into records.

    Unless the text is `final`, a record that may go on beyond its end is left alone.
    """
    start = 0
    while start < len(text):
        stop = line_end(text, start, dialect)
        if stop == len(text) and not final:
            return
        raw = text[start:stop]
        if dialect.quote and dialect.quote in raw:
            found = quoted_cells(text, start, dialect, final)
            if found is None:
                return
            cells, stop = found
            raw = text[start:stop]
        else:
            parts = raw.removesuffix("\r").split(dialect.delimiter)
            cells = [dialect.bare(part, not at) for at, part in enumerate(parts)]
        end = start + len(raw) + 1
        yield Record(line, start, end, cells, raw.removesuffix("\r"))
        line += text.count("\n", start, end)
        start = end


def line_end(text: str, start: int, dialect: Dialect) -> int:
    """Where the line of an offset ends: at its LF, its bare CR, or the end of the text."""
    stop = text.find("\n", start)
    stop = len(text) if stop < 0 else stop
    if dialect.mixed_ends:
        bare = text.find("\r", start, stop)
        if 0 <= bare < stop - 1:
            return bare
    return stop


def quoted_cells(
    text: str, start: int, dialect: Dialect, final: bool
) -> tuple[list[str | None], int] | None:
    """The cells of the record at an offset, and the offset of its line end; None: undecided."""
    cells: list[str | None] = []
    first, mixed = start, dialect.mixed_ends
    while True:
        match = dialect.quoted.match(text, start)
        may_go_on = not final and (match is None or match.end() == len(text))
        if may_go_on and dialect.unclosed.match(text, start):
            return None
        careless = None if match else dialect.careless.match(text, start)
        match = match or careless
        stop = match.end() if match else bare_end(text, start, dialect)
        more = text.startswith(dialect.delimiter, stop)
        if match:
            cells.append(match[1] if careless else dialect.unescape(match[1]))
        else:
            bare = text[start:stop]
            cells.append(dialect.bare(bare if more else bare.removesuffix("\r"), start == first))
        if not more:
            before_feed = text.startswith("\r\n", stop)
            return cells, stop + (before_feed or (text.startswith("\r", stop) and not mixed))
        start = stop + len(dialect.delimiter)


def bare_end(text: str, start: int, dialect: Dialect) -> int:
    """Where an unquoted cell ends: at the next separator, line end, or end of the text."""
    end = line_end(text, start, dialect)
    found = text.find(dialect.delimiter, start, end)
    return end if found < 0 else found
