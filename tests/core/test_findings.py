"""Findings are ranked, exhibits are small, and errors carry stable codes."""

import pytest

from core import AssayError, Exhibit, Finding, Severity, UnreadableFile


def test_severities_are_ordered():
    assert [severity.rank for severity in Severity] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("severity", "alert"),
    [("info", False), ("low", False), ("medium", True), ("high", True), ("critical", True)],
)
def test_an_alert_is_medium_or_worse(severity, alert):
    assert Finding("x.y", Severity(severity), "m").is_alert == alert


def test_an_exhibit_holds_at_most_a_thousand_records():
    with pytest.raises(ValueError, match="1001 records"):
        Exhibit("x", "X", "bars", tuple({"label": i, "value": i} for i in range(1001)))


def test_a_refused_file_has_a_reason_and_a_code():
    assert UnreadableFile("corrupt", "It is damaged.").code == "FILE_UNREADABLE"
    assert UnreadableFile("too_large", "It is large.").code == "FILE_TOO_LARGE"
    assert AssayError("m").code == "PROCESSING_ERROR"
