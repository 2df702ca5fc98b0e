"""Types are declared, cells stay as they were written, misfits are flagged."""

from dataclasses import replace

from core import StepResult, Work
from core.transformer import absorb
from tests.tables import after, assert_table, run, table
from transformers.clean_my_data import CleanOptions
from transformers.clean_my_data.declare_types import declare_types
from transformers.clean_my_data.null_words import null_words

NUMBERS = [str(number) for number in range(10, 49)]


def declared(result: StepResult) -> dict[str, str]:
    return {record["column"]: record["type"] for record in result.exhibits[0].records}


def test_fitting_cells_are_not_flagged() -> None:
    assert run(declare_types, table(age=NUMBERS)).proposals.is_empty()


def test_every_column_is_declared() -> None:
    result = run(declare_types, table(age=["4", "5"], day=["2024-01-31", None], name=["Ann", "B"]))
    assert declared(result) == {"age": "integer", "day": "date", "name": "text"}


def test_no_cell_changes_even_when_all_is_accepted() -> None:
    before = table(age=[*NUMBERS, "forty"])
    assert_table(after(declare_types, before, CleanOptions(accept="review")), before)


def test_a_misfit_is_flagged_and_counted() -> None:
    result = run(declare_types, table(age=[*NUMBERS, "forty"]))
    flag = result.proposals.row(0, named=True)
    assert (flag["row"], flag["old"], flag["new"], flag["tier"]) == (39, "forty", None, "FLAG")
    assert result.findings[0].rows == 1
    assert "1 of 40" in result.findings[0].message
    assert result.exhibits[0].records[0]["not fitting"] == 1


def test_a_cell_proposed_to_become_empty_is_not_flagged_again() -> None:
    work = Work.of(table(age=[*NUMBERS, "n/a"]))
    work, _ = absorb(work, run(null_words, work))
    assert run(declare_types, replace(work)).proposals.is_empty()


def test_codes_with_leading_zeros_stay_text() -> None:
    assert declared(run(declare_types, table(zip=["00501", "02134", "10001"]))) == {"zip": "text"}
