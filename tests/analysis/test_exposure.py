"""Exposure: the share of the follow-up that was lost, and the answer with none lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from utfall.analysis.cohort import DisruptionWindow, blinded
from utfall.analysis.estimators import aipw
from utfall.analysis.exposure import calm_in_each_arm, lost_share, normal_operation
from utfall.analysis.results import Estimate, NotEstimable

from .conftest import FIRE, people, plan


def referred(*rows: tuple[str, date]) -> pl.DataFrame:
    return pl.DataFrame(
        {"programme": [row[0] for row in rows], "referral_date": [row[1] for row in rows]}
    )


def test_a_year_wholly_within_half_capacity_is_half_lost() -> None:
    rows = referred(("ama", date(2017, 1, 1)), ("vac", date(2017, 1, 1)))
    assert lost_share(rows, [FIRE], plan()).tolist() == [0.5, 0.0]


def test_days_are_counted_at_both_ends() -> None:
    # The first follow-up meets the fire on its last five days, the second on its first two.
    rows = referred(("ama", date(2015, 12, 16)), ("ama", date(2018, 3, 30)))
    met = lost_share(rows, [replace(FIRE, capacity_share=0.0)], plan()) * 365
    assert met.round(9).tolist() == [5.0, 2.0]


def test_without_a_stated_capacity_the_whole_day_is_lost_and_never_more() -> None:
    rows = referred(("ama", date(2017, 1, 1)))
    unknown = replace(FIRE, capacity_share=None)
    assert lost_share(rows, [unknown, FIRE], plan()).tolist() == [1.0]


def test_a_disruption_of_all_programmes_meets_both_arms() -> None:
    rows = referred(("ama", date(2017, 1, 1)), ("vac", date(2017, 1, 1)))
    assert lost_share(rows, [replace(FIRE, programme=None)], plan()).tolist() == [0.5, 0.5]


def test_a_fire_at_one_site_leaves_the_others_alone() -> None:
    rows = referred(*(("ama", date(2017, 1, 1)) for _ in range(3))).with_columns(
        site=pl.Series(["a", "b", None])
    )
    at_a = replace(FIRE, site="a")
    # Nobody knows where the third was: the loss may have been theirs.
    assert lost_share(rows, [at_a], plan()).tolist() == [0.5, 0.0, 0.5]
    assert lost_share(rows, [FIRE], plan()).tolist() == [0.5] * 3
    assert lost_share(rows, [replace(FIRE, site="elsewhere")], plan()).tolist() == [0.5] * 3
    assert lost_share(rows.drop("site"), [at_a], plan()).tolist() == [0.5] * 3


@pytest.fixture
def burnt() -> tuple[np.ndarray, ...]:
    """Return outcome, arm, covariate and loss of 300 people."""
    rng = np.random.default_rng(5)
    x, treated = rng.normal(size=300), rng.random(300) < 0.5
    lost = np.where(treated & (rng.random(300) < 0.5), rng.uniform(0.05, 0.5, 300), 0.0)
    chance = 1 / (1 + np.exp(-(-0.5 + 0.6 * x + 0.4 * treated - 2 * lost)))
    return (rng.random(300) < chance) * 1.0, treated, x[:, None], lost


def test_g_computation_is_the_logit_of_statsmodels_with_nothing_lost(burnt) -> None:
    import statsmodels.api as sm

    y, treated, x, lost = burnt
    fitted = sm.Logit(y, np.column_stack([np.ones(300), x, lost, treated])).fit(disp=False)
    means = [
        fitted.predict(np.column_stack([np.ones(300), x, np.zeros(300), np.full(300, arm)])).mean()
        for arm in (1, 0)
    ]
    found = normal_operation(y, treated, x, lost, "ate", family="binomial", doubly_robust=False)
    assert isinstance(found, Estimate)
    assert found.estimate == pytest.approx(means[0] - means[1], abs=1e-9)


def test_the_error_is_that_of_drawing_people_again(burnt) -> None:
    y, treated, x, lost = burnt
    found = normal_operation(y, treated, x, lost, "ate", family="binomial")
    rng = np.random.default_rng(1)
    again = []
    for _ in range(120):
        i = rng.integers(0, 300, 300)
        drawn = normal_operation(y[i], treated[i], x[i], lost[i], "ate", family="binomial")
        again.append(drawn.estimate)
    assert found.std_error == pytest.approx(np.std(again), rel=0.2)


def test_without_any_loss_it_is_the_doubly_robust_estimate(burnt) -> None:
    y, treated, x, _ = burnt
    found = normal_operation(y, treated, x, np.zeros(300), "ato", family="binomial")
    known = aipw(y, treated, x, "ato", family="binomial")
    assert found.estimate == pytest.approx(known.estimate, abs=1e-12)
    assert found.std_error == pytest.approx(known.std_error, abs=1e-12)


def test_the_order_of_rows_decides_nothing(burnt) -> None:
    y, treated, x, lost = burnt
    i = np.random.default_rng(3).permutation(300)
    one = normal_operation(y, treated, x, lost, "ato", family="binomial")
    other = normal_operation(y[i], treated[i], x[i], lost[i], "ato", family="binomial")
    assert one == other


def test_an_arm_that_always_lost_something_has_no_normal_operation(burnt) -> None:
    y, treated, x, lost = burnt
    always = np.where(treated, np.maximum(lost, 0.01), 0.0)
    found = normal_operation(y, treated, x, always, "ate", family="binomial")
    assert found == NotEstimable("no_normal_operation")


def test_one_outcome_in_an_arm_gives_no_number(burnt) -> None:
    y, treated, x, lost = burnt
    found = normal_operation(np.where(treated, 1.0, y), treated, x, lost, "ate", family="binomial")
    assert found == NotEstimable("no_variation_in_arm")


def test_too_few_calm_people_are_seen_before_outcomes_are(fire: DisruptionWindow) -> None:
    rows = people(np.random.default_rng(2))
    late = rows.filter(
        (pl.col("programme") == "vac") | (pl.col("referral_date") > date(2016, 1, 1))
    )
    early = late.filter(
        (pl.col("programme") == "vac") | (pl.col("referral_date") < date(2018, 1, 1))
    )
    assert calm_in_each_arm(blinded(rows, plan()), [fire], plan())
    assert not calm_in_each_arm(blinded(early, plan()), [fire], plan())
