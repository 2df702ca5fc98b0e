"""Clusters merge by the mean of all pairs between them, in any order of the input."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformers.master_my_data.average_link import MISSING, UNIT, average_link

Weights = dict[tuple[int, int], int]


def clusters(
    weights: Weights, nodes: int, cannot: tuple[tuple[int, int], ...] = ()
) -> set[frozenset[int]]:
    edges = [(a, b, weight * UNIT, 1) for (a, b), weight in weights.items()]
    found = average_link(edges, dict.fromkeys(range(nodes), 1), cannot, {})
    return {frozenset(n for n in found if found[n] == root) for root in set(found.values())}


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ({}, [{0}, {1}, {2}]),
        ({(0, 1): -1}, [{0}, {1}, {2}]),
        ({(0, 1): 0}, [{0}, {1}, {2}]),
        ({(0, 1): 5}, [{0, 1}, {2}]),
        ({(0, 1): 5, (1, 2): 3}, [{0, 1}, {2}]),
        ({(0, 1): 5, (1, 2): 5, (0, 2): -4}, [{0, 1, 2}]),
        ({(0, 1): 6, (1, 2): 5, (0, 2): -6}, [{0, 1}, {2}]),
        ({(0, 1): 3, (1, 2): 6, (0, 2): -6}, [{0}, {1, 2}]),
    ],
)
def test_three_nodes(weights: Weights, expected: list[set[int]]) -> None:
    assert clusters(weights, 3) == {frozenset(part) for part in expected}


def test_nodes_that_must_stay_apart_never_meet() -> None:
    weights = {(0, 1): 6, (1, 2): 6, (0, 2): 6}
    assert clusters(weights, 3, cannot=((0, 2),)) == {frozenset({0, 1}), frozenset({2})}


def test_staying_apart_is_inherited_by_the_cluster() -> None:
    weights = {(0, 1): 6, (2, 3): 6, (0, 2): 5, (0, 3): 5, (1, 2): 5, (1, 3): 5}
    found = clusters(weights, 4, cannot=((1, 3),))
    assert found == {frozenset({0, 1}), frozenset({2, 3})}


def test_a_large_node_counts_by_its_rows() -> None:
    found = average_link([(0, 1, 6 * UNIT, 1)], {0: 3, 1: 1}, (), {})
    assert found == {0: 0, 1: 1}


def test_two_rows_of_one_source_never_meet() -> None:
    edges = [(0, 1, 6 * UNIT, 1), (1, 2, 5 * UNIT, 1), (0, 2, 6 * UNIT, 1)]
    sources = {0: frozenset({"crm"}), 1: frozenset({"shop"}), 2: frozenset({"crm"})}
    assert average_link(edges, dict.fromkeys(range(3), 1), (), sources) == {0: 0, 1: 0, 2: 2}


EDGES = st.dictionaries(
    st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda pair: pair[0] < pair[1]),
    st.integers(-6, 6),
)


@given(EDGES)
def test_no_two_clusters_are_left_that_should_have_merged(weights: Weights) -> None:
    found = sorted(clusters(weights, 8), key=min)
    for i, one in enumerate(found):
        for two in found[i + 1 :]:
            pairs = [(min(a, b), max(a, b)) for a in one for b in two]
            assert sum(weights.get(pair, MISSING // UNIT) for pair in pairs) <= 0


@given(EDGES)
def test_the_order_of_the_edges_does_not_matter(weights: Weights) -> None:
    backwards = dict(reversed(weights.items()))
    assert clusters(weights, 8) == clusters(backwards, 8)
