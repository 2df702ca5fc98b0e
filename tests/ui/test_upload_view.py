"""How often the page looks at a reading."""

import pytest

from core import Status
from store.uploads import AWAITING
from tests.ui.test_chains import job
from ui.polling import pace
from ui.upload_view import interval

READ = "read-my-data"


@pytest.mark.parametrize("status", AWAITING)
def test_the_arrival_of_a_file_changes_the_pace_and_so_draws_the_page_anew(status):
    awaited = interval(job("u", READ, status=status))
    assert awaited is not None
    assert awaited not in {pace(age) for age in (0, 30, 90)}


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.FAILED, Status.EXPIRED])
def test_nobody_looks_at_what_has_ended(status):
    assert interval(job("d", READ, status=status)) is None
    assert interval(None) is None
