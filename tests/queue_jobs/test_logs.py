"""Logs tell where it broke, and never quote a cell."""

import sys

from core import StepError
from queue_jobs.logs import where_it_broke


def logged(error: Exception) -> str:
    try:
        raise error
    except type(error):
        return str(where_it_broke(None, "error", {"exc_info": True})["exception"])


def test_the_text_of_a_library_error_is_withheld():
    said = logged(ValueError("conversion failed for bob@secret.example"))
    assert "bob" not in said
    assert "ValueError" in said
    assert "test_logs.py" in said


def test_our_own_sentences_are_logged():
    assert "Column 'x' is missing." in logged(StepError("Column 'x' is missing."))


def test_a_line_without_an_error_stays_as_it_is():
    assert where_it_broke(None, "info", {"event": "x"}) == {"event": "x"}
    assert sys.exc_info()[0] is None
