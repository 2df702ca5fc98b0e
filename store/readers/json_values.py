"""What a JSON parser leaves of a value: every digit, and its text."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from json.encoder import encode_basestring
from typing import Any

import polars as pl

from store.readers.reading import Rejected

WORDS = {True: "true", False: "false"}


class Number(str):
    """The digits of a JSON number, kept apart from a text of the same spelling."""

    __slots__ = ()


class NoValue(ValueError):
    """NaN or Infinity, words that are no JSON values."""


@dataclass
class Notes:
    """What was noticed while parsing.

    `bad` counts the records set aside, `unlike` those of them that are valid but no records;
    `first_bad` says what is wrong with the first. `part` is the path of the list that was read,
    `left_out` the paths of what stands beside it. `lines`: each line holds a document.
    """

    repeated_keys: dict[str, int] = field(default_factory=dict)
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
                name = spelled(key)
                self.repeated_keys[name] = self.repeated_keys.get(name, 0) + len(values) - 1
                built[beside(key, built)] = values[:-1]
        return built

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
    scan: Callable[[str, int], tuple[Any, int]] = decoder.scan_once  # type: ignore[attr-defined]
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


def compact(value: Any) -> str:
    """Compact JSON that keeps the digits of numbers."""
    if isinstance(value, dict):
        return (
            "{" + ",".join(f"{encode_basestring(k)}:{compact(v)}" for k, v in value.items()) + "}"
        )
    if isinstance(value, list):
        return "[" + ",".join(map(compact, value)) + "]"
    if isinstance(value, str):
        return str.__str__(value) if isinstance(value, Number) else encode_basestring(value)
    return "null" if value is None else WORDS[value]
