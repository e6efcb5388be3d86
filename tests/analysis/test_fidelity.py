"""A programme that was not given to anybody was not tried."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from utfall.analysis.cohort import DesignRows, blinded
from utfall.analysis.fidelity import delivery_gate, open_months
from utfall.analysis.results import Gate
from utfall.analysis.wording import say

from .conftest import people, plan


def months(
    *, ama_until: date = date(2020, 1, 1), places: int | None = 40, programme: str = "ama"
) -> pl.DataFrame:
    """Return both programmes' months; one of them closes."""
    every = pl.date_range(date(2014, 1, 1), date(2019, 12, 1), "1mo", eager=True)
    frames = [
        pl.DataFrame(
            {
                "programme": [name] * len(every),
                "month": every.dt.strftime("%Y-%m"),
                "places": [
                    None if places is None else places if day < closes else 0 for day in every
                ],
                "open_days": [None if places is None else 20 for _ in every],
            },
            schema_overrides={"places": pl.Int64, "open_days": pl.Int64},
        )
        for name, closes in (
            ("ama", ama_until if programme == "ama" else date(2020, 1, 1)),
            ("vac", ama_until if programme == "vac" else date(2020, 1, 1)),
        )
    ]
    return pl.concat(frames)


def judge(
    rng: np.random.Generator, frame: pl.DataFrame | None = None, n: int = 200, **changes: Any
) -> Gate:
    rows = people(rng, n)
    extra = {name: changes.pop(name) for name in ("given", "meeting") if name in changes}
    if "given" in extra:
        rows = rows.with_columns(
            hours_planned=pl.lit(100.0),
            hours_given=pl.when(pl.col("programme") == "ama").then(extra["given"]).otherwise(90.0),
        )
    if "meeting" in extra:
        rows = rows.with_columns(
            first_meeting_hours=pl.when(pl.int_range(pl.len()) % 10 < extra["meeting"])
            .then(24.0)
            .otherwise(90.0)
        )
    protocol = plan(**changes)
    return delivery_gate(DesignRows(blinded(rows, protocol).rows), frame, protocol)


def test_programmes_that_ran_all_the_while_were_tried(rng: np.random.Generator) -> None:
    gate = judge(rng, months())
    assert gate.status == "PASS"
    assert gate.statistic == pytest.approx(52, abs=0.5)


@pytest.mark.parametrize("programme", ["ama", "vac"])
def test_three_weeks_are_not_a_trial_whichever_programme_had_them(
    rng: np.random.Generator, programme: str
) -> None:
    gate = judge(rng, months(ama_until=date(2014, 2, 1), programme=programme))
    assert gate.status == "FAIL"
    assert gate.is_structural
    assert "Genomförandet prövades inte" in say(gate.reason).sv
    assert programme.upper() in say(gate.reason).sv


def test_without_dates_and_dose_nothing_is_said(rng: np.random.Generator) -> None:
    assert judge(rng).status == "NOT_EVALUATED"
    assert judge(rng, months(places=None)).status == "NOT_EVALUATED"
    assert judge(rng).needed is not None


def test_a_tenth_of_the_hours_is_not_the_programme_and_two_fifths_are_less_of_it(
    rng: np.random.Generator,
) -> None:
    assert judge(rng, given=80.0).status == "PASS"
    less = judge(rng, given=40.0)
    assert (less.status, less.is_structural) == ("RESERVE", False)
    none = judge(rng, given=10.0)
    assert (none.status, none.reason.code) == ("FAIL", "g12_fail_dose")


def test_a_promise_of_a_meeting_within_two_days_is_held_to(rng: np.random.Generator) -> None:
    promise = {"delivery": [{"programme": "ama", "first_meeting_hours": 48}]}
    assert judge(rng, months(), meeting=9, **promise).status == "PASS"
    late = judge(rng, months(), meeting=5, **promise)
    assert (late.status, late.reason.code) == ("RESERVE", "g12_reserve_late")
    assert "48" in say(late.reason).sv
    assert judge(rng, months(), **promise).status == "NOT_EVALUATED"


def test_nobody_s_own_hours_show_where_few_are_known(rng: np.random.Generator) -> None:
    assert judge(rng, given=10.0, n=30).status == "NOT_EVALUATED"


def test_a_month_without_places_was_closed_and_a_month_without_word_is_unknown() -> None:
    closed = months(ama_until=date(2014, 3, 1))
    assert open_months(closed, "ama") == (["2014-01", "2014-02"], True)
    assert open_months(months(places=None), "ama") == ([], False)
