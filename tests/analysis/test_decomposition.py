"""A gap is other people and other results; the parts add to it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from statsmodels.stats.oaxaca import OaxacaBlinder

from utfall.analysis.decomposition import kitagawa, oaxaca_blinder
from utfall.analysis.results import NotEstimable

counts = st.tuples(st.integers(1, 200), st.floats(0, 1)).map(lambda one: (one[0], one[0] * one[1]))
tables = st.fixed_dictionaries({"a": counts, "b": counts, "c": counts})


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables, tables)
def test_composition_and_rates_add_to_the_gap(target, comparator):
    found = kitagawa(target, comparator)
    assert found.composition + found.rates == pytest.approx(found.gap, abs=1e-12)
    turned = kitagawa(comparator, target)
    assert turned.composition == pytest.approx(-found.composition, abs=1e-12)


def test_a_group_in_one_programme_only_has_no_rate_in_the_other():
    assert kitagawa({"a": (5, 1), "b": (5, 2)}, {"a": (9, 3)}) == NotEstimable("groups_differ")
    assert kitagawa({}, {}) == NotEstimable("no_rows")


def people(seed=1, n=300):
    rng = np.random.default_rng(seed)
    treated = rng.random(n) < 0.5
    x = rng.normal(size=(n, 2)) + 0.5 * treated[:, None]
    y = 1 + x @ [1.0, 0.5] + treated * (0.4 + 0.3 * x[:, 0]) + rng.normal(size=n)
    return y, treated, x


def test_three_ways_equal_statsmodels():
    y, treated, x = people()
    found = oaxaca_blinder(y, treated, x)
    design = np.column_stack([treated * 1.0, x])
    model = OaxacaBlinder(y, design, 0, hasconst=False, swap=False).three_fold().params
    mine = (found.endowments, found.coefficients, found.interaction)
    theirs = [float(part) for part in model[:3]]
    sign = np.sign(theirs[0] * mine[0])
    assert sum(mine) == pytest.approx(found.gap)
    if sign > 0:
        assert mine == pytest.approx(theirs, rel=1e-9)
    else:
        turned = oaxaca_blinder(y, ~treated, x)
        assert (turned.endowments, turned.coefficients, turned.interaction) == pytest.approx(
            theirs, rel=1e-9
        )


def test_errors_are_the_spread_over_repeated_samples():
    found = [oaxaca_blinder(*people(seed)) for seed in range(200)]
    for place, name in enumerate(("endowments", "coefficients", "interaction")):
        values = np.array([getattr(one, name) for one in found])
        errors = np.array([one.errors[place] for one in found])
        assert np.sqrt(np.mean(errors**2)) == pytest.approx(values.std(), rel=0.15), name


def test_what_cannot_be_split_is_refused():
    y, treated, x = people(n=40)
    assert oaxaca_blinder(y, treated | True, x) == NotEstimable("one_arm")
    assert oaxaca_blinder(y * np.nan, treated, x) == NotEstimable("not_finite")
    assert oaxaca_blinder(y, treated, x[:, [0, 0]]) == NotEstimable("rank_deficient")
    assert oaxaca_blinder(y[:0], treated[:0], x[:0]) == NotEstimable("no_rows")
    few = np.arange(40) < 2
    assert oaxaca_blinder(y, few, x) == NotEstimable("too_many_terms")
