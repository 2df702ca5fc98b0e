"""JSON and JSON Lines: records of any number, or a document in one of the known layouts."""

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import polars as pl

from core import UnreadableFile
from store.readers import json_lines
from store.readers.json_columns import MAX_FLAT_DEPTH, Gathered, TooSparse, TooWide, kind_of
from store.readers.json_findings import findings
from store.readers.json_layouts import Columns, find_table
from store.readers.json_scanner import Item, Scanner, too_long
from store.readers.json_text import Source, check_depth, source_of
from store.readers.json_values import Notes, text_column
from store.readers.limits import MAX_COLUMNS, MAX_JSON_CHARACTERS, MIN_FILLED_SHARE
from store.readers.names import column_names, renamed
from store.readers.reading import (
    Reading,
    Rejected,
    refuse_blank,
    refuse_empty,
    refuse_width,
)
from store.readers.stream import Closing, Stream, whole

LAYOUTS = "an array of records, an object of columns, an array of rows or one record per line"
MAX_BAD_SHARE = 0.5


def read_json(path: Path, name: str, reading: Reading, folder: Path, lines: bool = False) -> Stream:
    """Read JSON; numbers keep their digits, nested objects become columns with dotted names.

    Records are read one by one, whether they stand in an array, follow one another or fill a line
    each (`lines`: the name says so); their blocks wait in `folder`. Any other document must fit
    into memory. Raises UnreadableFile, for invalid JSON with line and column.
    """
    source = source_of(path, name, reading.encoding)
    try:
        return opened(source, reading, folder, lines, MAX_FLAT_DEPTH)
    except TooWide:
        # Objects keyed by ids: as JSON text they are one column.
        return opened(source, reading, folder, lines, 1)


def opened(source: Source, reading: Reading, folder: Path, named: bool, depth: int) -> Stream:
    """The stream of a file, of which `named` says that it should have a record per line."""
    if json_lines.is_lines(source, named):
        return JsonFile(source, reading, folder, depth).by_line()
    try:
        return JsonFile(source, reading, folder, depth).by_value(named)
    except UnreadableFile as error:
        if not named or error.reason != "invalid_json":
            raise
    return JsonFile(source, reading, folder, depth).by_line()


class JsonFile:
    """One reading of a file; names of columns join at most `depth` keys."""

    def __init__(self, source: Source, reading: Reading, folder: Path, depth: int) -> None:
        self.source, self.reading, self.folder, self.depth = source, reading, folder, depth
        self.notes = Notes()

    def by_line(self) -> Stream:
        """A document on each line."""
        return self.from_items(json_lines.lines(self.source, self.notes))

    def by_value(self, named: bool) -> Stream:
        """One document, or objects that follow one another (`named`: or a single one)."""
        check_depth(self.source)
        with self.source.open() as file:
            scanner = Scanner(self.source, file, self.notes)
            mark = scanner.peek()
            if not mark:
                raise refuse_blank(self.source.name)
            if mark == "[":
                return self.from_items(scanner.items())
            first = Item(1, 0, scanner.value())
            if mark == "{" and (scanner.peek() == "{" or named):
                return self.from_items(chain([first], scanner.documents(1)))
            scanner.end()
            return self.from_document(first.value)

    def from_items(self, items: Iterator[Item]) -> Stream:
        """A table of the values of an array or of lines; the first tells whether of records."""
        first = next(items, None)
        if first is None:
            return self.from_document([])
        items = chain([first], items)
        if isinstance(first.value, dict) and not self.reading.records:
            return self.from_records("records", items)
        return self.from_document(list(self.held(items)))

    def held(self, items: Iterable[Item]) -> Iterator[Any]:
        """Values that are not too large to be kept."""
        size = 0
        for item in items:
            size += item.size
            if size > MAX_JSON_CHARACTERS:
                raise too_long(self.source, "one document")
            yield item.value

    def from_document(self, document: Any) -> Stream:
        """The table in a document."""
        self.judge(len(document) if self.notes.lines else 1)
        found = find_table(document, self.notes, self.reading, self.source.name)
        if found is None:
            raise not_a_table(document, self.source.name)
        if isinstance(found, Columns):
            return self.from_columns(found)
        rows = enumerate(found.rows, 1)
        return self.from_records(found.layout, (Item(number, 0, row) for number, row in rows))

    def from_columns(self, found: Columns) -> Stream:
        """The stream of columns in memory."""
        header = list(found.header)
        if not header:
            raise refuse_empty(self.source.name)
        refuse_width(len(header), self.source.name)
        names = column_names(header)
        kinds = [set(map(type, values)) for values in found.values]
        texts = [text_column(*pair) for pair in zip(found.values, kinds, strict=True)]
        nested = [name for name, types in zip(names, kinds, strict=True) if types & {dict, list}]
        said = (*findings(self.notes, [], nested), *renamed(header, names))
        table = pl.DataFrame([text.alias(name) for text, name in zip(texts, names, strict=True)])
        return whole(table, said, self.dialect(found.layout, table.height), self.notes.rejected)

    def from_records(self, layout: str, items: Iterable[Item]) -> Stream:
        """The stream of records; their columns are known once all have been read."""
        gathered = Gathered(self.folder, self.notes, self.depth)
        try:
            gathered.take(items)
        except TooSparse as error:
            rows, columns = error.args
            raise too_sparse(rows, columns, self.source.name) from error
        except TooWide as error:
            if self.depth > 1:
                raise
            raise too_wide(self.source.name) from error
        self.judge(gathered.rows)
        columns = gathered.columns()
        if not columns:
            raise refuse_empty(self.source.name)
        header = gathered.header()
        names = column_names(header)
        flattened = [name for name, keys in zip(names, columns, strict=True) if len(keys) > 1]
        nested = [
            name
            for name, position in zip(names, columns.values(), strict=True)
            if position in gathered.nested
        ]
        said = (*findings(self.notes, flattened, nested), *renamed(header, names))
        closing = Closing(said, self.dialect(layout, gathered.rows))
        rejects: list[Rejected] = []
        return Stream(tuple(names), gathered.tables(names, rejects), lambda: closing, rejects)

    def judge(self, good: int) -> None:
        """Refuse a file most of whose lines or records are none."""
        notes = self.notes
        if notes.bad <= MAX_BAD_SHARE * (good + notes.bad):
            return
        raise UnreadableFile(
            "not_a_table" if notes.unlike * 2 > notes.bad else "invalid_json",
            f"'{self.source.name}' is no table: {notes.first_bad}; every line must hold one JSON "
            "object.",
        )

    def dialect(self, layout: str, rows: int) -> dict[str, Any]:
        """How the file was read."""
        return {
            "format": "jsonl" if self.notes.lines else "json",
            "encoding": self.source.encoding,
            "layout": layout,
            "records": self.notes.part,
            "rows_read": rows,
            "rows_rejected": self.notes.bad,
        }


def not_a_table(document: Any, name: str) -> UnreadableFile:
    """The refusal of valid JSON in no accepted layout."""
    inner = document.values() if isinstance(document, dict) else document
    if not isinstance(document, dict | list):
        kind = kind_of(document)
    elif all(isinstance(value, list) for value in inner):
        kind = f"{'columns' if isinstance(document, dict) else 'rows'} of unequal length"
    else:
        kind = "an array of unlike values"
    return UnreadableFile(
        "not_a_table", f"'{name}' holds {kind}, which is no table; accepted are {LAYOUTS}."
    )


def too_wide(name: str) -> UnreadableFile:
    """The refusal of records with more keys than a table may have columns."""
    return UnreadableFile(
        "too_many_columns",
        f"'{name}' has more than {MAX_COLUMNS:,} columns, the limit; remove some, or upload "
        "records of one kind at a time.",
    )


def too_sparse(rows: int, columns: int, name: str) -> UnreadableFile:
    """The refusal of records that hardly share a key."""
    return UnreadableFile(
        "too_large_uncompressed",
        f"'{name}' would be a table of {rows:,} or more rows and {columns:,} columns with less "
        f"than {MIN_FILLED_SHARE:.0%} of its cells filled; upload records of one kind at a time.",
    )
