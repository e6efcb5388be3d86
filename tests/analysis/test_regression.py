"""A model is fitted, or the reason it cannot be is told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from utfall.analysis.regression import Fit, fit, independent_columns, standardise, with_intercept
from utfall.analysis.results import NotEstimable


def data(n: int = 90):
    rng = np.random.default_rng(7)
    x = with_intercept(rng.normal(size=(n, 3)))
    return (rng.random(n) < 1 / (1 + np.exp(-x[:, 1]))) * 1.0, x


def test_a_logit_solves_its_equations_to_the_last_digits():
    y, x = data()
    found = fit(y, x, "binomial")
    assert np.abs(x.T @ (y - found.mean(x))).max() < 1e-9
    assert found.leverage.sum() == pytest.approx(4)


def test_a_linear_fit_is_that_of_statsmodels():
    from statsmodels.regression.linear_model import OLS

    y, x = data()
    reference = OLS(y, x).fit()
    found = fit(y, x, "gaussian")
    assert found.coefficients == pytest.approx(reference.params)
    assert found.leverage == pytest.approx(reference.get_influence().hat_matrix_diag)


@pytest.mark.parametrize("family", ["binomial", "gaussian"])
def test_the_slope_is_the_derivative_of_the_mean(family):
    y, x = data()
    found = fit(y, x, family)
    step = np.zeros_like(x)
    step[:, 0] = 1e-6 / found.coefficients[0]
    numeric = (found.mean(x + step) - found.mean(x - step)) / 2e-6
    assert found.slope(x) == pytest.approx(numeric, rel=1e-5)


@given(st.integers(1, 5), st.integers(1, 5))
def test_repeats_of_earlier_columns_are_dropped_wherever_they_stand(own, repeats):
    rng = np.random.default_rng(own * 7 + repeats)
    first = rng.normal(size=(30, own))
    mixed = first @ rng.normal(size=(own, repeats))
    assert independent_columns(np.column_stack([first, mixed])) == list(range(own))


def test_nearly_equal_is_not_equal():
    rng = np.random.default_rng(1)
    column = rng.normal(size=50)
    assert independent_columns(np.column_stack([column, column + 1e-3 * rng.normal(size=50)])) == [
        0,
        1,
    ]


def test_a_column_too_large_to_square_is_not_a_number():
    standard, _, _ = standardise(np.array([[1e200], [-1e200], [0.0]]))
    assert np.isnan(standard).all()


def test_more_terms_than_people_and_repeated_terms_are_refused():
    y, x = data()
    assert fit(y[:4], x[:4], "gaussian") == NotEstimable("too_many_terms")
    assert fit(y, np.column_stack([x, x[:, 1]]), "binomial") == NotEstimable("rank_deficient")


def test_no_warning_of_the_library_escapes_a_separated_fit(recwarn):
    _, x = data()
    found = fit((x[:, 1] > 0) * 1.0, x, "binomial")
    assert isinstance(found, Fit)
    assert found.is_separated
    assert not recwarn.list
