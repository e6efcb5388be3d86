"""Hazard ratios are found; where a term tells all, there is none."""

from __future__ import annotations

import numpy as np
import pytest

from utfall.analysis.cox import cox
from utfall.analysis.results import NotEstimable


def people(seed, n=200):
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.normal(size=n), rng.random(n) < 0.5])
    wait = rng.exponential(np.exp(-(0.5 * x[:, 0] - 0.7 * x[:, 1])))
    looked = rng.uniform(0.5, 3, n)
    return np.ceil(20 * np.minimum(wait, looked)), wait <= looked, x


def test_the_truth_is_found_and_the_error_is_the_real_one():
    found = [cox(*people(seed)) for seed in range(60)]
    slopes = np.array([one.coefficients for one in found])
    errors = np.array([one.std_errors for one in found])
    assert slopes.mean(axis=0) == pytest.approx([0.5, -0.7], abs=0.1)
    assert np.sqrt((errors**2).mean(axis=0)) == pytest.approx(slopes.std(axis=0), rel=0.3)


def test_a_fire_that_halves_the_pace_is_found_with_a_row_for_each_stretch():
    rng = np.random.default_rng(1)
    n = 3000
    began = rng.uniform(0, 24, n)
    rows = []
    for one in began:
        # Pace 0.1 a month, half of it from month 12 of the calendar on.
        need, fire = rng.exponential(1.0), max(12 - one, 0.0)
        wait = need / 0.1 if need < 0.1 * fire else fire + (need - 0.1 * fire) / 0.05
        end = min(wait, 20.0)
        if fire > 0:
            rows.append((0.0, min(end, fire), wait <= min(end, fire), 0.0))
        if end > fire:
            rows.append((fire, end, wait <= end, 1.0))
    start, stop, event, fire = np.array(rows).T
    found = cox(stop, event, fire[:, None], start=start)
    assert found.conf_low[0] < np.log(0.5) < found.conf_high[0]


def test_order_and_scale_of_columns_change_nothing():
    stop, event, x = people(2)
    order = np.random.default_rng(3).permutation(len(stop))
    one, other = cox(stop, event, x), cox(stop[order], event[order], 1000 * x[order] + 5)
    assert other.coefficients * 1000 == pytest.approx(one.coefficients, rel=1e-8)
    assert other.log_likelihood == pytest.approx(one.log_likelihood, rel=1e-12)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("nobody", "no_rows"), ("unknown", "not_finite"), ("backwards", "no_follow_up"),
        ("no events", "no_events"), ("constant", "rank_deficient"), ("twin", "rank_deficient"),
        ("tells all", "separation"), ("many terms", "too_many_terms"),
    ],
)  # fmt: skip
def test_what_cannot_be_fitted_is_refused(change, reason):
    stop, event, x = people(4, n=40)
    start = np.zeros(40)
    if change == "nobody":
        stop, event, x, start = stop[:0], event[:0], x[:0], start[:0]
    elif change == "unknown":
        x = x * np.nan
    elif change == "backwards":
        start = stop + 1
    elif change == "no events":
        event = event & False
    elif change == "constant":
        x = np.column_stack([x, np.ones(40)])
    elif change == "twin":
        x = np.column_stack([x, x[:, 0]])
    elif change == "tells all":
        x = np.column_stack([event * 1.0])
    elif change == "many terms":
        x = np.random.default_rng(5).normal(size=(40, 40))
    assert cox(stop, event, x, start=start) == NotEstimable(reason)
