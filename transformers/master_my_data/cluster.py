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
from transformers.master_my_data.answers import DIFFERENT
from transformers.master_my_data.average_link import average_link
from transformers.master_my_data.earlier import frame
from transformers.master_my_data.nodes import edges_of, nodes_of, weighed
from transformers.master_my_data.sources import across, duplicate_free, finding, two_sources
from transformers.master_my_data.standard_forms import standard_forms

THRESHOLDS = (0.0, 3.0, 6.0, 9.0, 12.0, 16.0, 20.0)
MOST_CUT = 0.25
LARGE = 50


class ClusterParams(Params):
    """What is known about the sources of the rows."""

    sources: Literal["auto", "duplicate_free", "may_repeat"] = Field(
        "auto",
        title="Duplicates within a source",
        description="Where a column names two sources: whether one source may hold an entity "
        "twice. 'auto' looks at the best pairs.",
    )


@step("Group rows into entities", params=ClusterParams)
def cluster(work: Work, params: ClusterParams) -> StepResult:
    """Group rows by average link, so that one likely pair cannot chain two entities together.

    Answers "same" are merged first, answers "different" are never merged, nor are rows of one of
    two duplicate-free sources. The threshold is the lowest at which at most a quarter of the
    likely pairs end up in different entities. An entity's id is "E" and the number of its
    smallest row.
    """
    pairs, roles = frame(work, "pairs.parquet"), frame(work, "roles.parquet")
    rows = two_sources(work.table, roles)
    if not duplicate_free(rows, pairs, params.sources):
        rows = None
    pairs = pairs if rows is None else across(pairs, rows)
    nodes = nodes_of(standard_forms(work.table, roles), pairs, rows)
    nodes, threshold, cut = clustered(nodes, edges_of(nodes, pairs))
    crosswalk = with_probability(named(nodes), pairs)
    told = () if rows is None else (finding(rows),)
    return StepResult(
        work.table,
        findings=(*told, *findings_of(crosswalk, threshold, cut)),
        exhibits=(cluster_sizes(crosswalk),),
        artifacts={"crosswalk.parquet": crosswalk, "pairs.parquet": pairs},
    )


def clustered(nodes: Table, edges: Table) -> tuple[Table, float, float]:
    """Nodes with their cluster, the threshold, and the share of likely pairs that it cuts."""
    sizes = dict(nodes.group_by("node").len().iter_rows())
    cannot = edges.filter(pl.col("answer") == DIFFERENT).select("a", "b").rows()
    sources = sources_of(nodes)
    best: tuple[float, float, dict[int, int]] | None = None
    for threshold in THRESHOLDS:
        found = average_link(weighed(edges, threshold).iter_rows(), sizes, cannot, sources)
        cut = share_cut(edges, found, threshold)
        if best is None or cut < best[1]:
            best = threshold, cut, found
        if cut <= MOST_CUT:
            break
    assert best is not None
    entity = pl.col("node").replace_strict(best[2], return_dtype=pl.Int64)
    return nodes.with_columns(cluster=entity), best[0], best[1]


def sources_of(nodes: Table) -> dict[int, frozenset[str]]:
    """The duplicate-free sources of each node."""
    known = nodes.drop_nulls("source").group_by("node").agg(pl.col("source").unique())
    return {node: frozenset(names) for node, names in known.iter_rows()}


def share_cut(edges: Table, found: dict[int, int], threshold: float) -> float:
    """The share of pairs above the threshold whose rows end up in different entities."""
    likely = edges.filter(pl.col("answer").is_null(), pl.col("weight") > threshold)
    if likely.is_empty():
        return 0.0
    ends = likely.select(pl.col("a", "b").replace_strict(found, return_dtype=pl.Int64))
    return float((ends["a"] != ends["b"]).mean())  # type: ignore[arg-type]


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


def confidence(crosswalk: Table) -> float:
    """The mean over entities of the mean probability of their rows; 1 for an empty table."""
    per_entity = crosswalk.group_by("entity_id").agg(pl.col("probability").mean())
    value = per_entity.sort("entity_id")["probability"].mean()
    return 1.0 if value is None else float(value)  # type: ignore[arg-type]


def cluster_sizes(crosswalk: Table) -> Exhibit:
    """How many entities have one row, two rows …"""
    sizes = crosswalk.group_by("entity_id").len("rows")["rows"].value_counts().sort("rows")
    records = tuple(
        {"label": f"{rows} row{'s' if rows > 1 else ''}", "value": count}
        for rows, count in sizes.head(1000).iter_rows()
    )
    return Exhibit("cluster.sizes", "Entities by number of rows", "bars", records)


def findings_of(crosswalk: Table, threshold: float, cut: float) -> tuple[Finding, ...]:
    """How many entities there are, how sure that is, and symptoms of a bad model."""
    rows, entities = crosswalk.height, crosswalk["entity_id"].n_unique()
    sure = confidence(crosswalk)
    found = [
        Finding(
            "cluster.entities",
            Severity.INFO,
            f"{rows:,} rows are {entities:,} entities; {rows - entities:,} rows are merged away.",
            rows=rows - entities,
            evidence={"records": rows, "entities": entities, "merged_rows": rows - entities},
        ),
        Finding(
            "cluster.confidence",
            Severity.INFO,
            f"The entities are {sure:.0%} probable on average, at a threshold of {threshold:g} "
            f"log-odds; {cut:.0%} of the likely pairs are cut.",
            evidence={"confidence": sure, "threshold": threshold, "cut": cut},
        ),
    ]
    if cut > MOST_CUT:
        found.append(
            Finding(
                "cluster.incoherent",
                Severity.HIGH,
                f"{cut:.0%} of the likely pairs end up in different entities, over "
                f"{MOST_CUT:.0%}: the compared columns do not tell records apart well.",
                rows=rows,
                evidence={"cut": cut},
                remedy=Remedy("Answer the review queue, or choose other columns to compare."),
            )
        )
    return (*found, *large_entity(crosswalk))


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
