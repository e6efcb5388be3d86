"""Who could have entered either programme is decided by what was known at referral."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from utfall.analysis.eligibility import cross_eligibility, window_expr
from utfall.analysis.protocol import Window

from .conftest import both, plan


def referrals(**columns: list[object]) -> pl.DataFrame:
    n = len(columns["programme"])
    return pl.DataFrame(
        {
            "referral_date": [date(2016, 5, 1)] * n,
            "could_enter_other": [None] * n,
            "could_enter_other_is_dated": [None] * n,
            **columns,
        },
        schema_overrides={
            "could_enter_other": pl.Int64,
            "could_enter_other_is_dated": pl.Boolean,
        },
    )


def rule(programme: str, column: str, *allowed: str, **period: str) -> dict[str, object]:
    return {
        "programme": programme,
        "period": period,
        "requires": [{"column": column, "in": list(allowed)}],
        "statute": both("SoL"),
    }


def test_without_judgement_or_rule_nobody_is_known_to_fit_both() -> None:
    found = cross_eligibility(referrals(programme=["ama", "vac"]), plan())
    assert (found.could_target, found.could_comparator) == (0, 0)


def test_a_blank_judgement_is_not_a_yes_and_a_late_one_is_counted_apart() -> None:
    rows = referrals(
        programme=["ama", "ama", "ama", "vac"],
        could_enter_other=[1, 1, None, 1],
        could_enter_other_is_dated=[True, False, None, True],
    )
    found = cross_eligibility(rows, plan())
    assert (found.could_target, found.could_comparator, found.late_judgements) == (1, 1, 1)
    assert found.lowest_share_among("ato") == pytest.approx(1 / 3)
    assert found.lowest_share_among("atc") == 1.0


def test_a_rule_of_residence_lets_in_only_those_who_live_there() -> None:
    rows = referrals(programme=["ama", "vac", "vac"], district=["Angered", "Angered", "Centrum"])
    rules = [rule("ama", "district", "Angered")]
    found = cross_eligibility(rows, plan(eligibility=rules))
    assert (found.could_target, found.could_comparator) == (1, 1)


def test_a_rule_holds_only_in_its_period() -> None:
    rows = referrals(programme=["ama", "vac"], need=["none", "none"])
    before = rule("vac", "need", "none", to="2015-12-31")
    during = rule("vac", "need", "none", **{"from": "2016-01-01"})
    assert cross_eligibility(rows, plan(eligibility=[before])).could_target == 0
    assert cross_eligibility(rows, plan(eligibility=[during])).could_target == 1


def test_a_dated_no_beats_a_rule_that_would_let_in() -> None:
    rows = referrals(
        programme=["ama", "vac"],
        need=["none", "none"],
        could_enter_other=[0, None],
        could_enter_other_is_dated=[True, None],
    )
    rules = [rule("vac", "need", "none"), rule("ama", "need", "none")]
    found = cross_eligibility(rows, plan(eligibility=rules))
    assert (found.could_target, found.could_comparator) == (0, 1)


def test_a_rule_without_conditions_leaves_it_to_the_judgement() -> None:
    rows = referrals(
        programme=["ama", "ama"],
        could_enter_other=[1, None],
        could_enter_other_is_dated=[True, None],
    )
    bare = {"programme": "vac", "statute": both("SoL")}
    assert cross_eligibility(rows, plan(eligibility=[bare])).could_target == 1


@pytest.mark.parametrize(("day", "inside"), [(1, True), (31, True), (15, True)])
def test_windows_hold_both_their_ends(day: int, inside: bool) -> None:
    window = Window.model_validate({"from": "2016-12-01", "to": "2016-12-31"})
    rows = pl.DataFrame({"on": [date(2016, 12, day), date(2017, 1, 1)]})
    assert rows.select(window_expr(window, "on")).to_series().to_list() == [inside, False]
