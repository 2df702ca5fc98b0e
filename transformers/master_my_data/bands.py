"""The pairs as they are published: probability, band, and only those worth keeping."""

import polars as pl

from core import Table
from transformers.master_my_data.components import components

PAIRS_SCHEMA = {
    "row_a": pl.UInt32,
    "row_b": pl.UInt32,
    "probability": pl.Float64,
    "weight": pl.Float64,
    "band": pl.String,
    "rule": pl.String,
    "answer": pl.String,
}

WEIGHT_BY = "weight by "
"""Start of the columns that hold the weights of all models until one is chosen."""


def weight_of(model: str) -> pl.Expr:
    """The log-odds of the pairs by a model."""
    return pl.col(f"{WEIGHT_BY}{model}")


def models_of(pairs: Table) -> list[str]:
    """The models that weighed the pairs, the global one first."""
    return [name.removeprefix(WEIGHT_BY) for name in pairs.columns if name.startswith(WEIGHT_BY)]


def banded(pairs: Table, match_from: float, review_from: float) -> Table:
    """The pairs with probability and band by their weight; answered pairs keep theirs."""
    probability = 1 / (1 + (-pl.col("weight")).exp())
    band = (
        pl.when(probability >= match_from)
        .then(pl.lit("match"))
        .when(probability >= review_from)
        .then(pl.lit("review"))
        .otherwise(pl.lit("no"))
    )
    if "band" in pairs.columns:
        is_open = pl.col("answer").is_null()
        probability = pl.when(is_open).then(probability).otherwise("probability")
        band = pl.when(is_open).then(band).otherwise("band")
    others = [f"{WEIGHT_BY}{name}" for name in models_of(pairs)]
    return pairs.with_columns(probability=probability, band=band).select(*PAIRS_SCHEMA, *others)


def worth_keeping(pairs: Table, likely: pl.Expr) -> Table:
    """Likely and answered pairs, and the unlikely ones between rows that likely ones tie."""
    wanted = likely | pl.col("answer").is_not_null()
    root = components(pairs.filter(likely))
    roots = [root.rename({"row": f"row_{side}", "root": f"root_{side}"}) for side in "ab"]
    return (
        pairs.join(roots[0], on="row_a", how="left", maintain_order="left")
        .join(roots[1], on="row_b", how="left", maintain_order="left")
        .filter(wanted | (pl.col("root_a") == pl.col("root_b")))
        .select(pairs.columns)
    )
