"""Looks become rarer with age, and stop at the end."""

import pytest

from ui.polling import pace


@pytest.mark.parametrize(
    ("age", "seconds"), [(0, 1), (9, 1), (10, 2), (59, 2), (60, 5), (9_999, 5)]
)
def test_the_pace_slows_down_with_age(age, seconds):
    assert pace(age) == seconds
