"""One place's own course, before and after."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from utfall.analysis.results import NotEstimable
from utfall.analysis.series import interrupted_series, newey_west


def series(seed, step=2.0, slope=0.1, n=60, dependence=0.4):
    rng = np.random.default_rng(seed)
    noise = np.zeros(n)
    for t in range(1, n):
        noise[t] = dependence * noise[t - 1] + rng.normal()
    time = np.arange(n) - n // 2
    return 10 + 0.05 * time + (time >= 0) * (step + slope * time) + noise


def test_step_and_course_equal_statsmodels_where_errors_depend_so_much():
    y = series(1)
    found = interrupted_series(y, 30)
    assert 0.1 < found.dependence < 0.7
    time = np.arange(60.0) - 30
    after = (time >= 0) * 1.0
    design = np.column_stack([np.ones(60), time, after, after * time])
    sigma = found.dependence ** np.abs(np.subtract.outer(np.arange(60), np.arange(60)))
    fitted = sm.GLS(y, design, sigma=sigma).fit()
    for place, one in ((2, found.level), (3, found.slope)):
        assert one.estimate == pytest.approx(fitted.params[place], rel=1e-9)
        assert one.std_error >= fitted.bse[place] * (1 - 1e-9)


def test_the_sandwich_of_dependent_errors_equals_statsmodels():
    y, lags = series(1), 3
    time = np.arange(60.0) - 30
    after = (time >= 0) * 1.0
    design = np.column_stack([np.ones(60), time, after, after * time])
    fitted = sm.OLS(y, design).fit(
        cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True}, use_t=True
    )
    coefficients, covariance = newey_west(y, design, lags)
    assert coefficients == pytest.approx(fitted.params, rel=1e-10)
    assert np.sqrt(np.diag(covariance)) == pytest.approx(fitted.bse, rel=1e-10)


def test_without_dependence_none_is_found_on_average():
    found = [interrupted_series(series(s, dependence=0.0), 30).dependence for s in range(200)]
    assert np.mean(found) == pytest.approx(0, abs=0.04)


def test_the_step_is_found_and_mostly_inside_its_interval():
    found = [interrupted_series(series(seed, n=120), 60).level for seed in range(150)]
    values = np.array([one.estimate for one in found])
    assert values.mean() == pytest.approx(2, abs=3.5 * values.std() / np.sqrt(150))
    assert np.mean([one.conf_low <= 2 <= one.conf_high for one in found]) > 0.85


def test_a_cycle_is_no_break():
    time = np.arange(72)
    cycle = 3.0 * np.sin(2 * np.pi * time / 12) + np.random.default_rng(2).normal(size=72)
    adjusted = interrupted_series(cycle, 39, season=12)
    assert adjusted.level.conf_low < 0 < adjusted.level.conf_high


def test_short_flat_or_broken_series_are_refused():
    assert interrupted_series(np.arange(12.0), 5) == NotEstimable("too_few")
    assert interrupted_series(np.arange(30.0), 10, season=12) == NotEstimable("too_few")
    assert interrupted_series(np.ones(40), 20) == NotEstimable("no_spread")
    hole = np.arange(40.0)
    hole[3] = np.nan
    assert interrupted_series(hole, 20) == NotEstimable("not_finite")
