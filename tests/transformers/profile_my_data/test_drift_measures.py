"""The measures of drift agree with SciPy and with figures worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import jensenshannon
from scipy.stats import chi2_contingency, ks_2samp, kstwobign

from transformers.profile_my_data.drift_measures import (
    homogeneity,
    jensen_shannon,
    kolmogorov_smirnov,
    population_stability,
)

COUNTS = arrays(np.int64, st.shared(st.integers(2, 12), key="bins"), elements=st.integers(1, 999))
SAMPLES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50).map(sorted).map(np.array)


def test_the_index_of_a_known_example():
    before, after = np.array([100, 200, 700]), np.array([200, 300, 500])
    by_hand = 0.1 * np.log(2) + 0.1 * np.log(1.5) - 0.2 * np.log(5 / 7)
    assert population_stability(before, after) == pytest.approx(by_hand)


def test_an_empty_bin_does_not_make_the_index_infinite():
    index = population_stability(np.array([0, 100]), np.array([50, 50]))
    assert index == pytest.approx(0.4999 * np.log(5_000) + 0.5 * np.log(2), rel=1e-3)


@given(COUNTS, COUNTS)
def test_the_index_does_not_ask_which_came_first(before, after):
    index = population_stability(before, after)
    assert index == pytest.approx(population_stability(after, before))
    assert index >= 0


@given(COUNTS, COUNTS)
def test_the_distance_is_that_of_scipy(before, after):
    assert jensen_shannon(before, after) == pytest.approx(
        jensenshannon(before, after, base=2), abs=1e-6
    )


def test_samples_without_anything_in_common_have_distance_one():
    assert jensen_shannon(np.array([5, 0]), np.array([0, 9])) == pytest.approx(1)


@given(COUNTS, COUNTS)
def test_the_test_of_the_bins_is_that_of_scipy(before, after):
    expected = chi2_contingency([before, after], correction=False)
    p_value, effect = homogeneity(before, after)
    assert p_value == pytest.approx(expected.pvalue, rel=1e-6, abs=1e-300)
    n = before.sum() + after.sum()
    assert effect == pytest.approx(np.sqrt(expected.statistic / n), abs=1e-9)


@pytest.mark.parametrize("counts", [([5], [9]), ([0, 0], [0, 0]), ([1, 2], [0, 0]), ([], [])])
def test_where_nothing_can_be_compared_nothing_is_told(counts):
    before, after = (np.array(side, dtype=int) for side in counts)
    assert homogeneity(before, after) == (1.0, 0.0)


@given(SAMPLES, SAMPLES)
def test_the_distance_of_two_samples_is_that_of_scipy(before, after):
    distance, p_value = kolmogorov_smirnov(before, after)
    assert distance == pytest.approx(ks_2samp(before, after).statistic)
    n = len(before) * len(after) / (len(before) + len(after))
    assert p_value == pytest.approx(kstwobign.sf(distance * np.sqrt(n)))


def test_a_sample_without_numbers_has_no_distance():
    assert kolmogorov_smirnov(np.array([]), np.array([1.0])) == (0.0, 1.0)
