"""Several questions cost certainty; no difference needs evidence of its own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from utfall.analysis.multiplicity import equivalence, holm


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_equals_statsmodels(p_values):
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1])


def test_holm_of_nothing_is_nothing_and_no_probability_is_refused():
    assert holm([]) == ()
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm([1.2])


@given(st.floats(-0.3, 0.3), st.floats(0.005, 0.2), st.floats(0.02, 0.2))
def test_equivalence_is_shown_exactly_where_the_shorter_interval_lies_inside(value, error, margin):
    found = equivalence(value, error, margin)
    inside = -margin < found.conf_low and found.conf_high < margin
    assert found.is_shown == inside or abs(found.p_value - 0.05) < 1e-9


def test_equal_programmes_are_seldom_called_equal_without_people():
    rng = np.random.default_rng(1)
    few = [equivalence(rng.normal(0.1, 0.06), 0.06, 0.1).is_shown for _ in range(2000)]
    assert np.mean(few) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 2000)  # on the margin: at most alpha


def test_few_degrees_of_freedom_ask_for_more():
    assert equivalence(0.0, 0.05, 0.1, df=3).p_value == pytest.approx(stats.t.sf(2, 3))
    with pytest.raises(ValueError, match="positive"):
        equivalence(0.0, 0.0, 0.1)
