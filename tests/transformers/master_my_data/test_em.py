"""Weights are learnt from patterns of levels, without labels."""

import numpy as np

from transformers.master_my_data.em import (
    Model,
    learn_matches,
    level_shares,
    log_odds,
    mostly_equal,
)

PRIOR = np.array([0.15, 0.85])


def test_shares_count_pairs_and_skip_missing_values() -> None:
    shares = level_shares(np.array([[0], [1], [-1]]), np.array([8.5, 0.5, 99.0]), [PRIOR])
    assert np.allclose(shares[0], [0.9, 0.1])


def test_a_missing_value_is_no_evidence() -> None:
    model = Model((PRIOR,), (np.array([0.9, 0.1]),), 0.5)
    assert log_odds(np.array([[-1]]), model)[0] == 0


def test_more_alike_never_weighs_less() -> None:
    model = Model((np.array([0.5, 0.1, 0.4]),), (np.array([0.5, 0.3, 0.2]),), 0.5)
    assert (np.diff(model.weights()[0]) >= 0).all()


def test_the_matches_among_the_pairs_are_found() -> None:
    patterns = np.array([[0, 0, 0], [0, 0, 1], [1, 1, 0], [1, 1, 1]])
    counts = np.array([900.0, 60.0, 10.0, 90.0])
    u = tuple(np.array([0.998, 0.002]) for _ in range(3))
    model = learn_matches(patterns, counts, u, [PRIOR] * 3, rows=1_000, possible=499_500)
    odds = log_odds(patterns, model)
    assert (odds > 0).tolist() == [False, False, True, True]
    assert np.isclose(model.rate, 100 / 499_500, rtol=0.1)


def test_of_matches_most_values_are_equal() -> None:
    assert np.allclose(mostly_equal(np.array([0.8, 0.2]), PRIOR), [0.235, 0.765])
    assert np.allclose(mostly_equal(np.array([0.1, 0.9]), PRIOR), [0.1, 0.9])
