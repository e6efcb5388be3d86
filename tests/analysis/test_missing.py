"""The unknown: filled in with their uncertainty, weighted for, or left as bounds."""

from __future__ import annotations

import numpy as np
import pytest

from utfall.analysis.estimators import ipw
from utfall.analysis.missing import (
    censoring_weighted,
    impute,
    lee_bounds,
    pool,
)
from utfall.analysis.results import Bounds, Estimate, NotEstimable


def people(seed, n=400):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    treated = rng.random(n) < 0.5
    y = x + treated + rng.normal(size=n)
    known = rng.random(n) < 1 / (1 + np.exp(-(0.7 + 1.2 * x * treated)))
    return np.where(known, y, np.nan), treated, x[:, None]


def test_knowing_more_of_the_able_is_weighted_away():
    plain, weighted, errors, held = [], [], [], []
    for seed in range(120):
        y, treated, x = people(seed)
        plain.append(np.nanmean(y[treated]) - np.nanmean(y[~treated]))
        found = censoring_weighted(y, treated, x, family="gaussian")
        assert isinstance(found, Estimate)
        weighted.append(found.estimate)
        errors.append(found.std_error)
        held.append(found.conf_low <= 1 <= found.conf_high)
    assert np.mean(plain) > 1.2
    assert np.mean(weighted) == pytest.approx(1, abs=0.07)
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(weighted), rel=0.25)
    assert np.mean(held) > 0.88


@pytest.mark.parametrize("estimand", ["ate", "att", "ato"])
def test_with_everything_known_it_is_weighting_by_programme_alone(estimand):
    y, treated, x = people(1)
    y = np.nan_to_num(y)
    found = censoring_weighted(y, treated, x, estimand, family="gaussian")
    plain = ipw(y, treated, x, estimand, family="gaussian")
    assert found.estimate == pytest.approx(plain.estimate, rel=1e-12)
    assert found.std_error == pytest.approx(plain.std_error, rel=1e-12)


def test_who_came_where_and_who_is_known_are_both_weighted_away():
    found, errors = [], []
    for seed in range(80):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=600)
        treated = rng.random(600) < 1 / (1 + np.exp(-x))
        y = x + treated + rng.normal(size=600)
        y[rng.random(600) > 1 / (1 + np.exp(-(1 + x)))] = np.nan
        one = censoring_weighted(y, treated, x[:, None], "ato", family="gaussian")
        found.append(one.estimate)
        errors.append(one.std_error)
    assert np.mean(found) == pytest.approx(1, abs=3.5 * np.std(found) / np.sqrt(80))
    assert np.mean(errors) == pytest.approx(np.std(found), rel=0.25)


def test_imputed_tables_bring_back_the_slope_and_admit_what_was_lost():
    found, held = [], []
    for seed in range(15):
        rng = np.random.default_rng(seed)
        n = 200
        x = rng.normal(size=n)
        flag = (rng.random(n) < 1 / (1 + np.exp(-x))) * 1.0
        y = 1 + x + 0.5 * flag + rng.normal(size=n)
        table = np.column_stack([y, x, flag])
        table[rng.random(n) < 1 / (1 + np.exp(1 - y)), 1] = np.nan  # gaps follow the outcome
        table[rng.random(n) < 0.2, 2] = np.nan
        slopes, variances = [], []
        for full in impute(table, [False, False, True], tables=4, seed=seed):
            design = np.column_stack([np.ones(n), full[:, 1:]])
            inverse = np.linalg.inv(design.T @ design)
            beta = inverse @ design.T @ full[:, 0]
            left = full[:, 0] - design @ beta
            slopes.append(beta[1])
            variances.append(inverse[1, 1] * left @ left / (n - 3))
        one = pool(slopes, variances, df_complete=n - 3)
        found.append(one.estimate)
        held.append(one.conf_low <= 1 <= one.conf_high)
        assert 0 < one.missing_information < 1
    assert np.mean(found) == pytest.approx(1, abs=0.1)
    assert np.mean(held) >= 0.8


def test_the_same_seed_fills_the_same_and_the_known_stay_as_they_were():
    table = np.column_stack([np.arange(30.0), np.arange(30.0) % 7])
    table[::5, 1] = np.nan
    one, other = (impute(table, [False, False], tables=2, seed=3) for _ in range(2))
    assert all((a == b).all() for a, b in zip(one, other, strict=True))
    kept = ~np.isnan(table)
    assert (one[0][kept] == table[kept]).all()
    assert np.isfinite(one[0]).all()


def test_trimming_holds_the_effect_on_those_always_known():
    held = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        n = 600
        able = rng.normal(size=n)
        treated = rng.random(n) < 0.5
        known = able > np.where(treated, -0.8, -0.3)  # the programme makes more known
        y = np.where(known, able + 0.5 * treated + rng.normal(size=n), np.nan)
        found = lee_bounds(y, treated, replicates=100, seed=seed)
        assert isinstance(found, Bounds)
        assert found.conf_low < found.low < found.high < found.conf_high
        held.append(found.conf_low <= 0.5 <= found.conf_high)
    assert np.mean(held) > 0.93


def test_a_weight_is_so_many_people():
    rng = np.random.default_rng(4)
    y = np.where(rng.random(60) < 0.8, rng.normal(size=60), np.nan)
    arm, weight = np.arange(60) % 2 == 0, rng.integers(1, 4, 60)
    one = lee_bounds(y, arm, weight=weight, replicates=20)
    many = lee_bounds(np.repeat(y, weight), np.repeat(arm, weight), replicates=20)
    assert (one.low, one.high) == pytest.approx((many.low, many.high), rel=1e-12)


def test_the_order_in_which_people_came_decides_nothing():
    y, arm, _ = people(3, 120)
    weight = np.random.default_rng(1).uniform(0.5, 2.0, 120)
    mixed = np.random.default_rng(2).permutation(120)
    one = lee_bounds(y, arm, weight=weight, replicates=40)
    assert lee_bounds(y[mixed], arm[mixed], weight=weight[mixed], replicates=40) == one


def test_with_equal_shares_known_the_bounds_are_the_difference():
    y = np.array([1.0, 2, 3, np.nan, 5, 6, 7, np.nan])
    found = lee_bounds(y, np.arange(8) < 4, replicates=50)
    assert found.code == "unstable_bootstrap" if isinstance(found, NotEstimable) else True
    big = np.tile(y.reshape(2, 4), (1, 30)).reshape(-1)
    found = lee_bounds(big, np.arange(240) < 120, replicates=50)
    assert found.low == pytest.approx(found.high) == pytest.approx(-4.0)


def test_too_little_to_go_on_is_told():
    nothing = np.array([np.nan, np.nan, 1.0, 2.0])
    arm = np.array([True, True, False, False])
    assert lee_bounds(nothing, arm) == NotEstimable("too_few")
    assert lee_bounds(nothing, arm | True) == NotEstimable("one_arm")
    assert lee_bounds(nothing * np.inf, arm) == NotEstimable("not_finite")
    x = np.arange(4.0)[:, None]
    assert censoring_weighted(nothing, arm, x, family="gaussian") == NotEstimable("one_arm")
    assert pool([1.0], [1.0]) == NotEstimable("too_few")
    assert pool([1.0, np.nan], [1.0, 1.0]) == NotEstimable("not_finite")
    assert pool([1.0, 1.0], [0.0, 0.0]) == NotEstimable("no_spread")
    assert impute(np.empty((0, 2)), [False, False]) == NotEstimable("no_rows")
    assert impute(np.array([[1.0, np.nan]]), [False, False]) == NotEstimable("nothing_observed")
    assert impute(np.array([[1.0, np.inf]]), [False, False]) == NotEstimable("not_finite")
    twin = np.column_stack([np.arange(9.0), 2 * np.arange(9.0), np.arange(9.0) ** 2])
    twin[0, 2] = np.nan
    assert impute(twin, [False] * 3) == NotEstimable("rank_deficient")
