"""Measure how the number columns move together."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from pydantic import Field

from core import Exhibit, Finding, Params, Severity, StepResult, Work, step
from transformers.columns import cast_column
from transformers.profile_my_data.facts import ColumnProfile, profile_of

BLOCK = 65_536
MAX_COLUMNS = 30
"""30 x 30 coefficients are what one exhibit can carry."""

Matrix = np.ndarray[Any, np.dtype[np.float64]]


class CorrelationsParams(Params):
    """When two columns are said to tell the same."""

    report_above: float = Field(
        0.95,
        ge=0.5,
        le=1,
        title="Report above",
        description="Absolute correlation from which a pair of columns is reported (0.5 to 1).",
    )


@step("Correlations", params=CorrelationsParams)
def correlations(work: Work, params: CorrelationsParams) -> StepResult:
    """Compute the linear correlation of every pair of measured columns.

    Ids, codes and constants are left out; the first 30 measured columns are compared.
    """
    compared = [c for c in profile_of(work).columns if c.role == "measure" and c.distinct > 1]
    if len(compared) < 2:
        return StepResult(work.table)
    names = [column.name for column in compared[:MAX_COLUMNS]]
    matrix = pearson([numbers(work, column) for column in compared[:MAX_COLUMNS]])
    records = tuple(
        {"x": x, "y": y, "value": None if np.isnan(matrix[i, j]) else float(matrix[i, j])}
        for i, x in enumerate(names)
        for j, y in enumerate(names)
    )
    left_out = (too_many(len(compared)),) if len(compared) > MAX_COLUMNS else ()
    return StepResult(
        work.table,
        findings=(*strong_pairs(names, matrix, params.report_above), *left_out),
        exhibits=(Exhibit("correlations", "Correlations", "heatmap", records),),
    )


def numbers(work: Work, column: ColumnProfile) -> pl.Series:
    return cast_column(work.table[column.name], column.column_type).cast(pl.Float64)


def pearson(columns: list[pl.Series]) -> Matrix:
    """Pearson's coefficients over the rows in which both columns have a value; NaN if undefined.

    All pairs at once by four matrix products per block of rows, after centring each column.
    """
    scale = np.array([column.std() or 1.0 for column in columns])[:, None]
    centre = np.array([column.mean() for column in columns])[:, None]
    n, s, p, q = np.zeros((4, len(columns), len(columns)))
    for start in range(0, len(columns[0]), BLOCK):
        x = np.stack([column.slice(start, BLOCK).to_numpy() for column in columns])
        x = (x - centre) / scale
        seen = (~np.isnan(x)).astype(float)
        x[seen == 0] = 0
        n += seen @ seen.T
        s += x @ x.T
        p += x @ seen.T
        q += (x * x) @ seen.T
    with np.errstate(all="ignore"):
        covariance = s / n - (p / n) * (p.T / n)
        variance = q / n - (p / n) ** 2
        variance[variance < 1e-12] = np.nan
        matrix: Matrix = covariance / np.sqrt(variance * variance.T)
    return np.clip(matrix, -1, 1)


def strong_pairs(names: list[str], matrix: Matrix, above: float) -> Iterator[Finding]:
    """Pairs of columns of which one nearly tells the other."""
    for i, j in zip(*np.triu_indices(len(names), 1), strict=True):
        r = float(matrix[i, j])
        if abs(r) >= above:
            yield Finding(
                "correlations.nearly-the-same",
                Severity.LOW,
                f"'{names[i]}' and '{names[j]}' move together (r = {r:.3f}), so one may be"
                " derived from the other.",
                columns=(names[i], names[j]),
                evidence={"r": r},
            )


def too_many(compared: int) -> Finding:
    return Finding(
        "correlations.columns-left-out",
        Severity.INFO,
        f"Only the first {MAX_COLUMNS} of {compared:,} measured columns were compared.",
        evidence={"compared": MAX_COLUMNS, "measured": compared},
    )
