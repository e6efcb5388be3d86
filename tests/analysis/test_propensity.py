"""The propensity model never passes certainty off as a number."""

from __future__ import annotations

import numpy as np
import pytest

from utfall.analysis.propensity import PropensityFit, fit_propensity
from utfall.analysis.results import NotEstimable


@pytest.fixture
def people() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(11)
    x = np.column_stack([rng.normal(40, 10, 150), rng.random(150) < 0.4])
    treated = rng.random(150) < 1 / (1 + np.exp(-(0.04 * (x[:, 0] - 40) + 0.5 * x[:, 1])))
    return treated, x


def test_scores_average_to_the_share_in_the_target(people):
    treated, x = people
    found = fit_propensity(treated, x)
    assert found.converged
    assert not found.is_separated
    assert found.scores.mean() == pytest.approx(treated.mean(), abs=1e-12)
    assert (x.T @ (treated - found.scores)) == pytest.approx(0, abs=1e-7)


def test_coefficients_and_errors_are_those_of_statsmodels_logit(people):
    from statsmodels.discrete.discrete_model import Logit

    treated, x = people
    reference = Logit(treated * 1.0, np.column_stack([np.ones(150), x])).fit(disp=False, tol=1e-12)
    found = fit_propensity(treated, x)
    assert found.coefficients == pytest.approx(reference.params, rel=1e-6)
    assert found.std_errors == pytest.approx(reference.bse, rel=1e-6)


def test_units_do_not_matter(people):
    treated, x = people
    found = fit_propensity(treated, x * [1000.0, 1.0] + [5e5, 0.0])
    assert found.scores == pytest.approx(fit_propensity(treated, x).scores, abs=1e-9)


def separated(kind: str) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    treated = np.arange(60) % 2 == 0
    noise = rng.normal(size=60)
    if kind == "threshold":
        return treated, np.column_stack([np.where(treated, 1.0, -1.0) * (1 + abs(noise)), noise])
    if kind == "whole law group":
        return treated, np.column_stack([treated * 1.0, noise])
    if kind == "one level in one arm":
        return treated, np.column_stack([treated & (np.arange(60) < 20), noise]).astype(float)
    level = np.zeros(60)
    level[0] = 1.0
    return treated, np.column_stack([level, noise])


@pytest.mark.parametrize(
    "kind", ["threshold", "whole law group", "one level in one arm", "a single person's level"]
)
def test_separation_is_always_told(kind):
    found = fit_propensity(*separated(kind))
    assert isinstance(found, PropensityFit)
    assert found.is_separated


def test_strong_but_real_differences_are_not_called_separation():
    rng = np.random.default_rng(8)
    x = rng.normal(size=(400, 1))
    treated = rng.random(400) < 1 / (1 + np.exp(-3 * x[:, 0]))
    assert not fit_propensity(treated, x).is_separated


@pytest.mark.parametrize(
    ("treated", "x", "code"),
    [
        (np.ones(6, bool), np.arange(6.0)[:, None], "one_arm"),
        (np.arange(6) % 2 == 0, np.full((6, 1), np.nan), "not_finite"),
        (np.arange(8) % 2 == 0, np.ones((8, 2)), "rank_deficient"),
        (np.arange(4) % 2 == 0, np.eye(4), "too_many_terms"),
    ],
)
def test_models_that_cannot_be_fitted_are_refused_with_their_reason(treated, x, code):
    assert fit_propensity(treated, x) == NotEstimable(code)
