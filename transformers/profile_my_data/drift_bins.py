"""The same bins for a column before and now, each with enough cells to be compared."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

Array = np.ndarray[Any, np.dtype[Any]]

DECILES = np.arange(1, 10) / 10
TOP_VALUES = 20
LEAST_EXPECTED = 5.0
"""Cells that a bin must let expect in the smaller sample for the chi-square test (Cochran 1954)."""

MISSING, UNREADABLE, OTHER = "(missing)", "(does not fit)", "(other)"


@dataclass(frozen=True)
class Bins:
    """Counts of the cells before and now in bins that have the same label."""

    labels: tuple[str, ...]
    before: Array
    after: Array


@dataclass(frozen=True)
class Cells:
    """A column's cells: how many there are, are missing, do not fit, and the values of the rest.

    `numbers` are sorted; `counts` has the columns "value" and "count". Only one of both is there,
    and none for columns whose values are new by their nature (dates, keys).
    """

    rows: int
    missing: int
    unreadable: int
    numbers: Array | None = None
    counts: pl.DataFrame | None = None

    @property
    def present(self) -> int:
        """Cells with a value that fits."""
        return self.rows - self.missing - self.unreadable

    @property
    def unreadable_share(self) -> float:
        """Share of the filled cells that do not fit the type, 0 to 1."""
        return self.unreadable / max(1, self.rows - self.missing)


def bins_of(before: Cells, after: Cells) -> Bins:
    """The cells of both in bins: values, then those that do not fit, then the missing ones."""
    enough = LEAST_EXPECTED * (before.rows + after.rows) / max(1, min(before.rows, after.rows))
    values = values_of(before, after, enough)
    extra = [
        (UNREADABLE, before.unreadable, after.unreadable),
        (MISSING, before.missing, after.missing),
    ]
    kept = [*values, *(line for line in extra if line[1] + line[2] >= enough)]
    return Bins(
        tuple(label for label, _, _ in kept),
        np.array([count for _, count, _ in kept], dtype=np.int64),
        np.array([count for _, _, count in kept], dtype=np.int64),
    )


Line = tuple[str, int, int]
"""A bin: its label, the count before and the count now."""


def values_of(before: Cells, after: Cells, enough: float) -> list[Line]:
    """The bins of the values themselves."""
    if before.numbers is not None and after.numbers is not None and len(before.numbers):
        return number_bins(before.numbers, after.numbers, enough)
    if before.counts is not None and after.counts is not None:
        return category_bins(before.counts, after.counts, enough)
    return [("(filled)", before.present, after.present)]


def number_bins(before: Array, after: Array, enough: float) -> list[Line]:
    """Bins between the deciles before; a decile is a bin of its own where many values tie."""
    edges = np.unique(np.quantile(before, DECILES))
    old, new = counts_at(before, edges), counts_at(after, edges)
    bounds = np.repeat(edges, 2)
    lows, highs = [-np.inf, *bounds], [*bounds, np.inf]
    return [
        (interval(lows[group[0]], highs[group[-1]]), int(old[group].sum()), int(new[group].sum()))
        for group in joined(old + new, enough)
    ]


def joined(counts: Array, enough: float) -> list[list[int]]:
    """The positions of the bins in groups of neighbours that have enough cells together."""
    groups: list[list[int]] = [[]]
    for position in range(len(counts)):
        if counts[groups[-1]].sum() >= enough:
            groups.append([])
        groups[-1].append(position)
    if len(groups) > 1 and counts[groups[-1]].sum() < enough:
        rest = groups.pop()
        groups[-1] += rest
    return groups


def counts_at(ordered: Array, edges: Array) -> Array:
    """How many numbers lie below the first edge, on it, between it and the next, and so on."""
    sides = [np.searchsorted(ordered, edges, side) for side in ("left", "right")]
    return np.diff(np.stack(sides, axis=1).ravel(), prepend=0, append=len(ordered))


def interval(low: float, high: float) -> str:
    """ "below 3", "3 to 5", "above 5", "3"."""
    if low == high:
        return f"{low:,.6g}"
    if np.isinf(low):
        return "all" if np.isinf(high) else f"up to {high:,.6g}"
    return f"from {low:,.6g}" if np.isinf(high) else f"{low:,.6g} to {high:,.6g}"


def category_bins(before: pl.DataFrame, after: pl.DataFrame, enough: float) -> list[Line]:
    """The commonest values of both together, and all others as one bin.

    They are not chosen by the baseline alone: its commonest values are those that chance favoured
    there, and would look rarer now in every table of many values.
    """
    both = side_by_side(before, after)
    total = pl.col("before") + pl.col("after")
    top = both.filter(total >= enough).sort(total, "value", descending=[True, False])
    top = top.head(TOP_VALUES)
    lines = list(top.iter_rows())
    old, new = (int(both[side].sum()) - int(top[side].sum()) for side in ("before", "after"))
    return [*lines, *([(OTHER, old, new)] if old + new >= enough else [])]


def side_by_side(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Every value with its count before and now, as columns "value", "before" and "after"."""
    joined = before.join(after, on="value", how="full", coalesce=True, suffix="_after")
    return joined.select(
        pl.col("value"),
        before=pl.col("count").fill_null(0).cast(pl.Int64),
        after=pl.col("count_after").fill_null(0).cast(pl.Int64),
    )
