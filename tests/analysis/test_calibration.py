"""What the method finds where there is nothing tells how far it errs elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from utfall.analysis.calibration import calibrated, empirical_null
from utfall.analysis.results import NotEstimable


def controls(seed, mean=0.05, spread=0.04, n=40):
    rng = np.random.default_rng(seed)
    error = rng.uniform(0.01, 0.05, n)
    return rng.normal(mean, np.hypot(spread, error)), error


def test_bias_and_its_spread_are_found():
    found = [empirical_null(*controls(seed)) for seed in range(100)]
    assert np.mean([one.mean for one in found]) == pytest.approx(0.05, abs=0.004)
    assert np.mean([one.spread for one in found]) == pytest.approx(0.04, abs=0.006)


def test_expected_absolute_error_is_the_mean_of_the_folded_normal():
    found = empirical_null(*controls(1))
    drawn = np.abs(np.random.default_rng(2).normal(found.mean, found.spread, 400_000))
    assert found.expected_absolute == pytest.approx(drawn.mean(), rel=5e-3)


def test_calibrated_tests_cry_wolf_as_often_as_they_say():
    raw, mended = [], []
    for seed in range(200):
        estimates, errors = controls(seed, n=41)
        null = empirical_null(estimates[1:], errors[1:])
        one = calibrated(estimates[0], errors[0], null)
        raw.append(abs(estimates[0] / errors[0]) > 1.96)
        mended.append(one.p_value < 0.05)
        assert (one.conf_low > 0 or one.conf_high < 0) == (one.p_value < 0.05)
    assert np.mean(raw) > 0.4
    assert np.mean(mended) < 0.11


def test_without_bias_only_not_knowing_it_is_added():
    null = empirical_null(np.array([0.01, -0.01, 0.02, -0.02, 0.0]), np.full(5, 0.1))
    assert null.spread == 0
    assert null.expected_absolute == abs(null.mean)
    assert null.mean_error == pytest.approx(0.1 / np.sqrt(5))
    assert calibrated(0.1, 0.05, null).std_error == pytest.approx(np.hypot(0.05, null.mean_error))


def test_few_or_broken_controls_are_refused():
    four = np.zeros(4)
    assert empirical_null(four, four + 1) == NotEstimable("too_few")
    five = np.zeros(5)
    assert empirical_null(five, five) == NotEstimable("no_spread")
    assert empirical_null(five * np.nan, five + 1) == NotEstimable("not_finite")


def test_controls_of_equal_error_have_a_null_in_closed_form() -> None:
    found = np.array([0.30, 0.10, 0.45, -0.05, 0.20])
    null = empirical_null(found, np.full(5, 0.1))
    assert null.mean == pytest.approx(np.mean(found), abs=1e-6)
    assert null.spread == pytest.approx(np.sqrt(np.var(found) - 0.1**2), abs=1e-6)


def test_controls_that_chance_explains_have_a_null_without_spread() -> None:
    found = np.array([0.01, -0.02, 0.015, 0.0, 0.01])
    null = empirical_null(found, np.full(5, 0.1))
    assert null.spread == 0.0
    assert null.expected_absolute == pytest.approx(abs(found.mean()), abs=1e-9)


def test_the_null_does_not_depend_on_the_unit() -> None:
    found, errors = np.array([0.3, 0.1, 0.45, -0.05, 0.2]), np.array([0.1, 0.05, 0.2, 0.1, 0.1])
    points, shares = empirical_null(100 * found, 100 * errors), empirical_null(found, errors)
    assert points.mean == pytest.approx(100 * shares.mean, rel=1e-5)
    assert points.spread == pytest.approx(100 * shares.spread, rel=1e-4)


def test_ten_honest_controls_are_seldom_called_dishonest() -> None:
    """With errors of 0.2 to 0.4 and truth 0, OHDSI's limit of 0.25 is passed by some 2 in 100."""
    above = 0
    for seed in range(300):
        draw = np.random.default_rng(seed)
        errors = draw.uniform(0.2, 0.4, 10)
        above += empirical_null(draw.normal(0, errors), errors).expected_absolute > 0.25
    assert above <= 15
