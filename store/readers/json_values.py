"""What a JSON parser leaves of a value: every digit, and its text."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from json.encoder import encode_basestring
from typing import Any

import polars as pl

from store.readers.reading import Rejected

MAX_REPEATED_KEYS = 100
"""How many names of repeated keys are kept for the report."""

WORDS = {True: "true", False: "false"}


class Number(str):
    """The digits of a JSON number, kept apart from a text of the same spelling."""

    __slots__ = ()


class Earlier(list[Any]):
    """The values of a repeated key but the last; they stand beside it under a free name."""

    def __init__(self, key: str, values: list[Any]) -> None:
        super().__init__(values)
        self.key = key


class NoValue(ValueError):
    """NaN or Infinity, words that are no JSON values."""


@dataclass
class Notes:
    """What was noticed while parsing.

    `repeated` counts the earlier values of repeated keys, `repeated_keys` those of the first
    MAX_REPEATED_KEYS names; `found` are those of the value that is being parsed. `bad` counts the
    records set aside, `unlike` those of them that are valid but no records; `first_bad` says what
    is wrong with the first. `part` is the path of the list that was read, `left_out` the paths of
    what stands beside it. `lines`: each line holds a document.
    """

    repeated: int = 0
    repeated_keys: dict[str, int] = field(default_factory=dict)
    found: list[Earlier] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    bad: int = 0
    unlike: int = 0
    first_bad: str = ""
    part: str = ""
    left_out: list[str] = field(default_factory=list)
    lines: bool = False

    def as_object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """An object; the last value of a repeated key is its value, the others stand beside it."""
        built = dict(pairs)
        if len(built) == len(pairs):
            return built
        earlier: dict[str, list[Any]] = {}
        for key, value in pairs:
            earlier.setdefault(key, []).append(value)
        for key, values in earlier.items():
            if len(values) > 1:
                kept = Earlier(key, values[:-1])
                built[beside(key, built)] = kept
                self.found.append(kept)
        return built

    def count(self) -> None:
        """Count the earlier values in a value that has been parsed to its end."""
        for kept in self.found:
            self.repeated += len(kept)
            name = spelled(kept.key)
            if name in self.repeated_keys or len(self.repeated_keys) < MAX_REPEATED_KEYS:
                self.repeated_keys[name] = self.repeated_keys.get(name, 0) + len(kept)
        self.found.clear()

    def set_aside(self, number: int, raw: str, why: str) -> None:
        """Put a record among the rejects."""
        self.bad += 1
        place = "line" if self.lines else "record"
        self.first_bad = self.first_bad or f"{place} {number:,} {why}"
        self.rejected.append((number, raw, why))


def beside(key: str, built: Mapping[str, Any]) -> str:
    """A free name for the earlier values of a repeated key."""
    name = f"{key} (earlier)"
    while name in built:
        name += " (earlier)"
    return name


def scanner_of(notes: Notes) -> Callable[[str, int], tuple[Any, int]]:
    """A strict parser (RFC 8259) of the value at a position of a text; it returns value and end.

    It raises JSONDecodeError, StopIteration where no value begins, and NoValue.
    """
    decoder = json.JSONDecoder(
        parse_int=Number,
        parse_float=Number,
        parse_constant=no_value,
        object_pairs_hook=notes.as_object,
    )

    def scan(text: str, position: int) -> tuple[Any, int]:
        # A value that was cut in two is parsed again from its beginning.
        notes.found.clear()
        value, end = decoder.scan_once(text, position)  # type: ignore[attr-defined]
        notes.count()
        return value, end

    return scan


def no_value(word: str) -> Any:
    """Refuse NaN and Infinity."""
    raise NoValue(word)


def text_column(values: Sequence[Any], kinds: set[type]) -> pl.Series:
    """The texts of a column whose values are of these `kinds`."""
    if kinds <= {bool, type(None)}:
        return pl.Series(values=[WORDS.get(value) for value in values], dtype=pl.String)
    if kinds <= {str, Number, type(None)}:
        try:
            return pl.Series(values=values, dtype=pl.String)
        except UnicodeEncodeError:
            pass
    return pl.Series(values=[cell(value) for value in values], dtype=pl.String)


def cell(value: Any) -> str | None:
    """The text of a JSON value: digits as they stand, nested values as compact JSON."""
    if value is None:
        return None
    if isinstance(value, str):
        return spelled(value)
    return WORDS[value] if isinstance(value, bool) else spelled(compact(value))


def spelled(text: str) -> str:
    """The text, half surrogate pairs written as escapes because no encoding has them."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def members(value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Keys and values as the file has them: the earlier ones of a repeated key before the last."""
    for inner in value.values():
        if type(inner) is Earlier:
            yield from ((inner.key, one) for one in inner)
    yield from last_ones(value).items()


def last_ones(value: Mapping[str, Any]) -> dict[str, Any]:
    """An object without the earlier values of repeated keys."""
    return {key: inner for key, inner in value.items() if type(inner) is not Earlier}


def compact(value: Any) -> str:
    """Compact JSON that keeps the digits of numbers and every value of a repeated key."""
    if isinstance(value, dict):
        inner = (f"{encode_basestring(key)}:{compact(one)}" for key, one in members(value))
        return "{" + ",".join(inner) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(compact, value)) + "]"
    if isinstance(value, str):
        return str.__str__(value) if isinstance(value, Number) else encode_basestring(value)
    return "null" if value is None else WORDS[value]
