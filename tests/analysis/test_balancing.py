"""Weights keep their promise, or there is no answer."""

from __future__ import annotations

import numpy as np
import pytest

from utfall.analysis.balancing import entropy_balancing, entropy_weights
from utfall.analysis.estimators import aipw, g_computation, ipw
from utfall.analysis.results import Estimate, NotEstimable

RNG = np.random.default_rng(0)


def test_weighted_means_are_the_target_s_to_the_last_digit():
    values, aim = RNG.normal(size=(80, 3)), np.array([0.3, -0.2, 0.1])
    weight = entropy_weights(values, aim)
    assert weight.mean() == pytest.approx(1)
    assert np.average(values, axis=0, weights=weight) == pytest.approx(aim, abs=1e-8)
    assert (weight > 0).all()


@pytest.mark.parametrize("aim", [5.0, 1.0, -1.0])
def test_an_aim_that_nobody_reaches_is_refused_whatever_the_optimiser_says(aim):
    """Everyone lies strictly inside (-1, 1): no weights have a mean of 1 or beyond."""
    values = np.clip(RNG.uniform(-1, 1, size=(50, 1)), -0.99, 0.99)
    assert entropy_weights(values, np.array([aim])) == NotEstimable("not_balanceable")


def test_people_counted_as_cells_get_the_same_weights():
    values, count = RNG.normal(size=(30, 2)), RNG.integers(1, 5, 30).astype(float)
    aim = np.array([0.2, 0.1])
    on_cells = entropy_weights(values, aim, count)
    on_rows = entropy_weights(np.repeat(values, count.astype(int), axis=0), aim)
    assert np.repeat(on_cells, count.astype(int)) == pytest.approx(on_rows, rel=1e-6)


def test_a_term_that_does_not_vary_in_one_arm_is_refused():
    values = np.column_stack([RNG.normal(size=40), np.ones(40)])
    assert entropy_weights(values, np.array([0.0, 0.5])) == NotEstimable("rank_deficient")


def people(seed, n=240, family="binomial"):
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.normal(size=n), rng.random(n) < 0.4])
    treated = rng.random(n) < 1 / (1 + np.exp(-0.6 * x[:, 0]))
    if family == "gaussian":
        return 2 * x[:, 0] + x[:, 1] + treated + rng.exponential(2, n), treated, x
    chance = 0.25 + 0.15 * treated + 0.2 * x[:, 1] + 0.1 * np.tanh(x[:, 0])
    return (rng.random(n) < chance) * 1.0, treated, x


@pytest.mark.parametrize("estimand", ["ate", "att", "atc", "ato"])
def test_the_effect_is_found_and_the_error_is_the_real_one(estimand):
    found = []
    for seed in range(150):
        one = entropy_balancing(*people(seed, family="gaussian"), estimand, family="gaussian")
        assert isinstance(one, Estimate)
        found.append((one.estimate, one.std_error, one.conf_low <= 1 <= one.conf_high))
    estimates, errors, held = np.array(found).T
    assert abs(estimates.mean() - 1) < 3.5 * estimates.std() / np.sqrt(150)
    assert np.sqrt(np.mean(errors**2)) == pytest.approx(estimates.std(), rel=0.2)
    assert held.mean() > 0.9


@pytest.mark.parametrize("estimator", [ipw, aipw, g_computation, entropy_balancing])
def test_ratios_agree_with_the_means_and_cross_one_where_differences_cross_zero(estimator):
    y, treated, x = people(5)
    plain = estimator(y, treated, x, "ato", family="binomial")
    ratio = estimator(y, treated, x, "ato", family="binomial", measure="risk_ratio")
    odds = estimator(y, treated, x, "ato", family="binomial", measure="odds_ratio")
    one, zero = plain.mean_target, plain.mean_comparator
    assert ratio.estimate == pytest.approx(one / zero)
    assert odds.estimate == pytest.approx(one / (1 - one) / (zero / (1 - zero)))
    for found in (ratio, odds):
        assert 0 < found.conf_low < found.estimate < found.conf_high
        assert (found.conf_low > 1) == (plain.conf_low > 0)
        assert "error of its logarithm" in found.method


def test_a_ratio_to_a_loss_is_refused():
    y, treated, x = people(6, family="gaussian")
    found = ipw(y - 50, treated, x, "ate", family="gaussian", measure="risk_ratio")
    assert found == NotEstimable("ratio_undefined")
    odds = ipw(y + 50, treated, x, "ate", family="gaussian", measure="odds_ratio")
    assert odds == NotEstimable("ratio_undefined")
