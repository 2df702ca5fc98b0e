"""Pairs are proposed where rows share a key, and never more than the budget allows."""

import pytest

from core import ROW_ID, Table, Transformer, Work
from tests.tables import table
from tests.transformers.master_my_data.people import people
from transformers.master_my_data.block import block
from transformers.master_my_data.column_roles import column_roles

CHAIN = Transformer("block", "", "", steps=(column_roles, block))


def candidates(before: Table, **document: object) -> Table:
    outcome = CHAIN.run(Work.of(before), CHAIN.choose(document))
    found = outcome.artifacts["candidates.parquet"]
    assert isinstance(found, Table)
    return found


@pytest.mark.parametrize(
    "before",
    [table(a=[]), table(a=["x"]), table(a=[None] * 20), table(id=[f"{n}" for n in range(20)])],
)
def test_nothing_to_propose(before: Table) -> None:
    assert candidates(before).is_empty()


def test_every_pair_of_a_small_table_is_proposed_once() -> None:
    found = candidates(table(a=["ann", "bob", "cy"], b=["x", "y", "z"]))
    assert found.select("row_a", "row_b").sort("row_a", "row_b").rows() == [(0, 1), (0, 2), (1, 2)]


def test_identical_rows_make_one_pair_each() -> None:
    before = table(a=["ann"] * 5_000 + ["bob"] * 5_000)
    found = candidates(before)
    assert found.filter(found["rule"] == "identical rows").height == 9_998


def test_the_budget_holds_where_all_rows_look_alike() -> None:
    before = table(a=["ann", "bob"] * 3_000, n=[f"{n * 7919 % 6007}" for n in range(6_000)])
    assert candidates(before).height <= 25 * before.height


def test_rows_without_values_are_never_paired() -> None:
    before = table(a=[None] * 50 + ["ann", "ann", "bob"] * 5)
    found = candidates(before)
    assert found.filter(found["row_a"] < 50).is_empty()


def test_proposals_name_rows_by_id() -> None:
    before, _ = people()
    kept = before.filter(before[ROW_ID] >= 50)
    assert candidates(kept)["row_a"].min() >= 50  # type: ignore[operator]
