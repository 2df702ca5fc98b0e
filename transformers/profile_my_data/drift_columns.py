"""Compares one column with the same column of the baseline, both read as the baseline was."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from core.params import DecimalMark
from transformers.columns import ColumnType, Typed, count_values, study
from transformers.profile_my_data.drift_bins import Array, Bins, Cells, bins_of, side_by_side
from transformers.profile_my_data.drift_measures import (
    homogeneity,
    jensen_shannon,
    kolmogorov_smirnov,
    population_stability,
    shares,
)
from transformers.readings import NUMERIC, TEMPORAL, Kind, Reading, filled_texts, read

SHOWN = 5
FEW, MANY = 50, 1_000
"""Up to 50 different values, or a tenth of the cells but no more than 1,000, are categories."""


@dataclass(frozen=True)
class Moments:
    """Mean, median and standard deviation (n - 1) of numbers; None where there is none."""

    mean: float | None
    median: float | None
    std: float | None


@dataclass(frozen=True)
class Unseen:
    """Values that only one of the tables has: how many, in how many rows, the commonest.

    `surprising` counts the rows of those values that chance would have put into both tables.
    """

    values: int
    rows: int
    surprising: int
    examples: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class ColumnDrift:
    """What became of a column. `kind` is its type in the baseline, by which both were read."""

    name: str
    kind: Kind
    before: Cells
    after: Cells
    bins: Bins
    psi: float
    distance: float
    p_value: float
    effect: float
    ks: tuple[float, float] | None = None
    moments: tuple[Moments, Moments] | None = None
    new: Unseen | None = None
    lost: Unseen | None = None

    @property
    def misfit_p_value(self) -> float:
        """Chance that as many more cells do not fit the type although nothing changed."""
        filled = [[c.present, c.unreadable] for c in (self.before, self.after)]
        return homogeneity(np.array(filled[0]), np.array(filled[1]))[0]

    @property
    def largest_change(self) -> tuple[str, float, float]:
        """The bin whose share changed most, with its share of the cells before and now."""
        before, after = shares(self.bins.before), shares(self.bins.after)
        most = int(np.abs(after - before).argmax())
        return self.bins.labels[most], float(before[most]), float(after[most])


def compare(
    before: pl.Series, after: pl.Series, chance: float, decimal: DecimalMark | None = None
) -> ColumnDrift:
    """Measure the drift from the text column `before` to `after`.

    `chance` is the probability with which a value may pass for new or lost by accident.
    """
    typed = study(before, decimal)
    type = typed.type
    old, new = baseline_cells(typed), cells(after, type)
    bins = bins_of(old, new)
    p_value, effect = homogeneity(bins.before, bins.after)
    return ColumnDrift(
        name=type.name,
        kind=type.kind,
        before=old,
        after=new,
        bins=bins,
        psi=population_stability(bins.before, bins.after) if len(bins.labels) > 1 else 0.0,
        distance=jensen_shannon(bins.before, bins.after),
        p_value=p_value,
        effect=effect,
        **number_facts(old, new),
        **value_facts(type, old, new, chance),
    )


def baseline_cells(typed: Typed) -> Cells:
    """The cells of the column that was studied."""
    type = typed.type
    missing, rows = type.nulls + type.blanks, len(typed.values)
    if typed.counts is not None:
        return Cells(rows, missing, type.rejected, counts=typed.counts)
    return Cells(rows, missing, type.rejected, **contents(typed.values, type))


def cells(column: pl.Series, type: ColumnType) -> Cells:
    """The cells of another column, read as that type; a whole number may have got decimals."""
    texts = filled_texts(column)
    missing = texts.null_count()
    if type.kind in {"text", "empty"}:
        return Cells(
            len(column), missing, 0, counts=count_values(column.filter(texts.is_not_null()))
        )
    kind: Kind = "float" if type.kind == "integer" else type.kind
    values = read(texts, Reading(kind, type.format))
    return Cells(len(column), missing, texts.count() - values.count(), **contents(values, type))


def contents(values: pl.Series, type: ColumnType) -> dict[str, Any]:
    """The values in the form in which they are compared; keys and times are new by nature."""
    if type.kind in TEMPORAL or type.role == "id":
        return {}
    if type.kind in NUMERIC:
        return {"numbers": np.sort(values.drop_nulls().cast(pl.Float64).to_numpy())}
    return {"counts": count_values(values.cast(pl.String))}


def number_facts(before: Cells, after: Cells) -> dict[str, Any]:
    """The Kolmogorov-Smirnov test and the moments, for numbers."""
    if before.numbers is None or after.numbers is None:
        return {}
    return {
        "ks": kolmogorov_smirnov(before.numbers, after.numbers),
        "moments": (moments(before.numbers), moments(after.numbers)),
    }


def moments(ordered: Array) -> Moments:
    """Of sorted numbers."""
    if not len(ordered):
        return Moments(None, None, None)
    with np.errstate(all="ignore"):
        found = [ordered.mean(), np.median(ordered)]
        found.append(ordered.std(ddof=1) if len(ordered) > 1 else np.nan)
    return Moments(*(float(value) if np.isfinite(value) else None for value in found))


def value_facts(type: ColumnType, before: Cells, after: Cells, chance: float) -> dict[str, Any]:
    """New and lost values, for categories."""
    if before.counts is None or after.counts is None:
        return {}
    if type.distinct > min(MANY, max(FEW, type.accepted // 10)):
        return {}
    both = side_by_side(before.counts, after.counts)
    limit = chance / max(1, both.height)
    present = before.present + after.present
    return {
        "new": unseen(both, "after", "before", after.present / max(1, present), limit),
        "lost": unseen(both, "before", "after", before.present / max(1, present), limit),
    }


def unseen(both: pl.DataFrame, here: str, there: str, share: float, limit: float) -> Unseen | None:
    """The values that are only here.

    Were the rows dealt out at random, all k cells of a value would come to lie here with about
    the probability share ** k; from `limit` downwards that is no accident.
    """
    only = both.filter(pl.col(there) == 0).sort(here, "value", descending=[True, False])
    if only.is_empty():
        return None
    odds = share ** only[here].to_numpy().astype(np.float64)
    examples = tuple(only.head(SHOWN).select("value", here).iter_rows())
    rows = only[here].to_numpy()
    return Unseen(only.height, int(rows.sum()), int(rows[odds < limit].sum()), examples)
