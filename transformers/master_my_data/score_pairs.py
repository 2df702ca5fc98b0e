"""Work out how likely each proposed pair of rows is the same entity."""

from typing import Any

import polars as pl
from pydantic import Field, model_validator

from core import ROW_ID, Exhibit, Finding, Params, Severity, StepResult, Table, Work, step
from transformers.master_my_data.block import comparable
from transformers.master_my_data.components import components
from transformers.master_my_data.earlier import frame
from transformers.master_my_data.learn import Learnt, learn
from transformers.master_my_data.splink_engine import (
    engine,
    predicted,
    weights,
)
from transformers.master_my_data.standard_forms import compared_columns, standard_forms

EXPAND_ROWS = 150
PAIRS_SCHEMA = {
    "row_a": pl.UInt32,
    "row_b": pl.UInt32,
    "probability": pl.Float64,
    "weight": pl.Float64,
    "band": pl.String,
    "rule": pl.String,
    "answer": pl.String,
}


class ScorePairsParams(Params):
    """Where the bands begin."""

    match_from: float = Field(
        0.9,
        ge=0.5,
        le=1.0,
        title="Match from",
        description="Pairs at least this probable are called a match.",
    )
    review_from: float = Field(
        0.1,
        ge=0.0,
        le=0.9,
        title="Review from",
        description="Pairs at least this probable, but no match, are shown to a person.",
    )

    @model_validator(mode="after")
    def ordered(self) -> "ScorePairsParams":
        """The review band ends where the match band begins."""
        if self.review_from > self.match_from:
            raise ValueError("'review_from' must not be above 'match_from'")
        return self


@step("Score pairs", params=ScorePairsParams)
def score_pairs(work: Work, params: ScorePairsParams) -> StepResult:
    """Score the proposed pairs with Splink, by weights learnt from the pairs themselves.

    A Fellegi-Sunter model: u from random pairs, m by expectation maximisation on the proposed
    pairs; Splink on DuckDB works out levels and probabilities. Pairs missing between rows that
    already hang together are added and scored as well.
    """
    roles, candidates = frame(work, "roles.parquet"), frame(work, "candidates.parquet")
    if candidates.is_empty():
        nothing = pl.DataFrame(schema=PAIRS_SCHEMA)
        return StepResult(work.table, nothing_found(), artifacts={"pairs.parquet": nothing})
    columns = compared_columns(roles)
    forms = comparable(standard_forms(work.table, roles), len(columns))
    learnt, scored = scored_pairs(forms, columns, candidates)
    pairs = banded(scored, params)
    kept = worth_keeping(pairs)
    return StepResult(
        work.table,
        findings=findings_of(pairs, kept),
        exhibits=(bands(pairs), level_weights(learnt)),
        artifacts={"pairs.parquet": kept},
    )


def scored_pairs(
    forms: Table, columns: list[dict[str, Any]], candidates: Table
) -> tuple[Learnt, Table]:
    """What was learnt, and the weights of all pairs (first, second, rule, weight)."""
    pairs = in_content_order(forms, candidates)
    with engine(forms, columns) as splink:
        learnt = learn(splink, forms[ROW_ID], columns, pairs)
        found = weights(splink, predicted(splink, pairs, learnt.evidence, learnt.model))
        extra = missing_pairs(forms, found)
        if extra.height:
            more = predicted(splink, extra, learnt.evidence, learnt.model)
            found = pl.concat([found, weights(splink, more)])
    every = pl.concat([pairs, extra]).select("first", "second", rule="key")
    return learnt, every.join(found, on=["first", "second"], maintain_order="left")


def in_content_order(forms: Table, pairs: Table) -> Table:
    """Pairs (first, second, key) sorted and turned so that row order plays no part."""
    place = forms.select(row=ROW_ID).with_row_index("place")
    placed = pairs.join(place.rename({"row": "row_a", "place": "a"}), on="row_a").join(
        place.rename({"row": "row_b", "place": "b"}), on="row_b"
    )
    turned = pl.col("a") > pl.col("b")
    return placed.sort(pl.min_horizontal("a", "b"), pl.max_horizontal("a", "b")).select(
        first=pl.when(turned).then("row_b").otherwise("row_a"),
        second=pl.when(turned).then("row_a").otherwise("row_b"),
        key="rule",
    )


def missing_pairs(forms: Table, found: Table) -> Table:
    """Pairs never proposed between rows that likely pairs tie together, in groups up to 150."""
    likely = components(found.filter(pl.col("weight") > 0), "first", "second")
    group = likely.filter(pl.len().over("root").is_between(3, EXPAND_ROWS))
    ordered = forms.select(row=ROW_ID).join(group, on="row", maintain_order="left")
    placed = ordered.with_row_index("place")
    return (
        placed.join(placed, on="root", suffix="_2")
        .filter(pl.col("place") < pl.col("place_2"))
        .sort("place", "place_2")
        .select(first="row", second="row_2")
        .join(found, on=["first", "second"], how="anti", maintain_order="left")
        .with_columns(key=pl.lit("shared neighbours"))
    )


def banded(scored: Table, params: ScorePairsParams) -> Table:
    """pairs.parquet before unlikely pairs are left out: row_a < row_b, in row order."""
    probability = 1 / (1 + (-pl.col("weight")).exp())
    band = (
        pl.when(pl.col("probability") >= params.match_from)
        .then(pl.lit("match"))
        .when(pl.col("probability") >= params.review_from)
        .then(pl.lit("review"))
        .otherwise(pl.lit("no"))
    )
    return (
        scored.with_columns(
            probability=probability,
            row_a=pl.min_horizontal("first", "second"),
            row_b=pl.max_horizontal("first", "second"),
        )
        .with_columns(band=band, answer=pl.lit(None, dtype=pl.String))
        .select(PAIRS_SCHEMA.keys())
        .sort("row_a", "row_b")
    )


def worth_keeping(pairs: Table) -> Table:
    """Matches, reviews, and those "no" pairs that speak against merging tied rows."""
    root = components(pairs.filter(pl.col("band") != "no"))
    roots = [root.rename({"row": f"row_{side}", "root": f"root_{side}"}) for side in "ab"]
    return (
        pairs.join(roots[0], on="row_a", how="left", maintain_order="left")
        .join(roots[1], on="row_b", how="left", maintain_order="left")
        .filter((pl.col("band") != "no") | (pl.col("root_a") == pl.col("root_b")))
        .select(PAIRS_SCHEMA.keys())
    )


def nothing_found() -> tuple[Finding, ...]:
    """No pair was proposed."""
    return (
        Finding(
            "score-pairs.nothing-to-score", Severity.INFO, "No pair of rows was proposed to score."
        ),
    )


def findings_of(pairs: Table, kept: Table) -> tuple[Finding, ...]:
    """How many pairs fall into each band, and how many unlikely ones are not published."""
    counts = dict(pairs["band"].value_counts().iter_rows())
    match, review, no = (counts.get(band, 0) for band in ("match", "review", "no"))
    hidden = pairs.height - kept.height
    return (
        Finding(
            "score-pairs.bands",
            Severity.INFO,
            f"Of {pairs.height:,} pairs {match:,} match, {review:,} need a look and {no:,} do not "
            f"match; {hidden:,} of the last are left out of pairs.parquet.",
            evidence={"match": match, "review": review, "no": no, "left_out": hidden},
        ),
    )


def bands(pairs: Table) -> Exhibit:
    """How many pairs have how large a log-odds of being a match."""
    clipped = pairs["weight"].clip(-30, 29.99) // 2 * 2
    counted = clipped.value_counts(sort=False).sort("weight")
    records_ = tuple(
        {"column": "log-odds", "start": start, "end": start + 2, "count": count}
        for start, count in counted.iter_rows()
    )
    return Exhibit("score-pairs.log-odds", "Pairs by log-odds of a match", "histogram", records_)


def level_weights(learnt: Learnt) -> Exhibit:
    """What each level of agreement counts, in log-odds, with its m and u."""
    model = learnt.model
    rows = tuple(
        {
            "columns": ", ".join(part.columns)[:200],
            "agreement": label,
            "among_matches": round(float(m), 6),
            "among_others": round(float(u), 6),
            "weight": round(float(weight), 3),
        }
        for part, ms, us, weights_ in zip(
            learnt.evidence, model.m, model.u, model.weights(), strict=True
        )
        for label, m, u, weight in zip(part.labels(), ms, us, weights_, strict=True)
    )
    return Exhibit("score-pairs.weights", "What agreement and difference count", "table", rows)
