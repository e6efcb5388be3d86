"""Downturns and closings: what others brought or what happened everywhere is not an effect."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from utfall.analysis.questions.answer import Asked, Frames
from utfall.analysis.questions.cells import Points
from utfall.analysis.questions.cycle import Half, at_common_mix, by_cycle, closing

MakeAsked = Callable[..., Asked]
OUTCOME = {"outcome": "work", "horizon": 365}


def frames(rows: list[dict[str, Any]], market: pl.DataFrame | None = None) -> Frames:
    episodes = pl.DataFrame(rows).with_columns(
        episode_id=pl.int_range(pl.len()).cast(pl.String), is_first_referral=pl.lit(value=True)
    )
    outcomes = episodes.select(
        "episode_id", "occurred", outcome=pl.lit("work"), horizon_days=pl.lit(365)
    )
    tables = {"episodes": episodes.drop("occurred"), "outcomes": outcomes}
    return Frames(tables if market is None else {**tables, "labour_market": market})


def downturn(rng: np.random.Generator, ill_when_weak: float) -> Frames:
    """Draw people of two kinds whose chances never change; more are ill in the downturn."""
    rows = []
    for year, unemployed_ill in ((2015, 0.2), (2016, ill_when_weak)):
        for _ in range(800):
            is_ill = rng.random() < unemployed_ill
            rows.append(
                {
                    "programme": "a",
                    "municipality": "m",
                    "obstacle_code": "sick" if is_ill else "unemployed",
                    "referral_date": date(year, int(rng.integers(1, 13)), 5),
                    "occurred": int(rng.random() < (0.1 if is_ill else 0.5)),
                }
            )
    market = pl.DataFrame(
        {
            "municipality": ["m"] * 24,
            "month": [f"{y}-{m:02d}" for y in (2015, 2016) for m in range(1, 13)],
            "unemployed_pct": [5.0] * 12 + [9.0] * 12,
        }
    )
    return frames(rows, market)


def test_others_who_came_in_the_downturn_are_not_the_downturn(
    rng: np.random.Generator, ask_of: MakeAsked
) -> None:
    found = by_cycle(downturn(rng, 0.7), ask_of(programme="a", by="obstacle_code", **OUTCOME))
    assert found is not None
    numbers = dict(found.numbers)
    raw, common = numbers["raw"], numbers["common_mix"]
    assert isinstance(raw, Points)
    assert isinstance(common, Points)
    assert (raw.high or 0) < -0.1
    assert (common.low or 0) < 0 < (common.high or 0)
    assert common.value == pytest.approx(0.0, abs=0.06)


def two_programmes(rng: np.random.Generator, more_when_weak: float) -> Frames:
    """Draw two programmes that a downturn hits alike; one does more in it, and its mix shifts."""
    rows = []
    for programme, ill in (("a", (0.2, 0.6)), ("b", (0.4, 0.4))):
        for place, year in enumerate((2015, 2016)):
            for _ in range(4_000):
                is_ill = rng.random() < ill[place]
                chance = (0.15 if is_ill else 0.5) - 0.1 * place
                chance += more_when_weak * (place == 1 and programme == "a")
                rows.append(
                    {
                        "programme": programme,
                        "municipality": "m",
                        "obstacle_code": "sick" if is_ill else "unemployed",
                        "referral_date": date(year, int(rng.integers(1, 13)), 5),
                        "occurred": int(rng.random() < chance),
                    }
                )
    market = downturn(rng, 0.2)["labour_market"]
    return frames(rows, market)


@pytest.mark.parametrize("added", [0.0, 0.15])
def test_what_a_downturn_does_to_both_is_not_what_the_method_adds_in_it(
    rng: np.random.Generator, ask_of: MakeAsked, added: float
) -> None:
    asked = ask_of(programme="a", other="b", by="obstacle_code", **OUTCOME)
    found = by_cycle(two_programmes(rng, added), asked)
    assert found is not None
    numbers = dict(found.numbers)
    own, against = numbers["common_mix"], numbers["against_other"]
    assert isinstance(own, Points)
    assert isinstance(against, Points)
    assert against.value == pytest.approx(added, abs=0.05)
    assert (against.low or 0) < added < (against.high or 0)
    # Its own change holds the downturn, which hit the other as hard.
    assert own.value == pytest.approx(added - 0.1, abs=0.05)


def test_the_interval_at_a_common_mix_holds_the_truth_as_often_as_it_says(
    rng: np.random.Generator,
) -> None:
    held = 0
    for _ in range(400):
        halves = [
            Half(
                {"a": int(rng.binomial(n, 0.5)), "b": int(rng.binomial(m, 0.1))},
                {"a": n, "b": m},
                5.0,
            )
            for n, m in ((80, 20), (30, 70))
        ]
        pair = at_common_mix(*halves)
        assert pair is not None
        (one, spread), (other, wide) = pair
        held += abs(other - one) <= 1.96 * np.hypot(spread, wide)
    assert 0.92 <= held / 400 <= 0.985


def test_groups_that_came_at_one_time_only_are_left_out_of_both() -> None:
    one, other = Half({"a": 5}, {"a": 10}, 5.0), Half({"b": 5}, {"b": 10}, 9.0)
    assert at_common_mix(one, other) is None


def town(rng: np.random.Generator, at_closing: float, everywhere: float) -> Frames:
    rows = []
    for district in range(9):
        for when, change in ((date(2016, 6, 1), 0.0), (date(2019, 1, 10), everywhere)):
            own = at_closing if district == 0 and change == everywhere else 0.0
            for _ in range(500):
                day = when + timedelta(days=int(rng.integers(0, 200)))
                chance = 0.5 + change + (own if when.year == 2019 else 0.0)
                rows.append(
                    {
                        "district": f"d{district}",
                        "referral_date": day,
                        "occurred": int(rng.random() < chance),
                    }
                )
    return frames(rows)


def closed(frames_: Frames, ask_of: MakeAsked) -> dict[str, Any]:
    found = closing(
        frames_, ask_of(district="d0", closed_on=date(2018, 11, 1), days=700, **OUTCOME)
    )
    assert found is not None
    return dict(found.numbers)


def test_what_fell_everywhere_did_not_fall_because_one_unit_closed(
    rng: np.random.Generator, ask_of: MakeAsked
) -> None:
    alike = closed(town(rng, 0.0, -0.2), ask_of)
    assert abs(alike["beside_others"].value) < 0.12
    fell = closed(town(rng, -0.25, -0.1), ask_of)
    assert fell["beside_others"].value == pytest.approx(-0.25, abs=0.1)
    # One district is one case: among nine, no deviation is rarer than one in nine.
    assert fell["chance"].value == pytest.approx(1 / 9)


def test_with_few_districts_or_few_people_nothing_is_said_of_a_closing(
    rng: np.random.Generator, ask_of: MakeAsked
) -> None:
    whole = town(rng, 0.0, 0.0)
    few = whole["episodes"].filter(pl.col("district").is_in(["d0", "d1", "d2"]))
    asked = ask_of(district="d0", closed_on=date(2018, 11, 1), days=700, **OUTCOME)
    assert closing(Frames({"episodes": few, "outcomes": whole["outcomes"]}), asked) is None
    thin = whole["episodes"].filter(pl.int_range(pl.len()) % 50 == 0)
    assert closing(Frames({"episodes": thin, "outcomes": whole["outcomes"]}), asked) is None
