"""Every estimator treats the two arms alike and says what it did."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utfall.analysis.covariates import DesignMatrix
from utfall.analysis.estimators import aipw, crude, g_computation, ipw
from utfall.analysis.results import Estimate, NotEstimable
from utfall.analysis.vocabulary import Text

ESTIMATORS = [crude, g_computation, ipw, aipw]
ESTIMANDS = ["ate", "att", "atc", "ato"]
FAMILIES = ["binomial", "gaussian"]
OTHER_WAY = {"ate": "ate", "att": "atc", "atc": "att", "ato": "ato"}

estimators = pytest.mark.parametrize("estimator", ESTIMATORS)
families = pytest.mark.parametrize("family", FAMILIES)
estimands = pytest.mark.parametrize("estimand", ESTIMANDS)


def people(seed: int = 1, n: int = 120, family: str = "binomial"):
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.normal(size=n), rng.random(n) < 0.4, rng.normal(40, 9, n)])
    treated = rng.random(n) < 1 / (1 + np.exp(-0.6 * x[:, 0]))
    signal = 0.5 * x[:, 0] + 0.6 * treated - 0.4
    if family == "binomial":
        return (rng.random(n) < 1 / (1 + np.exp(-signal))) * 1, treated, x
    return 1000 * (signal + rng.exponential(size=n)), treated, x


@estimators
@families
@estimands
def test_an_estimate_is_the_difference_of_its_means_inside_its_interval(
    estimator, family, estimand
):
    y, treated, x = people(family=family)
    found = estimator(y, treated, x, estimand, family=family)
    assert isinstance(found, Estimate)
    assert found.estimate == pytest.approx(found.mean_target - found.mean_comparator)
    assert found.conf_low < found.estimate < found.conf_high
    assert 0 < found.p_value < 1
    assert (found.n_target, found.n_comparator) == (treated.sum(), (~treated).sum())


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(FAMILIES), st.sampled_from(ESTIMANDS))
def test_relabelling_the_arms_flips_the_sign(seed, family, estimand):
    y, treated, x = people(seed, family=family)
    for estimator in ESTIMATORS:
        one = estimator(y, treated, x, estimand, family=family)
        other = estimator(y, ~treated, x, OTHER_WAY[estimand], family=family)
        assert other.estimate == pytest.approx(-one.estimate, rel=1e-7, abs=1e-9)
        assert other.std_error == pytest.approx(one.std_error, rel=1e-6)
        assert other.conf_low == pytest.approx(-one.conf_high, rel=1e-6, abs=1e-8)
        assert other.p_value == pytest.approx(one.p_value, abs=1e-6)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(FAMILIES), st.sampled_from(ESTIMANDS))
def test_the_order_of_rows_gives_the_same_bytes(seed, family, estimand):
    y, treated, x = people(seed, family=family)
    persons = np.array([f"p{row // 2}" for row in range(len(y))])
    order = np.random.default_rng(seed).permutation(len(y))
    for estimator in ESTIMATORS:
        for clusters in (None, persons):
            moved = None if clusters is None else clusters[order]
            assert estimator(
                y, treated, x, estimand, family=family, clusters=clusters
            ) == estimator(
                y[order], treated[order], x[order], estimand, family=family, clusters=moved
            )


@estimators
@families
def test_units_of_the_covariates_do_not_matter(estimator, family):
    y, treated, x = people(family=family)
    found = estimator(y, treated, x, "ato", family=family)
    scaled = estimator(y, treated, x * [1e4, 1, 1e-3] + [5, 0, 0], "ato", family=family)
    assert scaled.estimate == pytest.approx(found.estimate, rel=1e-8)
    assert scaled.std_error == pytest.approx(found.std_error, rel=1e-6)


@estimators
def test_units_of_an_amount_scale_the_answer(estimator):
    y, treated, x = people(family="gaussian")
    found = estimator(y, treated, x, "att", family="gaussian")
    scaled = estimator(y / 1000 + 7, treated, x, "att", family="gaussian")
    assert scaled.estimate == pytest.approx(found.estimate / 1000)
    assert scaled.std_error == pytest.approx(found.std_error / 1000)


@estimators
@families
def test_everybody_entered_twice_as_one_person_adds_no_certainty(estimator, family):
    y, treated, x = people(family=family)
    once = estimator(y, treated, x, "ate", family=family)
    rows = np.repeat(np.arange(len(y)), 2)
    person = np.repeat(np.arange(len(y)), 2)
    as_strangers = estimator(y[rows], treated[rows], x[rows], "ate", family=family)
    as_persons = estimator(y[rows], treated[rows], x[rows], "ate", family=family, clusters=person)
    assert as_persons.estimate == pytest.approx(once.estimate, abs=1e-9 * np.ptp(y))
    assert as_persons.std_error == pytest.approx(once.std_error, rel=0.05)
    assert as_strangers.std_error < 0.75 * once.std_error
    assert "clustered" in as_persons.method


@estimators
@families
def test_one_row_per_person_is_no_cluster(estimator, family):
    y, treated, x = people(family=family)
    names = np.array([f"person-{row}" for row in range(len(y))])
    assert estimator(y, treated, x, "ate", family=family, clusters=names) == estimator(
        y, treated, x, "ate", family=family
    )


@estimators
@families
def test_a_design_matrix_is_as_good_as_its_values(estimator, family):
    y, treated, x = people(family=family)
    design = DesignMatrix(x, ("a", "b", "c"), (Text("a", "a"),) * 3)
    assert estimator(y, treated, design, "ato", family=family) == estimator(
        y, treated, x, "ato", family=family
    )


@pytest.mark.parametrize("estimator", [g_computation, ipw, aipw])
@estimands
def test_without_covariates_adjusting_changes_nothing(estimator, estimand):
    y, treated, _ = people()
    nothing = np.empty((len(y), 0))
    assert estimator(y, treated, nothing, estimand, family="binomial").estimate == pytest.approx(
        crude(y, treated, family="binomial").estimate
    )


def test_newcombes_own_example():
    """56/70 against 48/80: 0.0524 to 0.3339 (Newcombe 1998, table II, method 10)."""
    y = np.repeat([1, 0, 1, 0], [56, 14, 48, 32])
    treated = np.repeat([True, False], [70, 80])
    found = crude(y, treated, family="binomial")
    assert (round(found.conf_low, 4), round(found.conf_high, 4)) == (0.0524, 0.3339)
    assert found.std_error == pytest.approx(np.sqrt(0.8 * 0.2 / 70 + 0.6 * 0.4 / 80))


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 40), st.integers(2, 40), st.data())
def test_a_share_differs_from_chance_just_when_its_interval_does(n_one, n_zero, data):
    one, zero = data.draw(st.integers(0, n_one)), data.draw(st.integers(0, n_zero))
    y = np.repeat([1, 0, 1, 0], [one, n_one - one, zero, n_zero - zero])
    found = crude(y, np.repeat([True, False], [n_one, n_zero]), family="binomial")
    if isinstance(found, NotEstimable):
        assert found.code == "constant_outcome"
        return
    assert -1 <= found.conf_low <= found.estimate <= found.conf_high <= 1
    assert found.std_error > 0
    if abs(found.p_value - 0.05) > 1e-9:
        assert (found.p_value < 0.05) == (found.conf_low > 0 or found.conf_high < 0)


def test_crude_amounts_are_welchs_t():
    from scipy import stats

    y, treated, _ = people(family="gaussian")
    found = crude(y, treated, family="gaussian")
    welch = stats.ttest_ind(y[treated], y[~treated], equal_var=False)
    interval = welch.confidence_interval()
    assert (found.conf_low, found.conf_high) == pytest.approx((interval.low, interval.high))
    assert found.p_value == pytest.approx(welch.pvalue)


def test_g_computation_of_an_amount_is_the_regression_coefficient_with_hc3():
    from statsmodels.regression.linear_model import OLS

    y, treated, x = people(family="gaussian")
    fitted = OLS(y, np.column_stack([np.ones(len(y)), treated, x])).fit(cov_type="HC3")
    found = g_computation(y, treated, x, "att", family="gaussian")
    assert found.estimate == pytest.approx(fitted.params[1])
    assert found.std_error == pytest.approx(fitted.bse[1])


def test_clustered_errors_are_those_of_statsmodels():
    from statsmodels.regression.linear_model import OLS

    y, treated, x = people(family="gaussian")
    person = np.arange(len(y)) // 3
    fitted = OLS(y, np.column_stack([np.ones(len(y)), treated, x])).fit(
        cov_type="cluster", cov_kwds={"groups": person, "use_correction": False}
    )
    found = g_computation(
        y, treated, x, "ate", family="gaussian", clusters=person, small_sample=False
    )
    assert found.std_error == pytest.approx(fitted.bse[1])


def test_a_certain_outcome_model_is_replaced_openly_in_doubly_robust_and_refused_alone():
    y, treated, x = people(n=80)
    y[:8] = 1
    level = (np.arange(80) < 8)[:, None] * 1.0  # all eight succeeded
    x = np.column_stack([x, level])
    assert g_computation(y, treated, x, "ate", family="binomial") == NotEstimable("separation")
    found = aipw(y, treated, x, "ate", family="binomial")
    assert "linear outcome model" in found.method
    assert abs(found.estimate - ipw(y, treated, x, "ate", family="binomial").estimate) < 0.05


@estimators
def test_a_higher_level_widens_the_interval(estimator):
    y, treated, x = people()
    narrow = estimator(y, treated, x, "ato", family="binomial", conf_level=0.9)
    wide = estimator(y, treated, x, "ato", family="binomial", conf_level=0.99)
    assert wide.conf_low < narrow.conf_low < narrow.conf_high < wide.conf_high


@estimators
@families
def test_the_method_states_population_and_error(estimator, family):
    y, treated, x = people(family=family)
    method = estimator(y, treated, x, "ato", family=family).method
    if estimator is crude:
        assert "Newcombe" in method or "Welch t, HC2" in method
    else:
        assert "overlap population" in method
        assert "HC3 stacked sandwich, t" in method


@estimators
def test_arrays_of_different_length_are_the_callers_mistake(estimator):
    y, treated, x = people()
    with pytest.raises(ValueError, match="one row per person"):
        estimator(y[:-1], treated, x, "ate", family="binomial")
