"""Steps up by group: a group that stands on slow steps is not called slow for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from utfall.analysis.questions.answer import Asked, Frames
from utfall.analysis.questions.cells import Rate, Times
from utfall.analysis.questions.steps import moves_up

MakeAsked = Callable[..., Asked]
STEPS = ["low", "middle", "top"]
BEGIN, LAST = date(2000, 1, 1), date(2004, 1, 1)


def world(rng: np.random.Generator, pace: dict[str, float], on_low: dict[str, float]) -> Frames:
    """Draw groups that start on the low step (quick) or the middle one (slow)."""
    people, rows = [], []
    for group, times in pace.items():
        for i in range(300):
            person = f"{group}{i}"
            people.append((person, "a", group, BEGIN, LAST, True))
            step = 0 if rng.random() < on_low[group] else 1
            day = BEGIN
            while step < 2:
                stay = int(np.ceil(rng.exponential(1 / ((0.10, 0.02)[step] * times)))) * 30
                until = day + timedelta(days=stay)
                end = None if until >= LAST else until
                rows.append((person, "s", STEPS[step], day, end))
                if end is None:
                    break
                day, step = end, step + 1
            if step == 2:
                rows.append((person, "s", "top", day, None))
    names = ["person_id", "programme", "group", "referral_date", "observed_until"]
    activities = {
        "person_id": pl.String,
        "source": pl.String,
        "activity": pl.String,
        "start_date": pl.Date,
        "end_date": pl.Date,
    }
    return Frames(
        {
            "episodes": pl.DataFrame(people, schema=[*names, "is_first_referral"], orient="row"),
            "activities": pl.DataFrame(rows, schema=activities, orient="row"),
        }
    )


def answered(frames: Frames, ask_of: MakeAsked) -> tuple[dict[str, Any], list[Any]]:
    found = moves_up(frames, ask_of(programme="a", source="s", steps=STEPS, by="group"))
    assert found is not None
    return dict(found.numbers), list(found.tables[0].rows)


def test_a_group_on_slow_steps_moves_as_others_do_on_them(
    rng: np.random.Generator, ask_of: MakeAsked
) -> None:
    alike = dict.fromkeys("abc", 1.0)
    numbers, rows = answered(world(rng, alike, {"a": 0.9, "b": 0.5, "c": 0.05}), ask_of)
    rates = [row[2].events / row[2].exposure for row in rows if isinstance(row[2], Rate)]
    assert min(rates) < 0.6 * max(rates)
    least = numbers["least_ratio"]
    assert isinstance(least, Times)
    assert least.value == pytest.approx(1.0, abs=0.1)
    assert numbers["chance"].value > 0.05


def test_a_group_that_is_slow_on_every_step_is_found(
    rng: np.random.Generator, ask_of: MakeAsked
) -> None:
    numbers, rows = answered(
        world(rng, {"a": 1.2, "b": 1.2, "c": 0.4}, dict.fromkeys("abc", 0.6)), ask_of
    )
    assert numbers["chance"].value < 0.05
    assert numbers["least_ratio"].value == rows[2][3].value
    assert (numbers["least_ratio"].high or 1.0) < 0.8


def test_a_group_of_few_is_hidden_and_the_ratios_of_others_stay() -> None:
    from utfall.analysis.disclosure import Rules
    from utfall.analysis.questions.protection import shown

    assert shown(Times(0.4, 0.2, 0.8, 9, 4), Rules()).withheld
    assert shown(Times(0.4, 0.2, 0.8, 90, 40), Rules()).value == 0.4
