"""Counterfactual: undisturbed months, one after the other, and whom they are counted for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from utfall.analysis.counterfactual import counterfactual, lost_by_month, months_followed
from utfall.analysis.estimators import crude
from utfall.analysis.results import Estimate, NotEstimable

from .conftest import FIRE, both, people, plan

ZERO = date(2016, 1, 1)


def followed(*people: tuple[float | None, int | None], **columns) -> pl.DataFrame:
    """Return rows of (outcome, day of leaving) followed from one day."""
    return pl.DataFrame(
        {
            "programme": ["ama"] * len(people),
            "referral_date": [ZERO] * len(people),
            "end_date": [None if day is None else ZERO + timedelta(days=day) for _, day in people],
            "work_365": [y for y, _ in people],
            **columns,
        },
        schema_overrides={"end_date": pl.Date},
    )


def left_some_day(rows: pl.DataFrame, seed: int = 3, horizon: int = 365) -> pl.DataFrame:
    """Return people who left on a day of the follow-up: for work, or a third of others else."""
    rng = np.random.default_rng(seed)
    day = rng.integers(1, horizon + 1, rows.height)
    leaves = (rows["work_365"].to_numpy() == 1) | (rng.random(rows.height) < 0.3)
    ends = [
        zero + timedelta(days=int(one)) if left else None
        for zero, one, left in zip(rows["referral_date"], day, leaves, strict=True)
    ]
    return rows.with_columns(end_date=pl.Series(ends, dtype=pl.Date))


def short(**changes):
    """Return a plan of thirty days: one month, in which hazards are shares."""
    outcome = {
        "name": "work_365", "horizon_days": 30, "label": both("work"), "rule": both("a rule"),
    }  # fmt: skip
    return plan(outcome=outcome, covariates=[], estimand="ate", **changes)


def test_months_are_of_equal_length_and_the_last_day_belongs_to_the_last() -> None:
    rows = followed((1, 1), (1, 30), (1, 31), (1, 365), (0, 200), (0, None), (0, 366), (0, 0))
    months, way = months_followed(rows, plan())
    assert months.tolist() == [1, 1, 2, 12, 7, 12, 12, 1]
    assert way.tolist() == [1, 1, 1, 1, 2, 0, 0, 2]


def test_the_day_on_which_the_goal_was_reached_goes_before_the_day_of_leaving() -> None:
    on = pl.Series([ZERO + timedelta(days=40), None], dtype=pl.Date)
    rows = followed((1, 300), (0, None), work_365_on=on)
    assert months_followed(rows, plan())[0].tolist() == [2, 12]


def test_somebody_who_reached_it_nobody_knows_when_gives_no_number() -> None:
    assert months_followed(followed((1, None)), plan()) == NotEstimable("no_exit_dates")
    rows = followed((1, 30)).drop("end_date")
    assert months_followed(rows, plan()) == NotEstimable("no_exit_dates")


def test_only_the_months_after_the_fire_are_half_lost() -> None:
    rows = followed((0, None)).with_columns(referral_date=pl.lit(date(2016, 7, 1)))
    lost = lost_by_month(rows, [FIRE], plan())[0]
    # 162 days until 10 December: five months of 30.4 days, and ten days of the sixth.
    assert lost[:5].tolist() == [0.0] * 5
    assert 0 < lost[5] < 0.5
    assert lost[6:].tolist() == [0.5] * 6
    assert lost_by_month(rows.with_columns(programme=pl.lit("vac")), [FIRE], plan()).max() == 0


def test_one_undisturbed_month_is_the_plain_difference_of_shares() -> None:
    rows = people(np.random.default_rng(2), 600, effect=0.1)
    rows = left_some_day(rows, horizon=30)
    found = counterfactual(rows, (), [], short())
    plain = crude(
        rows["work_365"].to_numpy(), (rows["programme"] == "ama").to_numpy(), family="binomial"
    )
    assert isinstance(found, Estimate)
    assert found.estimate == pytest.approx(plain.estimate, abs=1e-8)
    assert found.std_error == pytest.approx(plain.std_error, rel=0.02)


def test_it_is_statsmodels_logits_led_through_undisturbed_months() -> None:
    """The same by hand: person-months spelled out, two logits, products of chances."""
    import statsmodels.api as sm

    rows = left_some_day(people(np.random.default_rng(6), 700, fire_penalty=0.2))
    plan_ = plan(covariates=[], estimand="ate")
    months, way = months_followed(rows, plan_)
    lost = lost_by_month(rows, [FIRE], plan_)
    arm = (rows["programme"] == "ama").to_numpy().astype(float)
    person = np.repeat(np.arange(rows.height), months)
    month = np.concatenate([np.arange(1, n + 1) for n in months])

    def design(month, arm, lost):
        return np.column_stack([np.ones(len(month)), np.log(month), np.log(month) ** 2, arm, lost])

    long = design(month, arm[person], lost[person, month - 1])
    out = np.where(month == months[person], way[person], 0)
    leave = sm.Logit(out > 0, long).fit(disp=0).params
    gone = out > 0
    reach = sm.Logit(out[gone] == 1, long[gone]).fit(disp=0).params

    def risk(side: float) -> float:
        there, reached = 1.0, 0.0
        for one in range(1, 13):
            row = design(np.array([one]), np.array([side]), np.array([0.0]))
            leaving = there * float(1 / (1 + np.exp(-(row @ leave)[0])))
            reached += leaving * float(1 / (1 + np.exp(-(row @ reach)[0])))
            there -= leaving
        return reached

    found = counterfactual(rows, (), [FIRE], plan_)
    assert found.mean_target == pytest.approx(risk(1.0), abs=1e-6)
    assert found.mean_comparator == pytest.approx(risk(0.0), abs=1e-6)


def test_the_order_of_rows_does_not_matter() -> None:
    rows = left_some_day(people(np.random.default_rng(6), 300, fire_penalty=0.2))
    plan_ = plan()
    found = [counterfactual(one, plan_.covariates, [FIRE], plan_) for one in (rows, rows.reverse())]
    assert found[0].estimate == pytest.approx(found[1].estimate, abs=1e-9)
    assert found[0].std_error == pytest.approx(found[1].std_error, abs=1e-9)


def test_what_cannot_be_computed_says_why() -> None:
    rows = left_some_day(people(np.random.default_rng(4), 400))
    vac_only = rows.filter(pl.col("programme") == "vac")
    assert counterfactual(vac_only, (), [FIRE], plan()) == NotEstimable("one_arm")
    assert counterfactual(rows.clear(), (), [FIRE], plan()) == NotEstimable("one_arm")
    money = plan(scale="currency", unit="kr")
    assert counterfactual(rows, (), [FIRE], money) == NotEstimable("not_a_share")
    burnt = rows.filter(
        (pl.col("programme") == "vac")
        | pl.col("referral_date").is_between(date(2016, 2, 1), date(2018, 3, 1))
    )
    assert counterfactual(burnt, (), [FIRE], plan()) == NotEstimable("no_normal_operation")
    nobody = rows.with_columns(work_365=pl.lit(0.0), end_date=pl.lit(None, pl.Date))
    assert counterfactual(nobody, (), [FIRE], plan()) == NotEstimable("no_events")
    undated = rows.drop("end_date")
    assert counterfactual(undated, (), [FIRE], plan()) == NotEstimable("no_exit_dates")
    certain = rows.with_columns(health=pl.when(pl.col("programme") == "ama").then(1.0).otherwise(0))
    found = counterfactual(certain, plan().covariates, [FIRE], plan())
    assert isinstance(found, NotEstimable)


def test_a_plan_that_weighs_others_answers_for_others() -> None:
    rows = left_some_day(people(np.random.default_rng(9), 900, confounding=0.8))
    found = {
        one: counterfactual(rows, plan().covariates, [FIRE], plan(estimand=one))
        for one in ("ate", "att", "atc", "ato")
    }
    means = {one: answer.mean_comparator for one, answer in found.items()}
    # The readier were sent to AMA: they would do best in the comparator as well.
    assert means["att"] > means["ate"] > means["atc"]
    assert means["att"] > means["ato"] > means["atc"]


def test_two_fires_are_two_losses() -> None:
    rows = followed((0, None)).with_columns(referral_date=pl.lit(date(2017, 1, 1)))
    again = replace(FIRE, id="again", programme=None)
    assert lost_by_month(rows, [FIRE, again], plan()).tolist() == [[1.0] * 12]
