"""The published confidence is the agreement of models, and a low one says what to do."""

import polars as pl
import pytest

from core import Severity
from transformers.master_my_data.bands import PAIRS_SCHEMA
from transformers.master_my_data.confidence import capped, confidence_finding
from transformers.master_my_data.opinions import Opinion

OPINION = Opinion("global", pl.DataFrame(schema=PAIRS_SCHEMA), pl.DataFrame(), 0.0, 0.1, 0.0)


@pytest.mark.parametrize(
    ("confidence", "severity", "advice"),
    [
        (0.9, Severity.INFO, None),
        (0.8, Severity.INFO, None),
        (0.79, Severity.MEDIUM, "before you trust"),
        (0.3, Severity.MEDIUM, "before you trust"),
        (0.29, Severity.HIGH, "Answer at least 30 questions"),
    ],
)
def test_the_lower_the_louder(confidence: float, severity: Severity, advice: str | None) -> None:
    finding = confidence_finding(OPINION, confidence, 3)
    assert finding.severity == severity
    assert (advice is None) == (finding.remedy is None)
    assert advice is None or (finding.remedy is not None and advice in finding.remedy.advice)


@pytest.mark.parametrize(("independent", "expected"), [(1, 0.79), (2, 0.79), (3, 0.95)])
def test_few_independent_comparisons_are_never_trusted(independent: int, expected: float) -> None:
    assert capped(0.95, independent) == expected
