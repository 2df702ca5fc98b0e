"""Learn match weights without labels: expectation maximisation on patterns of levels."""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

Levels = NDArray[np.int64]
Numbers = NDArray[np.float64]
Families = tuple[tuple[int, ...], ...]
"""Which comparisons depend on each other by chance; each comparison is in one family."""

ROUNDS = 300
SMOOTH = 0.5
"""Random pairs added to each combination of levels."""

PRIOR_ROWS = 20.0
"""The first guess of m is worth half a match and this many divided by the rows of the table, so
that a tiny table cannot talk itself into matches."""

LEAST_EQUAL = 0.9
"""Share of the first guess below which the top level of m never falls."""

PRIOR_OTHERS = 10.0
"""Pairs of rows added to the possible ones, for the same reason."""


@dataclass(frozen=True)
class Model:
    """Probabilities of each level among matches (m), and of combinations among others (u).

    `m` holds one array per comparison, from "else" up. `log_u` holds one table per family with
    an axis per member: place 0 of an axis is "no evidence", place k + 1 is level k. `rate` is
    the share of matches among the pairs that the model is about.
    """

    families: Families
    m: tuple[Numbers, ...]
    log_u: tuple[Numbers, ...]
    rate: float

    def weights(self) -> tuple[Numbers, ...]:
        """Natural log-odds of each combination of levels of each family."""
        return tuple(
            family_weights([self.m[i] for i in family], log_u)
            for family, log_u in zip(self.families, self.log_u, strict=True)
        )


def family_weights(m: list[Numbers], log_u: Numbers) -> Numbers:
    """log(m/u) of each combination; more alike never weighs less.

    Levels of a comparison by itself are raised to the one below. In a larger family the less
    alike combination is lowered instead: it may be rare among strangers only because their
    values agree together, which is no reason to trust those that do.
    """
    weights = -log_u
    for axis, shares in enumerate(m):
        shape = [1] * log_u.ndim
        shape[axis] = -1
        weights = weights + np.concatenate([[0.0], np.log(shares)]).reshape(shape)
    for axis in range(log_u.ndim):
        missing, levels = np.split(weights, [1], axis=axis)
        if log_u.ndim == 1:
            rising = np.maximum.accumulate(levels)
        else:
            rising = np.flip(np.minimum.accumulate(np.flip(levels, axis), axis=axis), axis)
        weights = np.concatenate([missing, rising], axis=axis)
    return weights


def chance(
    patterns: Levels, counts: Numbers, sizes: list[int], families: Families
) -> list[Numbers]:
    """log u per family: how often each combination of levels occurs among the given pairs.

    Members of a family are counted together, because values that spell each other out agree
    together by chance; half a pair is added to each combination. Where a member has no evidence
    the others are counted over all pairs that have theirs.
    """
    return [joint_chance(patterns[:, list(f)], counts, [sizes[i] for i in f]) for f in families]


def joint_chance(patterns: Levels, counts: Numbers, sizes: list[int]) -> Numbers:
    """log u of one family, by which of its members have evidence."""
    tally = np.zeros([size + 1 for size in sizes])
    np.add.at(tally, tuple(patterns.T + 1), counts)
    log_u = np.zeros(tally.shape)
    for missing in product((True, False), repeat=len(sizes)):
        gone = tuple(axis for axis, is_missing in enumerate(missing) if is_missing)
        seen = tuple(slice(None) if is_missing else slice(1, None) for is_missing in missing)
        cells = tuple(slice(0, 1) if is_missing else slice(1, None) for is_missing in missing)
        smoothed = tally[seen].sum(axis=gone, keepdims=True) + SMOOTH
        log_u[cells] = np.log(smoothed / smoothed.sum())
    return log_u


def log_odds(patterns: Levels, model: Model) -> Numbers:
    """The log-odds of a match for each pattern; level -1 is no evidence."""
    score = np.full(len(patterns), float(np.log(model.rate / (1 - model.rate))))
    for family, weights in zip(model.families, model.weights(), strict=True):
        score += weights[tuple(patterns[:, i] + 1 for i in family)]
    return score


def probability(patterns: Levels, model: Model) -> Numbers:
    """The probability of a match for each pattern."""
    return 1 / (1 + np.exp(-np.clip(log_odds(patterns, model), -500, 500)))


def learn_matches(
    seen: tuple[Levels, Numbers],
    log_u: list[Numbers],
    families: Families,
    priors: list[Numbers],
    rows: int,
) -> Model:
    """The global model: m and the match rate from candidate pairs, u as given.

    `seen` holds one row of levels per distinct pattern (-1 = null) and how many candidate pairs
    show it; the rate is about all pairs of `rows` rows. Fellegi and Sunter (1969) with EM after
    Winkler (1988); the first guess counts as a few matches.
    """
    patterns, counts = seen
    possible = rows * (rows - 1) / 2 + PRIOR_OTHERS
    model = Model(families, tuple(priors), tuple(log_u), min(0.5, 0.3 * rows / possible))
    for _ in range(ROUNDS):
        matches = counts * probability(patterns, model)
        rate = float(np.clip((matches.sum() + 1) / possible, 1e-9, 0.5))
        m = match_shares(patterns, matches, priors, rows)
        settled = abs(rate - model.rate) < 1e-10 and _close(m, model.m)
        model = Model(families, m, model.log_u, rate)
        if settled:
            break
    return model


def learn_both(
    seen: tuple[Levels, Numbers], families: Families, priors: list[Numbers], rows: int, share: float
) -> Model:
    """A local model: m, u and the match rate all from the candidate pairs.

    So u knows the look-alikes that share a key. The start calls the most alike pairs matches,
    `share` times the number of rows of them but at most half. EM after Winkler (1988).
    """
    patterns, counts = seen
    sizes = [len(prior) for prior in priors]
    matches = counts * most_alike(patterns, counts, sizes, share * rows)
    for _ in range(ROUNDS):
        model = Model(
            families,
            match_shares(patterns, matches, priors, rows),
            tuple(chance(patterns, counts - matches, sizes, families)),
            float(np.clip(matches.sum() / counts.sum(), 1e-4, 0.98)),
        )
        before, matches = matches, counts * probability(patterns, model)
        if np.abs(matches - before).max() < 1e-7 * counts.sum():
            break
    return model


def most_alike(patterns: Levels, counts: Numbers, sizes: list[int], pairs: float) -> Numbers:
    """.95 for the patterns with the highest mean level, for about so many pairs, else .02."""
    known = patterns >= 0
    heights = np.where(known, patterns / (np.array(sizes) - 1), 0).sum(axis=1)
    order = np.argsort(-heights / np.maximum(1, known.sum(axis=1)), kind="stable")
    within = np.cumsum(counts[order]) <= min(pairs, 0.5 * counts.sum())
    start = np.full(len(counts), 0.02)
    start[order[within]] = 0.95
    start[order[0]] = 0.95
    return start


def match_shares(
    patterns: Levels, matches: Numbers, priors: list[Numbers], rows: int
) -> tuple[Numbers, ...]:
    """m: how often each level occurs among the matches, the first guess counted as a few."""
    guess = SMOOTH + PRIOR_ROWS / rows
    shares = []
    for column, prior in zip(patterns.T, priors, strict=True):
        known = column >= 0
        tally = np.bincount(column[known], matches[known], len(prior)) + guess * prior
        shares.append(mostly_equal(tally / tally.sum(), prior))
    return tuple(shares)


def mostly_equal(m: Numbers, prior: Numbers) -> Numbers:
    """m with a share of equal values that is not far below the first guess.

    Without it EM may settle on another group of pairs than the matches, such as people who
    share a first name: of real matches most values are equal.
    """
    least = LEAST_EQUAL * prior[-1]
    if m[-1] >= least:
        return m
    return np.append(m[:-1] * (1 - least) / (1 - m[-1]), least)


def _close(new: tuple[Numbers, ...], old: tuple[Numbers, ...]) -> bool:
    return all(np.allclose(a, b, atol=1e-9) for a, b in zip(new, old, strict=True))
