"""The one dataframe type, its row ids, and the frames in which changes and removals are logged."""

from typing import Literal, get_args

import polars as pl

Table = pl.DataFrame

ROW_ID = "__row_id"
"""Internal first column of every table: the 0-based position of the record in the upload."""

Tier = Literal["AUTO", "REVIEW", "FLAG"]
"""AUTO is applied without asking, REVIEW is proposed, FLAG is marked and never changed."""

TIERS = get_args(Tier)

PROPOSAL_SCHEMA = {
    "row": pl.UInt32,
    "column": pl.String,
    "old": pl.String,
    "new": pl.String,
    "rule": pl.String,
    "step": pl.String,
    "confidence": pl.Float64,
    "tier": pl.String,
    "evidence": pl.String,
}
"""One proposed cell change. `new` is null for FLAG (no value) and for a cell that becomes null."""

REMOVED_SCHEMA = {"row": pl.UInt32, "reason": pl.String, "survivor": pl.UInt32}
"""One removed row, why, and the row that stays in its place (null when none does)."""

QUARANTINE_SCHEMA = {"row": pl.UInt32, "reasons": pl.String}
"""One row set aside, with its reasons separated by "; "."""


def with_row_ids(table: Table) -> Table:
    """Number the records of a freshly read table; the ids never change afterwards."""
    return table.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias(ROW_ID), pl.all())


def data_columns(table: Table) -> list[str]:
    """The names of the analyst's columns, without the row id."""
    return [name for name in table.columns if name != ROW_ID]


def no_proposals() -> Table:
    """An empty log of proposals."""
    return pl.DataFrame(schema=PROPOSAL_SCHEMA)


def no_removals() -> Table:
    """An empty log of removed rows."""
    return pl.DataFrame(schema=REMOVED_SCHEMA)


def patch(table: Table, log: Table, side: Literal["new", "old"]) -> Table:
    """Write one side of a change log (row, column, old, new) into a table; "old" is undo.

    Rows of the log that the table does not hold are ignored. (row, column) must be unique.
    """
    columns = []
    for (name,), cells in log.group_by("column"):
        values = cells.select(pl.col("row").alias(ROW_ID), written=side, hit=True)
        current = table.select(ROW_ID, cell=str(name))
        joined = current.join(values, on=ROW_ID, how="left", maintain_order="left")
        kept = pl.when(pl.col("hit")).then("written").otherwise("cell")
        columns.append(joined.select(kept.alias(str(name))).to_series())
    return table.with_columns(columns)


def apply_proposals(table: Table, proposals: Table, tiers: frozenset[str]) -> tuple[Table, Table]:
    """Apply the proposals of the accepted tiers; return the table and the applied proposals.

    A FLAG is never applied. When one batch proposes two values for a cell, the most confident
    wins, then the first.
    """
    accepted = proposals.filter(
        pl.col("tier").is_in(sorted(tiers - {"FLAG"})), pl.col("old").ne_missing(pl.col("new"))
    )
    winners = accepted.sort("confidence", descending=True, maintain_order=True).unique(
        ["row", "column"], keep="first", maintain_order=True
    )
    return patch(table, winners, "new"), winners
