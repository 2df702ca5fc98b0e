"""Rules of recurrence: intervals of hours and cron in UTC, with a sentence for a bad one."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import ParamsError
from core.recurrence import LEAST_MINUTES, recurrence

MONDAY = datetime(2026, 11, 23, 12, 7, tzinfo=UTC).timestamp()
HOUR = 3600.0


def first(rule):
    """The first time of a rule after Monday noon, as UTC."""
    return datetime.fromtimestamp(next(recurrence(rule).times(MONDAY)), UTC)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("every 6 hours", "2026-11-23 18:07"),
        ("Every  1  hour", "2026-11-23 13:07"),
        ("30 6 * * *", "2026-11-24 06:30"),
        ("30 6 * * 6", "2026-11-28 06:30"),
        ("0 0 1 jan *", "2027-01-01 00:00"),
        ("*/15 * * * MON", "2026-11-23 12:15"),
        ("0 0 29 2 *", "2028-02-29 00:00"),
        ("59,5 3 * * *", "2026-11-24 03:05"),
    ],
)
def test_a_rule_says_when_it_is_next(rule, expected):
    assert f"{first(rule):%Y-%m-%d %H:%M}" == expected


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("", "five fields"),
        ("hourly", "five fields"),
        ("@daily", "five fields"),
        ("* * * *", "five fields"),
        ("0 0 * * * 0", "five fields"),
        ("61 * * * *", "five fields"),
        ("0 0 * * 9", "five fields"),
        ("h h * * *", "five fields"),
        ("0 0 l * *", "five fields"),
        ("0 " + "1," * 80 + "1 * * *", "five fields"),
        ("*/14 * * * *", "every 15 minutes"),
        ("0,10 5 * * 1", "every 15 minutes"),
        ("59,0 * * * *", "every 15 minutes"),
        ("0 0 30 2 *", "never"),
        ("every 0 hours", "1 to 744"),
        ("every 745 hours", "1 to 744"),
        ("every 1.5 hours", "1 to 744"),
        ("every day", "1 to 744"),
    ],
)
def test_a_bad_rule_is_refused_with_a_sentence(rule, said):
    with pytest.raises(ParamsError, match=said) as refused:
        recurrence(rule)
    assert refused.value.message.endswith(".")


def test_times_that_have_passed_are_counted_and_the_beat_is_kept():
    every = recurrence("every 6 hours")
    assert every.after(MONDAY, MONDAY) == (1, MONDAY + 6 * HOUR)
    assert every.after(MONDAY, MONDAY + 13 * HOUR) == (3, MONDAY + 18 * HOUR)


def test_a_cron_expression_counts_its_own_times():
    daily = recurrence("0 6 * * *")
    due = next(daily.times(MONDAY))
    assert daily.after(due, due + 60) == (1, due + 24 * HOUR)
    assert daily.after(due, due + 49 * HOUR) == (3, due + 72 * HOUR)


FIELD = st.sampled_from(["*", "0", "5", "*/5", "*/15", "*/20", "0-3", "1,2", "7", "10,40", "3-1"])


@given(st.tuples(*[FIELD] * 5).map(" ".join), st.floats(0, 4e9))
def test_whatever_is_accepted_never_comes_too_often(rule, moment):
    try:
        times = recurrence(rule).times(moment)
    except ParamsError:
        return
    few = [moment, *(next(times) for _ in range(3))]
    assert few == sorted(set(few))
    assert few[2] - few[1] >= LEAST_MINUTES * 60
    assert few[3] - few[2] >= LEAST_MINUTES * 60
