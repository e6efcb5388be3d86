"""Draws of people, with every model fitted anew, agree with the stacked errors."""

from __future__ import annotations

import numpy as np
import pytest

from utfall.analysis.bootstrap import bootstrap
from utfall.analysis.estimators import aipw, g_computation, ipw
from utfall.analysis.results import NotEstimable

KINDS = {"ipw": ipw, "g_computation": g_computation, "aipw": aipw}


def people(seed=1, n=300, family="binomial"):
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.normal(size=n), rng.random(n) < 0.4])
    treated = rng.random(n) < 1 / (1 + np.exp(-0.6 * x[:, 0]))
    if family == "gaussian":
        return x[:, 0] + treated + rng.normal(size=n), treated, x
    return (rng.random(n) < 0.3 + 0.2 * treated + 0.1 * np.tanh(x[:, 0])) * 1.0, treated, x


@pytest.mark.parametrize("estimand", ["ate", "att", "atc", "ato"])
@pytest.mark.parametrize("family", ["binomial", "gaussian"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_point_is_the_estimator_s_and_the_spread_its_error(kind, family, estimand):
    given = people(family=family)
    found = bootstrap(*given, estimand, family=family, kind=kind, replicates=400)
    stacked = KINDS[kind](*given, estimand, family=family)
    assert found.estimate == pytest.approx(stacked.estimate, rel=1e-8)
    assert found.std_error == pytest.approx(stacked.std_error, rel=0.12)
    assert found.conf_low == pytest.approx(stacked.conf_low, abs=0.35 * stacked.std_error)
    assert found.p_value is None


def test_the_same_seed_gives_the_same_bytes_and_the_order_of_rows_none():
    y, treated, x = people()
    order = np.random.default_rng(2).permutation(len(y))
    one = bootstrap(y, treated, x, "ate", family="binomial", replicates=100)
    assert one == bootstrap(
        y[order], treated[order], x[order], "ate", family="binomial", replicates=100
    )
    other = bootstrap(y, treated, x, "ate", family="binomial", replicates=100, seed=2)
    assert other.conf_low != one.conf_low


def test_people_with_several_rows_are_drawn_whole():
    y, treated, x = people()
    twice = np.repeat(np.arange(len(y)), 2)
    single = bootstrap(y, treated, x, "ate", family="binomial", replicates=400)
    double = bootstrap(
        y[twice], treated[twice], x[twice], "ate", family="binomial", clusters=twice,
        replicates=400,
    )  # fmt: skip
    assert double.std_error == pytest.approx(single.std_error, rel=0.12)
    assert "clusters" in double.method


def test_where_many_draws_have_no_answer_none_is_given():
    rng = np.random.default_rng(3)
    x = np.zeros((60, 1))
    x[[0, 1], 0] = 1.0  # a level held by one person of each arm: gone in a third of draws
    treated = np.arange(60) % 2 == 0
    y = (rng.random(60) < 0.4) * 1.0
    assert bootstrap(y, treated, x, "ate", family="binomial", replicates=100) == NotEstimable(
        "unstable_bootstrap"
    )
    x[:, 0] = treated
    assert bootstrap(y, treated, x, "ate", family="binomial", replicates=10) == NotEstimable(
        "separation"
    )
