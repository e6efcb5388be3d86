"""Worlds with a known answer, run from canonical tables through the marts to a comparison."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from utfall.analysis import Comparison, Context, compare, load_protocol
from utfall.pipelines.compare import cohort_from, disruption_windows
from utfall.pipelines.rehearsal import Rehearsal, rehearse
from utfall.pipelines.simulation import World, draw
from utfall.pipelines.study import event_columns

PROTOCOLS = Path(__file__).parents[2] / "analysis" / "protocols"

FIRE = {
    "event_id": "ama_fire_2016",
    "kind": "capacity",
    "programme": "ama",
    "site": None,
    "starts_on": dt.date(2016, 12, 10),
    "ends_on": dt.date(2018, 3, 31),
    "capacity_share": 0.5,
    "label_sv": "Branden",
    "label_en": "The fire",
    "source": "the simulator",
    "evidence_grade": "party",
}

Run = Callable[..., tuple[World, Comparison]]


@pytest.fixture(scope="session")
def rehearsal() -> Rehearsal:
    return rehearse()


@pytest.fixture
def run(rehearsal: Rehearsal) -> Run:
    """Return a function that draws a world and answers one protocol on it."""

    def answer(
        scenario: str, protocol: str, seed: int, *, fire: bool = False, **overrides: Any
    ) -> tuple[World, Comparison]:
        world = draw(scenario, seed, **overrides)
        delivery = {
            "source": "simulated",
            "delivery": "2020-03-01",
            "system": "simulator",
            "extracted_on": dt.date(2020, 3, 1),
            "covers_from": dt.date(2005, 1, 1),
            "covers_to": dt.date(2020, 2, 29),
            "covers": "all_referrals",
            "covers_population": "everyone drawn",
            "code_list_version": "2017",
            "tables": ",".join(sorted(world.tables)),
        }
        events = pl.DataFrame([FIRE] if fire else [], schema=event_columns())
        marts = rehearsal.marts(world.tables, delivery=delivery, events=events)
        windows, _ = disruption_windows(marts["disruptions"])
        return world, compare(
            cohort_from(marts["episodes"], marts["outcomes"], marts["labour_market"]),
            load_protocol(PROTOCOLS / f"{protocol}.yml"),
            context=Context(
                disruptions=windows,
                programme_months=marts["programme_months"],
                doses=marts["attendance_months"],
                leave_out=False,
            ),
        )

    return answer
