"""Cluster the rows by each model, and let the agreement of the clusterings choose one."""

from dataclasses import dataclass
from math import exp

import polars as pl

from core import Table
from transformers.master_my_data.answers import DIFFERENT
from transformers.master_my_data.average_link import average_link
from transformers.master_my_data.nodes import edges_of, nodes_of, weighed

RAISED = (0.0, 3.0, 6.0, 9.0, 12.0, 16.0, 20.0)
"""Log-odds by which the threshold is raised until few likely pairs are cut."""

NINE_TO_ONE = 2.2
FEW_ROWS = 200
"""Up to so many rows the odds of a link must be nine to one; beyond, the demand falls as the number
of pairs of rows grows. A small table holds too few matches to learn weights that settle an even
call, and there models drift to look-alikes. Tried on made-up registers of 110 to 700 rows."""

MOST_CUT = 0.25


@dataclass(frozen=True)
class Opinion:
    """What one model makes of the pairs.

    `nodes` holds row and cluster, `threshold` the log-odds from which a pair is likely, `cut`
    the share of likely pairs whose rows end up in different entities, `raised` how far the
    threshold was raised to keep that share low.
    """

    model: str
    pairs: Table
    nodes: Table
    threshold: float
    cut: float
    raised: float

    @property
    def trust(self) -> float:
        """How coherent the clustering is by itself: 1 when it cuts nothing unraised."""
        return (1 - self.cut) * exp(-self.raised / 12)


def opinion(model: str, pairs: Table, order: Table, sources: Table | None) -> Opinion:
    """Cluster by average link at the lowest threshold that cuts at most a quarter."""
    nodes = nodes_of(order, pairs, sources)
    return Opinion(model, pairs, *clustered(nodes, edges_of(nodes, pairs)))


def chosen(opinions: list[Opinion]) -> tuple[Opinion, float]:
    """The opinion with the highest S, the first of equals, and that S.

    S = (mean agreement with the other clusterings, weighted by (1 - cut) e^(-raised / 6))
    x (1 - cut) x e^(-raised / 12), after the stability of consensus clusterings (Monti et al.
    2003). A copy of a clustering is no second opinion and does not vote.
    """
    different: list[Opinion] = []
    for one in opinions:
        if all(agreement(one.nodes, other.nodes) < 1 for other in different):
            different.append(one)
    scores = [mean_agreement(one, different) * one.trust for one in different]
    best = scores.index(max(scores))
    return different[best], scores[best]


def disputed(best: Opinion, opinions: list[Opinion], pairs: Table) -> Table:
    """row_a and row_b of the pairs that another opinion groups otherwise than the best."""
    ours = together(best.nodes, pairs)
    other = [together(one.nodes, pairs) != ours for one in opinions if one is not best]
    disagree = (
        pl.DataFrame({str(i): one for i, one in enumerate(other)}).select(
            pl.any_horizontal(pl.all())
        )
        if other
        else None
    )
    found = pairs.select("row_a", "row_b")
    return found.clear() if disagree is None else found.filter(disagree.to_series())


def together(nodes: Table, pairs: Table) -> pl.Series:
    """Whether the two rows of each pair are in one cluster."""
    of = dict(nodes.select("row", "cluster").iter_rows())
    ends = pairs.select(pl.col("row_a", "row_b").replace_strict(of, return_dtype=pl.Int64))
    return ends["row_a"] == ends["row_b"]


def mean_agreement(one: Opinion, opinions: list[Opinion]) -> float:
    """How far the others agree with an opinion; 1 when there are none."""
    total = weight = 0.0
    for other in opinions:
        if other is not one:
            vote = (1 - other.cut) * exp(-other.raised / 6)
            total += vote * agreement(one.nodes, other.nodes)
            weight += vote
    return total / weight if weight else 1.0


def agreement(one: Table, other: Table) -> float:
    """F1 of the pairs of rows that two clusterings put together; 1 when neither has any."""
    both = one.select("row", one="cluster").join(other.select("row", other="cluster"), on="row")
    together = pairs_within(both, ["one"]) + pairs_within(both, ["other"])
    return 2 * pairs_within(both, ["one", "other"]) / together if together else 1.0


def pairs_within(rows: Table, groups: list[str]) -> int:
    """How many pairs of rows are in the same group."""
    sizes = rows.group_by(groups).len()["len"].cast(pl.Int64)
    return int((sizes * (sizes - 1) // 2).sum())


def first_threshold(rows: int) -> float:
    """The log-odds that a link needs at least in a table of so many rows."""
    return NINE_TO_ONE * min(1.0, (FEW_ROWS / max(1, rows)) ** 2)


def clustered(nodes: Table, edges: Table) -> tuple[Table, float, float, float]:
    """Nodes with their cluster, the threshold, the share it cuts, and how far it was raised."""
    sizes = dict(nodes.group_by("node").len().iter_rows())
    cannot = edges.filter(pl.col("answer") == DIFFERENT).select("a", "b").rows()
    sources, first = sources_of(nodes), first_threshold(nodes.height)
    best: tuple[float, float, dict[int, int]] | None = None
    for raised in RAISED:
        threshold = first + raised
        found = average_link(weighed(edges, threshold).iter_rows(), sizes, cannot, sources)
        cut = share_cut(edges, found, threshold)
        if best is None or cut < best[1]:
            best = raised, cut, found
        if cut <= MOST_CUT:
            break
    assert best is not None
    entity = pl.col("node").replace_strict(best[2], return_dtype=pl.Int64)
    return nodes.with_columns(cluster=entity), first + best[0], best[1], best[0]


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
