"""Worlds with a known effect: the estimators find it, and are as unsure as they should be."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy import stats

from utfall.analysis.estimators import aipw, crude, g_computation, ipw
from utfall.analysis.results import Estimate

REPLICATES = 150
ADJUSTED = {"g_computation": g_computation, "ipw": ipw, "aipw": aipw}


def world(rng: np.random.Generator, n: int, family: str):
    """Return outcome, arm, covariates, and each person's own effect and chance of the target."""
    x = np.column_stack([rng.normal(size=n), rng.random(n) < 0.4, rng.normal(size=n)])
    chance = 1 / (1 + np.exp(-(0.6 * x[:, 0] + 0.5 * (x[:, 1] - 0.4))))
    treated = rng.random(n) < chance
    without = -0.6 + 0.7 * x[:, 0] + 0.5 * x[:, 1]
    if family == "gaussian":
        y = 2 * without + treated + rng.exponential(2, n)
        return y, treated, x, np.ones(n), chance
    share = [1 / (1 + np.exp(-(without + extra))) for extra in (0.0, 0.8)]
    y = (rng.random(n) < np.where(treated, share[1], share[0])) * 1.0
    return y, treated, x, share[1] - share[0], chance


@cache
def truth(family: str, estimand: str) -> float:
    *_, effect, chance = world(np.random.default_rng(99), 400_000, family)
    share = {"ate": chance**0, "att": chance, "atc": 1 - chance, "ato": chance * (1 - chance)}
    return float(np.average(effect, weights=share[estimand]))


def repeat(estimator, family, estimand, n, **options) -> np.ndarray:
    """Return estimate, error and coverage of each replicate, (replicates, 3)."""
    rows = []
    for seed in range(REPLICATES):
        y, treated, x, *_ = world(np.random.default_rng(seed), n, family)
        found = estimator(y, treated, x, estimand, family=family, **options)
        if isinstance(found, Estimate):
            held = found.conf_low <= truth(family, estimand) <= found.conf_high
            rows.append((found.estimate, found.std_error, held))
    assert len(rows) >= 0.97 * REPLICATES
    return np.array(rows)


@pytest.mark.parametrize("family", ["binomial", "gaussian"])
@pytest.mark.parametrize(
    ("name", "estimand"),
    [("g_computation", "ate"), ("ipw", "att"), ("ipw", "ato"), ("aipw", "atc"), ("aipw", "ato")],
)
def test_the_effect_is_found_and_the_error_is_the_real_one(name, estimand, family):
    estimates, errors, held = repeat(ADJUSTED[name], family, estimand, 240).T
    spread = estimates.std()
    assert abs(estimates.mean() - truth(family, estimand)) < 3.5 * spread / np.sqrt(REPLICATES)
    # 150 replicates know the spread to 6 percent: a third too small is caught, so are squares.
    assert np.sqrt(np.mean(errors**2)) == pytest.approx(spread, rel=0.2)
    assert held.mean() > 0.90


@pytest.mark.parametrize("name", ADJUSTED)
def test_twenty_people_an_arm_are_covered_nine_times_in_ten(name):
    *_, held = repeat(ADJUSTED[name], "binomial", "ato", 40).T
    assert held.mean() >= 0.90


def test_at_twenty_an_arm_the_plain_sandwich_is_too_short_and_the_swollen_one_is_not():
    plain = repeat(aipw, "binomial", "ate", 40, small_sample=False)
    swollen = repeat(aipw, "binomial", "ate", 40)
    spread = swollen[:, 0].std()
    assert np.sqrt(np.mean(plain[:, 1] ** 2)) < spread
    assert 0.93 * spread < np.sqrt(np.mean(swollen[:, 1] ** 2)) < 1.25 * spread
    assert swollen[:, 2].mean() > plain[:, 2].mean()


def test_what_is_not_adjusted_for_stays_wrong():
    _, _, held = repeat(crude, "gaussian", "ate", 240).T
    assert held.mean() < 0.3


def test_fixed_weights_would_claim_too_much_uncertainty():
    """Knowing that scores were estimated narrows the error; R's fixed-weight error is wider."""
    y, treated, x, *_ = world(np.random.default_rng(1), 2000, "gaussian")
    from utfall.analysis.propensity import fit_propensity
    from utfall.analysis.weights import weights

    weight = weights(fit_propensity(treated, x).scores, treated, "ate")
    fixed = 0.0
    for arm in (treated, ~treated):
        share = weight[arm] / weight[arm].sum()
        fixed += float(np.sum((share * (y[arm] - share @ y[arm])) ** 2))
    assert ipw(y, treated, x, "ate", family="gaussian").std_error < 0.9 * np.sqrt(fixed)


def test_doubly_robust_survives_a_wrong_outcome_model():
    found = {g_computation: [], aipw: []}
    for seed in range(60):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(800, 1))
        treated = rng.random(800) < 1 / (1 + np.exp(-1.2 * x[:, 0]))
        y = np.exp(x[:, 0]) + treated + rng.normal(size=800)  # no straight line in x
        for estimator, estimates in found.items():
            estimates.append(estimator(y, treated, x, "ato", family="gaussian").estimate)
    error = {e: np.mean(v) - 1 for e, v in found.items()}
    chance = {e: np.std(v) / np.sqrt(60) for e, v in found.items()}
    assert abs(error[g_computation]) > 4 * chance[g_computation]
    assert abs(error[aipw]) < 3 * chance[aipw]


def test_doubly_robust_survives_a_wrong_propensity_model():
    found = {ipw: [], aipw: []}
    for seed in range(60):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(800, 1))
        treated = rng.random(800) < 1 / (1 + np.exp(-(x[:, 0] ** 2 - 1)))  # no logit in x
        y = 2 * np.abs(x[:, 0]) + treated + rng.normal(size=800)
        design = np.column_stack([x, np.abs(x)])
        found[ipw].append(ipw(y, treated, x, "att", family="gaussian").estimate)
        found[aipw].append(aipw(y, treated, design, "att", family="gaussian").estimate)
    assert abs(np.mean(found[ipw]) - 1) > 0.5
    assert abs(np.mean(found[aipw]) - 1) < 3 * np.std(found[aipw]) / np.sqrt(60)


def test_people_seen_several_times_need_the_clustered_error():
    estimates, clustered, strangers = [], [], []
    for seed in range(REPLICATES):
        rng = np.random.default_rng(seed)
        person = np.repeat(np.arange(60), 3)
        x = rng.normal(size=60)
        treated = (rng.random(60) < 1 / (1 + np.exp(-0.5 * x)))[person]
        y = (x + 1.5 * rng.normal(size=60))[person] + 0.5 * rng.normal(size=180) + treated
        design = x[person][:, None]
        found = aipw(y, treated, design, "ate", family="gaussian", clusters=person)
        estimates.append(found.estimate)
        clustered.append(found.std_error)
        strangers.append(aipw(y, treated, design, "ate", family="gaussian").std_error)
    spread = np.std(estimates)
    assert np.sqrt(np.mean(np.square(clustered))) == pytest.approx(spread, rel=0.2)
    assert np.sqrt(np.mean(np.square(strangers))) < 0.75 * spread


@pytest.mark.parametrize(
    ("n", "share", "effect"), [(20, 0.35, 0.15), (34, 0.2, 0.0), (34, 0.1, 0.3)]
)
def test_crude_shares_cover_at_any_size(n, share, effect):
    """Coverage over every possible pair of counts, weighed by its probability: no chance left."""
    chances = [stats.binom.pmf(np.arange(n + 1), n, p) for p in (share + effect, share)]
    arm = np.repeat([True, False], n)
    held = seen = 0.0
    for one, zero in np.argwhere(np.outer(*chances) > 1e-5):
        found = crude(
            np.repeat([1, 0, 1, 0], [one, n - one, zero, n - zero]), arm, family="binomial"
        )
        chance = chances[0][one] * chances[1][zero]
        seen += chance
        if isinstance(found, Estimate):
            held += chance * (found.conf_low <= effect <= found.conf_high)
    assert seen > 0.99
    assert held >= 0.93
