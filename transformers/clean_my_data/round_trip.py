"""The net change of every cell, and the proof that the log explains the whole table."""

from typing import Literal

import polars as pl

from core import PROPOSAL_SCHEMA, ROW_ID, AssayError, Table, Work, patch


def net_changes(work: Work) -> Table:
    """One row per changed cell: its first text, its last text and its last writer.

    Cells that came back to their first text are not in it.
    """
    last = [pl.col(name).last() for name in PROPOSAL_SCHEMA if name not in {"row", "column", "old"}]
    cells = work.applied.group_by("row", "column", maintain_order=True)
    net = cells.agg(pl.col("old").first(), *last).select(*PROPOSAL_SCHEMA)
    return net.filter(pl.col("old").ne_missing(pl.col("new")))


def prove(work: Work, changes: Table) -> None:
    """Check that log and removals lead from the upload to the table, and back.

    Null and empty text are told apart. Raises AssayError (PROCESSING_ERROR) that names the first
    cell which differs.
    """
    gone = work.removed.select(pl.col("row").alias(ROW_ID))
    check_written(work.table, changes.join(gone, left_on="row", right_on=ROW_ID, how="anti"))
    patched = patch(work.original, changes, "new")
    kept = patched.join(gone, on=ROW_ID, how="anti", maintain_order="left")
    check_equal(work.table, kept, "The table", "the change log")
    undone = patch(patched, changes, "old")
    check_equal(work.original, undone, "The upload", "undoing the change log")


def check_written(table: Table, changes: Table) -> None:
    """Raise AssayError at the first logged change that the table does not hold.

    The table was written by `patch`, so replaying with `patch` alone would not notice its faults.
    """
    strays = cells_of(table, changes, "new", "anti")
    if strays.height:
        row, column, new = strays.select("row", "column", "new").row(0)
        raise broken(f"The log says {new!r} in row {row:,} of '{column}', but the table does not.")


def cells_of(
    table: Table, log: Table, side: Literal["old", "new"], how: Literal["semi", "anti"]
) -> Table:
    """The entries of a log whose cell holds the text of that side ("semi") or not ("anti")."""
    found = [log.clear()]
    for (column,), cells in log.group_by("column", maintain_order=True):
        held = table.select(pl.col(ROW_ID).alias("row"), pl.col(str(column)).alias(side))
        found.append(cells.join(held, on=["row", side], how=how, nulls_equal=True))
    return pl.concat(found)


def check_equal(held: Table, computed: Table, what: str, source: str) -> None:
    """Raise AssayError at the first difference of columns, rows or cells."""
    if held.columns != computed.columns:
        raise broken(f"{what} has columns {held.columns}, but {source} gives {computed.columns}.")
    if not held[ROW_ID].equals(computed[ROW_ID]):
        raise broken(f"{what} has {held.height:,} rows that are not those of {source}.")
    for column in held.columns:
        differs = held[column].ne_missing(computed[column]).arg_true()
        if differs.len():
            at = differs[0]
            row, is_, should = held[ROW_ID][at], held[column][at], computed[column][at]
            raise broken(
                f"{what} holds {is_!r} in row {row:,} of '{column}', but {source} gives {should!r}."
            )


def broken(message: str) -> AssayError:
    return AssayError(message, code="PROCESSING_ERROR")
