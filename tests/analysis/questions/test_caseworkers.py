"""Caseworkers: kept more than chance would, and alike in their cases where they are alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from utfall.analysis.questions.answer import Asked, Frames
from utfall.analysis.questions.caseworkers import chance_of_mixes, continuity, specialities
from utfall.pipelines.simulation.stockholm import draw_stockholm

from .conftest import numbers, value

MakeFrames = Callable[[Any], Frames]
MakeAsked = Callable[..., Asked]

CENTRE = {"programme": "arbetscentrum"}


def test_those_who_come_back_keep_their_caseworker_as_often_as_was_put_in(
    frames_of: MakeFrames, ask_of: MakeAsked
) -> None:
    source = draw_stockholm(3, n=3000, stages=True)
    found = numbers(continuity(frames_of(source), ask_of(**CENTRE)))
    # One in fourteen of those who get another caseworker gets the same by chance.
    kept = source.truth["keeps_the_caseworker"]
    assert value(found["same"]) == pytest.approx(kept + (1 - kept) / 14, abs=0.06)
    assert found["by_chance"].value == pytest.approx(100 / 14, abs=2)


def test_one_stage_each_shows_nothing_of_continuity_though_every_stage_has_one_caseworker(
    frames_of: MakeFrames, ask_of: MakeAsked
) -> None:
    found = continuity(frames_of(draw_stockholm(3)), ask_of(**CENTRE))
    assert found is not None
    assert found.status == "cannot"
    assert found.numbers == ()


def test_caseworkers_with_the_same_cases_are_not_called_specialists(
    frames_of: MakeFrames, ask_of: MakeAsked
) -> None:
    found = specialities(frames_of(draw_stockholm(4)), ask_of(**CENTRE, by="obstacle_code"))
    assert found is not None
    assert numbers(found)["chance"].value > 5
    assert any(one.code == "q_field_alike" for one in found.sentences)


def dealt(worker: list[str], kind: list[str], site: list[str]) -> Frames:
    rows = pl.DataFrame(
        {
            "referral_id": [f"r{i}" for i in range(len(worker))],
            "person_id": [f"p{i}" for i in range(len(worker))],
            "source": ["s"] * len(worker),
            "programme": ["arbetscentrum"] * len(worker),
            "site": site,
            "caseworker_id": worker,
            "obstacle_code": kind,
            "start_date": [date(2000, 1, 1)] * len(worker),
        }
    )
    return Frames({"spells": rows.drop("obstacle_code"), "referrals": rows.drop("site")})


def test_cases_that_were_divided_by_kind_are_seen(ask_of: MakeAsked) -> None:
    frames = dealt(["a"] * 20 + ["b"] * 20, ["sick"] * 20 + ["social"] * 20, ["x"] * 40)
    found = specialities(frames, ask_of(**CENTRE, by="obstacle_code"))
    assert found is not None
    assert numbers(found)["chance"].value == 0
    assert any(one.code == "q_field_differ" for one in found.sentences)


def test_a_site_with_other_people_makes_no_specialist_of_its_caseworkers() -> None:
    # All of each site's cases are of one kind: nothing is left to deal out within it.
    worker, kind = np.repeat([0, 1, 2, 3], 20), np.repeat([0, 0, 1, 1], 20)
    assert chance_of_mixes(worker, kind, kind) == 1.0
    assert chance_of_mixes(worker, kind, np.zeros(80, dtype=int)) < 0.01
