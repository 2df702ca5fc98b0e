"""Rows and pairs as the clustering reads them: identical and must-linked rows are one node."""

import polars as pl

from core import ROW_ID, Table
from transformers.master_my_data.answers import DIFFERENT, SAME
from transformers.master_my_data.average_link import UNIT
from transformers.master_my_data.block import IDENTICAL
from transformers.master_my_data.components import components

CLIP = 6.0


def nodes_of(order: Table, pairs: Table, sources: Table | None) -> Table:
    """The node, the number of identical copies and the source of each row.

    `order` lists the row ids by content; a node is the smallest place of its rows in that list,
    so that ties do not depend on row order. Of identical rows that were called different each
    row becomes a node; with duplicate-free `sources` (row, source) identical rows are ordinary
    pairs, and without them the source is null.
    """
    place = order.select(row=ROW_ID).with_row_index("place")
    copies = pairs.filter((pl.col("rule") == IDENTICAL) & (pl.col("weight") > 0))
    if sources is not None:
        copies = copies.clear()
    same = pairs.filter(pl.col("answer") == SAME)
    torn = torn_rows(pairs, components(copies))
    whole = copies.filter(~(pl.col("row_a").is_in(torn) | pl.col("row_b").is_in(torn)))
    nodes = (
        tied(place, pl.concat([whole, same]), "node")
        .join(tied(place, whole, "copy"), on="row", maintain_order="left")
        .select("row", node=pl.col("node").cast(pl.Int64), copies=pl.len().over("copy"))
    )
    if sources is None:
        return nodes.with_columns(source=pl.lit(None, dtype=pl.String))
    return nodes.join(sources, on="row", how="left", maintain_order="left")


def torn_rows(pairs: Table, copies: Table) -> list[int]:
    """Rows called different from an identical row; the first of its set keeps the others."""
    apart = pairs.filter(pl.col("answer") == DIFFERENT)
    ends = [copies.rename({"row": f"row_{side}", "root": f"root_{side}"}) for side in "ab"]
    inside = apart.join(ends[0], on="row_a").join(ends[1], on="row_b")
    inside = inside.filter(pl.col("root_a") == pl.col("root_b"))
    named = {*inside["row_a"].to_list(), *inside["row_b"].to_list()}
    stars = pairs.filter(pl.col("rule") == IDENTICAL)
    uses = pl.concat([stars["row_a"], stars["row_b"]]).value_counts()
    centres = set(uses.filter(pl.col("count") > 1)["row_a"].to_list())
    return sorted(named - centres)


def tied(place: Table, pairs: Table, name: str) -> Table:
    """The smallest place among the rows that the pairs tie to each row."""
    groups = components(pairs)
    return place.join(groups, on="row", how="left", maintain_order="left").select(
        "row", pl.col("place").min().over(pl.coalesce("root", "row")).alias(name)
    )


def edges_of(nodes: Table, pairs: Table) -> Table:
    """Scored pairs between nodes: a, b, weight, times (pairs of rows it stands for), answer."""
    ends = [
        nodes.select(
            pl.col("row").alias(f"row_{side}"),
            pl.col("node").alias(f"node_{side}"),
            pl.col("copies").alias(f"copies_{side}"),
        )
        for side in "ab"
    ]
    return (
        pairs.join(ends[0], on="row_a", maintain_order="left")
        .join(ends[1], on="row_b", maintain_order="left")
        .filter(pl.col("node_a") != pl.col("node_b"))
        .select(
            "weight",
            "answer",
            a=pl.min_horizontal("node_a", "node_b"),
            b=pl.max_horizontal("node_a", "node_b"),
            times=(pl.col("copies_a") * pl.col("copies_b")).cast(pl.Int64),
        )
    )


def weighed(edges: Table, threshold: float) -> Table:
    """Edges as average_link reads them: a, b, sum of weights in millionths, pairs scored.

    A weight counts relative to the threshold, clipped to ±6.
    """
    weight = (pl.col("weight") - threshold).clip(-CLIP, CLIP) * UNIT
    return (
        edges.filter(pl.col("answer").is_null())
        .group_by("a", "b")
        .agg(
            total=(weight.round().cast(pl.Int64) * pl.col("times")).sum(),
            scored=pl.col("times").sum(),
        )
        .sort("a", "b")
    )
