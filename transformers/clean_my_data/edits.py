"""From an edit of a distinct value to a proposal for each cell that holds it."""

import difflib
from collections.abc import Iterable, Sequence

import polars as pl

from core import PROPOSAL_SCHEMA, ROW_ID, StepError, Table, data_columns


def chosen_columns(table: Table, columns: Sequence[str]) -> list[str]:
    """The named columns, or all data columns when none is named.

    Raises StepError for a name the table does not have, with the nearest one it has.
    """
    held = data_columns(table)
    for name in columns:
        if name not in held:
            near = difflib.get_close_matches(name, held, 1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise StepError(f"Column '{name}' is not there.{hint}")
    return list(columns) or held


def distinct_where(table: Table, column: str, wanted: pl.Expr) -> Table:
    """The distinct values (`old`) of a column for which `wanted` holds, and how often (`count`).

    `wanted` is an expression over `pl.col("old")`. The order is that of first appearance.
    """
    cells = table.select(old=pl.col(column)).filter(pl.col("old").is_not_null() & wanted)
    return cells.group_by("old", maintain_order=True).agg(count=pl.len())


def spread(table: Table, column: str, edits: Table) -> Table:
    """One proposal for each cell of `column` whose text is the `old` of an edit.

    `edits` has one row per distinct `old`, and the other columns of PROPOSAL_SCHEMA but row and
    column.
    """
    cells = table.select(row=pl.col(ROW_ID), old=pl.col(column))
    hits = cells.join(edits, on="old", how="inner", maintain_order="left")
    return hits.select(
        pl.lit(column).alias(name) if name == "column" else pl.col(name).cast(dtype)
        for name, dtype in PROPOSAL_SCHEMA.items()
    )


def gather(proposals: Iterable[Table]) -> Table:
    """The proposals of all columns as one frame, empty when there are none."""
    return pl.concat([pl.DataFrame(schema=PROPOSAL_SCHEMA), *proposals])


def share(part: int, whole: int) -> str:
    """A share as people write it: "3 of 1,200 (0.25 %)"."""
    percent = 100 * part / max(1, whole)
    shown = "under 0.01" if 0 < percent < 0.01 else f"{percent:.2f}"
    return f"{part:,} of {whole:,} ({shown} %)"
