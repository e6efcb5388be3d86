"""Sites on the logit scale: the spread is found, or said to be none."""

from __future__ import annotations

import numpy as np
import pytest

from utfall.analysis.mixed import mixed_logit
from utfall.analysis.regression import fit
from utfall.analysis.results import NotEstimable


def sites(seed, spread, n_sites=25, each=40):
    rng = np.random.default_rng(seed)
    site = np.repeat(np.arange(n_sites), each // 10)
    x = rng.normal(size=len(site))
    linear = -0.5 + 0.6 * x + rng.normal(0, spread, n_sites)[site]
    trials = np.full(len(site), 10)
    return rng.binomial(trials, 1 / (1 + np.exp(-linear))), trials, x, site


def design_of(x):
    return np.column_stack([np.ones(len(x)), x])


def test_the_spread_and_the_slope_are_found():
    found = []
    for seed in range(12):
        hits, trials, x, site = sites(seed, 0.8)
        one = mixed_logit(hits, trials, design_of(x), site, nodes=9)
        found.append((one.variance, one.coefficients[1], one.std_errors[1], one.p_value))
    variance, slope, error, p_value = np.array(found).T
    assert variance.mean() == pytest.approx(0.64, abs=0.2)
    assert slope.mean() == pytest.approx(0.6, abs=0.1)
    assert np.sqrt(np.mean(error**2)) == pytest.approx(slope.std(), rel=0.6)
    assert (p_value < 0.05).mean() > 0.9


def test_where_sites_are_alike_it_says_so_and_is_the_plain_logit():
    """Software that reports a variance of nought with errors as if it were known would mislead."""
    at_zero = 0
    for seed in range(6):
        hits, trials, x, site = sites(seed, 0.0)
        found = mixed_logit(hits, trials, design_of(x), site, nodes=9)
        if not found.is_at_zero:
            assert found.p_value > 0.01
            continue
        at_zero += 1
        outcome, count = np.repeat([1.0, 0.0], len(x)), np.concatenate([hits, trials - hits])
        kept = count > 0
        both = np.vstack([design_of(x)] * 2)[kept]
        plain = fit(outcome[kept], both, "binomial", count[kept] * 1.0)
        assert found.variance == 0
        assert found.coefficients == pytest.approx(plain.coefficients, rel=1e-9)
        errors = np.sqrt(np.diag(plain.inverse_information))
        assert found.std_errors == pytest.approx(errors, rel=1e-3)
    assert at_zero >= 2


def test_what_cannot_be_fitted_is_refused():
    hits, trials, x, site = sites(1, 0.5)
    design = design_of(x)
    assert mixed_logit(hits, trials, design, site * 0) == NotEstimable("too_few_clusters")
    assert mixed_logit(hits + 20, trials, design, site) == NotEstimable("not_binary")
    assert mixed_logit(hits * 0, trials, design, site) == NotEstimable("constant_outcome")
    assert mixed_logit(hits, trials, design * np.nan, site) == NotEstimable("not_finite")
    twin = np.column_stack([design, x])
    assert mixed_logit(hits, trials, twin, site) == NotEstimable("rank_deficient")
    told = np.column_stack([np.ones(len(x)), (hits > 5) * 1.0])
    split = np.where(hits > 5, trials, 0)
    assert mixed_logit(split, trials, told, site) == NotEstimable("separation")
    assert mixed_logit(hits[:0], trials[:0], design[:0], site[:0]) == NotEstimable("no_rows")
