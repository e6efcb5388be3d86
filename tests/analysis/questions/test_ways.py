"""Ways out over time: open cases count, and a way out is not a wait for another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from utfall.analysis.questions.answer import Asked, Frames
from utfall.analysis.questions.cells import Modelled, Share
from utfall.analysis.questions.ways import ways_out

MakeAsked = Callable[..., Asked]
LAST = date(2020, 1, 1)


def world(rng: np.random.Generator, n: int = 3000, followed: int = 30) -> Frames:
    """Draw people who leave quickly to another measure or slowly to work, some just begun."""
    slow, quick = 0.03, 0.06
    out = np.ceil(rng.exponential(1 / (slow + quick), n)).astype(int)
    code = np.where(rng.random(n) < slow / (slow + quick), "W1", "R1")
    since = rng.integers(1, followed, n)
    over = out <= since
    begin = [LAST - timedelta(days=round(30.4375 * int(m))) for m in since]
    end = [
        day + timedelta(days=round(30.4375 * int(m)) - 1) if gone else None
        for day, m, gone in zip(begin, out, over, strict=True)
    ]
    episodes = pl.DataFrame(
        {
            "programme": ["mia"] * n,
            "site": ["s"] * n,
            "start_date": begin,
            "end_date": end,
            "exit_code": [str(c) if gone else None for c, gone in zip(code, over, strict=True)],
            "observed_until": [LAST] * n,
            "has_started": [True] * n,
            "is_first_referral": [True] * n,
        },
        schema_overrides={"end_date": pl.Date, "exit_code": pl.String},
    )
    return Frames({"episodes": episodes})


def test_open_cases_and_competing_ways_give_the_share_that_was_put_in(
    rng: np.random.Generator, ask_of: MakeAsked
) -> None:
    found = ways_out(world(rng), ask_of(programme="mia", months=[6, 12, 24]))
    assert found is not None
    truth = (1 - np.exp(-0.09 * 24)) / 3
    good = dict(found.numbers)["work_or_studies"]
    assert isinstance(good, Modelled)
    assert good.value == pytest.approx(truth, abs=0.03)
    # A curve that takes the other exits for people still on the way there is far too high.
    assert 1 - np.exp(-0.03 * 24) > truth + 0.2


def test_the_shares_of_a_month_make_up_everybody(
    rng: np.random.Generator, ask_of: MakeAsked
) -> None:
    found = ways_out(world(rng, n=400), ask_of(programme="mia", months=[6, 12]))
    assert found is not None
    for row in found.tables[0].rows:
        shares = [cell.value or 0.0 for cell in row if isinstance(cell, Modelled)]
        assert sum(shares) == pytest.approx(1.0)


def test_nobody_is_said_to_have_been_followed_longer_than_they_were(
    rng: np.random.Generator, ask_of: MakeAsked
) -> None:
    found = ways_out(world(rng, n=300, followed=10), ask_of(programme="mia", months=[6, 24]))
    assert found is not None
    assert found.status == "partly"
    assert any(one.code == "q_ways_short" for one in found.sentences)
    assert all(cell.value is None for cell in found.tables[0].rows[1] if isinstance(cell, Modelled))
    assert isinstance(dict(found.numbers)["of_those_who_left"], Share)
