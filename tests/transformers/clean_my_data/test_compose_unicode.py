"""Loose accents are proposed in their composed form, for review."""

import pytest

from tests.tables import run, table
from transformers.clean_my_data.compose_unicode import compose_unicode


@pytest.mark.parametrize("text", ["Jose", "Jos\u00e9", "北京", "हिन्दी", None])
def test_nothing_to_do(text: str | None) -> None:
    assert run(compose_unicode, table(name=[text])).proposals.is_empty()


def test_a_loose_accent_is_composed_for_review() -> None:
    result = run(compose_unicode, table(name=["Jose\u0301"]))
    assert result.proposals.select("new", "tier").row(0) == ("Jos\u00e9", "REVIEW")
    assert result.findings[0].rows == 1
