"""Source 003: the right answer on worlds whose naive reading is wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl
import pytest

from utfall.analysis.questions.answer import Asked, Frames
from utfall.analysis.questions.cells import (
    Points,
    Quantile,
    Share,
    Words,
)
from utfall.analysis.questions.cycle import closing
from utfall.analysis.questions.doors import both_programmes, doors, meeting, meeting_apart
from utfall.analysis.questions.trials import pilots
from utfall.pipelines.simulation.districts import CLOSED, draw_districts
from utfall.pipelines.simulation.pilots import draw_pilots

from .conftest import numbers, value

MakeFrames = Callable[[Any], Frames]
MakeAsked = Callable[..., Asked]


def applicants(good: int, denied: int, other: int) -> Frames:
    n = good + denied + other
    started = [True] * good + [False] * denied + [True] * other
    codes = ["W1"] * good + [None] * denied + ["R1"] * other
    return Frames(
        {
            "episodes": pl.DataFrame(
                {
                    "episode_id": [f"e{i}" for i in range(n)],
                    "person_id": [f"p{i}" for i in range(n)],
                    "programme": ["a"] * n,
                    "referral_date": [date(2016, 1, 4)] * n,
                    "decision": ["granted"] * good + ["denied"] * denied + ["granted"] * other,
                    "decision_date": [date(2016, 1, 20)] * n,
                    "has_started": started,
                    "start_date": [date(2016, 2, 1) if s else None for s in started],
                    "end_date": [date(2016, 8, 1) if s else None for s in started],
                    "exit_code": codes,
                    "is_first_referral": [True] * n,
                    "observed_until": [date(2019, 1, 1)] * n,
                }
            ),
            "applications": pl.DataFrame(
                {
                    "person_id": [f"p{good + i}" for i in range(denied // 2)],
                    "applied_on": [date(2016, 6, 1)] * (denied // 2),
                    "decision": ["granted"] * (denied // 2),
                }
            ),
        }
    )


def test_a_door_that_shuts_closes_more_cases_and_gives_no_more_work(ask_of: MakeAsked) -> None:
    lenient = numbers(doors(applicants(good=30, denied=10, other=60), ask_of(programme="a")))
    strict = numbers(doors(applicants(good=30, denied=50, other=20), ask_of(programme="a")))
    assert value(lenient["work_or_studies"]) == value(strict["work_or_studies"]) == 0.3
    assert value(strict["refused"]) - value(lenient["refused"]) == pytest.approx(0.4)
    assert value(strict["again"]) == 0.5


def test_those_who_never_came_to_a_meeting_did_not_meet_in_time(ask_of: MakeAsked) -> None:
    referrals = pl.DataFrame(
        {
            "referral_id": [f"r{i}" for i in range(40)],
            "source": ["g"] * 40,
            "programme": ["a"] * 40,
            "application_at": [date(2016, 1, 4)] * 40,
        },
        schema_overrides={"application_at": pl.Datetime("us")},
    )
    spells = referrals.head(20).select(
        "referral_id",
        "source",
        "programme",
        first_meeting_at=pl.col("application_at") + pl.duration(hours=20),
    )
    found = numbers(
        meeting(Frames({"referrals": referrals, "spells": spells}), ask_of(programme="a", hours=48))
    )
    assert value(found["within"]) == 0.5
    assert value(found["within_of_met"]) == 1.0


def test_a_site_that_never_started_did_not_try(frames_of: MakeFrames, ask_of: MakeAsked) -> None:
    source = draw_pilots(4)
    found = pilots(frames_of(source), ask_of(programme="angered_pilot", weeks=26))
    found_weeks = numbers(found)
    for site, weeks in source.truth["weeks"].items():
        assert found_weeks[f"{site}_weeks"].value == weeks
    assert found_weeks["tried"].value == pytest.approx(1 / 3)
    assert found is not None
    assert any(one.code == "q_pilot_not_tried" for one in found.sentences)
    # What was given where it ran, and a dash where nothing was.
    given = {row[0].text.sv: row[6] for row in found.tables[0].rows if isinstance(row[0], Words)}
    hours = given["majorna_linne"]
    assert isinstance(hours, Quantile)
    assert hours.value == pytest.approx(source.truth["hours_a_month"], abs=1.0)
    assert isinstance(given["laholm"], Words)


def test_people_in_both_programmes_are_counted_once(ask_of: MakeAsked) -> None:
    one = applicants(good=20, denied=0, other=20)["episodes"]
    other = one.head(10).with_columns(programme=pl.lit("b"))
    frames = Frames({"episodes": pl.concat([one, other, other])})
    found = numbers(both_programmes(frames, ask_of(programme="a", other="b")))
    assert found["both"] == Share(10, 40)


def met(ill_in_time: int, others_in_time: int) -> Frames:
    """Return forty ill and a hundred others who applied, so many of them met within a day."""
    ill, hours = ["sick"] * 40 + ["unemployed"] * 100, [20] * 140
    late = [i for i in range(40) if i >= ill_in_time]
    late += [40 + i for i in range(100) if i >= others_in_time]
    for i in late:
        hours[i] = 400
    referrals = pl.DataFrame(
        {
            "referral_id": [f"r{i}" for i in range(140)],
            "source": ["g"] * 140,
            "programme": ["a"] * 140,
            "obstacle_code": ill,
            "application_at": [date(2016, 1, 4)] * 140,
        },
        schema_overrides={"application_at": pl.Datetime("us")},
    )
    spells = referrals.select(
        "referral_id",
        "source",
        "programme",
        first_meeting_at=pl.col("application_at") + pl.duration(hours=pl.Series(hours)),
    )
    return Frames({"referrals": referrals, "spells": spells})


@pytest.mark.parametrize(("ill", "others", "gap"), [(20, 50, 0.0), (10, 50, -0.25)])
def test_the_ill_are_held_against_all_others_and_not_against_the_promise(
    ask_of: MakeAsked, ill: int, others: int, gap: float
) -> None:
    settings = {"programme": "a", "hours": 48, "obstacle": "sick"}
    found = numbers(meeting_apart(met(ill, others), ask_of(**settings)))["gap"]
    assert isinstance(found, Points)
    assert found.value == pytest.approx(gap)
    assert (found.low or 0) < gap < (found.high or 0)
    assert ((found.high or 0) < 0) == (gap < 0)


@pytest.mark.parametrize("effect", [0.0, -0.25])
def test_a_rise_that_all_districts_share_is_not_put_down_to_the_closing(
    frames_of: MakeFrames, ask_of: MakeAsked, effect: float
) -> None:
    source = draw_districts(5, n=16_000, effect=effect)
    frames, lives = frames_of(source), source.tables["persons"].select("person_id", "district")
    settings = {"district": "vastra_hisingen", "closed_on": CLOSED, "outcome": "work_or_studies"}
    rows = frames["episodes"].join(lives, on="person_id")
    told = Frames({"episodes": rows, "outcomes": frames["outcomes"]})
    found = closing(told, ask_of(**settings, horizon=365))
    assert found is not None
    beside = numbers(found)["beside_others"]
    assert isinstance(beside, Points)
    assert beside.value == pytest.approx(effect, abs=0.05)
    raw = dict(next(s.values for s in found.sentences if s.code == "q_close_raw"))["points"]
    assert isinstance(raw, Points)
    # The plain change holds what the years gave every district.
    assert (raw.value or 0) > (beside.value or 0) + 0.02
