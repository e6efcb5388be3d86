"""Where widely used software misleads without a word, and what is done here instead."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.optimize import minimize
from scipy.special import expit
from statsmodels.treatment.treatment_effects import TreatmentEffect

from utfall.analysis.balancing import entropy_balancing, entropy_weights
from utfall.analysis.clusters import clustered_regression, wild_cluster_test
from utfall.analysis.cox import cox
from utfall.analysis.estimators import aipw, g_computation, ipw
from utfall.analysis.exits import aalen_johansen
from utfall.analysis.hazards import fit_hazards
from utfall.analysis.inference import coefficient_influence
from utfall.analysis.mixed import mixed_logit
from utfall.analysis.propensity import fit_propensity
from utfall.analysis.regression import fit, with_intercept
from utfall.analysis.results import NotEstimable
from utfall.analysis.sites import partial_pooling
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


def grouped(seed: int = 3, cells: int = 40):
    """Return events, trials and design by cell, and the same people one by one."""
    rng = np.random.default_rng(seed)
    design = with_intercept(np.column_stack([rng.normal(size=cells), rng.random(cells) < 0.5]))
    trials = rng.integers(5, 30, cells)
    events = rng.binomial(trials, expit(0.8 * rng.normal(size=cells) + design[:, 1]))
    outcome = np.concatenate([np.repeat([1.0, 0.0], [e, t - e]) for e, t in zip(events, trials,
                              strict=True)])  # fmt: skip
    return events, trials, design, outcome, np.repeat(design, trials, axis=0)


def test_hc0_on_grouped_counts_is_another_error_and_ours_is_that_of_rows():
    events, trials, design, outcome, rows = grouped()
    binomial = sm.families.Binomial()
    of_rows = sm.GLM(outcome, rows, family=binomial).fit(cov_type="HC0", tol=1e-12)
    counts = np.column_stack([events, trials - events])
    of_groups = sm.GLM(counts, design, family=binomial).fit(cov_type="HC0", tol=1e-12)
    assert of_groups.params == pytest.approx(of_rows.params, rel=1e-8)
    assert abs(of_groups.bse / of_rows.bse - 1).max() > 0.2  # the same model, not the same error
    cell = np.vstack([design, design])
    y = np.repeat([1.0, 0.0], len(design))
    count = np.concatenate([events, trials - events]).astype(float)
    held = count > 0
    found = fit(y[held], cell[held], "binomial", count[held])
    residual = y[held] - found.mean(cell[held])
    influence = coefficient_influence(found, cell[held], residual, small_sample=False)
    errors = np.sqrt((count[held, None] * influence**2).sum(axis=0))
    assert errors == pytest.approx(of_rows.bse, rel=1e-7)


def test_an_optimiser_calls_an_infeasible_balance_done_and_we_do_not():
    values = np.array([[0.0], [1.0], [2.0], [3.0]])
    aim = np.array([8.4])  # beyond everybody
    done = minimize(lambda at: np.exp((values - aim) @ at).sum(), np.zeros(1), method="BFGS")
    weight = np.exp((values - aim) @ done.x)
    assert done.success
    assert abs(np.average(values[:, 0], weights=weight) - 8.4) > 5
    assert entropy_weights(values, aim) == NotEstimable("not_balanceable")
    treated = np.arange(40) < 20
    x = np.where(treated, 5.0, 0.0)[:, None] + RNG.random((40, 1))
    refused = entropy_balancing(RNG.normal(size=40), treated, x, "att", family="gaussian")
    assert refused == NotEstimable("not_balanceable")


def test_a_variance_between_sites_that_collapses_to_nothing_does_not_pass_for_known():
    site = np.repeat(np.arange(8), 25)
    y = np.tile(np.arange(25) % 5 == 0, 8) * 1.0  # every site alike: less than chance apart
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = sm.MixedLM(y, np.ones((200, 1)), groups=site).fit()
    assert float(np.asarray(theirs.cov_re)[0, 0]) < 1e-6
    means = np.bincount(site, weights=y) / 25
    error = np.full(8, np.sqrt(0.2 * 0.8 / 25))
    ours = partial_pooling(means, error, 0.1)
    assert ours.spread == pytest.approx(0, abs=1e-3)
    # As if it were known to be nothing, every site would be sure to be the mean.
    sure = 2 * 1.96 * float(error[0]) / np.sqrt(8)
    assert (ours.conf_high - ours.conf_low > 1.2 * sure).all()
    assert mixed_logit(y, np.ones(200), np.ones((200, 1)), site).is_at_zero


def test_one_cluster_no_events_one_arm_and_five_people_are_no_answers_or_honest_ones():
    y, arm, x = (RNG.random(60) < 0.4) * 1.0, np.arange(60) % 2 == 0, RNG.normal(size=(60, 1))
    one = np.zeros(60, dtype=int)
    design = np.column_stack([np.ones(60), arm])
    for run in (clustered_regression, wild_cluster_test):
        assert run(y, design, one, 1) == NotEstimable("too_few_clusters")
    for estimator in (ipw, aipw, g_computation):
        alone = estimator(y, arm, x, "ate", family="binomial", clusters=one)
        assert alone == NotEstimable("too_few_clusters")
        none = estimator(np.zeros(60), arm, x, "ate", family="binomial")
        assert none == NotEstimable("constant_outcome")
        single = estimator(y, arm | True, x, "ate", family="binomial")
        assert single == NotEstimable("one_arm")
        five = estimator(np.array([1.0, 0, 1, 0, 0]), np.array([1, 1, 1, 0, 0]) == 1,
                         np.empty((5, 0)), "ate", family="binomial")  # fmt: skip
        assert isinstance(five, NotEstimable) or five.conf_high - five.conf_low > 0.9
    assert cox(np.ones(20), np.zeros(20), RNG.normal(size=(20, 1))) == NotEstimable("no_events")
