"""Null words are proposed for emptying, never applied by themselves."""

import pytest

from tests.tables import after, assert_table, run, table, values
from transformers.clean_my_data import CleanOptions
from transformers.clean_my_data.null_words import null_words


@pytest.mark.parametrize("text", ["Ann", "Nan Goldin", "0", "", "naan", "no", "unknown", "-", None])
def test_nothing_to_do(text: str | None) -> None:
    assert run(null_words, table(name=[text])).proposals.is_empty()


@pytest.mark.parametrize("text", ["n/a", "N/A", "NULL", " None ", "#N/A", "(null)", "?", "--"])
def test_a_null_word_is_proposed_for_review(text: str) -> None:
    proposal = run(null_words, table(name=["Ann", text])).proposals.row(0, named=True)
    assert (proposal["row"], proposal["old"], proposal["new"]) == (1, text, None)
    assert proposal["tier"] == "REVIEW"
    assert "1 of 2 filled cells" in proposal["evidence"]


def test_nothing_is_emptied_without_consent() -> None:
    before = table(name=["Ann", "N/A"])
    assert_table(after(null_words, before), before)


def test_review_empties_the_cells() -> None:
    cleaned = after(null_words, table(name=["Ann", "N/A"]), CleanOptions(accept="review"))
    assert values(cleaned, "name") == ["Ann", None]


def test_there_is_one_finding_per_word_and_column() -> None:
    findings = run(null_words, table(a=["N/A", "N/A", "?"], b=["x", "y", "?"])).findings
    assert [(f.columns, f.evidence["word"], f.rows) for f in findings] == [
        (("a",), "N/A", 2),
        (("a",), "?", 1),
        (("b",), "?", 1),
    ]


def test_words_and_columns_can_be_chosen() -> None:
    proposals = run(
        null_words, table(a=["tba", "n/a"], b=["tba", "n/a"]), words=("TBA",), columns=("b",)
    ).proposals
    assert proposals.select("row", "column").rows() == [(0, "b")]
