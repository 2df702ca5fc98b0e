"""A slip of the keys is repaired where that is sure, and proposed where it is likely."""

from itertools import islice, product

import pytest

from tests.tables import after, run, table, values
from transformers.clean_my_data import spelling
from transformers.clean_my_data.fix_typos import fix_typos

TOWNS: list[str | None] = ["Springfield"] * 60 + ["Georgetown"] * 40


@pytest.mark.parametrize(
    "rare",
    [
        "Shelbyville",
        "springfeeld xy",
        None,
        "Spring",
    ],
)
def test_nothing_to_do(rare: str | None) -> None:
    assert run(fix_typos, table(town=[*TOWNS, rare])).proposals.is_empty()


def test_columns_without_a_vocabulary_are_left_alone() -> None:
    names: list[str | None] = [f"Springfield{letter}" for letter in "abcdefgh"]
    assert run(fix_typos, table(town=[*names, *["Springfield"] * 20])).proposals.is_empty()


@pytest.mark.parametrize("rare", ["Sprngfield", "Springfeild", "Springfieeld", "Sprinxfield"])
def test_one_slip_in_a_long_word_is_repaired(rare: str) -> None:
    assert values(after(fix_typos, table(town=[*TOWNS, rare])), "town")[-1] == "Springfield"


@pytest.mark.parametrize(
    ("frequent", "rare"),
    [
        ("Springfield", "Sprxngfxeld"),
        ("Springfield", "Springfields"),
        ("Maria", "Marie"),
        ("12 Main Street", "12 Maim Street"),
    ],
)
def test_less_sure_finds_are_for_review(frequent: str, rare: str) -> None:
    proposals = run(fix_typos, table(town=[*[frequent] * 60, rare])).proposals
    assert proposals.select("old", "new", "tier").rows() == [(rare, frequent, "REVIEW")]


def test_different_digits_are_never_a_typo() -> None:
    assert run(
        fix_typos, table(address=["12 Main Street"] * 60 + ["13 Main Street"])
    ).proposals.is_empty()


def test_the_nearest_then_the_most_frequent_value_wins() -> None:
    before = table(word=["blackbird"] * 60 + ["blackbind"] * 40 + ["blackbixd"])
    assert values(after(fix_typos, before), "word")[-1] == "blackbird"


def test_evidence_tells_both_counts() -> None:
    evidence = run(fix_typos, table(town=[*TOWNS, "Sprngfield"])).proposals["evidence"][0]
    assert "occurs 1x" in evidence
    assert "occurs 60x" in evidence


def test_a_column_too_large_to_compare_is_named() -> None:
    words = ["".join(letters) for letters in islice(product("abcdefgh", repeat=6), 5_000)]
    before = table(word=[*words[:3_000] * 5, *words[3_000:]])
    result = run(fix_typos, before)
    assert [finding.code for finding in result.findings] == ["fix-typos.left-out"]


def test_no_sure_typo_is_left_for_a_second_run() -> None:
    counts = ["Springfield"] * 58 + ["Sprngfield"] * 2 + ["Springfeild"] * 3
    cleaned = after(fix_typos, table(town=counts))
    again = run(fix_typos, cleaned).proposals
    assert "AUTO" not in again["tier"].to_list()
    assert spelling.typos(spelling.words(spelling.value_counts(cleaned, "town")), 5).is_empty()
