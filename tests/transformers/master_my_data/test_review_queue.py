"""A steward is asked what matters: doubtful pairs of many rows first, nothing twice."""

from dataclasses import replace

import polars as pl

from core import Table, Work
from tests.tables import run, table
from transformers.master_my_data.bands import PAIRS_SCHEMA
from transformers.master_my_data.review_queue import review_queue


def asked(
    *pairs: tuple[int, int, float, str | None],
    entities: str = "012345",
    most: int = 1_000,
    disputed: tuple[tuple[int, int], ...] = (),
) -> list[tuple[int, int]]:
    """The questions for pairs with log-odds and answers; one letter names each row's entity."""
    rows = [
        (a, b, 1 / (1 + 2.718281828**-odds), odds, band(odds), "by hand", answer)
        for a, b, odds, answer in pairs
    ]
    crosswalk = pl.DataFrame(
        {"row": range(6), "entity_id": list(entities), "probability": [1.0] * 6},
        schema={"row": pl.UInt32, "entity_id": pl.String, "probability": pl.Float64},
    )
    doubted = pl.Series([(a, b) in disputed for a, b, *_ in pairs], dtype=pl.Boolean)
    scored = pl.DataFrame(rows, schema=PAIRS_SCHEMA, orient="row").with_columns(disputed=doubted)
    work = replace(
        Work.of(table(name=list("abcdef"))),
        artifacts={
            "pairs.parquet": scored,
            "crosswalk.parquet": crosswalk,
        },
    )
    queue = run(review_queue, work, most=most).artifacts["review.parquet"]
    assert isinstance(queue, Table)
    assert queue.columns == ["row_a", "row_b", "probability", "priority"]
    return queue.select("row_a", "row_b").rows()


def band(odds: float) -> str:
    return "match" if odds > 2.2 else "review" if odds > -2.2 else "no"


def test_without_pairs_nobody_is_asked() -> None:
    assert asked() == []


def test_a_certain_pair_is_not_asked() -> None:
    assert asked((0, 1, 9.0, None), (2, 3, -9.0, None), entities="001234") == []


def test_the_most_doubtful_pair_comes_first() -> None:
    assert asked((0, 1, 1.5, None), (2, 3, 0.1, None)) == [(2, 3), (0, 1)]


def test_of_two_doubts_the_one_about_more_rows_comes_first() -> None:
    assert asked((0, 1, 0.5, None), (2, 3, 0.5, None), entities="012222")[0] == (2, 3)


def test_an_answered_pair_is_not_asked_again() -> None:
    assert asked((0, 1, 0.1, "same"), (2, 3, 0.1, "different"), (4, 5, 0.1, None)) == [(4, 5)]


def test_a_likely_pair_in_different_entities_is_asked() -> None:
    assert asked((0, 1, 6.0, None)) == [(0, 1)]


def test_a_long_queue_is_cut_at_its_end() -> None:
    pairs = [(a, b, 0.1 * (a + b), None) for a in range(6) for b in range(a + 1, 6)]
    assert len(asked(*pairs, most=10)) == 10


def test_a_pair_on_which_models_disagree_is_asked_however_sure_one_of_them_is() -> None:
    assert asked((0, 1, -9.0, None), (2, 3, -9.0, None), disputed=((2, 3),)) == [(2, 3)]


def test_of_two_doubts_the_disputed_one_comes_first() -> None:
    assert asked((0, 1, 0.5, None), (2, 3, 0.5, None), disputed=((2, 3),))[0] == (2, 3)
