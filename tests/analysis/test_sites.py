"""Sites differ by chance first; what is left is told without ranks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, stats

from utfall.analysis.results import NotEstimable
from utfall.analysis.sites import between_variance, funnel, partial_pooling


def test_the_spread_between_sites_is_the_restricted_likelihood_s_peak():
    rng = np.random.default_rng(7)
    variances = rng.uniform(0.2, 2, 12)
    means = rng.normal(0, np.sqrt(variances + 3.0))

    def loss(value):
        weight = 1 / (variances + value)
        mean = weight @ means / weight.sum()
        return 0.5 * (-np.log(weight).sum() + np.log(weight.sum()) + weight @ (means - mean) ** 2)

    peak = optimize.minimize_scalar(loss, bounds=(0, 20), options={"xatol": 1e-10}).x
    assert between_variance(means, variances) == pytest.approx(peak, rel=1e-5)


def test_intervals_of_sites_hold_their_own_truth_on_average():
    rng = np.random.default_rng(2)
    held, nearer = [], []
    for _ in range(100):
        real = rng.normal(0.3, 0.08, 15)
        error = rng.uniform(0.03, 0.12, 15)
        seen = rng.normal(real, error)
        found = partial_pooling(seen, error, 0.1)
        held.append(np.mean((found.conf_low <= real) & (real <= found.conf_high)))
        nearer.append(np.mean((found.shrunk - real) ** 2) < np.mean((seen - real) ** 2))
    assert np.mean(held) == pytest.approx(0.95, abs=0.02)
    assert np.mean(nearer) > 0.85


def test_probabilities_of_lying_beyond_are_kept_promises():
    rng = np.random.default_rng(3)
    told, true = [], []
    for _ in range(80):
        real = rng.normal(0.3, 0.08, 20)
        found = partial_pooling(rng.normal(real, 0.05), np.full(20, 0.05), 0.05)
        told.extend(found.beyond)
        true.extend(real - 0.3 > 0.05)
    told, true = np.array(told), np.array(true)
    for low, high in ((0.0, 0.2), (0.4, 0.6), (0.8, 1.0)):
        inside = (told >= low) & (told <= high)
        assert true[inside].mean() == pytest.approx(told[inside].mean(), abs=0.08)


def test_sites_that_differ_by_chance_alone_are_drawn_together():
    found = partial_pooling(np.array([0.35, 0.31, 0.24]), np.full(3, 0.1), 0.2)
    assert found.spread == 0
    assert np.ptp(found.shrunk) < 0.6 * 0.11
    assert (found.beyond < 0.1).all()


def test_chance_alone_puts_one_site_in_twenty_outside_the_funnel():
    rng = np.random.default_rng(4)
    people = rng.integers(20, 400, 40)
    outside = [funnel(rng.binomial(people, 0.3), people).is_beyond.mean() for _ in range(200)]
    assert np.mean(outside) < 0.06
    wide = funnel(rng.binomial(people, np.clip(rng.normal(0.3, 0.12, 40), 0, 1)), people)
    assert wide.overdispersion > 1.5
    assert wide.is_beyond.mean() < 0.2
    exact = funnel(np.array([6, 30, 3]), np.array([20, 100, 10]))
    assert exact.high[0] == stats.binom.ppf(0.975, 20, 0.3) / 20


def test_two_sites_certain_sites_and_empty_sites_are_refused():
    two = np.array([0.1, 0.2])
    assert partial_pooling(two, two, 0.1) == NotEstimable("too_few_clusters")
    three = np.array([0.1, 0.2, np.nan])
    assert partial_pooling(three, np.ones(3), 0.1) == NotEstimable("not_finite")
    assert partial_pooling(np.ones(3), np.array([1, 0, 1]), 0.1) == NotEstimable("no_spread")
    assert funnel(two, two) == NotEstimable("too_few_clusters")
    assert funnel(np.array([1, 0, 1]), np.array([5, 0, 4])) == NotEstimable("no_rows")
    assert funnel(np.array([1, np.nan, 1]), np.array([5, 2, 4])) == NotEstimable("not_finite")
    assert funnel(np.zeros(3), np.array([5, 3, 4])) == NotEstimable("constant_outcome")
