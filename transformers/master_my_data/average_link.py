"""Average-link clustering of scored pairs of nodes, with cannot-links."""

from collections.abc import Iterable
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

UNIT = 1_000_000
"""Weights are whole millionths, so that the order in which they are added cannot matter."""

MISSING = -4 * UNIT
"""What a pair inside two clusters counts that was never scored."""

Links = dict[int, dict[int, tuple[int, int]]]
Edge = tuple[int, int, int, int]
Entry = tuple[float, int, int]


@dataclass
class Clusters:
    """The state of a clustering, by the smallest node of each cluster.

    `links` holds sum and number of the scored pairs between two clusters, `size` the rows,
    `apart` the nodes it must not meet, `sources` the duplicate-free sources of its rows.
    """

    links: Links
    size: dict[int, int]
    apart: dict[int, set[int]]
    sources: dict[int, frozenset[str]]

    def may_meet(self, a: int, b: int) -> bool:
        """Whether no answer and no source keeps two clusters apart."""
        one, two = self.sources.get(a, frozenset()), self.sources.get(b, frozenset())
        return b not in self.apart.get(a, ()) and one.isdisjoint(two)

    def entry(self, a: int, b: int) -> Entry:
        """Minus the mean over all pairs of rows between two clusters, and the two in order."""
        total, scored = self.links[a][b]
        pairs = self.size[a] * self.size[b]
        return -(total + (pairs - scored) * MISSING) / pairs, min(a, b), max(a, b)


def average_link(
    edges: Iterable[Edge],
    sizes: dict[int, int],
    cannot: Iterable[tuple[int, int]],
    sources: dict[int, frozenset[str]],
) -> dict[int, int]:
    """Merge the two clusters with the largest mean weight as long as one is above 0.

    `edges` are (node, node, sum of weights in millionths, scored pairs of rows), each pair of
    nodes once; `sizes` says how many rows each node holds. Clusters that hold the two ends of a
    pair of `cannot`, or rows of the same one of the `sources`, never merge. Ties go to the
    smallest nodes. Returns the smallest node of its cluster for each node that occurs in
    `sizes`. UPGMA after Sokal and Michener (1958), with a lazy heap: a stale entry is pushed
    again with its present value.
    """
    state = Clusters(linked(edges), dict(sizes), separated(cannot), dict(sources))
    heap = [state.entry(a, b) for a in state.links for b in state.links[a] if a < b]
    heap = [item for item in heap if item[0] < 0]
    heapify(heap)
    parent = {node: node for node in sizes}
    while heap:
        value, a, b = heappop(heap)
        if b not in state.links.get(a, ()) or not state.may_meet(a, b):
            continue
        present = state.entry(a, b)
        if present[0] > value:
            push(heap, present)
            continue
        parent[b] = a
        for other in absorb(state, a, b):
            push(heap, state.entry(a, other))
    return {node: root(parent, node) for node in parent}


def linked(edges: Iterable[Edge]) -> Links:
    """Both directions of each edge."""
    links: Links = {}
    for a, b, total, scored in edges:
        links.setdefault(a, {})[b] = (total, scored)
        links.setdefault(b, {})[a] = (total, scored)
    return links


def separated(cannot: Iterable[tuple[int, int]]) -> dict[int, set[int]]:
    """The nodes that each node must not be merged with."""
    apart: dict[int, set[int]] = {}
    for a, b in cannot:
        apart.setdefault(a, set()).add(b)
        apart.setdefault(b, set()).add(a)
    return apart


def push(heap: list[Entry], item: Entry) -> None:
    """Remember a merge that would pay."""
    if item[0] < 0:
        heappush(heap, item)


def absorb(state: Clusters, a: int, b: int) -> list[int]:
    """Merge the second cluster into the first; return the neighbours whose mean may have risen."""
    links, apart = state.links, state.apart
    neighbours = links.pop(b)
    del neighbours[a], links[a][b]
    for other, (total, scored) in neighbours.items():
        known = links[a].get(other, (0, 0))
        del links[other][b]
        links[a][other] = links[other][a] = (known[0] + total, known[1] + scored)
    state.size[a] += state.size[b]
    state.sources[a] = state.sources.get(a, frozenset()) | state.sources.get(b, frozenset())
    for other in apart.pop(b, set()):
        apart[other].discard(b)
        apart[other].add(a)
        apart.setdefault(a, set()).add(other)
    return list(neighbours)


def root(parent: dict[int, int], node: int) -> int:
    """Follow merges to the node that stayed."""
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node
