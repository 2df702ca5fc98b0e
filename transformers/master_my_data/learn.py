"""Learn from the table itself what agreement and difference count."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from core import Table
from transformers.master_my_data.comparisons import Comparison, comparisons
from transformers.master_my_data.em import (
    Levels,
    Model,
    Numbers,
    learn_matches,
    level_shares,
)
from transformers.master_my_data.splink_engine import Engine, patterns, predicted

SEED = 20_240_229
RANDOM_PAIRS = 200_000
LEARN_PAIRS = 500_000

Seen = dict[str, tuple[Levels, Numbers]]


@dataclass(frozen=True)
class Learnt:
    """The comparisons and what their levels count."""

    evidence: tuple[Comparison, ...]
    model: Model


def learn(
    splink: Engine, row_ids: pl.Series, columns: list[dict[str, Any]], pairs: Table
) -> Learnt:
    """u from random pairs of rows, m and the match rate from at most 500,000 of the pairs."""
    sampled = pairs.gather_every(-(-pairs.height // LEARN_PAIRS)).with_columns(
        key=pl.lit("proposed")
    )
    evidence = comparisons(columns)
    seen = levels_seen(splink, pl.concat([random_pairs(row_ids), sampled]), evidence)
    return Learnt(evidence, matched(seen, evidence, row_ids.len()))


def levels_seen(splink: Engine, pairs: Table, evidence: tuple[Comparison, ...]) -> Seen:
    """Patterns of levels among the random and among the proposed pairs."""
    priors = tuple(np.array(part.prior) for part in evidence)
    even = tuple(np.full(len(prior), 1 / len(prior)) for prior in priors)
    return patterns(splink, predicted(splink, pairs, evidence, Model(priors, even, 0.01)), evidence)


def matched(seen: Seen, evidence: tuple[Comparison, ...], rows: int) -> Model:
    """The model learnt from the levels seen."""
    priors = [np.array(part.prior) for part in evidence]
    u = level_shares(*seen["random"], priors)
    return learn_matches(*seen["proposed"], u, priors, rows, max(1, rows * (rows - 1) // 2))


def random_pairs(rows: pl.Series) -> Table:
    """At most 200,000 pairs of different rows, always the same ones for the same content."""
    places = np.random.default_rng(SEED).integers(0, rows.len(), (2, RANDOM_PAIRS))
    low, high = places.min(axis=0), places.max(axis=0)
    chosen = pl.DataFrame({"low": low, "high": high}).filter(pl.col("low") < pl.col("high"))
    chosen = chosen.unique().sort("low", "high")
    return pl.DataFrame(
        {"first": rows.gather(chosen["low"]), "second": rows.gather(chosen["high"])}
    ).with_columns(key=pl.lit("random"))
