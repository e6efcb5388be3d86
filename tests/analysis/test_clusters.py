"""A handful of sites: the test holds its level, or there is none."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from utfall.analysis.clusters import (
    clustered_regression,
    randomisation_test,
    wild_cluster_test,
)
from utfall.analysis.results import NotEstimable


def sites(seed, n_sites=8, n_treated=3, each=25, difference=0.0):
    rng = np.random.default_rng(seed)
    site = np.repeat(np.arange(n_sites), each)
    arm = (site < n_treated) * 1.0
    y = difference * arm + rng.normal(0, 0.5, n_sites)[site] + rng.normal(size=len(site))
    return y, np.column_stack([np.ones(len(site)), arm]), site


def test_with_eight_sites_the_usual_error_cries_wolf_and_the_flips_do_not():
    usual, reduced, flipped = [], [], []
    for seed in range(250):
        y, design, site = sites(seed)
        found = clustered_regression(y, design, site, 1)
        usual.append(abs(found.estimate / found.cr1) > 1.96)
        reduced.append(found.p_value < 0.05)
        flipped.append(wild_p_value(y, design, site) < 0.05)
    assert np.mean(usual) > 0.10
    assert np.mean(reduced) < 0.10
    assert np.mean(flipped) < 0.10


def wild_p_value(y, design, site):
    from utfall.analysis.clusters import _patterns, _restricted_p_value

    return _restricted_p_value(y, design, site, 1, 0.0, _patterns(site.max() + 1, 1)[0])


def test_the_wild_bootstrap_is_what_refitting_every_draw_gives():
    y, design, site = sites(3, difference=0.6)
    found = wild_cluster_test(y, design, site, 1)
    fitted = np.full(len(y), y.mean())
    own = clustered_regression(y, design, site, 1)
    as_far = 0
    for bits in range(2**8):
        sign = np.array([1.0 if bits >> g & 1 else -1.0 for g in range(8)])
        drawn = clustered_regression(fitted + sign[site] * (y - fitted), design, site, 1)
        as_far += abs(drawn.estimate / drawn.cr1) >= abs(own.estimate / own.cr1) * (1 - 1e-9)
    assert found.p_value == as_far / 2**8
    assert found.is_listed
    assert found.conf_low < found.estimate < found.conf_high
    assert (found.conf_low > 0) == (found.p_value < 0.05)


def test_intervals_with_twelve_sites_hold_the_truth():
    held = []
    for seed in range(120):
        y, design, site = sites(seed, n_sites=12, n_treated=6, each=10, difference=0.4)
        found = clustered_regression(y, design, site, 1)
        held.append(found.conf_low <= 0.4 <= found.conf_high)
    assert np.mean(held) > 0.90


def test_randomisation_counts_every_assignment():
    rng = np.random.default_rng(1)
    values, arm = rng.normal(size=8), np.arange(8) < 3
    found = randomisation_test(values, arm)
    gaps = [
        values[list(c)].mean() - values[[i for i in range(8) if i not in c]].mean()
        for c in combinations(range(8), 3)
    ]
    own = values[arm].mean() - values[~arm].mean()
    assert found.n_patterns == 56
    assert found.p_value == pytest.approx(np.mean(np.abs(gaps) >= abs(own) - 1e-12))
    assert found.conf_low is None or found.conf_low < found.estimate


def test_randomisation_never_claims_more_than_its_assignments():
    far = np.array([9.0, 9.1, 9.2, 0.0, 0.1, 0.2])
    found = randomisation_test(far, np.arange(6) < 3)
    assert found.p_value == pytest.approx(2 / 20)
    assert found.conf_low is None  # at 5 percent, six sites cannot bound anything
    loose = randomisation_test(far, np.arange(6) < 3, conf_level=0.8)
    assert loose.conf_low < 9 < loose.conf_high


def test_randomisation_holds_its_level_when_many_sites_are_drawn():
    rng = np.random.default_rng(2)
    arm = np.arange(20) < 10
    p_values = [randomisation_test(rng.normal(size=20), arm, seed=s).p_value for s in range(3)]
    assert all(0 < p <= 1 for p in p_values)
    assert not randomisation_test(rng.normal(size=20), arm).is_listed


def test_two_sites_or_one_are_too_few():
    y, design, site = sites(1)
    one = np.zeros(len(y))
    assert clustered_regression(y, design, one, 1) == NotEstimable("too_few_clusters")
    assert wild_cluster_test(y, design, site // 2, 1) == NotEstimable("too_few_clusters")
    assert wild_cluster_test(y, design, one, 1) == NotEstimable("too_few_clusters")
    assert randomisation_test(np.arange(4.0), np.arange(4) < 2).code == "too_few_clusters"


@pytest.mark.parametrize(
    ("y", "design", "reason"),
    [
        (np.empty(0), np.empty((0, 2)), "no_rows"),
        (np.array([1.0, np.nan, 2.0, 3.0]), np.ones((4, 1)), "not_finite"),
        (np.arange(4.0), np.eye(4), "too_many_terms"),
        (np.arange(4.0), np.ones((4, 2)), "rank_deficient"),
        (np.ones(4), np.ones((4, 1)), "no_spread"),
    ],
)
def test_regressions_without_an_answer_say_so(y, design, reason):
    site = np.arange(len(y)) % 2 + 0.0
    if reason == "no_rows":
        site = np.empty(0)
    assert clustered_regression(y, design, site, 0) == NotEstimable(reason)


def test_sites_without_spread_or_numbers_have_no_test():
    arm = np.arange(6) < 3
    assert randomisation_test(np.ones(6), arm) == NotEstimable("no_spread")
    assert randomisation_test(np.full(6, np.nan), arm) == NotEstimable("not_finite")
