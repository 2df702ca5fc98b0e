"""Delimited text cut into records, so that no character is lost and no quote swallows rows.

Follows RFC 4180 with four tolerances: a quote that is never closed properly is an ordinary
character, spaces around a quoted cell are dropped, a backslash may escape, and any separator.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple


@dataclass(frozen=True)
class Dialect:
    """How cells are separated and quoted; an empty quote or escape means there is none."""

    delimiter: str
    quote: str = '"'
    escape: str = ""

    @cached_property
    def quoted(self) -> re.Pattern[str]:
        """Matches a whole quoted cell that is followed by a separator or a line end."""
        quote, delimiter = re.escape(self.quote), re.escape(self.delimiter)
        escaped = r"|\\." if self.escape else ""
        inner = f"[^{quote}{re.escape(self.escape)}]++|{quote}{quote}{escaped}"
        space = "" if self.delimiter == " " else " *+"
        return re.compile(
            rf"{space}{quote}((?:{inner})*+){quote}{space}(?={delimiter}|\r?\n|\r?\Z)", re.DOTALL
        )

    def unescape(self, cell: str) -> str:
        """The content of a quoted cell."""
        if self.escape:
            cell = re.sub(r"\\(.)", r"\1", cell, flags=re.DOTALL)
        return cell.replace(self.quote * 2, self.quote)


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


def records(text: str, dialect: Dialect, start: int = 0, line: int = 1) -> Iterator[Record]:
    """Cut text into records from an offset on; lines end with LF or CR LF."""
    while start < len(text):
        stop = text.find("\n", start)
        raw = text[start:] if stop < 0 else text[start:stop]
        if dialect.quote and dialect.quote in raw:
            cells, stop = quoted_cells(text, start, dialect)
            raw = text[start:stop]
        else:
            cells = [cell or None for cell in raw.removesuffix("\r").split(dialect.delimiter)]
        end = start + len(raw) + 1
        yield Record(line, start, end, cells, raw.removesuffix("\r"))
        line += raw.count("\n") + 1
        start = end


def quoted_cells(text: str, start: int, dialect: Dialect) -> tuple[list[str | None], int]:
    """The cells of the record at an offset, and the offset of its line end."""
    cells: list[str | None] = []
    while True:
        match = dialect.quoted.match(text, start)
        stop = match.end() if match else bare_end(text, start, dialect.delimiter)
        more = text.startswith(dialect.delimiter, stop)
        if match:
            cells.append(dialect.unescape(match[1]))
        else:
            bare = text[start:stop]
            cells.append((bare if more else bare.removesuffix("\r")) or None)
        if not more:
            return cells, stop + text.startswith("\r", stop)
        start = stop + len(dialect.delimiter)


def bare_end(text: str, start: int, delimiter: str) -> int:
    """Where an unquoted cell ends: at the next separator, line end, or end of the text."""
    line_end = text.find("\n", start)
    line_end = len(text) if line_end < 0 else line_end
    found = text.find(delimiter, start, line_end)
    return line_end if found < 0 else found
