"""What a delivery must hold, and what the marts say where it holds no more."""

from __future__ import annotations

import datetime as dt

import polars as pl

from utfall.pipelines.rehearsal import Rehearsal
from utfall.pipelines.simulation import draw
from utfall.pipelines.study import event_columns


def test_only_people_referrals_and_enrolments_are_needed(rehearsal: Rehearsal) -> None:
    world = draw("vallentuna", 1, 60)
    needed = {name: world.tables[name] for name in ("persons", "referrals", "spells")}
    delivery = {
        "source": "simulated",
        "delivery": "2020-03-01",
        "extracted_on": dt.date(2020, 3, 1),
        "covers_from": dt.date(2005, 1, 1),
        "covers_to": dt.date(2020, 2, 29),
        "tables": "persons,referrals,spells",
    }
    marts = rehearsal.marts(needed, delivery=delivery, events=pl.DataFrame(schema=event_columns()))
    assert {name for name, mart in marts.items() if mart.height} == {
        "persons",
        "referrals",
        "episodes",
        "enrolments",
        "outcomes",
        "ladder_rungs",
        "programme_months",
        "programme_years",
        "assistance_months",
    }
    assert not marts["assistance_months"]["is_seen"].any()
    without = marts["outcomes"].filter(pl.col("outcome").str.starts_with("no_assistance"))
    assert set(without["status"]) == {"unknown"}
    again = marts["outcomes"].filter(pl.col("outcome") == "assistance_again")
    assert set(again["status"]) == {"unknown", "not_applicable"}
    assert again["occurred"].null_count() == again.height
