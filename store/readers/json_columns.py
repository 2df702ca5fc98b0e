"""Records to columns, block by block: nested objects become columns with dotted names."""

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import polars as pl

from core import Table
from store.readers.json_parts import Keys, dotted
from store.readers.json_scanner import Item
from store.readers.json_values import Notes, compact, spelled, text_column
from store.readers.limits import MAX_COLUMNS, MAX_SPARSE_CELLS, MIN_FILLED_SHARE
from store.readers.reading import REJECTED_SCHEMA, Rejected

BLOCK_ROWS = 50_000
BLOCK_CHARACTERS = 16 * 2**20
BLOCK_CELLS = 4_000_000
MAX_FLAT_DEPTH = 8
"""Objects nested more deeply than this stay JSON text."""

Object = dict[str, Any]


class TooWide(Exception):
    """More columns than MAX_COLUMNS."""


class TooSparse(Exception):
    """A rectangle of rows and columns that is almost empty and huge; rows and columns."""


class Gathered:
    """Records as blocks on disk, until the union of their columns is known.

    The files are made in `folder` and removed as they are read. `depth` is how many keys a
    column's name may join.
    """

    def __init__(self, folder: Path, notes: Notes, depth: int) -> None:
        self.folder, self.notes, self.depth = folder, notes, depth
        self.positions: dict[Keys, int] = {}
        self.filled: set[int] = set()
        self.nested: set[int] = set()
        self.rows = self.cells = self.filled_cells = self.blocks = 0

    def take(self, items: Iterable[Item]) -> None:
        """Read all records; values that are none are set aside.

        Raises TooWide and TooSparse.
        """
        try:
            for batch in batches(self.records(items)):
                self.add(batch)
            if self.notes.rejected:
                self.keep(pl.DataFrame(schema={"row": pl.UInt32}))
        except BaseException:
            for number in range(self.blocks):
                self.path("block", number).unlink()
                self.path("rejects", number).unlink(missing_ok=True)
            raise

    def records(self, items: Iterable[Item]) -> Iterator[tuple[int, Object]]:
        """The size and the content of each record."""
        for number, size, value in items:
            if type(value) is dict:
                yield size, value
            else:
                why = f"holds {kind_of(value)} where the others hold a record"
                self.notes.unlike += 1
                self.notes.set_aside(number, spelled(compact(value)), why)

    def add(self, batch: list[Object]) -> None:
        """Write a block, or two halves of it where its records hardly share a key."""
        columns = [pl.int_range(len(batch), dtype=pl.UInt32, eager=True).alias("row")]
        for keys, values in columns_of(batch, (), self.depth):
            columns.append(self.column(keys, values))
            if len(columns) * len(batch) > BLOCK_CELLS and len(batch) > 1:
                half = len(batch) // 2
                self.add(batch[:half])
                self.add(batch[half:])
                return
        self.rows += len(batch)
        self.cells += len(batch) * len(self.positions)
        self.filled_cells += sum(len(batch) - column.null_count() for column in columns[1:])
        if self.cells > MAX_SPARSE_CELLS and self.filled_cells < MIN_FILLED_SHARE * self.cells:
            raise TooSparse(self.rows, len(self.positions))
        self.keep(pl.DataFrame(columns))

    def column(self, keys: Keys, values: list[Any]) -> pl.Series:
        """A column of a block as text, called by its position in the table."""
        position = self.positions.setdefault(keys, len(self.positions))
        if len(self.positions) > MAX_COLUMNS:
            raise TooWide
        kinds = set(map(type, values))
        if kinds & {dict, list}:
            self.nested.add(position)
        if kinds != {type(None)}:
            self.filled.add(position)
        return text_column(values, kinds).alias(str(position))

    def keep(self, block: Table) -> None:
        """Put a block and the records set aside meanwhile on disk."""
        block.write_ipc(self.path("block", self.blocks), compression="lz4")
        if rejected := self.notes.rejected:
            rejects = pl.DataFrame(rejected, schema=REJECTED_SCHEMA, orient="row")
            rejects.write_ipc(self.path("rejects", self.blocks), compression="lz4")
            rejected.clear()
        self.blocks += 1

    def path(self, what: str, block: int) -> Path:
        """The file of a block."""
        return self.folder / f"{what}-{block}.arrow"

    def columns(self) -> dict[Keys, int]:
        """The columns of the table; nulls where others hold an object are no column."""
        outer = {keys[:depth] for keys in self.positions for depth in range(1, len(keys))}
        return {
            keys: position
            for keys, position in self.positions.items()
            if position in self.filled or keys not in outer
        }

    def header(self) -> list[str]:
        """The dotted names of the columns, not unique yet."""
        return [dotted(keys) for keys in self.columns()]

    def tables(self, names: list[str], rejects: list[Rejected]) -> Iterator[Table]:
        """The blocks with all columns under their `names`; what was set aside goes to `rejects`."""
        wanted = list(zip(self.columns().values(), names, strict=True))
        step = max(1, BLOCK_CELLS // max(1, len(wanted)))
        for number in range(self.blocks):
            rejects += read_away(self.path("rejects", number)).rows()
            block = read_away(self.path("block", number))
            here = set(block.columns)
            columns = [
                (pl.col(str(i)) if str(i) in here else pl.lit(None, pl.String)).alias(name)
                for i, name in wanted
            ]
            for start in range(0, block.height, step):
                part = block.slice(start, step)
                yield part.with_columns(columns).select(names)


def batches(records: Iterable[tuple[int, Object]]) -> Iterator[list[Object]]:
    """Records in lists that are small enough to be held."""
    batch: list[Object] = []
    held = 0
    for size, record in records:
        batch.append(record)
        held += size
        if len(batch) >= BLOCK_ROWS or held >= BLOCK_CHARACTERS:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def columns_of(records: list[Object], outer: Keys, depth: int) -> Iterator[tuple[Keys, list[Any]]]:
    """The values of each key, in order of appearance, and of the keys of nested objects.

    Raises TooWide.
    """
    union = dict.fromkeys(chain.from_iterable(records))
    if len(union) > MAX_COLUMNS:
        raise TooWide
    for key in union:
        keys = (*outer, key)
        values = [record.get(key) for record in records]
        if len(keys) == depth or dict not in set(map(type, values)):
            yield keys, values
            continue
        # An empty object has no keys to become columns: it stays a cell.
        plain = [None if value and type(value) is dict else value for value in values]
        if any(value is not None for value in plain):
            yield keys, plain
        inner = [value if type(value) is dict else {} for value in values]
        yield from columns_of(inner, keys, depth)


def read_away(path: Path) -> Table:
    """The table in a file, which is then removed; an empty one where there is no file."""
    if not path.exists():
        return pl.DataFrame()
    table = pl.read_ipc(path.read_bytes())
    path.unlink()
    return table


def kind_of(value: Any) -> str:
    """What a JSON value is, as part of a sentence."""
    kinds: dict[type, str] = {dict: "an object", list: "an array", str: "a text", bool: "a word"}
    return kinds.get(type(value), "nothing" if value is None else "a number")
