"""The time left is judged by an earlier job of the same kind, or not at all."""

from core import StepProgress
from ui.eta import seconds_left


def steps(**seconds):
    """Steps by name; None means still to come."""
    return [
        StepProgress(
            "j", 1, place, name, name, "done" if took is not None else "waiting", took, None
        )
        for place, (name, took) in enumerate(seconds.items())
    ]


def test_nothing_is_said_without_an_earlier_job():
    assert seconds_left(steps(a=1.0, b=None), [], 0.0) is None


def test_nothing_is_said_about_a_step_never_seen():
    assert seconds_left(steps(a=1.0, new=None), steps(a=1.0), 0.0) is None


def test_steps_to_come_take_what_they_took():
    assert seconds_left(steps(a=1.0, b=None), steps(a=1.0, b=4.0), 1.0) == 3.0


def test_a_slower_run_stays_slower():
    assert seconds_left(steps(a=2.0, b=None), steps(a=1.0, b=4.0), 0.0) == 8.0


def test_an_overdue_job_gets_no_promise():
    assert seconds_left(steps(a=1.0, b=None), steps(a=1.0, b=4.0), 9.0) is None
