"""Joining a network: a boom that lifts every site is not taken for what the network does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from utfall.analysis.questions.answer import Asked, Frames
from utfall.analysis.questions.cells import Count, Rate, Times
from utfall.analysis.questions.network import Joined, _orders, chance_of_pace, network

MakeAsked = Callable[..., Asked]
JOINED = [date(1998, 7, 1), date(1999, 1, 1), date(1999, 7, 1), date(2000, 1, 1)] * 2
BOOM = date(1999, 1, 1)
LAST = date(2002, 1, 1)


def world(rng: np.random.Generator, times: float, n: int = 2400) -> Frames:
    """Draw people whose pace to work triples in a boom and changes when their site joins."""
    rows = []
    for i in range(n):
        site = int(rng.integers(len(JOINED)))
        begin = date(1997, 1, 1) + timedelta(days=int(rng.integers(0, 1600)))
        day, end = begin, None
        while day < LAST:
            day += timedelta(days=30)
            pace = 0.012 * (3 if day >= BOOM else 1) * (times if day >= JOINED[site] else 1)
            if rng.random() < pace:
                end = day
                break
        rows.append((f"p{i}", "a", f"s{site}", begin, end, LAST, "W1" if end else None, True))
    episodes = pl.DataFrame(
        rows,
        schema={
            "person_id": pl.String,
            "programme": pl.String,
            "site": pl.String,
            "referral_date": pl.Date,
            "end_date": pl.Date,
            "observed_until": pl.Date,
            "exit_code": pl.String,
            "is_first_referral": pl.Boolean,
        },
        orient="row",
    ).with_columns(episode_id=pl.col("person_id"))
    left = (pl.col("end_date") - pl.col("referral_date")).dt.total_days() <= 365
    outcomes = episodes.select(
        "episode_id",
        outcome=pl.lit("work"),
        horizon_days=pl.lit(365),
        occurred=left.fill_null(value=False).cast(pl.Int64),
    )
    versions = pl.DataFrame(
        {"programme": ["a"] * 8, "site": [f"s{i}" for i in range(8)], "from": JOINED}
    )
    return Frames({"episodes": episodes, "outcomes": outcomes, "programme_versions": versions})


def answered(frames: Frames, ask_of: MakeAsked) -> tuple[dict[str, Any], Any]:
    found = network(
        frames, ask_of(programme="a", outcome="work", horizon=365, early=date(1999, 1, 1))
    )
    assert found is not None
    return dict(found.numbers), found.tables[0]


def test_a_boom_makes_every_member_look_quicker_and_the_answer_is_not_taken_in(
    rng: np.random.Generator, ask_of: MakeAsked
) -> None:
    found, table = answered(world(rng, 1.0), ask_of)
    before, after = (row[2] for row in table.rows)
    assert isinstance(before, Rate)
    assert isinstance(after, Rate)
    assert after.events / after.exposure > 1.5 * before.events / before.exposure
    pace = found["pace"]
    assert isinstance(pace, Times)
    assert (pace.low or 0) < 1.0 < (pace.high or 0)
    assert found["chance"].value > 0.05


def test_a_network_that_does_help_is_seen_through_the_boom(
    rng: np.random.Generator, ask_of: MakeAsked
) -> None:
    found, table = answered(world(rng, 2.0), ask_of)
    assert found["pace"].value == pytest.approx(2.0, abs=0.6)
    assert (found["pace"].low or 0) > 1.0
    assert found["chance"].value < 0.05
    assert all(isinstance(row[1], Count) for row in table.rows)


def test_one_site_s_luck_is_no_proof_among_few(rng: np.random.Generator) -> None:
    months = np.full((4, 8), 50.0)
    chances = []
    for _ in range(60):
        events = rng.poisson(3.0, months.shape).astype(float)
        chances.append(chance_of_pace(Joined(months, events, np.array([2, 3, 5, 6])))[0])
    assert min(chances) >= 1 / 24
    assert np.mean(np.array(chances) < 0.05) <= 0.12


def test_every_order_is_tried_once_with_the_real_one_first() -> None:
    first = np.array([3, 1, 1, 2])
    orders = _orders(first, 1)
    assert orders[0].tolist() == [3, 1, 1, 2]
    assert len(orders) == len({tuple(one) for one in orders.tolist()}) == 12
    assert len(_orders(np.arange(9), 1)) == 2_000
