"""Mechanism: intake and dose tell half as many apart from half as much."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import date

import polars as pl
import pytest

from utfall.analysis.mechanism import mechanism_of, spill_over_of
from utfall.analysis.own_years import Mechanism, SpillOver
from utfall.analysis.protected_mechanism import protected_mechanism, protected_spill_over
from utfall.analysis.redaction import Rules

from .conftest import FIRE, plan

MONTHS = pl.date_range(date(2014, 1, 1), date(2018, 12, 1), "1mo", eager=True).dt.strftime("%Y-%m")
IS_MET = ["2016-12" <= month <= "2018-03" for month in MONTHS]


def months(calm: int, met: int, programme: str = "ama") -> pl.DataFrame:
    people = [met if is_met else calm for is_met in IS_MET]
    return pl.DataFrame(
        {
            "programme": [programme] * len(MONTHS), "site": ["a"] * len(MONTHS), "month": MONTHS,
            "n_started": people, "n_referred": people,
        }
    )  # fmt: skip


def doses(calm: float, met: float, people: int = 40) -> pl.DataFrame:
    """Return attended months of people followed all along, each with hours of their own."""
    return pl.DataFrame(
        [
            {
                "programme": "ama",
                "person_id": f"p{one:03d}",
                "month": month,
                "hours_given": (met if is_met else calm) * (0.8 + 0.4 * (one % 2)),
                "days_enrolled": 30,
            }
            for one in range(people)
            for month, is_met in zip(MONTHS, IS_MET, strict=True)
        ]
    )


@pytest.mark.parametrize(
    ("intake", "dose", "named"),
    [
        (10, 60.0, "neither"),
        (5, 60.0, "intake"),
        (10, 30.0, "service"),
        (5, 30.0, "both"),
    ],
)
def test_intake_and_dose_together_name_what_was_halved(intake, dose, named: str) -> None:
    found = mechanism_of(months(10, intake), doses(60.0, dose), FIRE, "ama", plan())
    assert found.named == named
    assert (found.months_calm, found.months_met) == (44, 16)
    assert found.intake == pytest.approx(intake / 10)
    assert found.dose_met / found.dose_calm == pytest.approx(dose / 60)


def test_without_recorded_hours_nothing_is_named() -> None:
    assert mechanism_of(months(10, 5), None, FIRE, "ama", plan()).named == "no_dose"
    few = doses(60.0, 30.0, people=9)
    assert mechanism_of(months(10, 5), few, FIRE, "ama", plan()).named == "no_dose"
    unsaid = doses(60.0, 30.0).with_columns(hours_given=pl.lit(None, pl.Float64))
    assert mechanism_of(months(10, 5), unsaid, FIRE, "ama", plan()).named == "no_dose"


def test_few_people_leave_it_open() -> None:
    """Forty months of one a month and sixteen of one: anything from half to twice as many."""
    found = mechanism_of(months(1, 1), doses(60.0, 60.0), FIRE, "ama", plan())
    assert found.named == "unclear"


def test_months_that_nobody_delivered_tell_nothing() -> None:
    empty = months(10, 5).with_columns(n_started=pl.lit(None, pl.Int64))
    assert mechanism_of(empty, None, FIRE, "ama", plan()) is None
    assert mechanism_of(months(10, 5), None, FIRE, "vac", plan()) is None
    assert mechanism_of(months(10, 5).drop("n_started"), None, FIRE, "ama", plan()) is None
    after = replace(FIRE, starts_on=date(2019, 2, 1), ends_on=date(2019, 3, 1))
    assert mechanism_of(months(10, 5), None, after, "ama", plan()) is None


@pytest.mark.parametrize(("met", "is_warned"), [(10, False), (11, False), (15, True), (5, False)])
def test_a_rise_in_the_other_programme_is_warned_of_where_chance_does_not_give_it(
    met: int, is_warned: bool
) -> None:
    found = spill_over_of(months(10, met, "vac"), FIRE, "vac", plan())
    assert found.is_warned is is_warned
    assert found.ratio == pytest.approx(met / 10)
    assert found.ratio_low < found.ratio < found.ratio_high


def test_what_is_published_is_made_of_protected_counts() -> None:
    exact = mechanism_of(months(10, 5), doses(61.4, 30.2), FIRE, "ama", plan())
    moved = replace(exact, started_met=exact.started_met + 2, started_calm=exact.started_calm - 1)
    shown = [protected_mechanism(one, Rules()) for one in (exact, moved)]
    assert shown[0] == shown[1]
    assert shown[0].dose_calm == round(exact.dose_calm)
    assert shown[0].named == "both"


def test_small_counts_are_neither_shown_nor_named() -> None:
    exact = mechanism_of(months(1, 0), doses(60.0, 30.0), FIRE, "ama", plan())
    few = protected_mechanism(replace(exact, started_met=3), Rules())
    assert (few.started_met, few.intake, few.intake_low, few.named) == (None, None, None, "few")
    assert few.dose_met is None
    hours_of_few = replace(exact, started_met=40, dosed_met=12)
    assert protected_mechanism(hours_of_few, Rules()).dose_met is None
    spilled = spill_over_of(months(1, 2, "vac"), FIRE, "vac", plan())
    hidden = protected_spill_over(replace(spilled, referred_calm=4), Rules())
    assert (hidden.ratio, hidden.is_warned) == (None, False)


def test_nobody_before_gives_no_ratio_and_still_a_document() -> None:
    found = mechanism_of(months(0, 2), None, FIRE, "ama", plan())
    assert (found.intake, found.intake_high) == (None, None)
    json.dumps(asdict(found), allow_nan=False)
    spilled = spill_over_of(months(0, 2, "vac"), FIRE, "vac", plan())
    json.dumps(asdict(spilled), allow_nan=False)
    assert isinstance(found, Mechanism)
    assert isinstance(spilled, SpillOver)
