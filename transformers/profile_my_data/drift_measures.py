"""How far two samples lie apart: from counts in the same bins, and from sorted numbers.

SciPy is imported by the functions that use it: most processes never compare anything.
"""

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

LEAST_SHARE = 1e-4
"""An empty bin counts as this share, since a logarithm of zero says nothing."""


def shares(counts: Array) -> Array:
    """Counts as shares of their sum."""
    return np.asarray(counts / max(1, counts.sum()))


def population_stability(before: Array, after: Array) -> float:
    """The population stability index of counts in the same bins; 0 when the shares are equal.

    Siddiqi, "Credit Risk Scorecards", 2006: below 0.1 stable, from 0.25 a major shift. It is the
    symmetric Kullback-Leibler divergence (Jeffreys), in nats.
    """
    p, q = (np.maximum(shares(counts), LEAST_SHARE) for counts in (before, after))
    return float(((q - p) * np.log(q / p)).sum())


def jensen_shannon(before: Array, after: Array) -> float:
    """The Jensen-Shannon distance of counts in the same bins: 0 equal, 1 nothing in common.

    Endres & Schindelin, "A new metric for probability distributions", IEEE Transactions on
    Information Theory 49, 2003; with the logarithm to base 2.
    """
    p, q = shares(before), shares(after)
    middle = (p + q) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = [np.where(s > 0, s * np.log2(s / middle), 0.0).sum() for s in (p, q)]
    return float(np.sqrt(max(0.0, sum(parts) / 2)))


def homogeneity(before: Array, after: Array) -> tuple[float, float]:
    """Pearson's chi-square test that both samples fill the bins alike: p-value and Cramér's V.

    Bins that are empty in both are left out; with one bin there is nothing to tell (1, 0).
    """
    from scipy.special import chdtrc  # type: ignore[import-untyped]

    table = np.array([before, after], dtype=float)
    table = table[:, table.sum(axis=0) > 0]
    n, freedom = table.sum(), table.shape[1] - 1
    if freedom < 1 or not table.sum(axis=1).all():
        return 1.0, 0.0
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    statistic = float(((table - expected) ** 2 / expected).sum())
    return float(chdtrc(freedom, statistic)), float(np.sqrt(statistic / n))


def kolmogorov_smirnov(before: Array, after: Array) -> tuple[float, float]:
    """The two-sample test of sorted numbers: largest distance of the distributions, and p-value.

    The p-value is the asymptotic one (Smirnov, "Table for estimating the goodness of fit of
    empirical distributions", 1948): too large for small or tied samples, never too small to trust.
    """
    from scipy.special import kolmogorov

    n, m = len(before), len(after)
    if not n or not m:
        return 0.0, 1.0
    both = np.concatenate([before, after])
    both.sort(kind="stable")
    gaps = np.searchsorted(before, both, "right") / n - np.searchsorted(after, both, "right") / m
    distance = float(np.abs(gaps).max())
    return distance, float(kolmogorov(distance * np.sqrt(n * m / (n + m))))
