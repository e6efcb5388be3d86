"""Open cases count as long as they were seen, and no longer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utfall.analysis.results import Estimate, NotEstimable
from utfall.analysis.survival import (
    kaplan_meier,
    log_rank,
    restricted_mean,
    restricted_mean_difference,
    waiting_time,
)

people = st.lists(st.tuples(st.integers(1, 15), st.booleans()), min_size=1, max_size=50)


def curve_of(rows):
    return kaplan_meier(np.array([t for t, _ in rows]), np.array([h for _, h in rows]))


@given(people)
def test_shares_only_fall_and_lie_inside_their_bounds(rows):
    curve = curve_of(rows)
    assert (np.diff(curve.share) <= 1e-12).all()
    assert (curve.conf_low <= curve.share + 1e-12).all()
    assert (curve.share <= curve.conf_high + 1e-12).all()
    assert np.isfinite([curve.conf_low, curve.conf_high, curve.std_error]).all()


@given(people, st.integers(1, 15))
def test_time_kept_and_time_lost_add_to_the_horizon_or_the_mean_is_refused(rows, horizon):
    curve = curve_of(rows)
    found = restricted_mean(curve, horizon)
    if isinstance(found, NotEstimable):
        assert max(t for t, _ in rows) < horizon
    else:
        assert found.mean + found.lost == pytest.approx(horizon)
        assert 0 <= found.conf_low <= found.mean <= found.conf_high <= horizon


@given(people)
def test_equal_weights_change_the_share_by_nothing_and_scale_out(rows):
    time, happened = np.array([t for t, _ in rows]), np.array([h for _, h in rows])
    plain = kaplan_meier(time, happened)
    weighted = kaplan_meier(time, happened, weight=np.full(len(rows), 7.0))
    assert weighted.share == pytest.approx(plain.share)
    # Without late entry the jackknife is Greenwood's formula.
    assert weighted.std_error == pytest.approx(plain.std_error, abs=1e-9)


def test_a_median_wait_is_unknown_while_most_still_wait():
    waits = curve_of([(3, True), (5, False), (6, False), (9, False)])
    assert waiting_time(waits, 0.5).time is None
    assert waiting_time(waits, 0.2).time == 3


def test_leaving_out_open_cases_would_halve_the_wait():
    rng = np.random.default_rng(4)
    wait, looked = rng.exponential(20, 4000), rng.uniform(0, 30, 4000)
    seen, over = np.minimum(wait, looked), wait <= looked
    median = waiting_time(kaplan_meier(seen, over), 0.5)
    assert median.conf_low < 20 * np.log(2) < median.conf_high
    assert np.median(seen[over]) < 0.6 * 20 * np.log(2)


def test_those_found_waiting_have_waited_longer_unless_their_late_entry_is_counted():
    rng = np.random.default_rng(5)
    began, wait = rng.uniform(0, 200, 6000), rng.exponential(12, 6000)
    present = (began < 150) & (began + wait > 150)  # a snapshot of the queue on day 150
    waited = 150 - began[present]
    naive = kaplan_meier(wait[present], np.ones(present.sum(), dtype=bool))
    honest = kaplan_meier(wait[present], np.ones(present.sum(), dtype=bool), entry=waited)
    truth = 12 * np.log(2)
    assert waiting_time(naive, 0.5).conf_low > 1.5 * truth
    found = waiting_time(honest, 0.5)
    assert found.conf_low <= truth <= found.conf_high


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 2))
def test_errors_are_the_spread_over_repeated_samples(seed):
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(250):
        wait, looked = rng.exponential(8, 60), rng.uniform(5, 25, 60)
        weight = rng.choice([0.5, 1.5], 60)
        curve = kaplan_meier(np.minimum(wait, looked), wait <= looked, weight=weight)
        mean = restricted_mean(curve, 6.0)
        place = curve.at(5.0)
        found.append((curve.share[place], curve.std_error[place], mean.mean, mean.std_error))
    share, share_error, mean, mean_error = np.array(found).T
    assert np.sqrt(np.mean(share_error**2)) == pytest.approx(share.std(), rel=0.15)
    assert np.sqrt(np.mean(mean_error**2)) == pytest.approx(mean.std(), rel=0.15)
    assert share.mean() == pytest.approx(np.exp(-5 / 8), abs=0.02)
    assert mean.mean() == pytest.approx(8 * (1 - np.exp(-6 / 8)), abs=0.1)


def test_a_difference_in_waits_is_found_and_tested():
    rng = np.random.default_rng(6)
    one, zero = rng.exponential(10, 300), rng.exponential(6, 300)
    all_over = np.ones(300, dtype=bool)
    found = restricted_mean_difference(
        kaplan_meier(one, all_over), kaplan_meier(zero, all_over), 12.0
    )
    assert isinstance(found, Estimate)
    truth = 10 * (1 - np.exp(-1.2)) - 6 * (1 - np.exp(-2))
    assert found.conf_low < truth < found.conf_high
    tested = log_rank(np.r_[one, zero], np.r_[all_over, all_over], np.repeat([1, 0], 300))
    assert tested.p_value < 0.001
    assert sum(tested.observed) == pytest.approx(sum(tested.expected))


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (([], []), "no_rows"),
        (([1.0, np.nan], [True, False]), "not_finite"),
        (([1.0, np.inf], [True, False]), "not_finite"),
    ],
)
def test_no_waits_no_curve(arguments, reason):
    time, happened = arguments
    found = kaplan_meier(np.array(time), np.array(happened, dtype=bool))
    assert found == NotEstimable(reason)


def test_impossible_entries_and_weights_are_refused():
    time, over = np.array([2.0, 3.0]), np.array([True, False])
    assert kaplan_meier(time, over, entry=np.array([2.0, 0.0])) == NotEstimable("no_follow_up")
    for bad in ([-1.0, 1.0], [0.0, 0.0]):
        assert kaplan_meier(time, over, weight=np.array(bad)) == NotEstimable("bad_weights")
    assert kaplan_meier(time, over, weight=np.array([np.nan, 1.0])) == NotEstimable("not_finite")
    assert log_rank(time, over, np.array([1, 1])) == NotEstimable("one_arm")
    assert log_rank(time, ~(over | True), np.array([1, 2])) == NotEstimable("no_events")
    with pytest.raises(ValueError, match="one value per row"):
        kaplan_meier(time, over, entry=np.array([0.0]))
    nobody_left = kaplan_meier(time, np.array([False, False]))
    assert restricted_mean(nobody_left, 5.0) == NotEstimable("follow_up_too_short")
    assert restricted_mean(nobody_left, 0.0) == NotEstimable("bad_horizon")
    assert restricted_mean_difference(nobody_left, nobody_left, 5.0).code == "follow_up_too_short"
    assert restricted_mean_difference(nobody_left, nobody_left, 2.0).code == "no_spread"
