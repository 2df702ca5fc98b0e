"""Until when files are kept."""

from dataclasses import replace

import pytest

from core import Dataset, Settings, Status
from tests.ui.test_chains import job
from ui.retention_view import day, is_gone, kept_until

DAY = 86_400.0
DATASET = Dataset("d", "ann", "a.csv", 9, "abc", "k", {}, None, None, None, 10 * DAY)
BOTH = Settings(retention_input_days=7, retention_output_days=30)


def done(ended, **more):
    return job("j", ended_at=ended, **{"artifact_folder": "jobs/j/1", **more})


def test_a_day_is_said_in_words():
    assert day(0.0) == "1 January 1970"


def test_a_file_that_nobody_has_used_is_kept_from_its_upload_on():
    assert kept_until(BOTH, DATASET, (), ()) == "Kept at least: file until 18 January 1970."


def test_each_use_keeps_the_file_longer():
    said = kept_until(BOTH, DATASET, (done(11 * DAY), done(None)), ())
    assert said == "Kept at least: file until 19 January 1970."


def test_the_first_results_to_go_are_those_that_are_named():
    old, new = done(11 * DAY), done(20 * DAY)
    said = kept_until(BOTH, DATASET, (new, old), (old, new))
    assert said == "Kept at least: file until 28 January 1970, results until 11 February 1970."


@pytest.mark.parametrize(
    ("settings", "dataset"),
    [
        (Settings(retention_input_days=0), DATASET),
        (BOTH, replace(DATASET, files_deleted_at=1.0)),
        (BOTH, replace(DATASET, sha256="")),
    ],
    ids=["kept for ever", "gone", "not here yet"],
)
def test_nothing_is_promised_about_a_file_that(settings, dataset):
    assert kept_until(settings, dataset, (), ()) == ""


def test_nothing_is_promised_about_results_that_are_gone():
    gone = done(11 * DAY, artifact_folder=None)
    assert "results" not in kept_until(BOTH, DATASET, (gone,), (gone,))


@pytest.mark.parametrize(
    ("status", "folder", "gone"),
    [
        (Status.COMPLETED, None, True),
        (Status.COMPLETED, "jobs/j/1", False),
        (Status.FAILED, None, False),
    ],
)
def test_only_what_was_there_can_be_gone(status, folder, gone):
    assert is_gone(job("j", status=status, artifact_folder=folder)) == gone
