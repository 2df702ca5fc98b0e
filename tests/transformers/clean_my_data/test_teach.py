"""A person's word wins over every rule, and touches nothing else."""

import pytest

from core import ParamsError, StepError, Work
from core.transformer import absorb
from tests.tables import after, assert_table, run, table, values
from transformers.clean_my_data.teach import Correction, teach
from transformers.clean_my_data.trim_whitespace import trim_whitespace


def test_nothing_to_do() -> None:
    before = table(city=["Rome", " Oslo"])
    assert_table(after(teach, before), before)
    assert run(teach, before).findings == ()


def test_exactly_the_corrected_cells_change() -> None:
    before = table(city=["Rme", "Rme", "Oslo"], row=["1", "2", "3"])
    fixes = (
        Correction(row=1, column="city", value="Rome"),
        Correction(row=2, column="row", value=None),
    )
    assert_table(
        after(teach, before, corrections=fixes),
        table(city=["Rme", "Rome", "Oslo"], row=["1", "2", None]),
    )


def test_a_confirmed_row_gets_its_uploaded_text_back() -> None:
    work = Work.of(table(city=[" Oslo", " Rome"]))
    work, _ = absorb(work, run(trim_whitespace, work))
    work, _ = absorb(work, run(teach, work, confirmed_rows=(1,)))
    assert values(work.table, "city") == ["Oslo", " Rome"]


def test_a_correction_wins_over_a_confirmation() -> None:
    fixes = (Correction(row=0, column="city", value="Rome"),)
    before = table(city=["Rme"])
    assert values(after(teach, before, corrections=fixes, confirmed_rows=(0,)), "city") == ["Rome"]


def test_what_a_person_wrote_is_logged_as_certain() -> None:
    fixes = (Correction(row=0, column="city", value="Rome"),)
    proposals = run(teach, table(city=["Rme"]), corrections=fixes).proposals
    assert proposals.select("rule", "confidence", "tier").row(0) == ("teach", 1.0, "AUTO")


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"confirmed_rows": (9,)}, "Row 9"),
        ({"corrections": (Correction(row=9, column="city", value="x"),)}, "Row 9"),
        ({"corrections": (Correction(row=0, column="cty", value="x"),)}, "Did you mean 'city'"),
    ],
)
def test_an_unknown_place_is_named(params: dict[str, object], words: str) -> None:
    with pytest.raises(StepError, match=words):
        run(teach, table(city=["Rome"]), **params)


def test_two_corrections_of_one_cell_are_refused() -> None:
    fixes = tuple(Correction(row=0, column="city", value=value) for value in "ab")
    with pytest.raises(ParamsError, match="more than one correction"):
        run(teach, table(city=["Rome"]), corrections=fixes)
