"""Routines: hours of those planned, and an obstacle that turns up after the start."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from utfall.analysis.questions.answer import Asked, Frames
from utfall.analysis.questions.cells import Amount, Quantile
from utfall.analysis.questions.routines import attendance, new_obstacle

from .conftest import numbers, value

MakeAsked = Callable[..., Asked]

PLACE: dict[str, Any] = {
    "programme": "a",
    "source": "s",
    "activity": "training_place",
    "months": [2, 5],
    "told": 2,
}


def stays(n: int, ends: date | None, given: float) -> Frames:
    ids = [f"k{i}" for i in range(n)]
    months = [f"2016-{month:02d}" for month in range(1, 11)]
    return Frames(
        {
            "spells": pl.DataFrame(
                {
                    "spell_id": ids,
                    "source": ["s"] * n,
                    "programme": ["a"] * n,
                    "start_date": [date(2016, 1, 15)] * n,
                    "end_date": pl.Series([ends] * n, dtype=pl.Date),
                    "planned_hours": [20.0] * n,
                }
            ),
            "activities": pl.DataFrame(
                {"spell_id": ids, "source": ["s"] * n, "activity": ["training_place"] * n}
            ),
            "attendance_months": pl.DataFrame(
                {
                    "spell_id": [one for one in ids for _ in months],
                    "source": ["s"] * (n * len(months)),
                    "month": months * n,
                    "hours_given": [given] * (n * len(months)),
                }
            ),
        }
    )


def test_hours_are_held_against_those_planned_for_a_whole_month(ask_of: MakeAsked) -> None:
    weeks = 365.25 / 12 / 7
    found = numbers(attendance(stays(30, None, 0.8 * 20 * weeks), ask_of(**PLACE)))
    for cell in found.values():
        assert isinstance(cell, Amount)
        assert cell.value == pytest.approx(80.0)
        assert cell.n == 30


def test_a_month_cut_short_by_the_end_is_not_taken_for_staying_away(ask_of: MakeAsked) -> None:
    found = numbers(attendance(stays(30, date(2016, 6, 2), 80.0), ask_of(**PLACE)))
    assert found["month_2"].n == 30
    assert found["month_5"].n == 0
    assert found["month_5"].value is None


ILL: dict[str, Any] = {"programme": "a", "obstacle": "sick", "days": 365, "soon": 90}


def on_file(changes: list[int | None], already: int) -> Frames:
    """Return people who turn out to be ill so many months after the start, or never."""
    n = len(changes) + already
    people = [f"p{i}" for i in range(n)]
    start = date(2016, 1, 31)
    rows = []
    for i, person in enumerate(people):
        change = None if i >= len(changes) else changes[i]
        for month in range(1, 25):
            day = date(2016 + (month // 12), month % 12 + 1, 1)
            is_ill = i >= len(changes) or (change is not None and month >= change)
            rows.append((person, f"{day:%Y-%m}", "sick" if is_ill else "unemployed"))
    return Frames(
        {
            "episodes": pl.DataFrame(
                {
                    "person_id": people,
                    "programme": ["a"] * n,
                    "is_first_referral": [True] * n,
                    "has_started": [True] * n,
                    "start_date": [start] * n,
                    "obstacle_code": ["unemployed"] * len(changes) + ["sick"] * already,
                }
            ),
            "assistance_months": pl.DataFrame(
                rows, schema=["person_id", "month", "obstacle_code"], orient="row"
            ),
        }
    )


def test_an_illness_counts_when_it_turns_up_and_not_when_it_was_known(ask_of: MakeAsked) -> None:
    early: list[int | None] = [2] * 20
    late: list[int | None] = [8] * 10
    never: list[int | None] = [None] * 70
    found = numbers(new_obstacle(on_file(early + late + never, already=50), ask_of(**ILL)))
    assert value(found["turned_up"]) == pytest.approx(0.30)
    assert value(found["soon"]) == pytest.approx(2 / 3)
    median = found["median_days"]
    assert isinstance(median, Quantile)
    assert timedelta(days=median.value or 0) < timedelta(days=60)


def test_where_the_obstacle_is_never_written_again_nothing_is_said(ask_of: MakeAsked) -> None:
    frames = on_file([None] * 20, already=0)
    blank = frames["assistance_months"].with_columns(obstacle_code=pl.lit(None, dtype=pl.String))
    told = Frames({"episodes": frames["episodes"], "assistance_months": blank})
    assert new_obstacle(told, ask_of(**ILL)) is None
