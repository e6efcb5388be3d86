"""Places that changed are compared with places that never did, and with themselves before."""

from __future__ import annotations

import numpy as np
import pytest

from utfall.analysis.clusters import clustered_regression
from utfall.analysis.panels import NEVER, breakdown, group_time_effects, trend_bounds
from utfall.analysis.results import NotEstimable

PERIODS = np.arange(2010, 2018)


def places(seed, n=90, *, drift=0.0, confounded=False, noise=1.0):
    """Draw outcomes; effect grows 1 a year for the early group and is 1 for the late one."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    if confounded:
        chance = 1 / (1 + np.exp(-x))
        first = np.where(rng.random(n) < chance, rng.choice([2013, 2015], n), NEVER)
    else:
        first = rng.choice([2013, 2015, NEVER], n, p=[0.3, 0.3, 0.4])
    time = PERIODS - 2010
    y = rng.normal(size=(n, 1)) + 0.3 * time + rng.normal(0, noise, (n, len(time)))
    y += 0.5 * x[:, None] * time  # people like x were on another course anyway
    y += drift * np.isfinite(first)[:, None] * time
    since = PERIODS - first[:, None]
    y += np.where(since >= 0, np.where(first[:, None] == 2013, since + 1, 1.0), 0.0)
    return y, first, x[:, None]


def test_two_periods_are_the_difference_of_mean_changes_with_its_robust_error():
    y, first, _ = places(1)
    found = group_time_effects(y[:, [2, 3]], np.where(first == 2013, 2013, NEVER), [2012, 2013])
    change, arm = y[:, 3] - y[:, 2], (first == 2013) * 1.0
    rows = clustered_regression(
        change, np.column_stack([np.ones(len(arm)), arm]), np.arange(len(arm)), 1
    )
    (effect,) = found.effects
    assert effect.estimate == pytest.approx(rows.estimate, rel=1e-10)
    assert effect.std_error == pytest.approx(rows.cr0, rel=1e-10)
    assert found.overall.estimate == effect.estimate


def test_growing_effects_are_found_where_two_way_fixed_effects_are_not():
    overall, fixed, held = [], [], []
    for seed in range(40):
        y, first, x = places(seed, n=120)
        found = group_time_effects(y, first, PERIODS, x=x)
        early = {e.period: e for e in found.effects if e.group == 2013}
        overall.append([early[2013].estimate, early[2017].estimate])
        held.append(early[2017].conf_low <= 5 <= early[2017].conf_high)
        fixed.append(two_way(y, first))
    spread = np.std(overall, axis=0) / np.sqrt(40)
    assert np.mean(overall, axis=0) == pytest.approx([1, 5], abs=3.5 * spread.max())
    assert np.mean(held) > 0.88
    # Mean of all treated unit-periods: early 1..5, late 1, 1, 1.
    assert np.mean(fixed) < 0.85 * np.mean([1, 2, 3, 4, 5, 1, 1, 1])


def two_way(y, first):
    on = (first[:, None] <= PERIODS) * 1.0

    def within(values):
        return values - values.mean(0) - values.mean(1, keepdims=True) + values.mean()

    return float((within(on) * y).sum() / (within(on) ** 2).sum())


def test_other_courses_for_other_people_are_adjusted_away():
    plain, adjusted, errors = [], [], []
    for seed in range(40):
        y, first, x = places(seed, n=150, confounded=True)
        plain.append(group_time_effects(y, first, PERIODS).overall.estimate)
        found = group_time_effects(y, first, PERIODS, x=x).overall
        adjusted.append(found.estimate)
        errors.append(found.std_error)
    truth = np.mean([1, 2, 3, 4, 5, 1, 1, 1])
    assert np.mean(plain) - truth > 0.3
    assert np.mean(adjusted) == pytest.approx(truth, abs=0.25)
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(adjusted), rel=0.3)


def test_before_the_change_nothing_is_found_unless_the_courses_differ():
    still = group_time_effects(*places(3)[:2], PERIODS)
    moving = group_time_effects(*places(3, drift=0.8, noise=0.3)[:2], PERIODS)
    before = [e for e in still.by_time if e.period < 0]
    assert all(abs(e.estimate) < 4 * e.std_error for e in before)
    assert any(abs(e.estimate) > 4 * e.std_error for e in moving.by_time if e.period < 0)
    assert -1.0 not in {e.period for e in still.by_time}


def test_bounds_widen_with_what_is_allowed_and_start_at_the_interval():
    found = group_time_effects(*places(4, noise=0.2)[:2], PERIODS)
    at_once = next(e for e in found.by_time if e.period == 0)
    none = trend_bounds(found, 0.0)
    assert (none.conf_low, none.conf_high) == pytest.approx((at_once.conf_low, at_once.conf_high))
    assert none.low == none.high == at_once.estimate
    some, more = trend_bounds(found, 0.5), trend_bounds(found, 1.0)
    assert more.conf_low < some.conf_low < none.conf_low < none.conf_high < more.conf_high
    steps = {e.period: e.estimate for e in found.by_time}
    pre = [steps[p] for p in sorted(steps) if p < 0] + [0.0]
    assert more.high - at_once.estimate == pytest.approx(np.abs(np.diff(pre)).max())
    at = breakdown(found)
    edge = trend_bounds(found, at)
    assert min(abs(edge.conf_low), abs(edge.conf_high)) < 1e-6


def test_bounds_hold_the_truth_where_courses_go_on_differing_as_before():
    held = []
    for seed in range(60):
        y, first, _ = places(seed, n=80, drift=0.4)
        found = group_time_effects(y, first, PERIODS)
        bounds = trend_bounds(found, 1.0)
        held.append(bounds.conf_low <= 1.0 <= bounds.conf_high)
    assert np.mean(held) >= 0.95


def test_panels_without_an_answer_say_so():
    y, first, x = places(5, n=30)
    hole = y.copy()
    hole[0, 0] = np.nan
    assert group_time_effects(hole, first, PERIODS) == NotEstimable("unbalanced_panel")
    assert group_time_effects(y * 1e400, first, PERIODS).code == "not_finite"
    assert group_time_effects(y, np.full(30, NEVER), PERIODS) == NotEstimable("one_arm")
    assert group_time_effects(y, np.full(30, 2013), PERIODS) == NotEstimable("one_arm")
    one = np.where(np.arange(30) == 0, 2013, NEVER)
    assert group_time_effects(y, one, PERIODS) == NotEstimable("too_few")
    always = np.where(np.arange(30) < 15, 2010, NEVER)
    assert group_time_effects(y, always, PERIODS) == NotEstimable("no_base_period")
    told = np.where(np.isfinite(first), 1.0, 0.0)[:, None]
    assert group_time_effects(y, first, PERIODS, x=told) == NotEstimable("separation")
    twin = np.column_stack([x, x])
    assert group_time_effects(y, first, PERIODS, x=twin) == NotEstimable("rank_deficient")
    assert group_time_effects(y * 0, first, PERIODS) == NotEstimable("no_spread")
    two = group_time_effects(y[:, 2:4], np.where(first == 2013, 2013, NEVER), [2012, 2013])
    assert trend_bounds(two) == NotEstimable("no_pre_trend")
    assert breakdown(two) is None
    with pytest.raises(ValueError, match="one row per unit"):
        group_time_effects(y, first[:5], PERIODS)
