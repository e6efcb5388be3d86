"""Validation ledgers: the truth is the simulator's own, and the answers of pages meet it."""

from __future__ import annotations

import polars as pl
import pytest

from utfall.pipelines.simulation.stockholm import LADDER, draw_stockholm
from utfall.pipelines.validation_checks import CHECKS, check_lines
from utfall.pipelines.validation_ledgers import (
    MOMENTS,
    payer_shift,
    step_closed,
    truly_on_steps,
    truly_paid,
)


def test_the_ledger_shows_who_began_to_pay_when_assistance_stopped() -> None:
    assert payer_shift(5) == {"ledger_shows_the_shift": (1, 1)}


def test_kronor_are_counted_by_payer_and_by_months_from_the_start() -> None:
    tables = {
        "activities": pl.DataFrame({"person_id": ["a", "b"]}).with_columns(
            start_date=pl.date(2014, 1, 1)
        ),
        "assistance_months": pl.DataFrame(
            {"person_id": ["a", "a"], "month": ["2013-12", "2013-01"], "amount_sek": [1200, 9]}
        ),
        "income_months": pl.DataFrame(
            {
                "person_id": ["b", "b"],
                "month": ["2016-01", "2016-02"],
                "income_source": ["unemployment_insurance", "wage"],
                "amount_sek": [2400, 9],
            }
        ),
    }
    assert truly_paid(tables, 2018 * 12) == {
        "municipality_before": 1200 / 12,
        "municipality_after": 0.0,
        "funds_after": 2400 / 24,
    }


def test_true_shares_on_the_steps_are_those_of_very_many_people() -> None:
    source = draw_stockholm(2, 4000)
    truth = truly_on_steps(source.tables["referrals"])
    assert truth.sum(axis=1) == pytest.approx([1.0, 1.0, 1.0])
    first = source.tables["referrals"].select("person_id", "referral_date")
    stays = source.tables["activities"].join(first, on="person_id")
    at = pl.col("referral_date") + pl.duration(days=30 * MOMENTS[0])
    here = stays.filter(
        (pl.col("activity") == LADDER[0])
        & (pl.col("start_date") <= at)
        & (pl.col("end_date").is_null() | (pl.col("end_date") > at))
    )
    assert here["person_id"].n_unique() / first.height == pytest.approx(truth[0, 0], abs=0.02)


def test_the_multi_state_model_covers_and_a_closed_step_is_no_standstill() -> None:
    found = [step_closed(seed) for seed in range(6)]
    covered = sum(one["occupancy_covers"][0] for one in found)
    assert covered >= 0.85 * sum(one["occupancy_covers"][1] for one in found)
    assert all(one["standstill_is_capacity"] == (1, 1) for one in found)


def test_trials_of_a_check_are_counted_over_its_worlds() -> None:
    check = next(one for one in CHECKS if one.id == "S16")
    kept = [{"case": "S16", "found": {"caught": [13, 14]}}, {"case": "S16", "found": {}}]
    (line,) = check_lines(kept, [check])
    assert (line["n"], line["value"], line["verdict"]) == (1, 0.929, "falls_short")
    assert check_lines([], [check]) == []
