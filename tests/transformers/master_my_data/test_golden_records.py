"""Each entity gets one record; each of its values comes from a row, and null never wins."""

from dataclasses import replace

import polars as pl
import pytest

from core import ROW_ID, StepResult, Table, Work
from tests.tables import run, table, values
from transformers.master_my_data.golden_records import golden_records


def survived(before: Table, entities: list[str], **params: object) -> StepResult:
    crosswalk = pl.DataFrame(
        {"row": before[ROW_ID], "entity_id": entities, "probability": [1.0] * before.height},
        schema_overrides={"entity_id": pl.String, "probability": pl.Float64},
    )
    work = replace(Work.of(before), artifacts={"crosswalk.parquet": crosswalk})
    return run(golden_records, work, **params)


def test_rows_that_stand_alone_stay_as_they_are() -> None:
    before = table(name=["Ann", None], city=["Rome", "Oslo"])
    assert survived(before, ["E0", "E1"]).table.equals(before)


def test_an_empty_table_has_no_golden_records() -> None:
    assert survived(table(name=[]), []).table.height == 0


@pytest.mark.parametrize(
    ("rule", "winner"),
    [
        ("most_frequent", "Ann"),
        ("longest", "Annabel"),
        ("first", "Anna"),
        ("last", "Ann"),
        ("most_complete_row", "Annabel"),
        ("min", "Ann"),
        ("max", "Annabel"),
    ],
)
def test_rule(rule: str, winner: str) -> None:
    names: list[str | None] = [None, "Anna", "Annabel", "Ann", "Ann"]
    before = table(name=names, city=[None, None, "Rome", None, None])
    assert values(survived(before, ["E0"] * 5, rule=rule).table, "name") == [winner]


@pytest.mark.parametrize(("rule", "winner"), [("min", "9"), ("max", "10")])
def test_numbers_are_ranked_as_numbers(rule: str, winner: str) -> None:
    assert values(survived(table(n=["10", "9"]), ["E0"] * 2, rule=rule).table, "n") == [winner]


def test_a_tie_goes_to_the_smallest_row() -> None:
    assert values(survived(table(name=["Bob", "Ann"]), ["E0"] * 2).table, "name") == ["Bob"]


def test_the_table_has_one_row_per_entity_under_its_smallest_row() -> None:
    result = survived(table(name=["a", "b", "c", "d"]), ["E0", "E1", "E0", "E1"])
    assert values(result.table, ROW_ID) == [0, 1]
    assert result.removed is not None
    assert result.removed.select("row", "survivor").rows() == [(2, 0), (3, 1)]


def test_golden_parquet_has_the_entity_and_no_internal_columns() -> None:
    result = survived(table(name=["a"], city=["b"]), ["E0"])
    assert result.artifacts["golden.parquet"].columns == ["entity_id", "name", "city"]


@pytest.mark.parametrize("rule", ["most_frequent", "longest", "most_complete_row", "last"])
def test_every_golden_cell_comes_from_a_row(rule: str) -> None:
    before = table(a=["x", None, "y", "x", None], b=[None, "p", None, "qq", None])
    result = survived(before, ["E0", "E0", "E0", "E1", "E2"], rule=rule)
    cells = result.artifacts["golden.parquet"].unpivot(index="entity_id").drop_nulls()
    traced = cells.join(
        result.artifacts["lineage.parquet"],
        left_on=["entity_id", "variable"],
        right_on=["entity_id", "column"],
    )
    assert traced.height == cells.height
    for row in traced.iter_rows(named=True):
        assert before[row["variable"]][row["row"]] == row["value"]


def test_an_entity_without_any_value_keeps_an_empty_record() -> None:
    result = survived(table(a=["x", None], b=[None, None]), ["E0", "E1"])
    assert values(result.table, "a") == ["x", None]
