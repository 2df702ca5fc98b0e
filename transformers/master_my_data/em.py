"""Learn match weights without labels: expectation maximisation on patterns of levels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Levels = NDArray[np.int64]
Numbers = NDArray[np.float64]

ROUNDS = 300
SMOOTH = 0.5
"""Random pairs added to each level."""

PRIOR_ROWS = 20.0
"""The first guess of m is worth half a match and this many divided by the rows of the table, so
that a tiny table cannot talk itself into matches."""

LEAST_EQUAL = 0.9
"""Share of the first guess below which the top level of m never falls."""

PRIOR_OTHERS = 10.0
"""Pairs of rows added to the possible ones, for the same reason."""


@dataclass(frozen=True)
class Model:
    """Probabilities of each level among matches (m) and non-matches (u), from "else" up.

    `rate` is the share of matches among all pairs of rows.
    """

    m: tuple[Numbers, ...]
    u: tuple[Numbers, ...]
    rate: float

    def weights(self) -> tuple[Numbers, ...]:
        """Natural log-odds of each level; more alike never weighs less."""
        return tuple(monotone(m, u) for m, u in zip(self.m, self.u, strict=True))


def monotone(m: Numbers, u: Numbers) -> Numbers:
    """log(m/u), raised where a level would weigh less than the one below it."""
    return np.maximum.accumulate(np.log(m / u))


def level_shares(patterns: Levels, counts: Numbers, priors: list[Numbers]) -> tuple[Numbers, ...]:
    """u: how often each level occurs among the given pairs, half a pair added to each level."""
    shares = []
    for column, prior in zip(patterns.T, priors, strict=True):
        seen = column >= 0
        tally = np.bincount(column[seen], counts[seen], len(prior)) + SMOOTH
        shares.append(tally / tally.sum())
    return tuple(shares)


def log_odds(patterns: Levels, model: Model) -> Numbers:
    """The log-odds of a match for each pattern; level -1 is no evidence."""
    start = float(np.log(model.rate / (1 - model.rate)))
    score = np.full(len(patterns), start)
    for column, weight in zip(patterns.T, model.weights(), strict=True):
        score += np.where(column < 0, 0.0, weight[column])
    return score


def learn_matches(
    patterns: Levels,
    counts: Numbers,
    u: tuple[Numbers, ...],
    priors: list[Numbers],
    rows: int,
    possible: int,
) -> Model:
    """Learn m and the match rate from candidate pairs; u stays as measured on random pairs.

    `patterns` holds one row of levels per distinct pattern (-1 = null), `counts` how many
    candidate pairs show it, `possible` the number of all pairs of `rows` rows. Fellegi and
    Sunter (1969) with EM after Winkler (1988); the first guess counts as a few matches.
    """
    model = Model(tuple(priors), u, min(0.5, 0.3 * rows / (possible + PRIOR_OTHERS)))
    guess = SMOOTH + PRIOR_ROWS / rows
    for _ in range(ROUNDS):
        matches = counts / (1 + np.exp(-log_odds(patterns, model)))
        rate = float(np.clip((matches.sum() + 1) / (possible + PRIOR_OTHERS), 1e-9, 0.5))
        learnt = []
        for column, prior in zip(patterns.T, priors, strict=True):
            seen = column >= 0
            tally = np.bincount(column[seen], matches[seen], len(prior)) + guess * prior
            learnt.append(mostly_equal(tally / tally.sum(), prior))
        settled = abs(rate - model.rate) < 1e-10 and _close(learnt, model.m)
        model = Model(tuple(learnt), u, rate)
        if settled:
            break
    return model


def mostly_equal(m: Numbers, prior: Numbers) -> Numbers:
    """m with a share of equal values that is not far below the first guess.

    Without it EM may settle on another group of pairs than the matches, such as people who
    share a first name: of real matches most values are equal.
    """
    least = LEAST_EQUAL * prior[-1]
    if m[-1] >= least:
        return m
    return np.append(m[:-1] * (1 - least) / (1 - m[-1]), least)


def _close(new: list[Numbers], old: tuple[Numbers, ...]) -> bool:
    return all(np.allclose(a, b, atol=1e-9) for a, b in zip(new, old, strict=True))
