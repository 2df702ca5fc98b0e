"""What may be corrected about the reading of a file."""

import pytest

from core import Status
from tests.ui.test_chains import job
from ui.upload_view import format_of, given, is_adjustable, typed

READ = "read-my-data"
DONE = job("d", READ)
REFUSED = job("r", READ, status=Status.FAILED, error_code="FILE_UNREADABLE")
LOST = job("l", READ, status=Status.FAILED, error_code="WORKER_LOST")
DIALECT = {"format": "workbook", "sheets": ["A"]}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("people", None),
        ("photo.png", None),
        ("people.TSV", "csv"),
        ("people.csv.gz", "csv"),
        ("people.ndjson", "jsonl"),
        ("people.ods", "workbook"),
    ],
)
def test_a_name_claims_a_format(name, kind):
    assert format_of(name) == kind


@pytest.mark.parametrize(
    ("kind", "job", "dialect", "asked"),
    [
        ("parquet", DONE, {}, False),
        ("json", REFUSED, {}, False),
        ("json", LOST, {}, True),
        ("json", None, {}, True),
        ("workbook", REFUSED, {}, False),
        ("workbook", REFUSED, DIALECT, True),
        ("workbook", DONE, DIALECT, True),
        ("csv", REFUSED, {}, True),
        (None, REFUSED, {}, False),
    ],
)
def test_reading_again_is_offered_where_it_can_help(kind, job, dialect, asked):
    assert is_adjustable(kind, job, dialect) == asked


def test_an_empty_text_means_find_out():
    assert given({"quote": "", "header": False}) == {"quote": None, "header": False}


@pytest.mark.parametrize(
    ("found", "text"), [("", "none"), (" ", "space"), ("\t", "\\t"), (";", ";")]
)
def test_what_was_found_is_shown_as_one_would_type_it(found, text):
    assert typed(found) == text


def test_a_tab_may_be_typed_as_it_is_shown():
    assert given({"delimiter": typed("\t")}) == {"delimiter": "\t"}
