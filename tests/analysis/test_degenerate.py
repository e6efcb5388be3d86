"""Data that hold no answer give a typed refusal: no traceback, no number that means nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from utfall.analysis.estimators import aipw, crude, g_computation, ipw
from utfall.analysis.results import Estimate, NotEstimable

ADJUSTED = {"g_computation": g_computation, "ipw": ipw, "aipw": aipw}
ESTIMATORS = {"crude": crude, **ADJUSTED}
N = 40
RNG = np.random.default_rng(0)
ARM = np.arange(N) % 2 == 0
X = RNG.normal(size=(N, 2))
SHARE = (RNG.random(N) < 0.4) * 1.0
AMOUNT = RNG.exponential(1000, N)


def put(array: np.ndarray, place, value) -> np.ndarray:
    changed = array.astype(float, copy=True)
    changed[place] = value
    return changed


def both(column: np.ndarray) -> np.ndarray:
    return np.column_stack([X, column])


NO_X = np.empty((N, 0))
# name: y, treated, x, family, clusters, refusal of crude (None: a number), of the adjusted
Case = tuple[np.ndarray, np.ndarray, np.ndarray, str, np.ndarray | None, str | None, str]
CASES: dict[str, Case] = {
    "nobody at all": (SHARE[:0], ARM[:0], X[:0], "binomial", None, "no_rows", "no_rows"),
    "one person": (SHARE[:1], ARM[:1], X[:1], "binomial", None, "one_arm", "one_arm"),
    "one person an arm": (AMOUNT[:2], ARM[:2], X[:2], "gaussian", None, "too_few", "too_few"),
    "all in the target": (SHARE, np.ones(N), X, "binomial", None, "one_arm", "one_arm"),
    "all in the comparator": (AMOUNT, np.zeros(N), X, "gaussian", None, "one_arm", "one_arm"),
    "one in the target": (SHARE, np.arange(N) == 0, X, "binomial", None, "too_few", "too_few"),
    "one in the comparator": (AMOUNT, np.arange(N) > 0, X, "gaussian", None, "too_few", "too_few"),
    "three arms": (SHARE, np.arange(N) % 3, X, "binomial", None, "not_two_arms", "not_two_arms"),
    "arm unknown": (SHARE, put(ARM, 3, np.nan), X, "binomial", None, "not_finite", "not_finite"),
    "no events": (np.zeros(N), ARM, X, "binomial", None, "constant_outcome", "constant_outcome"),
    "all events": (np.ones(N), ARM, X, "binomial", None, "constant_outcome", "constant_outcome"),
    "everyone earned the same": (
        np.full(N, 7e3), ARM, X, "gaussian", None, "constant_outcome", "constant_outcome",
    ),
    "no events in the target": (
        SHARE * ~ARM, ARM, X, "binomial", None, None, "no_variation_in_arm",
    ),
    "all events in the comparator": (
        np.where(ARM, SHARE, 1.0), ARM, X, "binomial", None, None, "no_variation_in_arm",
    ),
    "outcome is the arm": (ARM * 1.0, ARM, X, "binomial", None, None, "no_variation_in_arm"),
    "amounts differ by arm alone": (
        ARM * 5.0, ARM, X, "gaussian", None, "no_variation_in_arm", "no_variation_in_arm",
    ),
    "outcome unknown for one": (
        put(SHARE, 0, np.nan), ARM, X, "binomial", None, "not_finite", "not_finite",
    ),
    "outcome infinite": (
        put(AMOUNT, 0, np.inf), ARM, X, "gaussian", None, "not_finite", "not_finite",
    ),
    "a share that is no event": (
        put(SHARE, 0, 0.5), ARM, X, "binomial", None, "not_binary", "not_binary",
    ),
    "amounts called events": (AMOUNT, ARM, X, "binomial", None, "not_binary", "not_binary"),
    "covariate unknown": (SHARE, ARM, put(X, (0, 0), np.nan), "binomial", None, None, "not_finite"),
    "covariate infinite": (AMOUNT, ARM, put(X, 0, -np.inf), "gaussian", None, None, "not_finite"),
    "covariate beyond arithmetic": (
        AMOUNT, ARM, X * 1e307, "gaussian", None, None, "not_finite",
    ),
    "covariate is the arm": (SHARE, ARM, both(ARM), "binomial", None, None, "separation"),
    "threshold decides the arm": (
        SHARE, ARM, both(np.where(ARM, 1, -1) * (1 + abs(X[:, 0]))), "binomial", None, None,
        "separation",
    ),
    "a level found in one arm only": (
        AMOUNT, ARM, both(ARM & (np.arange(N) < 12)), "gaussian", None, None, "separation",
    ),
    "covariate constant": (
        SHARE, ARM, both(np.full(N, 3.0)), "binomial", None, None, "rank_deficient",
    ),
    "covariate twice": (
        AMOUNT, ARM, both(2 * X[:, 1] + 1), "gaussian", None, None, "rank_deficient",
    ),
    "covariate the sum of others": (
        SHARE, ARM, both(X.sum(axis=1)), "binomial", None, None, "rank_deficient",
    ),
    "as many covariates as people": (
        AMOUNT, ARM, RNG.normal(size=(N, N)), "gaussian", None, None, "too_many_terms",
    ),
    "four people, three covariates": (
        AMOUNT[:4], ARM[:4], RNG.normal(size=(4, 3)), "gaussian", None, None, "too_many_terms",
    ),
    "one person behind each arm": (
        SHARE, ARM, X, "binomial", ARM.astype(int), "too_few_clusters", "too_few_clusters",
    ),
    "one person behind all rows": (
        AMOUNT, ARM, X, "gaussian", np.zeros(N), "too_few_clusters", "too_few_clusters",
    ),
    "amounts beyond arithmetic": (
        put(AMOUNT, [0, 1], [1e308, -1e308]), ARM, NO_X, "gaussian", None, "not_finite",
        "not_finite",
    ),
}  # fmt: skip
REFUSAL_OF_ONE = {
    # Without a propensity model these are questions that a regression can answer or not.
    ("g_computation", "covariate is the arm"): "rank_deficient",
    ("g_computation", "threshold decides the arm"): None,
    ("g_computation", "a level found in one arm only"): None,
}


@pytest.mark.parametrize("estimand", ["ate", "att", "atc", "ato"])
@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("case", CASES)
def test_no_answer_is_told_as_no_answer(case, estimator, estimand):
    y, treated, x, family, clusters, for_crude, for_adjusted = CASES[case]
    call: Callable[..., Estimate | NotEstimable] = ESTIMATORS[estimator]
    found = call(y, treated, x, estimand, family=family, clusters=clusters)
    expected = for_crude if estimator == "crude" else for_adjusted
    if estimator == "g_computation" and estimand != "ato":
        expected = REFUSAL_OF_ONE.get((estimator, case), expected)
    if expected is None:
        assert isinstance(found, Estimate), found
        numbers = (found.estimate, found.std_error, found.conf_low, found.conf_high, found.p_value)
        assert np.isfinite(numbers).all()
        assert found.std_error > 0
    else:
        assert found == NotEstimable(expected)


def test_the_matrix_is_large_enough_to_mean_something():
    assert len(CASES) >= 25


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("family", ["binomial", "gaussian"])
def test_two_people_an_arm_get_an_honest_interval_or_none(estimator, family):
    y = np.array([1.0, 0.0, 1.0, 0.0])
    found = ESTIMATORS[estimator](
        y, np.array([1, 1, 0, 0], dtype=bool), np.empty((4, 0)), "ate", family=family
    )
    if isinstance(found, Estimate):
        assert found.conf_high - found.conf_low > 1


@pytest.mark.parametrize("estimator", ADJUSTED)
@pytest.mark.parametrize("seed", range(12))
def test_a_dozen_people_with_many_levels_never_break_an_estimator(estimator, seed):
    rng = np.random.default_rng(seed)
    x = (rng.random((14, 5)) < 0.3) * 1.0
    found = ADJUSTED[estimator](
        (rng.random(14) < 0.4) * 1.0, rng.random(14) < 0.5, x, "ato", family="binomial"
    )
    if isinstance(found, Estimate):
        assert np.isfinite([found.estimate, found.conf_low, found.conf_high]).all()
        assert -1 <= found.conf_low <= found.conf_high <= 1
    else:
        assert found.code
