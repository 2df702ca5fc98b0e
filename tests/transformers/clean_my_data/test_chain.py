"""The chain as a whole: safe by default, idempotent, and complete in its record."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import PROPOSAL_SCHEMA, Outcome, ParamsError, Table, Work
from tests.tables import assert_table, table, values
from transformers.clean_my_data import CLEAN

ARTIFACTS = {
    "proposals.parquet",
    "changes.parquet",
    "removed.parquet",
    "quarantine.parquet",
    "recipe.json",
}


def clean(before: Table, **document: object) -> Outcome:
    return CLEAN.run(Work.of(before), CLEAN.choose(document))


def messy() -> Table:
    towns = ["Springfield"] * 40 + ["Georgetown "] * 40 + ["Sprngfield", "N/A", " ", None]
    zips: list[str | None] = [f"{number:05}" for number in range(80)]
    return table(town=[*towns, "Springfield"], zip=[*zips, "00501", "n/a", "?", None, "00000"])


def test_a_clean_table_comes_back_unchanged() -> None:
    before = table(name=["Ann", "Bob"], zip=["00501", "02134"])
    assert_table(clean(before).table, before)


@pytest.mark.parametrize("before", [table(a=[]), table(a=[None, None]), table(a=["", " "])])
def test_tables_without_values_pass(before: Table) -> None:
    assert clean(before).table.height == before.height


def test_leading_zeros_survive_whatever_is_accepted() -> None:
    cleaned = clean(table(zip=["00501", "02134 ", "007"]), accept="review").table
    assert values(cleaned, "zip") == ["00501", "02134", "007"]


def test_only_safe_repairs_are_applied_by_default() -> None:
    outcome = clean(messy())
    assert set(outcome.work.applied["tier"]) == {"AUTO"}
    assert values(outcome.table, "town")[80:84] == ["Springfield", "N/A", " ", None]


def test_review_applies_what_was_proposed() -> None:
    assert values(clean(messy(), accept="review").table, "town")[81:83] == [None, None]


@pytest.mark.parametrize("accept", ["auto", "review"])
def test_a_second_run_changes_nothing(accept: str) -> None:
    once = clean(messy(), accept=accept).table
    again = clean(once, accept=accept)
    assert again.work.applied.is_empty()
    assert again.work.removed.is_empty()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=6)), max_size=8))
def test_any_text_passes_and_settles_at_once(cells: list[str | None]) -> None:
    once = clean(table(a=cells)).table
    assert clean(once).work.applied.is_empty()


def test_a_person_wins_over_the_rules_and_tells_duplicates_apart() -> None:
    lesson = {"corrections": [{"row": 1, "column": "a", "value": "y"}]}
    assert values(clean(table(a=["x ", "x"]), teach=lesson).table, "a") == ["x", "y"]


def test_every_artifact_is_there_with_its_schema() -> None:
    artifacts = clean(messy()).artifacts
    assert set(artifacts) == ARTIFACTS
    for name in ("proposals.parquet", "changes.parquet"):
        frame = artifacts[name]
        assert isinstance(frame, pl.DataFrame)
        assert dict(frame.schema) == PROPOSAL_SCHEMA


def test_findings_name_columns_of_the_table() -> None:
    outcome = clean(messy())
    named = {column for finding in outcome.report.findings for column in finding.columns}
    assert named <= {"town", "zip"}
    assert outcome.report.findings[-1].code == "audit.round-trip"


def test_an_unknown_way_to_accept_is_refused() -> None:
    with pytest.raises(ParamsError, match="accept"):
        CLEAN.choose({"accept": "all"})
