"""Rows become entities: every row has one, and one likely pair does not chain two together."""

from dataclasses import replace

import polars as pl
import pytest

from core import StepError, Table, Work
from tests.tables import run, table
from tests.transformers.master_my_data.people import people, worked
from transformers.master_my_data.bands import PAIRS_SCHEMA
from transformers.master_my_data.cluster import cluster

NAMES = ["Ann", "Anna", "Bob", "Bobby", "Cleo", "Dan"]


def with_pairs(*pairs: tuple[int, int, float, str | None]) -> Work:
    """Six strangers, and log-odds (and perhaps an answer) for some pairs of them."""
    rows = [
        (a, b, 1 / (1 + 2.718281828**-odds), odds, "review", "by hand", answer)
        for a, b, odds, answer in pairs
    ]
    scored = pl.DataFrame(rows, schema=PAIRS_SCHEMA, orient="row")
    work = worked(table(name=NAMES), "cluster")
    return replace(work, artifacts={**work.artifacts, "pairs.parquet": scored})


def entities(work: Work) -> list[list[int]]:
    found = run(cluster, work).artifacts["crosswalk.parquet"]
    assert isinstance(found, Table)
    groups = found.group_by("entity_id").agg(pl.col("row").sort()).sort("entity_id")
    return [list(rows) for rows in groups["row"]]


def test_without_pairs_every_row_stands_alone() -> None:
    assert entities(with_pairs()) == [[0], [1], [2], [3], [4], [5]]


def test_likely_pairs_are_grouped_and_named_after_their_first_row() -> None:
    work = with_pairs((0, 1, 5.0, None), (2, 3, 5.0, None))
    assert entities(work) == [[0, 1], [2, 3], [4], [5]]
    crosswalk = run(cluster, work).artifacts["crosswalk.parquet"]
    assert isinstance(crosswalk, Table)
    assert sorted(set(crosswalk["entity_id"]))[:2] == ["E0000000", "E0000002"]


def test_one_likely_pair_does_not_chain_two_groups() -> None:
    sure = [(0, 1, 6.0, None), (2, 3, 6.0, None)]
    against = [(0, 2, -6.0, None), (0, 3, -6.0, None), (1, 3, -6.0, None)]
    assert entities(with_pairs(*sure, *against, (1, 2, 3.0, None)))[:2] == [[0, 1], [2, 3]]


@pytest.mark.parametrize(("answer", "expected"), [("same", [0, 5]), ("different", [0])])
def test_an_answer_outweighs_every_score(answer: str, expected: list[int]) -> None:
    odds = -6.0 if answer == "same" else 6.0
    assert entities(with_pairs((0, 5, odds, answer)))[0] == expected


def test_people_are_grouped_as_they_are() -> None:
    before, who = people()
    found = run(cluster, worked(before, "cluster")).artifacts["crosswalk.parquet"]
    assert isinstance(found, Table)
    assert found["row"].sort().to_list() == list(range(before.height))
    assert abs(found["entity_id"].n_unique() - len(set(who))) <= 2


def test_a_skipped_score_is_named() -> None:
    with pytest.raises(StepError, match="pairs"):
        run(cluster, Work.of(table(name=NAMES)))
