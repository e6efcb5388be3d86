"""Where people had gone, with unknown as an exit of its own."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from utfall.analysis.exit_curves import exit_curves

from .conftest import plan


def arm(*exits: tuple[int | None, str | None], programme: str = "ama") -> pl.DataFrame:
    zero = date(2015, 1, 1)
    return pl.DataFrame(
        [
            {
                "programme": programme,
                "referral_date": zero,
                "end_date": None if days is None else zero + timedelta(days=days),
                "exit_code": code,
                "observed_until": zero + timedelta(days=800),
            }
            for days, code in exits
        ],
        schema_overrides={"end_date": pl.Date, "exit_code": pl.String},
    )


def test_each_exit_is_its_own_cause_and_together_they_never_pass_everyone() -> None:
    curves = exit_curves(
        arm((40, "W1"), (40, "R1"), (100, "F5"), (200, None), (None, None)), plan()
    )
    last = {curve.exit: curve.share[-1] for curve in curves}
    assert last == pytest.approx({"work": 0.2, "returned": 0.2, "unknown": 0.4})


def test_a_blank_reason_is_unknown_and_not_still_enrolled() -> None:
    (curve,) = exit_curves(arm((40, None), (None, None)), plan())
    assert curve.exit == "unknown"
    assert curve.share[-1] == pytest.approx(0.5)


def test_an_exit_after_the_last_look_is_not_counted() -> None:
    late = arm((900, "W1"), (40, "W1"))
    (curve,) = exit_curves(late, plan())
    assert curve.share[-1] == pytest.approx(0.5)


def test_a_cohort_without_dates_gives_no_curves() -> None:
    assert exit_curves(arm((40, "W1")).drop("end_date"), plan()) == ()
