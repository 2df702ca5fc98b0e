"""Rows that repeat an earlier row are counted, the first of each is not."""

import pytest

from tests.tables import run, table
from transformers.profile_my_data.duplicate_rows import duplicate_rows, surplus_rows


def test_a_table_without_repeated_rows_has_no_finding():
    assert run(duplicate_rows, table(a=["1", "1"], b=["x", "y"])).findings == ()


@pytest.mark.parametrize(
    ("columns", "surplus"),
    [
        ({"a": []}, 0),
        ({"a": ["1"]}, 0),
        ({"a": ["1", "1", "1"]}, 2),
        ({"a": ["1", "1.0", "1 "]}, 0),
        ({"a": [None, None], "b": ["x", "x"]}, 1),
        ({"a": [None, ""]}, 0),
        ({"a": ["x", None], "b": [None, "x"]}, 0),
    ],
)
def test_surplus_rows(columns, surplus):
    assert surplus_rows(table(**columns)) == surplus


def test_repeated_rows_are_an_alert_that_leads_to_cleaning():
    [finding] = run(duplicate_rows, table(a=["1", "1", "2"])).findings
    assert finding.message == "1 of 3 rows (33.3%) repeat an earlier row cell by cell."
    assert finding.is_alert
    assert finding.remedy is not None
    assert finding.remedy.tool == "clean-my-data"
