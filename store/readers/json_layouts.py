"""The layouts in which a JSON document holds a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from store.readers.json_parts import chosen, is_records, is_rows, largest_list, taken_out
from store.readers.json_values import Notes, cell, last_ones, spelled
from store.readers.layout import find_layout, join_header
from store.readers.names import free_name
from store.readers.reading import Reading

ALIKE = 0.5
"""Objects that fill more than this share of the union of their keys are records of one table."""

Object = dict[str, Any]


@dataclass(frozen=True)
class Records:
    """A table as objects, one for each row."""

    layout: str
    rows: Sequence[Object]


@dataclass(frozen=True)
class Columns:
    """A table as equally long columns of JSON values."""

    layout: str
    header: Sequence[str | None]
    values: Sequence[Sequence[Any]]


Found = Records | Columns


def find_table(document: Any, notes: Notes, reading: Reading, name: str) -> Found | None:
    """The table in a document, or in the part of it that the user chose; None when it is none."""
    if reading.records:
        document = chosen(document, reading.records, name, notes)
    if isinstance(document, list):
        return from_list(document, reading)
    if isinstance(document, dict):
        return from_object(document, notes, reading)
    return None


def from_list(values: list[Any], reading: Reading) -> Found | None:
    """An array of records, of rows, or of plain values (one column "value")."""
    if all(isinstance(value, dict) for value in values):
        return Records("records", values)
    if is_rows(values):
        return from_rows(values, reading)
    if any(isinstance(value, dict | list) for value in values):
        return None
    return Columns("values", ["value"], [values])


def from_rows(rows: list[list[Any]], reading: Reading) -> Columns:
    """Rows of cells, the first of which may name the columns."""
    width = len(rows[0])
    texts = [[cell(value) for value in row] for row in rows]
    layout = find_layout(texts, reading.header, width)
    top = layout.preamble + layout.header
    return Columns("rows", join_header(texts[layout.preamble : top], width), turned(rows[top:]))


def turned(rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """Rows as columns."""
    return list(zip(*rows, strict=True))


def from_object(document: Object, notes: Notes, reading: Reading) -> Found | None:
    """Columns, records by key, a wrapped list, or one record; None for columns of unlike length."""
    last = last_ones(document)
    if found := from_split(last) or from_columns(last) or from_keyed(last):
        notes.left_out += [spelled(key) for key in document if key not in last]
        return found
    if keys := largest_list(document):
        return from_list(taken_out(document, keys, notes), reading)
    if document and all(isinstance(value, list) for value in document.values()):
        return None
    return Records("record", [document])


def from_split(document: Object) -> Columns | None:
    """The names of the columns apart from the rows, as pandas writes with orient="split"."""
    names, rows = document.get("columns"), document.get("data")
    if not isinstance(names, list) or set(document) - {"columns", "data", "index", "name"}:
        return None
    if not is_rows(rows) or rows is None or len(rows[0]) != len(names):
        return None
    return indexed("split", list(map(cell, names)), turned(rows), document.get("index"))


def from_columns(document: Object) -> Columns | None:
    """An object of equally long arrays, or of objects that hold cells by row number."""
    values = list(document.values())
    if not values:
        return None
    if all(isinstance(value, list) for value in values):
        alike = len({len(value) for value in values}) == 1 and not all(map(is_records, values))
        return Columns("columns", list(document), values) if alike else None
    if not all(isinstance(value, dict) and value for value in values):
        return None
    index = list(values[0])
    if not all(key.isdigit() for key in index) or any(list(value) != index for value in values):
        return None
    return indexed("columns", list(document), [list(value.values()) for value in values], index)


def indexed(
    layout: str, header: Sequence[str | None], values: Sequence[Sequence[Any]], index: Any
) -> Columns:
    """The columns, behind their row labels if those are more than numbers from 0 onwards."""
    rows = len(values[0])
    counted = isinstance(index, list) and list(map(cell, index)) == list(map(str, range(rows)))
    if counted or not isinstance(index, list) or len(index) != rows:
        return Columns(layout, header, values)
    return Columns(layout, ["index", *header], [index, *values])


def from_keyed(document: Object) -> Records | None:
    """Two or more alike records by key, which becomes the column "key"."""
    rows = list(document.values())
    if len(rows) < 2 or not all(isinstance(row, dict) and row for row in rows):
        return None
    union = {key for row in rows for key in row}
    if sum(map(len, rows)) <= ALIKE * len(rows) * len(union):
        return None
    label = free_name("key", union)
    return Records("keyed", [{label: spelled(key), **row} for key, row in document.items()])
