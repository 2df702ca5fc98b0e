"""Group the rows into entities."""

from typing import Literal

import polars as pl
from pydantic import Field

from core import (
    Exhibit,
    Finding,
    Params,
    Remedy,
    Severity,
    StepResult,
    Table,
    Work,
    step,
)
from transformers.master_my_data.bands import (
    PAIRS_SCHEMA,
    banded,
    models_of,
    weight_of,
    worth_keeping,
)
from transformers.master_my_data.confidence import (
    LEAST_INDEPENDENT,
    PUBLISH,
    capped,
    confidence_finding,
    incoherent,
    nothing_scored,
)
from transformers.master_my_data.earlier import evidence, frame
from transformers.master_my_data.opinions import Opinion, chosen, disputed, opinion
from transformers.master_my_data.sources import across, duplicate_free, finding, two_sources
from transformers.master_my_data.standard_forms import standard_forms

LARGE = 50
AS_SCORED = "as scored"
"""The only opinion where no models weighed the pairs: they are taken as they are."""


class ClusterParams(Params):
    """What is known about the sources of the rows."""

    sources: Literal["auto", "duplicate_free", "may_repeat"] = Field(
        "auto",
        title="Duplicates within a source",
        description="Where a column names two sources: whether one source may hold an entity "
        "twice. 'auto' looks at the best pairs.",
    )


@step("Group rows into entities", params=ClusterParams, required=True)
def cluster(work: Work, params: ClusterParams) -> StepResult:
    """Group rows by average link, so that one likely pair cannot chain two entities together.

    Every model of the scores makes its own entities. Its threshold asks for odds of nine to one in
    a table of up to 200 rows, for less the more pairs of rows there are, and is raised until at
    most a quarter of the likely pairs end up in different entities. The model is taken with
    which the others agree most.

    The confidence is that agreement: the mean F1 of pairs of rows with the other clusterings,
    times the share of likely pairs not cut, times e^(-raised / 12), where raised is how far the
    threshold had to be raised; after the stability of consensus clusterings (Monti et al. 2003).
    It measures agreement, not truth: models may share a mistake. With fewer than three
    independent comparisons it stays below .8, because then two classes of pairs cannot be told
    apart by statistics (Goodman 1974). Below .8 the pairs on which the models disagree go into
    the queue of questions.

    Answers "same" are merged first, answers "different" are never merged, nor are rows of one of
    two duplicate-free sources. An entity's id is "E" and the number of its smallest row.
    """
    scored, roles = frame(work, "pairs.parquet"), frame(work, "roles.parquet")
    models = models_of(scored)
    order = standard_forms(work.table, roles)
    rows = free_sources(work.table, roles, [by(scored, name) for name in models], params)
    bounds = evidence(work, "match_from", 0.9), evidence(work, "review_from", 0.1)
    opinions = [
        opinion(name, published(by(scored, name), rows, bounds), order, rows)
        for name in models or [AS_SCORED]
    ]
    best, agreed = chosen(opinions)
    sure = capped(agreed, evidence(work, "independent", LEAST_INDEPENDENT))
    crosswalk = with_probability(named(best.nodes), best.pairs)
    pairs = with_disputed(best, opinions if sure < PUBLISH else [], scored, bounds)
    told = () if rows is None else (finding(rows),)
    return StepResult(
        work.table,
        findings=(*told, *findings_of(crosswalk, best, sure, len(opinions))),
        exhibits=(cluster_sizes(crosswalk),),
        artifacts={"crosswalk.parquet": crosswalk, "pairs.parquet": pairs},
    )


def by(scored: Table, model: str) -> Table:
    """The pairs with the weights of one model; pairs that no model weighed keep none."""
    if model == AS_SCORED:
        return scored
    return scored.with_columns(weight=weight_of(model)).select(PAIRS_SCHEMA.keys())


def free_sources(
    table: Table, roles: Table, opinions: list[Table], params: ClusterParams
) -> Table | None:
    """row and source, where some model finds that neither of two sources holds duplicates."""
    rows = two_sources(table, roles)
    return rows if any(duplicate_free(rows, pairs, params.sources) for pairs in opinions) else None


def published(pairs: Table, sources: Table | None, bounds: tuple[float, float]) -> Table:
    """pairs.parquet by one model."""
    allowed = pairs if sources is None else across(pairs, sources)
    return worth_keeping(banded(allowed, *bounds), pl.col("band") != "no")


def with_disputed(
    best: Opinion, opinions: list[Opinion], scored: Table, bounds: tuple[float, float]
) -> Table:
    """The pairs of the best opinion, and those that another opinion groups otherwise."""
    ends = ["row_a", "row_b"]
    marked = disputed(best, opinions, scored).with_columns(disputed=pl.lit(True))
    lost = by(scored, best.model).join(marked, on=ends, how="semi")
    lost = banded(lost, *bounds).join(best.pairs, on=ends, how="anti")
    return (
        pl.concat([best.pairs, lost])
        .join(marked, on=ends, how="left")
        .with_columns(pl.col("disputed").fill_null(False))
        .sort(ends)
    )


def named(nodes: Table) -> Table:
    """row and entity_id of every row, in row order."""
    smallest = pl.col("row").min().over("cluster").cast(pl.String).str.zfill(7)
    return nodes.select("row", entity_id=pl.lit("E") + smallest).sort("row")


def with_probability(crosswalk: Table, pairs: Table) -> Table:
    """How probable it is that each row belongs where it was put.

    With others: the mean probability of its scored pairs inside the entity. Alone: one minus
    its most probable pair.
    """
    ends = pairs.select("row_a", "row_b", "probability")
    turned = ends.select(row_a="row_b", row_b="row_a", probability="probability")
    both = pl.concat([ends, turned]).rename({"row_a": "row", "row_b": "other"})
    other = crosswalk.rename({"row": "other", "entity_id": "other_entity"})
    tie = both.join(crosswalk, on="row").join(other, on="other")
    inside = pl.col("entity_id") == pl.col("other_entity")
    per_row = tie.group_by("row").agg(
        inside=pl.col("probability").filter(inside).mean(), strongest=pl.col("probability").max()
    )
    alone = 1 - pl.col("strongest").fill_null(0.0)
    return crosswalk.join(per_row, on="row", how="left", maintain_order="left").select(
        "row", "entity_id", probability=pl.coalesce("inside", alone)
    )


def cluster_sizes(crosswalk: Table) -> Exhibit:
    """How many entities have one row, two rows …"""
    sizes = crosswalk.group_by("entity_id").len("rows")["rows"].value_counts().sort("rows")
    records = tuple(
        {"label": f"{rows} row{'s' if rows > 1 else ''}", "value": count}
        for rows, count in sizes.head(1000).iter_rows()
    )
    return Exhibit("cluster.sizes", "Entities by number of rows", "bars", records)


def findings_of(crosswalk: Table, best: Opinion, sure: float, models: int) -> tuple[Finding, ...]:
    """How many entities there are, how sure that is, and symptoms of a bad model."""
    rows, entities = crosswalk.height, crosswalk["entity_id"].n_unique()
    counts = dict(best.pairs["band"].value_counts().iter_rows())
    match, review = counts.get("match", 0), counts.get("review", 0)
    return (
        Finding(
            "cluster.entities",
            Severity.INFO,
            f"{rows:,} rows are {entities:,} entities; {rows - entities:,} rows are merged away. "
            f"{match:,} pairs match and {review:,} need a look.",
            rows=rows - entities,
            evidence={
                "records": rows,
                "entities": entities,
                "merged_rows": rows - entities,
                "match": match,
                "review": review,
            },
        ),
        nothing_scored() if best.pairs.is_empty() else confidence_finding(best, sure, models),
        *incoherent(best, rows),
        *large_entity(crosswalk),
    )


def large_entity(crosswalk: Table) -> tuple[Finding, ...]:
    """The largest entity, when it has more than 50 rows and more than a tenth of the table."""
    sizes = crosswalk.group_by("entity_id").len("rows").sort("rows", "entity_id", descending=True)
    if sizes.is_empty() or sizes["rows"][0] <= max(LARGE, 0.1 * crosswalk.height):
        return ()
    name, rows = sizes.row(0)
    return (
        Finding(
            "cluster.large-entity",
            Severity.MEDIUM,
            f"Entity {name} holds {rows:,} of {crosswalk.height:,} rows, which is unusual.",
            rows=rows,
            evidence={"entity_id": name, "rows": rows},
            remedy=Remedy("Look at its rows, and never compare columns that many records share."),
        ),
    )
