"""The list of records inside a JSON document: found, or named by a dotted path."""

from collections.abc import Iterator
from typing import Any

from core import UnreadableFile
from store.readers.json_values import Earlier, Notes, spelled

MAX_PART_DEPTH = 5
MAX_LISTED = 10

Keys = tuple[str, ...]


def parts(node: dict[str, Any], keys: Keys = ()) -> Iterator[tuple[Keys, Any]]:
    """All values in nested objects with their paths, outermost first, down to MAX_PART_DEPTH."""
    for key, value in node.items():
        yield (*keys, key), value
    for key, value in node.items():
        if isinstance(value, dict) and len(keys) + 1 < MAX_PART_DEPTH:
            yield from parts(value, (*keys, key))


def is_records(value: Any) -> bool:
    """An array of objects."""
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def is_rows(value: Any) -> bool:
    """An array of equally long arrays."""
    if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
        return False
    return len({len(row) for row in value}) == 1 and bool(value[0])


def largest_list(document: dict[str, Any]) -> Keys | None:
    """The path of the largest array of records, or of rows in the document itself.

    Arrays inside nested objects that hold only arrays, such as coordinates, are no tables; and a
    schema describes the table, it is none.
    """
    found = {
        keys: len(value)
        for keys, value in parts(document)
        if type(value) is not Earlier and (is_records(value) or (len(keys) == 1 and is_rows(value)))
    }
    data = {keys: size for keys, size in found.items() if "schema" not in keys} or found
    return max(data, key=lambda keys: (data[keys], -len(keys)), default=None)


def taken_out(document: dict[str, Any], keys: Keys, notes: Notes) -> Any:
    """The part at a path; what stands beside it is noted as left out."""
    node: Any = document
    notes.part = dotted(keys)
    for depth, key in enumerate(keys):
        notes.left_out += [dotted((*keys[:depth], other)) for other in node if other != key]
        node = node[key]
    return node


def chosen(document: Any, path: str, name: str, notes: Notes) -> Any:
    """The part that the user named. Raises UnreadableFile (no_such_part), listing what there is."""
    keys = resolve(document, path)
    if keys is not None:
        return taken_out(document, keys, notes)
    lists = [dotted(keys) for keys, value in listed(document) if isinstance(value, list | dict)]
    there = ", ".join(f"'{part}'" for part in lists[:MAX_LISTED])
    more = f" and {len(lists) - MAX_LISTED:,} more" if len(lists) > MAX_LISTED else ""
    advice = f"there are {there}{more}" if lists else "there are none; leave the choice empty"
    raise UnreadableFile("no_such_part", f"'{name}' has no part '{path}'; {advice}.")


def listed(document: Any) -> Iterator[tuple[Keys, Any]]:
    """The parts of a document, if it is an object."""
    return parts(document) if isinstance(document, dict) else iter(())


def resolve(node: Any, path: str) -> Keys | None:
    """The keys that a dotted path stands for; keys may hold dots themselves."""
    if not isinstance(node, dict):
        return None
    if path in node:
        return (path,)
    for key, value in node.items():
        if path.startswith(f"{key}.") and (rest := resolve(value, path[len(key) + 1 :])):
            return (key, *rest)
    return None


def dotted(keys: Keys) -> str:
    """A path as text."""
    return spelled(".".join(keys))
