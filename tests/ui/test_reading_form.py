"""Where another reading of a file can help."""

import pytest

from core import ParamsError, Status
from tests.ui.test_chains import job
from ui.reading_form import format_of, is_adjustable, read_again

READ = "read-my-data"
DONE = job("d", READ)
REFUSED = job("r", READ, status=Status.FAILED, error_code="FILE_UNREADABLE")
LOST = job("l", READ, status=Status.FAILED, error_code="WORKER_LOST")
SHEETS = {"format": "workbook", "sheets": ["A"]}
WRAPPED = {"format": "json", "records": "data.items"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("people", None),
        ("photo.png", None),
        ("people.TSV", "csv"),
        ("people.csv.gz", "csv"),
        ("people.csv.zip", "csv"),
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
        ("json", DONE, {}, False),
        ("json", DONE, WRAPPED, True),
        ("json", REFUSED, WRAPPED, True),
        ("workbook", REFUSED, {}, False),
        ("workbook", REFUSED, SHEETS, True),
        ("workbook", DONE, SHEETS, True),
        ("csv", DONE, {}, True),
        ("csv", REFUSED, {}, True),
        (None, REFUSED, {}, False),
    ],
)
def test_reading_again_is_offered_where_it_can_help(kind, job, dialect, asked):
    assert is_adjustable(kind, job, dialect) == asked


def test_an_encoding_that_is_none_is_refused_in_words(add_dataset):
    with pytest.raises(ParamsError, match="no such encoding"):
        read_again(add_dataset(), {"encoding": "rot13"})
