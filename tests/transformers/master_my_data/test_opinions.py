"""Of several clusterings the one is taken with which the others agree, and S says how far."""

import polars as pl
import pytest

from transformers.master_my_data.bands import PAIRS_SCHEMA
from transformers.master_my_data.opinions import (
    Opinion,
    agreement,
    chosen,
    disputed,
    first_threshold,
)

NOTHING = pl.DataFrame(schema=PAIRS_SCHEMA)


def opinion(clusters: str, cut: float = 0.0, raised: float = 0.0) -> Opinion:
    """One letter per row names its cluster."""
    nodes = pl.DataFrame({"row": range(len(clusters)), "cluster": [ord(c) for c in clusters]})
    return Opinion(clusters, NOTHING, nodes, raised, cut, raised)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("abcd", "abcd", 1.0),
        ("aabb", "ccdd", 1.0),
        ("aabb", "abcd", 0.0),
        ("aabb", "aabc", 2 / 3),
    ],
)
def test_agreement_is_f1_of_the_pairs_put_together(one: str, other: str, expected: float) -> None:
    assert agreement(opinion(one).nodes, opinion(other).nodes) == pytest.approx(expected)


def test_one_opinion_agrees_with_itself() -> None:
    only = opinion("aab")
    assert chosen([only]) == (only, 1.0)


def test_a_copy_is_no_second_opinion() -> None:
    _, once = chosen([opinion("aabb"), opinion("aabc")])
    _, twice = chosen([opinion("aabb"), opinion("aabb"), opinion("aabc")])
    assert once == twice == pytest.approx(2 / 3)


def test_confidence_falls_when_models_disagree() -> None:
    assert chosen([opinion("aabb"), opinion("abcd")])[1] == 0


def test_confidence_falls_with_the_share_of_likely_pairs_cut() -> None:
    assert chosen([opinion("aab", cut=0.2)])[1] == pytest.approx(0.8)


def test_the_more_coherent_of_two_opinions_is_taken() -> None:
    assert chosen([opinion("aabb", cut=0.2), opinion("aabc", cut=0.1)])[0].model == "aabc"
    assert chosen([opinion("aabb", raised=3.0), opinion("aabc")])[0].model == "aabc"


def test_pairs_that_another_opinion_groups_otherwise_are_disputed() -> None:
    pairs = pl.DataFrame({"row_a": [0, 2], "row_b": [1, 3]})
    best = opinion("aabb")
    assert disputed(best, [best, opinion("aabc")], pairs).rows() == [(2, 3)]
    assert disputed(best, [], pairs).is_empty()


@pytest.mark.parametrize(("rows", "expected"), [(0, 2.2), (200, 2.2), (400, 0.55), (2_000, 0.022)])
def test_a_small_table_needs_more_evidence_for_a_link(rows: int, expected: float) -> None:
    assert first_threshold(rows) == pytest.approx(expected)
