"""People are compared with people who were alike; ties do not decide."""

from __future__ import annotations

import numpy as np
import pytest

from utfall.analysis.matching import (
    coarsened,
    coarsened_matching,
    matched_neighbours,
    nearest_neighbours,
)
from utfall.analysis.propensity import fit_propensity
from utfall.analysis.results import Estimate, NotEstimable


def people(seed, n=400):
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.integers(0, 3, n), rng.random(n) < 0.5]).astype(float)
    treated = rng.random(n) < 0.3 + 0.15 * x[:, 0]
    own = 0.05 + 0.1 * x[:, 0]  # the effect differs between groups
    y = (rng.random(n) < 0.2 + 0.1 * x[:, 1] + 0.1 * x[:, 0] + own * treated) * 1.0
    return y, treated, x, own


@pytest.mark.parametrize("estimand", ["ate", "att", "atc", "ato"])
def test_the_effect_is_found_and_the_error_is_the_real_one(estimand):
    chance = 0.3 + 0.15 * np.arange(3)
    share = {"ate": chance**0, "att": chance, "atc": 1 - chance, "ato": chance * (1 - chance)}
    truth = np.average(0.05 + 0.1 * np.arange(3), weights=share[estimand])
    found = []
    for seed in range(200):
        y, treated, x, _ = people(seed)
        one = coarsened_matching(y, treated, x, estimand, family="binomial")
        assert isinstance(one, Estimate)
        found.append((one.estimate, one.std_error, one.conf_low <= truth <= one.conf_high))
    estimates, errors, held = np.array(found).T
    assert abs(estimates.mean() - truth) < 3.5 * estimates.std() / np.sqrt(200)
    assert np.sqrt(np.mean(errors**2)) == pytest.approx(estimates.std(), rel=0.15)
    assert held.mean() > 0.9


def test_within_one_group_it_is_the_difference_in_means():
    y, treated, _, _ = people(1)
    found = coarsened_matching(y, treated, np.empty((400, 0)), "ate", family="binomial")
    assert found.estimate == pytest.approx(y[treated].mean() - y[~treated].mean())


def test_numbers_are_cut_into_bands_and_few_levels_are_kept():
    rng = np.random.default_rng(2)
    groups = coarsened(np.column_stack([rng.normal(size=600), rng.integers(0, 2, 600)]))
    assert len(np.unique(groups)) == 12


def test_too_few_alike_is_told_and_so_are_groups_of_one():
    y, treated, _, _ = people(3)
    apart = np.where(treated, 10.0, 0.0)[:, None] + np.arange(400)[:, None] % 3
    assert coarsened_matching(y, treated, apart, "att", family="binomial") == NotEstimable(
        "few_matches"
    )
    pairs = np.arange(40)[:, None] // 2 * 1.0
    found = coarsened_matching(
        y[:40], np.arange(40) % 2 == 0, pairs, "att", family="binomial", bands=50
    )
    assert found == NotEstimable("no_spread")
    twice = coarsened_matching(
        y, treated, np.empty((400, 0)), "att", family="binomial", clusters=np.arange(400) // 2
    )
    assert twice == NotEstimable("clusters_not_supported")


def test_equally_near_neighbours_all_count_whatever_the_order():
    rng = np.random.default_rng(4)
    score = rng.integers(0, 8, 120) * 1.0
    y, treated = rng.normal(size=120), rng.random(120) < 0.4
    found = nearest_neighbours(y, treated, score)
    order = rng.permutation(120)
    again = nearest_neighbours(y[order], treated[order], score[order])
    assert again.estimate == pytest.approx(found.estimate, rel=1e-12)
    assert again.std_error == pytest.approx(found.std_error, rel=1e-12)
    by_hand = np.mean([
        y[i] - y[~treated & (score == score[i])].mean() for i in np.flatnonzero(treated)
    ])  # fmt: skip
    assert found.estimate == pytest.approx(by_hand)


def test_neighbours_need_people_and_numbers():
    y, treated = np.arange(4.0), np.array([True, False, False, False])
    assert nearest_neighbours(y, treated, y) == NotEstimable("too_few")
    two = np.array([True, True, False, False])
    assert nearest_neighbours(y, two, y, matches=3) == NotEstimable("too_few")
    assert nearest_neighbours(y, two, np.full(4, np.nan)) == NotEstimable("not_finite")


def test_the_nearest_neighbours_of_a_plan_are_those_along_its_propensity():
    rng = np.random.default_rng(8)
    x = rng.normal(size=(300, 2))
    arm = rng.random(300) < 1 / (1 + np.exp(-x[:, 0]))
    y = x[:, 0] + arm + rng.normal(size=300)
    found = matched_neighbours(y, arm, x, family="gaussian")
    scores = fit_propensity(arm, x).scores
    by_hand = nearest_neighbours(y, arm, np.log(scores / (1 - scores)))
    assert found.estimate == pytest.approx(by_hand.estimate, rel=1e-9)
    assert found.std_error == pytest.approx(by_hand.std_error, rel=1e-9)
    assert found.conf_low < 1 < found.conf_high
    separated = matched_neighbours(y, x[:, 0] > 0, x, family="gaussian")
    assert separated == NotEstimable("separation")


@pytest.mark.parametrize(
    ("estimand", "n"),
    [("att", (60, 600)), ("atc", (600, 60)), ("ato", (60, 600)), ("ate", (300, 300))],
)
def test_who_the_answer_is_about_is_drawn_anew_however_many_the_others_are(estimand, n):
    """Programmes that do much good to some and harm to others: sixty people are sixty people."""
    rng = np.random.default_rng(5)
    effect = np.linspace(-4, 4, 8)
    treated = np.arange(sum(n)) < n[0]
    found = []
    for _ in range(400):
        level = rng.integers(0, 8, sum(n)).astype(float)
        y = rng.normal(size=sum(n)) + treated * effect[level.astype(int)]
        found.append(
            coarsened_matching(y, treated, level[:, None], estimand, family="gaussian", bands=8)
        )
    errors = [one.std_error for one in found]
    assert np.mean(errors) == pytest.approx(np.std([one.estimate for one in found]), rel=0.12)
    held = np.mean([one.conf_low <= 0 <= one.conf_high for one in found])
    assert 0.91 <= held <= 0.98
