"""A table on its way from a file: blocks of text columns, and books that close with the last."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from core import Finding, Remedy, Severity, Table, with_row_ids
from store.readers.reading import ReadResult, Rejected, rejected_table


@dataclass(frozen=True)
class Closing:
    """What is known once the last record has been read.

    `dialect` says how the file was read, as JSON; it holds rows_read and rows_rejected.
    """

    findings: tuple[Finding, ...]
    dialect: dict[str, Any]


@dataclass(frozen=True)
class Stream:
    """A table in blocks of text columns, all called `names`, without row ids.

    Records set aside are appended to `rejects` while the blocks are taken; whoever takes them may
    empty the list. `close` may be called after the last block, and raises UnreadableFile when
    there was nothing to read. `nameless` are the last columns, whose header cells are empty: they
    are left out of the table if no row has a value there.
    """

    names: tuple[str, ...]
    blocks: Iterable[Table]
    close: Callable[[], Closing]
    rejects: list[Rejected] = field(default_factory=list)
    nameless: tuple[str, ...] = ()


def whole(
    table: Table,
    findings: tuple[Finding, ...],
    dialect: dict[str, Any],
    rejects: list[Rejected],
    nameless: tuple[str, ...] = (),
) -> Stream:
    """The stream of a table that is in memory already."""
    closing = Closing(findings, dialect)
    return Stream(tuple(table.columns), [table], lambda: closing, rejects, nameless)


class Hollow:
    """Watches which of the last, nameless columns never hold a value."""

    def __init__(self, stream: Stream) -> None:
        self.names = stream.names
        self.open = set(stream.nameless)

    def look(self, block: Table) -> None:
        """Strike the columns that hold a value in this block."""
        self.open -= {name for name in self.open if block[name].null_count() < block.height}

    def columns(self) -> tuple[str, ...]:
        """The last columns of the table without any value."""
        kept = len(self.names)
        while kept > 1 and self.names[kept - 1] in self.open:
            kept -= 1
        return self.names[kept:]


def left_out(columns: tuple[str, ...]) -> tuple[Finding, ...]:
    """The finding about empty columns without a name."""
    if not columns:
        return ()
    noun = "column has" if len(columns) == 1 else "columns have"
    return (
        Finding(
            "read.empty-columns",
            Severity.INFO,
            f"The last {len(columns):,} {noun} neither a name nor a value and were left out.",
            evidence={"columns": len(columns)},
        ),
    )


def no_rows(rows: int, columns: int) -> tuple[Finding, ...]:
    """The finding about a table that holds names only."""
    if rows:
        return ()
    noun = "column name" if columns == 1 else "column names"
    return (
        Finding(
            "read.no-rows",
            Severity.HIGH,
            f"The file holds {columns:,} {noun} but no rows.",
            remedy=Remedy("Export the file again with its data."),
        ),
    )


def in_the_end(rows: int, names: tuple[str, ...], hollow: tuple[str, ...]) -> tuple[Finding, ...]:
    """What can be said about a table of any format once it has been read."""
    return (*left_out(hollow), *no_rows(rows, len(names) - len(hollow)))


def watched(stream: Stream, hollow: Hollow) -> Iterator[Table]:
    """The blocks of a stream, looked at as they pass."""
    for block in stream.blocks:
        hollow.look(block)
        yield block


def collect(stream: Stream) -> ReadResult:
    """Take a whole stream into memory."""
    hollow = Hollow(stream)
    blocks = list(watched(stream, hollow))
    closing = stream.close()
    table = (
        pl.concat(blocks) if blocks else pl.DataFrame(schema=dict.fromkeys(stream.names, pl.String))
    )
    columns = hollow.columns()
    return ReadResult(
        with_row_ids(table.drop(columns)),
        (*closing.findings, *in_the_end(table.height, stream.names, columns)),
        closing.dialect,
        rejected_table(stream.rejects),
    )
