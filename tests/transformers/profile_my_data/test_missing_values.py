"""Gaps are counted per column; many of them are an alert."""

import pytest

from core import Severity
from tests.tables import run, table
from transformers.profile_my_data.missing_values import missing_values


def test_a_full_table_has_nothing_to_report():
    result = run(missing_values, table(a=["1", "2"]))
    assert (result.findings, result.exhibits) == ((), ())


def test_bars_show_the_share_of_missing_cells_the_worst_first():
    [bars] = run(missing_values, table(a=["1", None], b=[None, " "], c=["x", "y"])).exhibits
    assert bars.kind == "bars"
    assert bars.records == ({"label": "b", "value": 1.0}, {"label": "a", "value": 0.5})


def test_a_few_gaps_are_one_note_for_all_columns():
    [finding] = run(missing_values, table(a=["1", None, "1"], b=["x", "y", ""])).findings
    assert finding.severity == Severity.INFO
    assert finding.columns == ("a", "b")
    assert finding.message == ("2 columns have gaps, most of them 'a' with 1 of 3 rows (33.3%).")


def test_gaps_in_one_column_are_named_with_their_number():
    [finding] = run(missing_values, table(a=["1", None, "1"], b=["x", "y", "z"])).findings
    assert finding.message == "'a' is missing in 1 of 3 rows (33.3%)."


@pytest.mark.parametrize(("alert_above", "alerts"), [(0.5, 1), (0.7, 0)])
def test_many_gaps_are_an_alert_above_the_limit(alert_above, alerts):
    before = table(fax=["1", None, None])
    findings = run(missing_values, before, alert_above=alert_above).findings
    assert sum(finding.is_alert for finding in findings) == alerts
