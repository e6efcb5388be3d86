"""The estimators give what R gives on the National Supported Work data."""

from __future__ import annotations

import numpy as np
import pytest

from utfall.analysis.balancing import entropy_balancing, entropy_weights
from utfall.analysis.estimators import aipw, crude, g_computation, ipw
from utfall.analysis.matching import nearest_neighbours
from utfall.analysis.propensity import fit_propensity
from utfall.analysis.results import Estimate, NotEstimable
from utfall.analysis.weights import effective_sample_size, weights

CASES = {
    "nsw_re78": "gaussian",
    "nsw_emp78": "binomial",
    "nsw_cps_re78": "gaussian",
    "nhefs_wt": "gaussian",
}
MEN = [case for case in CASES if case != "nhefs_wt"]
POINT, ERROR = 1e-7, 1e-6


def agrees(found: Estimate | NotEstimable, reference: dict[str, float], error: str) -> None:
    assert isinstance(found, Estimate), found
    assert found.estimate == pytest.approx(reference["est"], rel=POINT)
    assert found.std_error == pytest.approx(reference[error], rel=ERROR)
    if "mu1" in reference:
        assert found.mean_target == pytest.approx(reference["mu1"], rel=POINT)
        assert found.mean_comparator == pytest.approx(reference["mu0"], rel=POINT)


@pytest.mark.parametrize("case", CASES)
def test_the_public_data_are_those_that_r_saw(case, men, causal):
    y, treated, _ = men[case]
    assert (len(y), int(treated.sum())) == (causal[case]["n"]["n"], causal[case]["n"]["n1"])


@pytest.mark.parametrize("case", MEN)
def test_propensity_coefficients_and_errors_equal_glm(case, men, causal):
    _, treated, x = men[case]
    found = fit_propensity(treated, x)
    reference = list(causal[case]["ps_coef"])
    names = ["(Intercept)", "age", *(["age2"] if "age2" in reference else [])]
    names += ["educ", "black", "hisp", "marr", "nodegree", "re74", "re75"]
    names += ["u74", "u75"] if "u74" in reference else []
    assert found.converged
    assert not found.is_separated
    for place, name in enumerate(names):
        answer = causal[case]["ps_coef"][name]
        assert found.coefficients[place] == pytest.approx(answer["est"], rel=POINT), name
        assert found.std_errors[place] == pytest.approx(answer["se"], rel=POINT), name


@pytest.mark.parametrize("estimand", ["ate", "att", "atc", "ato"])
@pytest.mark.parametrize("case", CASES)
def test_weighting_equals_r_and_its_error_knows_the_propensity_model(case, estimand, men, causal):
    y, treated, x = men[case]
    found = ipw(y, treated, x, estimand, family=CASES[case], small_sample=False)
    agrees(found, causal[case][f"ipw_{estimand}"], "se_mest")


@pytest.mark.parametrize("estimand", ["ate", "att", "atc", "ato"])
def test_effective_sample_sizes_equal_r(estimand, men, causal):
    _, treated, x = men["nsw_re78"]
    weight = weights(fit_propensity(treated, x).scores, treated, estimand)
    reference = causal["nsw_re78"][f"ipw_{estimand}"]
    assert effective_sample_size(weight[treated]) == pytest.approx(reference["ess1"], rel=POINT)
    assert effective_sample_size(weight[~treated]) == pytest.approx(reference["ess0"], rel=POINT)


@pytest.mark.parametrize("estimand", ["ate", "att"])
@pytest.mark.parametrize("interacted", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_g_computation_equals_r(case, interacted, estimand, men, causal):
    y, treated, x = men[case]
    found = g_computation(
        y, treated, x, estimand, family=CASES[case], interacted=interacted, small_sample=False
    )
    if interacted and causal[case]["gcomp_int_fit"]["separation"]:
        assert found == NotEstimable("separation")  # where R gives a number with a warning
        return
    agrees(found, causal[case][f"gcomp_{'int' if interacted else 'add'}_{estimand}"], "se_mest")


@pytest.mark.parametrize("case", ["nsw_re78", "nsw_cps_re78"])
@pytest.mark.parametrize("estimand", ["ate", "att"])
def test_doubly_robust_points_equal_r(case, estimand, men, causal):
    y, treated, x = men[case]
    found = aipw(
        y, treated, x, estimand, family="gaussian", interacted=True, normalise=False,
        small_sample=False,
    )  # fmt: skip
    assert found.estimate == pytest.approx(causal[case][f"aipw_{estimand}"]["est"], rel=POINT)


def test_doubly_robust_error_equals_stacked_equations_in_r(men, causal):
    y, treated, x = men["nsw_re78"]
    found = aipw(
        y, treated, x, "ate", family="gaussian", interacted=True, normalise=False,
        small_sample=False,
    )  # fmt: skip
    agrees(found, causal["nsw_re78"]["aipw_ate"], "se_stacked")


@pytest.mark.parametrize("case", CASES)
def test_crude_difference_equals_r(case, men, causal):
    y, treated, x = men[case]
    found = crude(y, treated, x, "ate", family=CASES[case])
    reference = causal[case]["unadj"]
    assert found.estimate == pytest.approx(reference["est"], rel=POINT)
    if CASES[case] == "gaussian":
        assert found.std_error == pytest.approx(reference["se_HC2"], rel=ERROR)


def test_small_sample_errors_approach_those_of_r_as_people_grow_many(men, causal):
    y, treated, x = men["nsw_re78"]
    swollen = ipw(y, treated, x, "att", family="gaussian").std_error
    plain = causal["nsw_re78"]["ipw_att"]["se_mest"]
    assert plain < swollen < 1.02 * plain


def test_adjusting_mends_what_the_comparison_men_get_wrong(men):
    """The experiment found +1,794 dollars; the naive comparison with CPS men says -8,498."""
    experiment = crude(*men["nsw_re78"], "att", family="gaussian")
    naive = crude(*men["nsw_cps_re78"], "att", family="gaussian")
    adjusted = aipw(*men["nsw_cps_re78"], "att", family="gaussian")
    assert naive.conf_high < 0 < experiment.conf_low
    assert experiment.conf_low < adjusted.estimate < experiment.conf_high


def test_the_order_of_rows_does_not_move_a_byte(men):
    y, treated, x = men["nsw_re78"]
    order = np.random.default_rng(3).permutation(len(y))
    for estimator in (crude, g_computation, ipw, aipw):
        assert estimator(y, treated, x, "ato", family="gaussian") == estimator(
            y[order], treated[order], x[order], "ato", family="gaussian"
        )


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("estimand", ["ate", "att"])
def test_entropy_balancing_equals_weightit_or_is_refused_where_it_warned(
    case, estimand, men, causal
):
    if f"ebal_{estimand}" not in causal[case]:
        pytest.skip("no reference answer")
    reference = causal[case][f"ebal_{estimand}"]["est"]
    found = entropy_balancing(*men[case], estimand, family=CASES[case], small_sample=False)
    if reference is None:
        assert found == NotEstimable("not_balanceable")
    else:
        assert found.estimate == pytest.approx(reference, rel=1e-5)


def test_with_weights_held_fixed_the_error_of_entropy_balancing_is_r_s(men, causal):
    y, treated, x = men["nsw_re78"]
    standard = (x - x.mean(axis=0)) / x.std(axis=0)
    weight = entropy_weights(standard[~treated], standard[treated].mean(axis=0))
    there = np.average(y[~treated], weights=weight)
    spread = ((y[treated] - y[treated].mean()) ** 2).sum() / treated.sum() ** 2
    spread += ((weight * (y[~treated] - there)) ** 2).sum() / weight.sum() ** 2
    reference = causal["nsw_re78"]["ebal_att"]
    assert np.sqrt(spread) == pytest.approx(reference["se_HC0"], rel=1e-5)
    assert effective_sample_size(weight) == pytest.approx(reference["ess0"], rel=1e-5)


@pytest.mark.parametrize("matches", [1, 3])
@pytest.mark.parametrize("case", ["nsw_re78", "nsw_cps_re78"])
def test_nearest_neighbours_with_ties_averaged_equal_r(case, matches, men, causal):
    y, treated, x = men[case]
    scores = fit_propensity(treated, x).scores
    found = nearest_neighbours(y, treated, np.log(scores / (1 - scores)), matches=matches)
    reference = causal["matching"][case][f"Match_M{matches}_ties"]
    assert found.estimate == pytest.approx(reference["est"], rel=1e-7)
    assert found.std_error == pytest.approx(reference["se_AI"], rel=1e-7)


@pytest.mark.parametrize("measure", ["risk_ratio", "odds_ratio"])
def test_unadjusted_ratios_are_those_of_the_two_by_two_table(measure, men):
    """Katz's and Woolf's errors of the logarithm."""
    y, treated, _ = men["nsw_emp78"]
    found = ipw(
        y, treated, np.empty((len(y), 0)), "ate", family="binomial", small_sample=False,
        measure=measure,
    )  # fmt: skip
    a, b = y[treated].sum(), (1 - y[treated]).sum()
    c, d = y[~treated].sum(), (1 - y[~treated]).sum()
    if measure == "risk_ratio":
        ratio = (a / (a + b)) / (c / (c + d))
        error = np.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))
    else:
        ratio, error = a * d / (b * c), np.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    assert found.estimate == pytest.approx(ratio, rel=1e-9)
    assert found.std_error == pytest.approx(error, rel=1e-9)
    assert found.conf_low == pytest.approx(ratio * np.exp(-1.959963984540054 * error), rel=1e-9)


@pytest.mark.parametrize(
    ("case", "family"), [("lalonde_re78", "gaussian"), ("lalonde_emp78", "binomial")]
)
def test_observational_comparison_men_equal_r(case, family, lalonde, causal):
    y, treated, x = lalonde[case]
    reference = causal[case]
    for estimand in ("ate", "att", "atc", "ato"):
        found = ipw(y, treated, x, estimand, family=family, small_sample=False)
        agrees(found, reference[f"ipw_{estimand}"], "se_mest")
    for estimand in ("ate", "att"):
        found = g_computation(y, treated, x, estimand, family=family, small_sample=False)
        agrees(found, reference[f"gcomp_add_{estimand}"], "se_mest")
        balanced = entropy_balancing(y, treated, x, estimand, family=family, small_sample=False)
        answer = reference[f"ebal_{estimand}"]["est"]
        if answer is None:
            assert balanced == NotEstimable("not_balanceable")
        else:
            assert balanced.estimate == pytest.approx(answer, rel=1e-5)
