"""How strong something unseen must be is measured against what was seen."""

from __future__ import annotations

import numpy as np
import pytest

from utfall.analysis import Context, compare
from utfall.analysis.hidden import linear_contrast, partial_r2, strength_of, tipping_for_unknown
from utfall.analysis.results import Robustness

from .conftest import people, plan


def robust(seed: int = 0, **changes: float) -> Robustness:
    found = compare(
        people(np.random.default_rng(seed), 600, **changes), plan(), context=Context()
    ).robustness
    assert found is not None
    return found


def test_the_linear_contrast_is_that_of_least_squares(rng: np.random.Generator) -> None:
    import statsmodels.api as sm

    x, treated = rng.normal(size=(80, 3)), np.arange(80) < 40
    y = x[:, 0] + 0.5 * treated + rng.normal(size=80)
    ours = linear_contrast(y, treated, x)
    theirs = sm.OLS(y, sm.add_constant(np.column_stack([treated, x]))).fit()
    assert ours is not None
    assert ours.estimate == pytest.approx(theirs.params[1])
    assert ours.std_error == pytest.approx(theirs.bse[1])
    assert ours.df == theirs.df_resid


def test_partial_r2_is_that_of_the_t_statistic(rng: np.random.Generator) -> None:
    import statsmodels.api as sm

    x, treated = rng.normal(size=(80, 3)), np.arange(80) % 2 == 0
    y = x[:, 0] + rng.normal(size=80)
    theirs = sm.OLS(y, sm.add_constant(np.column_stack([treated, x]))).fit()
    expected = theirs.tvalues[2] ** 2 / (theirs.tvalues[2] ** 2 + theirs.df_resid)
    assert strength_of(y, treated, x, [0]).with_outcome == pytest.approx(expected)
    assert partial_r2(y, x, x) == 0.0


def test_a_small_difference_is_undone_sooner_than_a_large_one() -> None:
    small, large = robust(effect=0.05), robust(effect=0.35)
    assert small.e_value is not None
    assert large.e_value is not None
    assert small.e_value < large.e_value
    assert (small.robustness_value or 0) < (large.robustness_value or 0)


def test_the_strongest_confounder_is_the_one_that_sorts_and_matters() -> None:
    found = robust(confounding=1.0)
    assert found.strongest is not None
    assert found.strongest.en in (
        "health",
        "months_since_work",
        "education_years",
        "benefit_months",
    )
    assert 0 < (found.strongest_with_arm or 0) < 1


def test_without_unknown_outcomes_there_is_nothing_to_tip() -> None:
    assert robust().unknown_tipping is None
    assert tipping_for_unknown(0.7, 0.2, 0.1, 0.1) is None
    tipped = robust(effect=0.03, unknown=0.15).unknown_tipping
    assert tipped is None or 0 < tipped <= 1


def test_each_month_left_out_moves_the_answer_a_little_and_a_lone_site_cannot_be() -> None:
    site, month = robust().left_out
    assert (site.what, site.n_answered) == ("site", 0)
    assert month.n_answered == month.n_units > 50
    assert month.lowest is not None
    assert month.highest is not None
    assert 0 < month.highest - month.lowest < 0.1
    assert month.same_headline is not None


def test_worlds_that_need_no_leaving_out_go_without() -> None:
    rows = people(np.random.default_rng(1), 300)
    found = compare(rows, plan(), context=Context(leave_out=False)).robustness
    assert found is not None
    assert found.left_out == ()
