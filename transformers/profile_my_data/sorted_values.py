"""Statistics of numbers, dates and truth values: one sort gives nearly all of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from transformers.profile_my_data.weighted_texts import TOP, TopValue

Summary = dict[str, Any]
"""Statistics by the field of ColumnProfile they go to."""

Array = np.ndarray[Any, np.dtype[Any]]

QUANTILES = {"p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}
BINS = 30
LARGEST_EXACT = 2**53


def summary(values: pl.Series) -> Summary:
    """Statistics of the non-null values of a boolean, number, date or timestamp column."""
    kept = values.drop_nulls()
    if kept.is_empty():
        return {}
    if kept.dtype == pl.Boolean:
        return {"top_values": truth_counts(kept)}
    ordered = np.sort(kept.to_physical().to_numpy())
    if kept.dtype.is_temporal():
        return temporal_summary(ordered, kept.dtype)
    low, high = ordered[0].item(), ordered[-1].item()
    return {
        "min": exact(low),
        "max": exact(high),
        **moments(ordered.astype(np.float64)),
        "quantiles": {name: quantile(ordered, p) for name, p in QUANTILES.items()},
        "zeros": int(np.searchsorted(ordered, 0, "right") - np.searchsorted(ordered, 0, "left")),
        "negatives": int(np.searchsorted(ordered, 0, "left")),
        "top_values": tuple(TopValue(exact(v), n) for v, n in most_frequent(ordered)),
        "histogram": histogram(ordered),
    }


def temporal_summary(ordered: Array, dtype: pl.DataType) -> Summary:
    """The same for days or microseconds since 1970, written as ISO 8601."""
    ordered = ordered.astype(np.int64)

    def text(value: float) -> str:
        return iso(value, dtype)

    return {
        "min": text(ordered[0]),
        "max": text(ordered[-1]),
        "mean": text(float(ordered.mean())),
        "quantiles": {name: text(quantile(ordered, p)) for name, p in QUANTILES.items()},
        "top_values": tuple(TopValue(text(value), n) for value, n in most_frequent(ordered)),
        "histogram": tuple(
            {"start": text(bar["start"]), "end": text(bar["end"]), "count": bar["count"]}
            for bar in histogram(ordered)
        ),
    }


def exact(value: float) -> float | str:
    """A number as JSON can carry it: integers beyond 2^53 as text."""
    return str(value) if isinstance(value, int) and abs(value) > LARGEST_EXACT else value


def iso(value: float, dtype: pl.DataType) -> str:
    """Days or microseconds since 1970 as ISO 8601; a mean of dates is cut to its day."""
    unit = timedelta(days=1) if dtype == pl.Date else timedelta(microseconds=1)
    moment = datetime(1970, 1, 1, tzinfo=UTC) + unit * int(value // 1)
    if dtype == pl.Date:
        return moment.date().isoformat()
    zoned = getattr(dtype, "time_zone", None)
    return (moment if zoned else moment.replace(tzinfo=None)).isoformat(" ")


def truth_counts(values: pl.Series) -> tuple[TopValue, ...]:
    """How often true and false occur, the more frequent first."""
    yes = int(values.sum())
    both = ((True, yes), (False, len(values) - yes))
    return tuple(TopValue(v, n) for v, n in sorted(both, key=lambda pair: -pair[1]) if n)


def quantile(ordered: Array, p: float) -> float:
    """Linear interpolation between the closest ranks (type 7, as numpy, pandas and DuckDB)."""
    position = p * (len(ordered) - 1)
    below = int(position)
    low = ordered[below].item()
    high = ordered[min(below + 1, len(ordered) - 1)].item()
    return float(low + (high - low) * (position - below))


def moments(ordered: Array) -> Summary:
    """Mean, standard deviation (n - 1) and the sample-corrected skewness G1 and kurtosis G2.

    Joanes & Gill, "Comparing measures of sample skewness and kurtosis", The Statistician 47,
    1998. What is not defined for so few or so equal or so large values is None.
    """
    n = len(ordered)
    if ordered[0] == ordered[-1]:
        return {"mean": float(ordered[0]), "std": 0.0 if n > 1 else None}
    with np.errstate(all="ignore"):
        mean = float(ordered.mean())
        off = ordered - mean
        square = off * off
        m2 = float(square.mean())
        g1 = float((square * off).mean() / np.float64(m2) ** 1.5)
        g2 = float((square * square).mean() / np.float64(m2) ** 2 - 3)
    skew = g1 * (n * (n - 1)) ** 0.5 / (n - 2) if n > 2 else np.nan
    kurtosis = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * g2 + 6) if n > 3 else np.nan
    std = (m2 * n / (n - 1)) ** 0.5
    found = {"mean": mean, "std": std, "skew": skew, "kurtosis": kurtosis}
    return {name: value if np.isfinite(value) else None for name, value in found.items()}


def most_frequent(ordered: Array) -> list[tuple[Any, int]]:
    """The commonest values with their counts, the most frequent first, ties by value."""
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    counts = np.diff(np.append(starts, len(ordered)))
    least = np.partition(counts, -TOP)[-TOP] if len(counts) > TOP else 0
    runs = np.flatnonzero(counts > least)
    runs = np.concatenate((runs, np.flatnonzero(counts == least)[: TOP - len(runs)]))
    ranked = sorted(runs, key=lambda run: (-counts[run], run))
    return [(ordered[starts[run]].item(), int(counts[run])) for run in ranked]


def histogram(ordered: Array) -> tuple[dict[str, Any], ...]:
    """Counts in equal bins, closed on the left, the last on both sides; none for one value.

    Integers of a small range get one bin each.
    """
    low, high = ordered[0].item(), ordered[-1].item()
    if low == high or not np.isfinite(float(high) - float(low)):
        return ()
    whole = isinstance(low, int)
    edges: Array
    if whole and high - low < BINS:
        edges = np.arange(low, high + 2)
    else:
        edges = np.linspace(low, high, BINS + 1)
    inner = np.searchsorted(ordered, edges[1:-1], "left")
    counts = np.diff(np.concatenate(([0], inner, [len(ordered)])))
    pairs = zip(edges[:-1], edges[1:], counts, strict=True)
    return tuple({"start": a.item(), "end": b.item(), "count": int(n)} for a, b, n in pairs)
