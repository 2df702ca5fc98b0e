"""What Home says about a dataset in a word."""

import pytest

from core import Job, Status
from tests.ui.test_chains import job
from ui.home_view import entry_of, stages

CLEAN = "clean-my-data"


def chain(first: Status, second: Status) -> list[Job]:
    """A profile and a cleaning that waits for it, newest first."""
    return [job("c", CLEAN, after_job_id="p", status=second), job("p", status=first)]


def test_a_dataset_without_jobs_has_no_stage():
    assert stages(entry_of(None, [])) == []


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (Status.COMPLETED, Status.COMPLETED, ["profiled", "cleaned"]),
        (Status.COMPLETED, Status.PROCESSING, ["profiled", "running"]),
        (Status.QUEUED, Status.CREATED, ["running"]),
        (Status.FAILED, Status.CREATED, ["failed"]),
        (Status.COMPLETED, Status.FAILED, ["profiled", "failed"]),
        (Status.CANCELLED, Status.CANCELLED, []),
        (Status.UPLOADING, Status.CREATED, ["running"]),
        (Status.UPLOAD_FAILED, Status.CREATED, ["failed"]),
    ],
)
def test_a_chain_is_said_by_what_is_done_and_how_it_goes(first, second, said):
    assert stages(entry_of(None, chain(first, second))) == said
