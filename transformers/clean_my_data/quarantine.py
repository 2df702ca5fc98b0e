"""Rows of which at least half of the filled cells are flagged: kept in the table, but listed."""

import polars as pl

from core import QUARANTINE_SCHEMA, ROW_ID, Table, Work
from transformers.clean_my_data.round_trip import cells_of

FLAGGED_SHARE = 0.5


def quarantined(work: Work) -> Table:
    """The rows to set aside, with the sentences of their flags.

    A flag counts while its cell still holds the flagged text.
    """
    flags = standing_flags(work)
    if not flags.height:
        return pl.DataFrame(schema=QUARANTINE_SCHEMA)
    reasons = flags.group_by("row").agg(
        flagged=pl.len(), reasons=(pl.col("column") + ": " + pl.col("evidence")).str.join("; ")
    )
    filled = work.table.select(
        row=pl.col(ROW_ID), filled=pl.sum_horizontal(pl.exclude(ROW_ID).is_not_null())
    )
    rows = filled.join(reasons, on="row", maintain_order="left")
    return rows.filter(pl.col("flagged") >= FLAGGED_SHARE * pl.col("filled")).select(
        *QUARANTINE_SCHEMA
    )


def standing_flags(work: Work) -> Table:
    """Flags whose cell still holds the text that was flagged, one per cell."""
    flags = work.proposals.filter(pl.col("tier") == "FLAG").unique(
        ["row", "column"], keep="last", maintain_order=True
    )
    return cells_of(work.table, flags, "old", "semi")
