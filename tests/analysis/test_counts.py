"""Counts and shares vary by chance as the textbooks' tables say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from utfall.analysis.counts import (
    n_per_arm_for,
    normal_variation_band,
    poisson_interval,
    poisson_rate,
    rate_ratio,
    smallest_detectable_difference,
    wilson_interval,
)


@pytest.mark.parametrize(
    ("events", "low", "high"),
    [(9, 4.1, 17.1), (10, 4.8, 18.4), (18, 10.7, 28.4), (19, 11.4, 29.7), (20, 12.2, 30.9)],
)
def test_exact_poisson_intervals_are_those_of_the_tables(events, low, high):
    found = poisson_interval(events)
    assert [round(bound, 1) for bound in found] == [low, high]


@given(st.integers(0, 300), st.sampled_from([0.8, 0.95, 0.99]))
def test_exact_poisson_bounds_leave_just_the_tail_outside(events, level):
    low, high = poisson_interval(events, level)
    assert stats.poisson.cdf(events, high) == pytest.approx((1 - level) / 2)
    if events:
        assert stats.poisson.sf(events - 1, low) == pytest.approx((1 - level) / 2)


def test_a_year_around_nineteen_ranges_from_eleven_to_twenty_eight_by_chance():
    assert normal_variation_band(18.8) == (11, 28)


@given(st.floats(0.5, 200), st.floats(0.05, 0.5))
def test_years_that_differ_beyond_chance_have_a_wider_band(mean, share):
    low, high = normal_variation_band(mean)
    wider_low, wider_high = normal_variation_band(mean, overdispersion_share=share)
    assert wider_high >= high
    # The negative binomial's lower tail falls with its variance except near zero.
    assert wider_low <= low


def test_the_band_holds_its_share_of_simulated_years():
    rng = np.random.default_rng(5)
    years = rng.poisson(18.8 * rng.gamma(1 / 0.04, 0.04, size=20_000))
    low, high = normal_variation_band(18.8, overdispersion_share=0.2)
    assert 0.945 < np.mean((years >= low) & (years <= high)) < 0.975


def test_a_quarter_of_three_thousand_is_known_to_three_points():
    assert [round(100 * b, 1) for b in wilson_interval(800, 3000)] == [25.1, 28.3]


@given(st.integers(1, 500), st.data())
def test_wilson_bounds_hold_the_share_and_mirror(n, data):
    successes = data.draw(st.integers(0, n))
    low, high = wilson_interval(successes, n)
    mirrored = wilson_interval(n - successes, n)
    assert 0 <= low <= successes / n <= high <= 1
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=1e-12)


def test_a_rate_divides_the_exact_interval_by_exposure():
    assert poisson_rate(19, 2.0) == pytest.approx((9.5, *(b / 2 for b in poisson_interval(19))))


@given(st.integers(0, 60), st.integers(0, 60), st.floats(0.5, 40), st.floats(0.5, 40))
def test_swapping_programmes_inverts_the_rate_ratio(one, zero, months_one, months_zero):
    found = rate_ratio(one, months_one, zero, months_zero)
    swapped = rate_ratio(zero, months_zero, one, months_one)
    assert found.p_value == pytest.approx(swapped.p_value)
    if one and zero:
        assert found.ratio * swapped.ratio == pytest.approx(1)
        assert found.conf_low * swapped.conf_high == pytest.approx(1)
        assert found.conf_low < found.ratio < found.conf_high


@given(st.integers(0, 40), st.integers(1, 40), st.floats(0.5, 10))
def test_the_ratios_interval_and_test_agree(one, zero, exposure):
    found = rate_ratio(one, exposure, zero, 1.0)
    excludes_one = found.conf_low > 1 or found.conf_high < 1
    if abs(found.p_value - 0.05) > 1e-6:
        assert excludes_one == (found.p_value < 0.05)


def test_no_events_in_either_programme_say_nothing_about_the_ratio():
    found = rate_ratio(0, 10.0, 0, 10.0)
    assert (found.ratio, found.conf_low, found.conf_high, found.p_value) == (None, 0, math.inf, 1)


def test_thirty_four_an_arm_see_only_thirty_two_points():
    assert round(100 * smallest_detectable_difference(34, 34, 0.35)) == 32
    assert round(100 * smallest_detectable_difference(100, 100, 0.35)) == 19


@given(st.floats(0.01, 0.6), st.floats(0.05, 0.95))
def test_people_needed_and_difference_seen_are_each_others_inverse(difference, share):
    n = n_per_arm_for(difference, share)
    assert smallest_detectable_difference(n, n, share) <= difference * (1 + 1e-9)
    if n > 1:
        assert smallest_detectable_difference(n - 1, n - 1, share) > difference * (1 - 1e-9)


@pytest.mark.parametrize(
    "call",
    [
        lambda: poisson_interval(-1),
        lambda: poisson_rate(3, 0),
        lambda: wilson_interval(3, 2),
        lambda: normal_variation_band(-1.0),
        lambda: smallest_detectable_difference(0, 10, 0.3),
        lambda: n_per_arm_for(0.0, 0.3),
        lambda: poisson_interval(3, 1.0),
    ],
)
def test_impossible_counts_are_refused(call):
    with pytest.raises(ValueError, match=r"must|cannot"):
        call()
