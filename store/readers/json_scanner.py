"""JSON values one after the other from a file of any size, each with the standard parser."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple, TextIO

from core import UnreadableFile
from store.readers.json_text import PIECE, Source
from store.readers.json_values import Notes, Number, scanner_of
from store.readers.limits import MAX_JSON_CHARACTERS

SPACE = re.compile(r"[ \t\n\r]*")
OPEN_ENDED = ("Unterminated string", "Invalid \\")
"""Complaints that name the beginning of a text which may just not have been read to its end."""

MARGIN = 16
"""A complaint this close to the end of what was read may be about a value cut in two."""


class Item(NamedTuple):
    """One value of a file: its line or number among the values, its characters, itself."""

    number: int
    size: int
    value: Any


class Scanner:
    """Takes values from a text, and reads on when one is not there to its end."""

    def __init__(self, source: Source, file: TextIO, notes: Notes) -> None:
        self.source, self.file = source, file
        self.scan = scanner_of(notes)
        self.buffer, self.position, self.ended = "", 0, False
        self.size = 0
        """Characters of the last value."""

        self.lines = self.columns = 0
        """Line ends before the buffer, and characters of its first line before it."""

    def more(self) -> bool:
        """Read on; False at the end of the file."""
        if self.ended:
            return False
        rest = len(self.buffer) - self.position
        if rest > MAX_JSON_CHARACTERS:
            raise too_long(self.source, "one value")
        # Doubling keeps the work of starting a long value again in proportion to its length.
        piece = self.file.read(max(PIECE, min(rest, MAX_JSON_CHARACTERS - rest)))
        if not piece:
            self.ended = True
            return False
        self.lines, self.columns = self.place(self.position)
        self.buffer = self.buffer[self.position :] + piece
        self.position = 0
        return True

    def place(self, position: int) -> tuple[int, int]:
        """Line ends, and characters after the last one, before a position of the buffer."""
        ends = self.buffer.count("\n", 0, position)
        before = position - self.buffer.rfind("\n", 0, position) - 1
        return self.lines + ends, before + (0 if ends else self.columns)

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            space = SPACE.match(self.buffer, self.position)
            self.position = space.end() if space else self.position
            if self.position < len(self.buffer):
                return self.buffer[self.position]
            if not self.more():
                return ""

    def value(self) -> Any:
        """Take the next value; raises UnreadableFile where none stands."""
        self.peek()
        while True:
            try:
                value, end = self.scan(self.buffer, self.position)
            except (ValueError, StopIteration) as error:
                why, position = complaint(error, self.buffer, self.position)
                cut = why.startswith(OPEN_ENDED) or position >= len(self.buffer) - MARGIN
                if not cut or not self.more():
                    raise self.invalid(why, position) from error
                continue
            # The digits of a number may go on in what is not read yet.
            if end == len(self.buffer) and isinstance(value, Number) and self.more():
                continue
            self.size, self.position = end - self.position, end
            return value

    def invalid(self, why: str, position: int | None = None) -> Exception:
        """The refusal that names line and column."""
        line, column = self.place(self.position if position is None else position)
        where = f"at line {line + 1:,}, column {column + 1:,}"
        return self.source.invalid(f"{why[:1].lower()}{why[1:]} {where}")

    def end(self) -> None:
        """Refuse whatever follows."""
        if self.peek():
            raise self.invalid("Extra data")

    def items(self) -> Iterator[Item]:
        """The elements of the array that begins here, which must be the whole document."""
        self.position += 1
        more, number = self.peek() != "]", 0
        while more:
            number += 1
            value = self.value()
            yield Item(number, self.size, value)
            more = self.peek() == ","
            self.position += more
        if self.peek() != "]":
            raise self.invalid("Expecting ',' delimiter")
        self.position += 1
        self.end()

    def documents(self, number: int) -> Iterator[Item]:
        """The objects that follow the first `number` of them."""
        while self.peek() == "{":
            number += 1
            value = self.value()
            yield Item(number, self.size, value)
        self.end()


def complaint(error: Exception, text: str, start: int) -> tuple[str, int]:
    """What a parser complained about, and where."""
    if isinstance(error, json.JSONDecodeError):
        return error.msg, error.pos
    if isinstance(error, StopIteration):
        return "Expecting value", error.value
    if isinstance(error, UnicodeEncodeError):
        return "Some bytes are no text in its encoding", error.start
    found = re.compile(rf'(?<![\w"]){re.escape(str(error))}\b').search(text, start)
    return f"'{error}' is no JSON value", found.start() if found else start


def too_long(source: Source, what: str) -> UnreadableFile:
    """The refusal of a value that would have to be held in memory."""
    return UnreadableFile(
        "line_too_long" if what.startswith("line") else "too_large",
        f"'{source.name}' holds {what} of more than {MAX_JSON_CHARACTERS // 2**20:,} million "
        "characters, the limit for one value; save it as JSON Lines, one small record per line.",
    )
