"""JSON Lines: a document on each line, and lines that hold none set aside."""

import json
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, TextIO

from store.readers.json_scanner import Item, complaint, too_long
from store.readers.json_text import Source, is_deep
from store.readers.json_values import Notes, scanner_of
from store.readers.limits import MAX_JSON_CHARACTERS, MAX_JSON_DEPTH

SPACE = " \t\n\r"
PEEK = 16 * 2**20
"""Characters of a first line that are looked at; a longer one is read as a document."""


def is_lines(source: Source, named: bool) -> bool:
    """Whether the first two lines are two documents.

    A file `named` JSON Lines needs only two lines of which the first does not begin a document
    that goes on.
    """
    with source.open("surrogateescape") as file:
        starts = (line.strip(SPACE) for line in iter(lambda: file.readline(PEEK), ""))
        first, second = (*islice(filter(None, starts), 2), "", "")[:2]
    if not second:
        return False
    try:
        value = parsed(first, scanner_of(Notes()))
    except (ValueError, StopIteration, RecursionError):
        return named and first[:1] not in ("[", "{")
    return named or (isinstance(value, dict | list) and second[:1] in ("[", "{"))


def lines(source: Source, notes: Notes) -> Iterator[Item]:
    """The document on each line; lines that hold none are set aside.

    Raises UnreadableFile for a line that is too long to be held.
    """
    scan = scanner_of(notes)
    notes.lines = True
    with source.open("surrogateescape") as file:
        for number, line in filled(file, source):
            if is_deep(line):
                why = f"nests values more than {MAX_JSON_DEPTH:,} levels deep"
                notes.set_aside(number, legible(line), why)
                continue
            try:
                yield Item(number, len(line), parsed(line, scan))
            except (ValueError, StopIteration) as error:
                complained, position = complaint(error, line, 0)
                why = f"{complained[:1].lower()}{complained[1:]} at column {position + 1:,}"
                notes.set_aside(number, legible(line), f"is not valid JSON: {why}")


def filled(file: TextIO, source: Source) -> Iterator[tuple[int, str]]:
    """Lines that are not blank, with their numbers, without space around them."""
    number = 0
    while line := file.readline(MAX_JSON_CHARACTERS + 1):
        number += 1
        if len(line) > MAX_JSON_CHARACTERS:
            raise too_long(source, f"line {number:,}")
        if text := line.strip(SPACE):
            yield number, text


def parsed(text: str, scan: Callable[[str, int], tuple[Any, int]]) -> Any:
    """The one value in a text."""
    if not text.isascii():
        # Bytes that do not fit the encoding were read as half surrogate pairs.
        text.encode()
    value, end = scan(text, 0)
    if end != len(text):
        raise json.JSONDecodeError("Extra data", text, end)
    return value


def legible(text: str) -> str:
    """A line whose undecodable bytes are written as escapes."""
    if text.isascii():
        return text
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
