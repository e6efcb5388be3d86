"""Source 004: the right answer on worlds whose naive reading is wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from utfall.analysis.questions.answer import Asked, Frames
from utfall.analysis.questions.cells import (
    Modelled,
    Ratio,
    Words,
)
from utfall.analysis.questions.network import network
from utfall.analysis.questions.places import chance_if_alike, sites
from utfall.analysis.questions.protection import shown
from utfall.analysis.questions.states import ladder
from utfall.analysis.questions.steps import closed_step, moves_up
from utfall.pipelines.simulation.stockholm import LADDER, draw_stockholm

from .conftest import numbers, value

MakeFrames = Callable[[Any], Frames]
MakeAsked = Callable[..., Asked]

STHLM = {"programme": "arbetscentrum", "source": "stockholm", "steps": list(LADDER)}


def test_people_seen_for_three_years_stand_somewhere(
    frames_of: MakeFrames, ask_of: MakeAsked
) -> None:
    found = ladder(
        frames_of(draw_stockholm(2)),
        ask_of(**STHLM, sheltered=["training_place", "sheltered"], months=[12, 24, 36]),
    )
    assert found is not None
    for place in (1, 2, 3):
        column = [row[place] for row in found.tables[0].rows]
        assert all(isinstance(cell, Modelled) for cell in column)
        shares = [cell.value for cell in column if isinstance(cell, Modelled)]
        assert sum(share or 0.0 for share in shares) == pytest.approx(1.0)


def test_groups_that_move_alike_are_not_ranked_by_chance(
    frames_of: MakeFrames, ask_of: MakeAsked
) -> None:
    found = numbers(moves_up(frames_of(draw_stockholm(2)), ask_of(**STHLM, by="obstacle_code")))
    assert found["least_ratio"].value == pytest.approx(1.0, abs=0.1)


def test_a_closed_step_stands_still_while_the_others_go_on(
    frames_of: MakeFrames, ask_of: MakeAsked
) -> None:
    found = numbers(
        closed_step(
            frames_of(draw_stockholm(2, n=1200)),
            ask_of(**STHLM, step="subsidised", disruption="sthlm_hiring_freeze"),
        )
    )
    step, others = shown(found["during_over_open"], None), shown(found["others"], None)
    assert isinstance(found["during_over_open"], Ratio)
    assert (step.high or 0) < 0.2
    assert others.value == pytest.approx(1.0, abs=0.2)


def test_districts_that_are_alike_have_no_order_and_the_raw_table_would_give_them_one(
    frames_of: MakeFrames, ask_of: MakeAsked
) -> None:
    found = sites(
        frames_of(draw_stockholm(7)), ask_of(**STHLM, outcome="work_or_studies", horizon=730)
    )
    assert found is not None
    rows = found.tables[0].rows
    raw = [value(row[2]) for row in rows]
    pulled = [row[5].value for row in rows if isinstance(row[5], Modelled)]
    spread = [x for x in pulled if x is not None]
    assert max(raw) - min(raw) > 0.08
    assert max(spread) - min(spread) < 0.5 * (max(raw) - min(raw))
    assert all(isinstance(row[6], Modelled) and (row[6].value or 0) < 0.5 for row in rows)
    names = [row[0].text.sv for row in rows if isinstance(row[0], Words)]
    assert names == sorted(names)


def test_sites_that_do_differ_are_not_called_alike() -> None:
    assert chance_if_alike([40, 100, 160], [200, 200, 200]) < 1e-6


def test_seven_sites_cannot_show_less_than_one_swap_in_all(
    frames_of: MakeFrames, ask_of: MakeAsked
) -> None:
    found = numbers(
        network(
            frames_of(draw_stockholm(2)),
            ask_of(**STHLM, outcome="work_or_studies", horizon=730, early=date(1998, 1, 1)),
        )
    )
    # Three, one, two and one site joined together: 420 ways to hand the days out.
    assert 1 / 420 <= found["chance"].value <= 1.0
