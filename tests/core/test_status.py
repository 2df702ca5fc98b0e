"""A job moves only along the table of transitions."""

import pytest

from core import IllegalTransition, Status
from core.status import FINAL, TRANSITIONS, check_transition, sources

ALLOWED = [(before, after) for before, targets in TRANSITIONS.items() for after in targets]
REFUSED = [(a, b) for a in Status for b in Status if (a, b) not in ALLOWED]


@pytest.mark.parametrize(("before", "after"), ALLOWED)
def test_allowed(before, after):
    check_transition(before, after)
    assert before in sources(after)


@pytest.mark.parametrize(("before", "after"), REFUSED)
def test_refused(before, after):
    with pytest.raises(IllegalTransition, match=f"is {before} cannot become {after}"):
        check_transition(before, after)


def test_every_status_has_a_line():
    assert set(TRANSITIONS) == set(Status)


def test_only_a_retry_leaves_a_final_status():
    assert {(a, b) for a, b in ALLOWED if a in FINAL} == {(Status.FAILED, Status.QUEUED)}
