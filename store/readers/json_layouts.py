"""The layouts in which JSON holds a table, and the text of a JSON value."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from store.readers.layout import find_layout, join_header
from store.readers.names import column_names
from store.readers.reading import Reading


class Number(str):
    """The digits of a JSON number, kept apart from a text of the same spelling."""


@dataclass
class Notes:
    """What was noticed while parsing."""

    duplicate_keys: set[str] = field(default_factory=set)
    nested: set[str] = field(default_factory=set)
    left_out: list[str] = field(default_factory=list)
    rejected: list[tuple[int, str, str]] = field(default_factory=list)

    def as_object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """An object; of a repeated key the last value stays."""
        built = {spelled(key): value for key, value in pairs}
        if len(built) != len(pairs):
            keys = [spelled(key) for key, _ in pairs]
            self.duplicate_keys |= {key for key in keys if keys.count(key) > 1}
        return built


@dataclass(frozen=True)
class Records:
    """A table before its names are settled."""

    header: list[str | None]
    columns: list[list[str | None]]


def as_table(document: Any, notes: Notes, reading: Reading) -> Records | None:
    """The table in a JSON value; None when it is none."""
    if isinstance(document, list):
        return from_list(document, notes, reading)
    if isinstance(document, dict):
        return from_object(document, notes, reading)
    return None


def from_list(values: list[Any], notes: Notes, reading: Reading) -> Records | None:
    """An array of records, of rows, or of plain values (one column "value")."""
    if all(isinstance(value, dict) for value in values):
        return from_records(values, notes)
    if all(isinstance(value, list) for value in values):
        return from_rows(values, notes, reading)
    if any(isinstance(value, dict | list) for value in values):
        return None
    return Records(["value"], [[cell(value) for value in values]])


def from_records(values: Sequence[Mapping[str, Any]], notes: Notes) -> Records:
    """Records with the union of their keys as columns, in order of appearance."""
    keys = list(dict.fromkeys(key for value in values for key in value))
    columns = [column(key, [value.get(key) for value in values], notes) for key in keys]
    return Records(list(keys), columns)


def from_rows(values: Sequence[Sequence[Any]], notes: Notes, reading: Reading) -> Records | None:
    """Rows of cells, the first of which may name the columns."""
    width = max((len(value) for value in values), default=0)
    if any(len(value) != width for value in values):
        return None
    rows = [[cell(value) for value in row] for row in values]
    layout = find_layout(rows, reading.header, width)
    header = join_header(rows[: layout.preamble + layout.header], width)
    names = column_names(header)
    body = values[layout.preamble + layout.header :]
    columns = [
        column(name, [row[position] for row in body], notes) for position, name in enumerate(names)
    ]
    return Records(header, columns)


def from_object(document: dict[str, Any], notes: Notes, reading: Reading) -> Records | None:
    """An object of equally long columns, one that wraps an array of records, or one record."""
    values = list(document.values())
    if are_columns(document):
        return Records(
            list(document), [column(key, value, notes) for key, value in document.items()]
        )
    tables = [key for key, value in document.items() if is_records(value)]
    if len(tables) == 1:
        notes.left_out = [key for key in document if key != tables[0]]
        return from_list(document[tables[0]], notes, reading)
    if values and all(isinstance(value, dict) for value in values):
        return from_keyed(document, notes)
    if any(isinstance(value, list) for value in values):
        return None
    return from_records([document], notes) if document else Records([], [])


def is_records(value: Any) -> bool:
    """An array of objects."""
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def are_columns(document: dict[str, Any]) -> bool:
    """Whether an object holds arrays of one length, and not just one array of records."""
    values = list(document.values())
    if not values or not all(isinstance(value, list) for value in values):
        return False
    return len({len(value) for value in values}) == 1 and not (
        len(values) == 1 and is_records(values[0])
    )


def from_keyed(document: dict[str, dict[str, Any]], notes: Notes) -> Records:
    """An object of columns by row number, or of records by key (a column "key")."""
    inner = [list(value) for value in document.values()]
    if inner[0] and all(keys == inner[0] for keys in inner) and all(map(str.isdigit, inner[0])):
        columns = [column(key, list(value.values()), notes) for key, value in document.items()]
        return Records(list(document), columns)
    found = from_records(list(document.values()), notes)
    return Records(["key", *found.header], [list(document), *found.columns])


def column(key: str, values: list[Any], notes: Notes) -> list[str | None]:
    """The texts of a column."""
    if any(isinstance(value, dict | list) for value in values):
        notes.nested.add(key)
    return [cell(value) for value in values]


def cell(value: Any) -> str | None:
    """The text of a JSON value: digits as they stand, nested values as compact JSON."""
    if value is None:
        return None
    if type(value) is str:
        return spelled(value)
    if isinstance(value, Number):
        return str.__str__(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return compact(value)


def spelled(text: str) -> str:
    """The text, half surrogate pairs written as escapes because no encoding has them."""
    if text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode()


def compact(value: Any) -> str:
    """Compact JSON that keeps the digits of numbers."""
    if isinstance(value, dict):
        inner = (f"{json.dumps(k, ensure_ascii=False)}:{compact(v)}" for k, v in value.items())
        return "{" + ",".join(inner) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(compact, value)) + "]"
    if isinstance(value, Number):
        return str.__str__(value)
    return spelled(json.dumps(value, ensure_ascii=False))
