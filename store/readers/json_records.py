"""JSON and JSON Lines: arrays of records, objects of columns, arrays of rows."""

import json
import re
from collections.abc import Mapping
from typing import Any

from core import Finding, Severity, UnreadableFile, with_row_ids
from store.readers.encoding import decode
from store.readers.json_layouts import Notes, Number, as_table
from store.readers.names import column_names, renamed
from store.readers.reading import (
    Reading,
    ReadResult,
    refuse_empty,
    refuse_no_rows,
    refuse_width,
    rejected_table,
    text_table,
)

LAYOUTS = "an array of records, an object of columns, an array of rows or one record per line"
MAX_BAD_SHARE = 0.5


def read_json(content: bytes, name: str, reading: Reading, lines: bool = False) -> ReadResult:
    """Read JSON; numbers keep their digits, nested values become compact JSON text.

    A JSON document on each line is accepted under either name. Raises UnreadableFile, for
    invalid JSON with line and column.
    """
    text = json_text(content, name)
    if not text.strip():
        raise refuse_empty(name)
    notes = Notes()
    if lines or is_lines(text):
        document: Any = parse_lines(text, name, notes)
        lines = True
    else:
        document = parse(text, name, notes)
    try:
        found = as_table(document, notes, reading)
    except RecursionError as error:
        raise too_deep(name) from error
    if found is None:
        raise not_a_table(document, name)
    if not found.header or not found.columns[0]:
        raise refuse_no_rows(len(found.header), name)
    refuse_width(len(found.header), name)
    names = column_names(found.header)
    table = with_row_ids(text_table(names, found.columns))
    settled = dict(zip(found.header, names, strict=True))
    dialect = {
        "format": "jsonl" if lines else "json",
        "encoding": "utf-8",
        "rows_read": table.height,
        "rows_rejected": len(notes.rejected),
    }
    said = (*of_notes(notes, settled), *renamed(found.header, names))
    return ReadResult(table, said, dialect, rejected_table(notes.rejected))


def json_text(content: bytes, name: str) -> str:
    """The text of a JSON file, which must be UTF-8 or carry a byte order mark."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return decode(content, None, name).utf8.decode()
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        raise UnreadableFile(
            "invalid_json",
            f"'{name}' is not valid JSON: line {line:,}, byte {column:,} is not UTF-8; "
            "save it as UTF-8.",
        ) from error


def is_lines(text: str) -> bool:
    """Whether the first line is a whole JSON object or array and the second begins another."""
    first, _, rest = text.lstrip().partition("\n")
    follows = rest.lstrip()[:1]
    pairs = {"{": "}", "[": "]"}
    return follows in pairs and first.rstrip()[-1:] == pairs.get(first[:1], "none")


def parse(text: str, name: str, notes: Notes) -> Any:
    """Parse one JSON document."""
    try:
        return loads(text, notes)
    except json.JSONDecodeError as error:
        raise UnreadableFile(
            "invalid_json",
            f"'{name}' is not valid JSON: {reason(error)} at line {error.lineno:,}, column "
            f"{error.colno:,}; correct it there and upload it again.",
        ) from error
    except RecursionError as error:
        raise too_deep(name) from error


def loads(text: str, notes: Notes) -> Any:
    """Strict JSON (RFC 8259) that keeps the digits of numbers."""

    def constant(word: str) -> Any:
        found = re.search(rf"(?<![\w\"]){word}\b", text)
        raise json.JSONDecodeError(
            f"'{word}' is no JSON value", text, found.start() if found else 0
        )

    return json.loads(
        text,
        parse_int=Number,
        parse_float=Number,
        parse_constant=constant,
        object_pairs_hook=notes.as_object,
    )


def parse_lines(text: str, name: str, notes: Notes) -> list[Any]:
    """Parse a document per line; invalid lines are set aside unless most are invalid."""
    documents, first = [], ""
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    for number, line in lines:
        try:
            documents.append(loads(line, notes))
        except json.JSONDecodeError as error:
            why = f"is not valid JSON: {reason(error)} at column {error.colno:,}"
            notes.rejected.append((number, line.rstrip("\r"), why))
            first = first or f"line {number:,} {why}"
        except RecursionError as error:
            raise too_deep(name) from error
    if len(notes.rejected) > MAX_BAD_SHARE * len(lines):
        raise UnreadableFile(
            "invalid_json",
            f"'{name}' is no table: {first}; every line must hold one JSON object.",
        )
    return documents


def reason(error: json.JSONDecodeError) -> str:
    """The parser's complaint, as part of a sentence."""
    return error.msg[:1].lower() + error.msg[1:]


def too_deep(name: str) -> UnreadableFile:
    """The refusal of JSON that is nested too deeply to be a table."""
    return UnreadableFile(
        "too_deep", f"'{name}' nests values too deeply to be a table; flatten it first."
    )


def not_a_table(document: Any, name: str) -> UnreadableFile:
    """The refusal of valid JSON in no accepted layout."""
    kinds: dict[type, str] = {
        dict: "an object of unlike parts",
        list: "an array of unlike values",
        str: "one text",
    }
    kind = "one number" if isinstance(document, Number) else kinds.get(type(document), "one value")
    return UnreadableFile(
        "not_a_table", f"'{name}' holds {kind}, which is no table; accepted are {LAYOUTS}."
    )


def of_notes(notes: Notes, names: Mapping[str | None, str]) -> tuple[Finding, ...]:
    """Findings about nested values, repeated keys, parts left out and lines set aside."""
    said = []
    if notes.nested:
        columns = tuple(names.get(key, key) for key in sorted(notes.nested))
        listed = ", ".join(f"'{name}'" for name in columns)
        text = f"{len(columns):,} columns hold nested values, kept as JSON text: {listed}."
        said.append(Finding("read.nested-values", Severity.LOW, text, columns))
    if notes.duplicate_keys:
        listed = ", ".join(f"'{key}'" for key in sorted(notes.duplicate_keys))
        text = f"Some objects repeat a key, and only the last value was kept: {listed}."
        said.append(Finding("read.repeated-keys", Severity.MEDIUM, text))
    if notes.left_out:
        listed = ", ".join(f"'{key}'" for key in notes.left_out)
        text = f"Only the array of records was read; these parts were left out: {listed}."
        said.append(Finding("read.parts-left-out", Severity.LOW, text))
    if notes.rejected:
        count = len(notes.rejected)
        lines = ", ".join(f"{line:,}" for line, _, _ in notes.rejected[:10])
        text = f"{count:,} lines are not valid JSON and were set aside, first of all line {lines}."
        evidence = {"rows": count}
        said.append(
            Finding("read.rejected-rows", Severity.HIGH, text, rows=count, evidence=evidence)
        )
    return tuple(said)
