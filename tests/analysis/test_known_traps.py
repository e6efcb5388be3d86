"""Where widely used software misleads without a word, and what is done here instead."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit
from statsmodels.treatment.treatment_effects import TreatmentEffect

from utfall.analysis.estimators import aipw, ipw
from utfall.analysis.exits import aalen_johansen
from utfall.analysis.hazards import fit_hazards
from utfall.analysis.propensity import fit_propensity
from utfall.analysis.regression import fit, with_intercept
from utfall.analysis.results import NotEstimable
from utfall.analysis.weights import weights

RNG = np.random.default_rng(21)


def test_glm_calls_itself_converged_where_the_arms_are_told_apart():
    x = np.linspace(-1, 1, 40)
    y = (x > 0) * 1.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = sm.GLM(y, sm.add_constant(x), family=sm.families.Binomial()).fit()
    assert theirs.converged
    assert np.abs(theirs.params).max() > 30
    assert fit(y, with_intercept(x[:, None]), "binomial").is_separated
    assert ipw(RNG.normal(size=40), x > 0, x[:, None], "ato", family="gaussian") == NotEstimable(
        "separation"
    )


def test_mnlogit_drops_weights_and_counts_here_do_not():
    months, way = np.ones(6, dtype=int), np.array([0, 1, 2, 0, 1, 2])
    x = np.array([[0.0], [0.0], [0.0], [1.0], [1.0], [1.0]])
    count = np.array([50, 30, 20, 20, 60, 20])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        weighted = sm.MNLogit(way, sm.add_constant(x), freq_weights=count).fit(disp=0)
        unweighted = sm.MNLogit(way, sm.add_constant(x)).fit(disp=0)
    assert np.allclose(weighted.params, unweighted.params)  # 200 people counted as six
    again = np.repeat(np.arange(6), count)
    entry, none = np.zeros(200, dtype=int), np.empty((9, 0))
    found = fit_hazards(months[again], way[again], x[again], entry, none, n_ways=2, powers=0)
    assert expit(found.exit.coefficients[0]) == pytest.approx(0.5)
    assert expit(found.exit.coefficients.sum()) == pytest.approx(0.8)
    assert expit(found.ways[0].coefficients.sum()) == pytest.approx(60 / 80)


def test_the_weight_of_an_unlikely_person_is_not_clipped_in_silence():
    score = np.array([1e-6, 0.5])
    assert weights(score, np.array([True, False]), "ate").tolist() == [1e6, 2.0]
    x = np.concatenate([RNG.normal(size=300), [4.5, -4.5]])
    treated = np.concatenate([RNG.random(300) < expit(2 * x[:300]), [False, True]])
    y = x + RNG.normal(size=302)
    scores = fit_propensity(treated, x[:, None]).scores
    by_hand = np.average(y, weights=treated / scores) - np.average(
        y, weights=~treated / (1 - scores)
    )
    found = ipw(y, treated, x[:, None], "ate", family="gaussian")
    assert found.estimate == pytest.approx(by_hand)


def test_the_point_of_treatment_effect_comes_here_with_an_error():
    x = RNG.normal(size=300)
    treated = RNG.random(300) < expit(x)
    y = x + treated + RNG.normal(size=300)
    design = sm.add_constant(x)
    model = TreatmentEffect(
        sm.OLS(y, design), treated * 1, results_select=sm.Logit(treated * 1.0, design).fit(disp=0)
    )
    point = model.aipw(return_results=False)
    found = aipw(y, treated, x[:, None], "ate", family="gaussian", interacted=True)
    assert found.estimate == pytest.approx(np.ravel(point)[0], abs=0.05)
    assert 0 < found.std_error < 1


def test_exits_of_one_month_are_not_put_in_an_order_that_nobody_saw():
    """Software that jitters ties gives whoever comes first in the month the larger share."""
    months = np.array([3] * 6 + [4] * 2)
    ways = ["work", "studies", "studies", None, None, None, "work", None]
    whole = aalen_johansen(months, ways, ["work", "studies"], 4)
    assert whole.exits[0].share[3] == 1 / 8
    assert whole.exits[1].share[3] == 2 / 8
    jittered = np.array([301, 302, 303, 297, 298, 299, 400, 401])
    first = aalen_johansen(jittered, ways, ["work", "studies"], 401)
    assert first.exits[0].share[303] != whole.exits[0].share[3]


@pytest.mark.parametrize("noise", [0.0, 1e-13, 1e-10])
def test_dummies_that_add_to_one_but_for_rounding_are_refused(noise):
    dummies = np.eye(4)[np.arange(200) % 4] + noise * RNG.normal(size=(200, 4))
    treated = RNG.random(200) < 0.5
    y = RNG.normal(size=200)
    for estimator in (ipw, aipw):
        found = estimator(y, treated, dummies, "ate", family="gaussian")
        assert found == NotEstimable("rank_deficient")
