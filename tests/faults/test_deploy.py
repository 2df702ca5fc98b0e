"""A deploy: each worker is told to end, and is killed when it takes too long."""

import pytest

from queue_jobs import submit
from tests.faults.bounds import within
from tests.faults.plant import OWNER

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(120)]

GRACE_SECONDS = 10.0
"""What `docker stop` gives a process before it kills it."""


def test_a_job_that_outlasts_the_grace_goes_back_to_the_queue_and_is_no_failure(site, work):
    worker = work()
    job = site.running(seconds=60)
    worker.terminate()
    within(GRACE_SECONDS, "SIGTERM in a long job: worker ends", lambda: worker.poll() is not None)
    assert (site.row(job).status, site.row(job).failures) == ("QUEUED", 0)
    assert site.endings(job) == ["given back"]
    submit.cancel(site.house, OWNER, job.id)
