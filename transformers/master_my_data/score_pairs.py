"""Work out how likely each proposed pair of rows is the same entity."""

from typing import Any

import numpy as np
import polars as pl
from pydantic import Field, model_validator

from core import ROW_ID, Exhibit, Finding, Params, Severity, StepResult, Table, Work, step
from transformers.master_my_data.bands import (
    PAIRS_SCHEMA,
    WEIGHT_BY,
    banded,
    weight_of,
    worth_keeping,
)
from transformers.master_my_data.block import comparable
from transformers.master_my_data.comparisons import comparisons
from transformers.master_my_data.components import components
from transformers.master_my_data.earlier import frame
from transformers.master_my_data.em import Model
from transformers.master_my_data.families import families_of
from transformers.master_my_data.learn import GLOBAL, Learnt, learn, random_pairs, weighed_by_all
from transformers.master_my_data.splink_engine import compared, engine
from transformers.master_my_data.standard_forms import compared_columns, standard_forms

EXPAND_ROWS = 150


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


@step("Score pairs", params=ScorePairsParams, required=True)
def score_pairs(work: Work, params: ScorePairsParams) -> StepResult:
    """Score the proposed pairs by weights that several models learn from the pairs themselves.

    Splink on DuckDB compares; Fellegi-Sunter models weigh: a global one (u from random pairs, m by
    expectation maximisation) and two local ones (all from the proposed pairs). Columns that
    spell each other out are weighed together. Pairs missing between rows that already hang
    together are added. `probability` is the global model's until the next steps choose.
    """
    roles, candidates = frame(work, "roles.parquet"), frame(work, "candidates.parquet")
    if candidates.is_empty():
        nothing = pl.DataFrame(schema=PAIRS_SCHEMA)
        return StepResult(work.table, nothing_found(), artifacts={"pairs.parquet": nothing})
    columns = compared_columns(roles)
    forms = comparable(standard_forms(work.table, roles), len(columns))
    learnt, scored = scored_pairs(forms, columns, candidates)
    names = list(learnt.models)
    pairs = banded(in_row_order(scored, names), params.match_from, params.review_from)
    likely = pl.max_horizontal(weight_of(name) for name in names)
    kept = worth_keeping(pairs, likely >= log_odds_of(params.review_from))
    return StepResult(
        work.table,
        findings=(*findings_of(pairs, learnt, params), *dependent(learnt)),
        exhibits=(bands(pairs), level_weights(learnt)),
        artifacts={"pairs.parquet": kept},
    )


def scored_pairs(
    forms: Table, columns: list[dict[str, Any]], candidates: Table
) -> tuple[Learnt, Table]:
    """What was learnt, and all pairs (first, second, key) with their weight by each model."""
    evidence = comparisons(columns)
    families = families_of(forms, evidence)
    with engine(forms, columns) as splink:
        proposed = in_content_order(forms, candidates)
        levels = compared(splink, pl.concat([random_pairs(forms[ROW_ID]), proposed]), evidence)
        is_random = pl.col("key") == "random"
        others, levels = levels.filter(is_random), levels.filter(~is_random)
        learnt = learn(evidence, families, others, levels, forms.height)
        found = weighed_by_all(levels, learnt)
        extra = missing_pairs(forms, found)
        if extra.height:
            levels = pl.concat([levels, compared(splink, extra, evidence)])
            learnt = learn(evidence, families, others, levels, forms.height)
            found = weighed_by_all(levels, learnt)
    return learnt, found


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
    likely = components(found.filter(pl.col(GLOBAL) > 0), "first", "second")
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


def in_row_order(scored: Table, names: list[str]) -> Table:
    """row_a < row_b, in row order; the weight is the first model's, the others stand beside it."""
    return scored.select(
        pl.min_horizontal("first", "second").alias("row_a"),
        pl.max_horizontal("first", "second").alias("row_b"),
        pl.col(names[0]).alias("weight"),
        pl.col("key").alias("rule"),
        pl.lit(None, dtype=pl.String).alias("answer"),
        *(pl.col(name).alias(f"{WEIGHT_BY}{name}") for name in names),
    ).sort("row_a", "row_b")


def log_odds_of(probability: float) -> float:
    """The log-odds of a probability; 0 and 1 give very small and large ones."""
    return float(np.log(max(probability, 1e-12) / max(1 - probability, 1e-12)))


def nothing_found() -> tuple[Finding, ...]:
    """No pair was proposed."""
    return (
        Finding(
            "score-pairs.nothing-to-score", Severity.INFO, "No pair of rows was proposed to score."
        ),
    )


def findings_of(pairs: Table, learnt: Learnt, params: ScorePairsParams) -> tuple[Finding, ...]:
    """How many pairs the models call a match, together and each."""
    least, names = log_odds_of(params.match_from), list(learnt.models)
    calls = pairs.select(weight_of(name) >= least for name in names)
    by_all = calls.select(pl.all_horizontal(pl.all()).sum()).item()
    by_some = calls.select(pl.any_horizontal(pl.all()).sum()).item()
    return (
        Finding(
            "score-pairs.matches",
            Severity.INFO,
            f"{pairs.height:,} pairs are scored by {len(names)} models: {by_all:,} match by all of "
            f"them, {by_some - by_all:,} more by some.",
            evidence={
                "pairs": pairs.height,
                "by_all": by_all,
                "by_some": by_some,
                "independent": len(learnt.families),
                "match_from": params.match_from,
                "review_from": params.review_from,
            },
        ),
    )


def dependent(learnt: Learnt) -> tuple[Finding, ...]:
    """Which columns are weighed together because they spell each other out."""
    found = []
    for family in learnt.families:
        columns = tuple(name for i in family for name in learnt.evidence[i].columns)
        if len(family) > 1:
            found.append(
                Finding(
                    "score-pairs.dependent",
                    Severity.INFO,
                    f"{', '.join(repr(name) for name in columns)} spell each other out, so their "
                    "agreement counts once.",
                    columns,
                    evidence={"columns": list(columns)},
                )
            )
    return tuple(found)


def bands(pairs: Table) -> Exhibit:
    """How many pairs have how large a log-odds of being a match by the global model."""
    clipped = pairs["weight"].clip(-30, 29.99) // 2 * 2
    counted = clipped.value_counts(sort=False).sort("weight")
    records_ = tuple(
        {"column": "log-odds", "start": start, "end": start + 2, "count": count}
        for start, count in counted.iter_rows()
    )
    return Exhibit("score-pairs.log-odds", "Pairs by log-odds of a match", "histogram", records_)


def level_weights(learnt: Learnt) -> Exhibit:
    """What each level of agreement counts by itself in each model, in log-odds."""
    rows = [
        {"model": name, **row}
        for name, model in learnt.models.items()
        for row in level_rows(learnt, model)
    ]
    title = "What agreement and difference count"
    return Exhibit("score-pairs.weights", title, "table", tuple(rows[:1000]))


def level_rows(learnt: Learnt, model: Model) -> list[dict[str, Any]]:
    """One row per comparison and level, where the other members of its family have no evidence."""
    rows = []
    for family, weights in zip(model.families, model.weights(), strict=True):
        for axis, place in enumerate(family):
            part = learnt.evidence[place]
            alone = tuple(slice(1, None) if other == axis else 0 for other in range(len(family)))
            for label, m, weight in zip(part.labels(), model.m[place], weights[alone], strict=True):
                rows.append(
                    {
                        "columns": ", ".join(part.columns)[:200],
                        "agreement": label,
                        "among_matches": round(float(m), 6),
                        "among_others": round(float(m / np.exp(weight)), 6),
                        "weight": round(float(weight), 3),
                    }
                )
    return rows
