"""A person's answers are facts: they hold, and nothing else changes."""

from dataclasses import replace

import polars as pl
import pytest

from core import ParamsError, StepResult, Table, Work
from tests.tables import run, table
from transformers.master_my_data import MASTER
from transformers.master_my_data.answers import answers
from transformers.master_my_data.bands import PAIRS_SCHEMA

Pair = tuple[int, int, bool]


def given(*pairs: Pair) -> list[dict[str, object]]:
    return [{"row_a": a, "row_b": b, "same": same} for a, b, same in pairs]


def answered(*pairs: Pair) -> StepResult:
    scored = pl.DataFrame(
        [(0, 1, 0.6, 0.4, "review", "every pair", None), (1, 2, 0.3, -0.8, "review", "x", None)],
        schema=PAIRS_SCHEMA,
        orient="row",
    )
    before = Work.of(table(name=["a", "b", "c", "d"]))
    work = replace(before, artifacts={"pairs.parquet": scored})
    return run(answers, work, pairs=given(*pairs))


def probabilities(*pairs: Pair) -> dict[tuple[int, int], float]:
    found = answered(*pairs).artifacts["pairs.parquet"]
    assert isinstance(found, Table)
    return {(a, b): p for a, b, p in found.select("row_a", "row_b", "probability").iter_rows()}


def test_without_answers_nothing_changes() -> None:
    assert probabilities() == {(0, 1): 0.6, (1, 2): 0.3}
    assert answered().findings == ()


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        ((0, 1, True), {(0, 1): 1.0, (1, 2): 0.3}),
        ((1, 0, False), {(0, 1): 0.0, (1, 2): 0.3}),
        ((0, 3, True), {(0, 1): 0.6, (0, 3): 1.0, (1, 2): 0.3}),
    ],
)
def test_an_answer_fixes_its_pair_only(pair: Pair, expected: dict[tuple[int, int], float]) -> None:
    assert probabilities(pair) == expected


def test_the_last_answer_of_a_pair_holds() -> None:
    assert probabilities((0, 1, True), (1, 0, False))[0, 1] == 0.0


def test_a_bare_list_is_read_and_comes_back_as_pairs() -> None:
    choice = MASTER.choose({"answers": given((0, 1, True))})
    assert choice.document()["answers"] == {"pairs": given((0, 1, True))}
    assert MASTER.choose(choice.document()) == choice


@pytest.mark.parametrize("row", [4, 99])
def test_an_unknown_row_is_refused(row: int) -> None:
    with pytest.raises(ParamsError, match=f"row {row} is not one of the 4 rows"):
        answered((0, row, True))


@pytest.mark.parametrize("pair", [(1, 1, True), (-1, 2, True), (0, 2**40, True)])
def test_an_impossible_pair_is_refused(pair: Pair) -> None:
    with pytest.raises(ParamsError):
        MASTER.choose({"answers": given(pair)})


def test_a_contradiction_is_reported() -> None:
    findings = answered((0, 1, True), (1, 2, True), (0, 2, False)).findings
    assert [found.code for found in findings] == ["answers.applied", "answers.contradiction"]
    assert findings[1].evidence["pairs"] == [(0, 2)]
