"""The chain as a whole: it finds who is who, in any row order, and survives any table."""

import polars as pl
import pytest

from core import ROW_ID, Outcome, ParamsError, Table, Work, data_columns
from tests.tables import table
from tests.transformers.master_my_data.people import people, shuffled
from transformers.master_my_data import MASTER

ARTIFACTS = {
    "roles.parquet": ["column", "type", "role", "compared", "why"],
    "candidates.parquet": ["row_a", "row_b", "rule"],
    "pairs.parquet": [
        "row_a",
        "row_b",
        "probability",
        "weight",
        "band",
        "rule",
        "answer",
        "disputed",
    ],
    "crosswalk.parquet": ["row", "entity_id", "probability"],
    "review.parquet": ["row_a", "row_b", "probability", "priority"],
    "lineage.parquet": ["entity_id", "column", "row", "agreement", "rule"],
}


def master(before: Table, **document: object) -> Outcome:
    return MASTER.run(Work.of(before), MASTER.choose(document))


def frame(outcome: Outcome, name: str) -> Table:
    found = outcome.artifacts[name]
    assert isinstance(found, pl.DataFrame)
    return found


def entities(outcome: Outcome) -> set[frozenset[int]]:
    groups = frame(outcome, "crosswalk.parquet").group_by("entity_id").agg("row")
    return {frozenset(rows) for rows in groups["row"]}


def answer(a: int, b: int, same: bool) -> dict[str, object]:
    return {"row_a": a, "row_b": b, "same": same}


DEGENERATE = {
    "no rows": table(a=[], b=[]),
    "one row": table(a=["x"], b=["y"]),
    "no columns": table(a=["x"]).select(ROW_ID),
    "nothing but nulls": table(a=[None] * 20, b=[None] * 20),
    "a constant column": table(a=["x"] * 20),
    "identical rows": table(name=["ann lee"] * 3_000, city=["rome"] * 3_000),
    "only record ids": table(id=[f"{n}" for n in range(20)]),
    "two strangers": table(name=["Ann Lee", "Bob Ray"], city=["Rome", "Oslo"]),
}


@pytest.mark.parametrize("before", DEGENERATE.values(), ids=DEGENERATE.keys())
def test_where_nothing_can_be_compared_each_row_is_its_own_entity(before: Table) -> None:
    outcome = master(before)
    assert outcome.table.equals(before)
    assert len(entities(outcome)) == before.height


def test_awkward_column_names_do_no_harm() -> None:
    names = ['we"ird; drop', "order", "c0", "row", "entity_id", "value", "column", "merit"]
    before, _ = people()
    columns = [before["surname"].alias(name) for name in names]
    outcome = master(pl.DataFrame([before[ROW_ID], *columns]))
    assert data_columns(outcome.table) == names


def test_people_who_appear_twice_are_found() -> None:
    before, who = people()
    expected = {frozenset(i for i, one in enumerate(who) if one == person) for person in set(who)}
    assert entities(master(before)) == expected


def test_the_same_rows_in_another_order_are_the_same_entities() -> None:
    before, _ = people()
    other, order = shuffled(before)
    turned = {frozenset(order[row] for row in rows) for rows in entities(master(other))}
    assert turned == entities(master(before))


def test_two_runs_are_equal() -> None:
    before, _ = people()
    one, two = master(before), master(before)
    for name in one.artifacts:
        assert frame(one, name).equals(frame(two, name)), name


def test_row_ids_may_have_gaps() -> None:
    before, _ = people()
    kept = before.filter(pl.col(ROW_ID) % 3 != 1)
    crosswalk = frame(master(kept), "crosswalk.parquet")
    assert crosswalk["row"].to_list() == kept[ROW_ID].to_list()


@pytest.mark.parametrize(("name", "columns"), ARTIFACTS.items())
def test_artifact_columns(name: str, columns: list[str]) -> None:
    assert frame(master(people()[0]), name).columns == columns


def test_pairs_name_the_smaller_row_first_and_each_pair_once() -> None:
    pairs = frame(master(people()[0]), "pairs.parquet").select("row_a", "row_b")
    assert (pairs["row_a"] < pairs["row_b"]).all()
    assert pairs.is_unique().all()


def test_the_report_counts_what_happened() -> None:
    before, _ = people()
    outcome = master(before)
    found = {finding.code: finding.evidence for finding in outcome.report.findings}
    told = found["golden-records.confidence"]
    assert (told["records"], told["entities"], told["merged_rows"]) == (110, 80, 30)
    assert 0.9 < told["confidence"] <= 1
    assert outcome.report.rows_out == 80


def test_rows_called_different_are_split_and_not_asked_again() -> None:
    before, _ = people()
    a, b = sorted(next(rows for rows in entities(master(before)) if len(rows) == 2))
    outcome = master(before, answers=[answer(a, b, False)])
    assert {frozenset({a}), frozenset({b})} <= entities(outcome)
    assert (a, b) not in frame(outcome, "review.parquet").select("row_a", "row_b").rows()


def test_rows_called_the_same_are_merged() -> None:
    before, _ = people()
    a, b = sorted(min(rows) for rows in entities(master(before)) if len(rows) == 1)[:2]
    assert frozenset({a, b}) in entities(master(before, answers=[answer(a, b, True)]))


def test_identical_rows_can_be_told_apart_by_an_answer() -> None:
    before, _ = people()
    copies = pl.concat([before, before.head(1), before.head(1)]).drop(ROW_ID)
    tripled = copies.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias(ROW_ID), pl.all())
    last = tripled.height - 1
    merged = next(rows for rows in entities(master(tripled)) if 0 in rows)
    assert {0, last - 1, last} <= merged
    split = entities(master(tripled, answers=[answer(last - 1, last, False)]))
    assert not any({last - 1, last} <= rows for rows in split)


def test_a_step_that_others_need_cannot_be_skipped() -> None:
    with pytest.raises(ParamsError, match="block cannot be skipped"):
        master(table(a=["x", "y"]), skip=["block"])


def test_answers_and_questions_may_be_skipped() -> None:
    assert master(people()[0], skip=["answers", "review-queue"]).table.height == 80
