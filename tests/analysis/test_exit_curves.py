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


def test_twelve_months_end_with_the_year_and_not_a_month_later() -> None:
    curves = exit_curves(arm((365, "W1"), (380, "W1"), (20, "W1"), (None, None)), plan())
    (work,) = (curve for curve in curves if curve.exit == "work")
    by_month = dict(zip(work.months, work.share, strict=True))
    assert (by_month[0], by_month[1], by_month[11]) == pytest.approx((0.0, 0.25, 0.25))
    assert by_month[12] == pytest.approx(0.5)


def test_who_was_seen_for_a_year_to_the_day_is_followed_to_month_twelve() -> None:
    rows = arm((365, "W1"), (None, None)).with_columns(observed_until=date(2016, 1, 1))
    (work,) = exit_curves(rows, plan())
    assert work.n_followed[12] == 2
    assert work.share[12] == pytest.approx(0.5)
