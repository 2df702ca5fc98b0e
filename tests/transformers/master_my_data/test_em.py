"""Weights are learnt from patterns of levels, without labels."""

import numpy as np
import pytest

from transformers.master_my_data.em import (
    Model,
    Numbers,
    chance,
    learn_both,
    learn_matches,
    log_odds,
    mostly_equal,
)

PRIOR = np.array([0.15, 0.85])
APART = ((0,), (1,), (2,))
PATTERNS = np.array([[0, 0, 0], [0, 0, 1], [1, 1, 0], [1, 1, 1]])
COUNTS = np.array([900.0, 60.0, 10.0, 90.0])


def shares(log_u: Numbers) -> Numbers:
    """u of a family of one, without the place for "no evidence"."""
    return np.exp(log_u[1:])


def test_shares_count_pairs_and_skip_missing_values() -> None:
    (log_u,) = chance(np.array([[0], [1], [-1]]), np.array([8.5, 0.5, 99.0]), [2], ((0,),))
    assert np.allclose(shares(log_u), [0.9, 0.1])


def test_a_missing_value_is_no_evidence() -> None:
    model = Model(((0,),), (PRIOR,), (np.log([1.0, 0.9, 0.1]),), 0.5)
    assert log_odds(np.array([[-1]]), model)[0] == 0


def test_more_alike_never_weighs_less() -> None:
    model = Model(((0,),), (np.array([0.5, 0.1, 0.4]),), (np.log([1.0, 0.5, 0.3, 0.2]),), 0.5)
    assert (np.diff(model.weights()[0][1:]) >= 0).all()


@pytest.mark.parametrize("start", [None, 0.3, 0.05])
def test_the_matches_among_the_pairs_are_found(start: float | None) -> None:
    log_u = [np.log([1.0, 0.998, 0.002])] * 3
    seen = PATTERNS, COUNTS
    if start is None:
        model = learn_matches(seen, log_u, APART, [PRIOR] * 3, rows=1_000)
        assert np.isclose(model.rate, 100 / 499_500, rtol=0.1)
    else:
        model = learn_both(seen, APART, [PRIOR] * 3, 1_000, start)
    assert (log_odds(PATTERNS, model) > 0).tolist() == [False, False, True, True]


def test_columns_that_agree_together_by_chance_count_once() -> None:
    others = np.array([[0, 0], [1, 1]]), np.array([980.0, 20.0])
    weights = []
    for families in (((0,), (1,)), ((0, 1),)):
        log_u = tuple(chance(*others, [2, 2], families))
        model = Model(families, (PRIOR, PRIOR), log_u, 0.5)
        weights.append(float(log_odds(np.array([[1, 1]]), model)[0]))
    apart, together = weights
    assert np.isclose(apart, 2 * np.log(0.85 / 0.02), atol=0.1)
    assert np.isclose(together, np.log(0.85**2 / 0.02), atol=0.1)


def test_half_an_agreement_of_dependent_columns_never_weighs_more_than_the_whole() -> None:
    log_u = tuple(chance(np.array([[0, 0], [1, 1]]), np.array([980.0, 20.0]), [2, 2], ((0, 1),)))
    half, whole = log_odds(np.array([[1, 0], [1, 1]]), Model(((0, 1),), (PRIOR, PRIOR), log_u, 0.5))
    assert half <= whole


def test_one_of_two_dependent_columns_is_full_evidence_when_the_other_is_missing() -> None:
    others = np.array([[0, 0], [1, 1], [1, -1]]), np.array([980.0, 20.0, 0.0])
    model = Model(((0, 1),), (PRIOR, PRIOR), tuple(chance(*others, [2, 2], ((0, 1),))), 0.5)
    odds = log_odds(np.array([[1, -1]]), model)[0]
    assert np.isclose(odds, np.log(0.85 / 0.02), atol=0.1)


def test_of_matches_most_values_are_equal() -> None:
    assert np.allclose(mostly_equal(np.array([0.8, 0.2]), PRIOR), [0.235, 0.765])
    assert np.allclose(mostly_equal(np.array([0.1, 0.9]), PRIOR), [0.1, 0.9])
