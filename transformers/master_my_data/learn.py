"""Learn from the table itself what agreement and difference count, in several ways."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from core import Table
from transformers.master_my_data.comparisons import Comparison
from transformers.master_my_data.em import (
    Families,
    Levels,
    Model,
    Numbers,
    chance,
    learn_both,
    learn_matches,
    log_odds,
)

SEED = 20_240_229
RANDOM_PAIRS = 200_000
STARTS = {"local, many matches": 0.3, "local, few matches": 0.05}
"""Local models by the number of matches per row with which they start."""

GLOBAL = "global"


@dataclass(frozen=True)
class Learnt:
    """The comparisons, which of them depend on each other, and the models by name."""

    evidence: tuple[Comparison, ...]
    families: Families
    models: dict[str, Model]


def learn(
    evidence: tuple[Comparison, ...], families: Families, others: Table, proposed: Table, rows: int
) -> Learnt:
    """One global and two local models from the levels of random and of proposed pairs.

    No kind is right everywhere: a global model takes u from random pairs and so knows nothing of
    look-alikes, a local one takes all from the proposed pairs and may settle on too many of them.
    """
    priors = [np.array(part.prior) for part in evidence]
    sizes = [len(prior) for prior in priors]
    seen = patterns(proposed, len(evidence))
    log_u = chance(*patterns(others, len(evidence)), sizes, families)
    models = {GLOBAL: learn_matches(seen, log_u, families, priors, rows)}
    for name, share in STARTS.items():
        models[name] = learn_both(seen, families, priors, rows, share)
    return Learnt(evidence, families, models)


def level_names(comparisons: int) -> list[str]:
    """The columns that hold the level of each comparison."""
    return [f"level{i}" for i in range(comparisons)]


def patterns(levels: Table, comparisons: int) -> tuple[Levels, Numbers]:
    """Distinct patterns of levels and how many pairs show them."""
    names = level_names(comparisons)
    counted = levels.group_by(names).agg(pairs=pl.len()).sort(names)
    return (
        counted.select(names).to_numpy().astype(np.int64),
        counted["pairs"].to_numpy().astype(np.float64),
    )


def weighed_by_all(levels: Table, learnt: Learnt) -> Table:
    """The pairs with a column of log-odds per model, named after it."""
    names = level_names(len(learnt.evidence))
    distinct = levels.select(names).unique().sort(names)
    seen = distinct.to_numpy().astype(np.int64)
    scores = [pl.Series(name, log_odds(seen, model)) for name, model in learnt.models.items()]
    return levels.join(distinct.with_columns(scores), on=names, maintain_order="left").drop(names)


def random_pairs(rows: pl.Series) -> Table:
    """At most 200,000 pairs of different rows, always the same ones for the same content."""
    places = np.random.default_rng(SEED).integers(0, rows.len(), (2, RANDOM_PAIRS))
    low, high = places.min(axis=0), places.max(axis=0)
    chosen = pl.DataFrame({"low": low, "high": high}).filter(pl.col("low") < pl.col("high"))
    chosen = chosen.unique().sort("low", "high")
    return pl.DataFrame(
        {"first": rows.gather(chosen["low"]), "second": rows.gather(chosen["high"])}
    ).with_columns(key=pl.lit("random"))
