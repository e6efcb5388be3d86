"""Source 000: the right answer where the naive reading of the same rows is wrong."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
import pytest

from utfall.analysis.counts import poisson_interval, wilson_interval
from utfall.analysis.disclosure import Rules
from utfall.analysis.questions.answer import Asked, Frames
from utfall.analysis.questions.cells import Amount, Modelled, Points, Rate, Share
from utfall.analysis.questions.mix import drift, kitagawa
from utfall.analysis.questions.protection import shown
from utfall.analysis.questions.savings import job_cost
from utfall.analysis.questions.scenario import merger
from utfall.analysis.questions.sojourn import activity_stays, stuck
from utfall.analysis.questions.waiting import path_to_start
from utfall.analysis.vocabulary import Text

TO = date(2020, 1, 31)


def asked(**settings: Any) -> Asked:
    return Asked(id="q", document="000", family="x", text=Text("f", "q"), settings=settings)


def episodes(n: int, **columns: Any) -> pl.DataFrame:
    plain: dict[str, Any] = {
        "episode_id": [f"e{i}" for i in range(n)],
        "person_id": [f"p{i}" for i in range(n)],
        "programme": ["ama"] * n,
        "referral_date": [date(2015, 1, 1)] * n,
        "decision": ["granted"] * n,
        "decision_date": [date(2015, 2, 1)] * n,
        "has_started": [True] * n,
        "start_date": [date(2015, 3, 1)] * n,
        "end_date": [None] * n,
        "exit_code": [None] * n,
        "is_first_referral": [True] * n,
        "observed_until": [TO] * n,
    }
    schema = {
        "decision_date": pl.Date,
        "start_date": pl.Date,
        "end_date": pl.Date,
        "exit_code": pl.String,
    }
    return pl.DataFrame(plain | columns, schema_overrides=schema)


@pytest.mark.parametrize(
    ("events", "bounds"),
    [(18, (10.7, 28.4)), (19, (11.4, 29.7)), (20, (12.2, 30.9)), (9, (4.1, 17.1))],
)
def test_a_year_s_count_has_the_exact_bounds_of_the_debate(
    events: int, bounds: tuple[float, float]
) -> None:
    assert tuple(round(x, 1) for x in poisson_interval(events)) == bounds


def test_the_shares_of_the_debate_have_the_bounds_that_were_worked_out() -> None:
    assert [round(100 * x, 1) for x in wilson_interval(450, 3000)] == [13.8, 16.3]
    assert [round(100 * x, 1) for x in wilson_interval(800, 3000)] == [25.1, 28.3]


def test_a_list_of_one_day_makes_stays_look_long(rng: np.random.Generator) -> None:
    n = 6000
    begins = np.sort(rng.integers(0, 3650, n))
    length = rng.gamma(0.7, 9 / 0.7 * 30.4, n).astype(int) + 1
    first = date(2009, 1, 1)
    start = [first + timedelta(days=int(day)) for day in begins]
    end = [first + timedelta(days=int(day)) for day in begins + length]
    last = first + timedelta(days=3650)
    rows = pl.DataFrame(
        {
            "spell_id": [f"s{i}" for i in range(n)],
            "source": ["a"] * n,
            "activity": ["training_place"] * n,
            "start_date": start,
            "end_date": [day if day <= last else None for day in end],
        },
        schema_overrides={"end_date": pl.Date},
    )
    frames = Frames(
        {
            "activities": rows,
            "spells": rows.select(
                "spell_id", "source", programme=pl.lit("ama"), exit_reason=pl.lit("R1")
            ),
            "episodes": episodes(1, observed_until=[last]),
        }
    )
    found = stuck(
        frames,
        asked(programme="ama", activity="training_place", employed="none", census=date(2017, 6, 1)),
    )
    assert found is not None
    numbers = dict(found.numbers)
    entered, met = numbers["entrants_long"], numbers["snapshot_long"]
    assert isinstance(entered, Modelled)
    assert isinstance(met, Share)
    assert entered.value == pytest.approx(0.089, abs=0.012)
    assert met.numerator / met.denominator == pytest.approx(0.355, abs=0.05)


def test_counting_from_the_start_leaves_out_those_who_never_got_there() -> None:
    # Forty referred: twenty leave for work before a start could be given and never start;
    # of the twenty who start, five reach work within a year of it.
    n = 40
    began = [i >= 20 for i in range(n)]
    frames = Frames(
        {
            "episodes": episodes(
                n,
                has_started=began,
                start_date=[date(2015, 3, 1) if b else None for b in began],
                decision=["granted" if b else "withdrawn" for b in began],
            ),
            "outcomes": pl.DataFrame(
                {
                    "episode_id": [f"e{i}" for i in range(n)] * 2,
                    "outcome": ["work"] * (2 * n),
                    "horizon_days": [365] * n + [730] * n,
                    "occurred": [1 if i < 20 or i >= 35 else 0 for i in range(n)] * 2,
                    "reached_on": [
                        date(2015, 2, 1) if i < 20 else date(2015, 9, 1) if i >= 35 else None
                        for i in range(n)
                    ]
                    * 2,
                }
            ),
        }
    )
    found = path_to_start(frames, asked(programme="ama", outcome="work"))
    assert found is not None
    numbers = dict(found.numbers)
    assert numbers["from_referral"] == Share(25, 40)
    assert numbers["from_start"] == Share(5, 20)
    assert numbers["never_started"] == Share(20, 40)


def test_a_result_that_falls_because_others_came_is_all_mix() -> None:
    easy, hard = (60, 100), (10, 100)
    before, after = {"easy": easy, "hard": (1, 10)}, {"easy": (6, 10), "hard": hard}
    split = kitagawa(before, after)
    assert split.rate == pytest.approx(0.0, abs=1e-12)
    assert split.mix == pytest.approx(split.total)
    assert split.total < -0.3


def test_the_parts_of_a_change_add_up_as_printed(rng: np.random.Generator) -> None:
    n = 400
    group = rng.choice(["sick", "unemployed"], n)
    frames = Frames(
        {
            "episodes": episodes(
                n,
                obstacle_code=group,
                referral_date=[date(2015, 1, 1)] * 200 + [date(2017, 1, 1)] * 200,
            ),
            "outcomes": pl.DataFrame(
                {
                    "episode_id": [f"e{i}" for i in range(n)],
                    "outcome": ["work"] * n,
                    "horizon_days": [365] * n,
                    "occurred": rng.integers(0, 2, n),
                }
            ),
        }
    )
    found = drift(
        frames,
        asked(
            programme="ama",
            by="obstacle_code",
            outcome="work",
            horizon=365,
            before=[date(2014, 1, 1), date(2015, 12, 31)],
            after=[date(2016, 1, 1), date(2018, 12, 31)],
        ),
    )
    assert found is not None
    total, mix, rate = (part for _, part in found.numbers if isinstance(part, Points))
    assert (mix.value or 0) + (rate.value or 0) == pytest.approx(total.value)


def test_a_merger_without_delay_or_denial_changes_nothing_and_more_of_either_never_helps() -> None:
    ends = [date(2015, 3, 1) + timedelta(days=30 * (i % 15)) for i in range(60)]
    frames = Frames({"episodes": episodes(60, end_date=ends, exit_code=["W1", "R1"] * 30)})
    found = merger(
        frames, asked(programme="ama", codes=["W1"], delays=[0, 2, 4, 8], denials=[0.0, 0.2, 0.4])
    )
    assert found is not None
    today = dict(found.numbers)["today"]
    assert isinstance(today, Modelled)
    grid = [
        [cell.value for cell in row[1:] if isinstance(cell, Modelled)]
        for row in found.tables[0].rows
    ]
    assert grid[0][0] == pytest.approx(today.value)
    assert all(a >= b for row in grid for a, b in pairwise(row))  # type: ignore[operator]
    assert all(a >= b for col in zip(*grid, strict=True) for a, b in pairwise(col))  # type: ignore[operator]


def test_rates_per_place_do_not_fall_because_half_the_places_burnt() -> None:
    full, half = Rate(20, 720.0, per=12), Rate(10, 360.0, per=12)
    assert full.events / full.exposure == half.events / half.exposure


def clothes_sorting(n_onward: int, n_back: int, n_there: int) -> Frames:
    n = n_onward + n_back + n_there
    first, turn = date(2015, 1, 1), date(2015, 7, 1)
    stays = pl.DataFrame(
        {
            "spell_id": [f"s{i}" for i in range(n)],
            "source": ["a"] * n,
            "activity": ["training_place"] * n,
            "start_date": [first] * n,
            "end_date": [turn] * (n_onward + n_back) + [None] * n_there,
        },
        schema_overrides={"end_date": pl.Date},
    )
    practice = stays.head(n_onward).with_columns(
        activity=pl.lit("practice"), start_date=pl.lit(turn), end_date=pl.lit(None, dtype=pl.Date)
    )
    spells = stays.select("spell_id", "source", programme=pl.lit("ama")).with_columns(
        exit_reason=pl.Series(
            [None] * n_onward + ["R1"] * n_back + [None] * n_there, dtype=pl.String
        )
    )
    return Frames(
        {
            "activities": pl.concat([stays, practice]),
            "spells": spells,
            "episodes": episodes(1, observed_until=[TO]),
        }
    )


def test_to_leave_the_clothes_sorting_is_not_always_to_go_on() -> None:
    found = stuck(
        clothes_sorting(n_onward=30, n_back=50, n_there=20),
        asked(programme="ama", activity="training_place", employed="none", census=date(2015, 3, 1)),
    )
    assert found is not None
    row = found.tables[1].rows[2]
    shares = [cell.value for cell in row[1:] if isinstance(cell, Modelled)]
    assert shares == pytest.approx([0.3, 0.5])
    # Nobody being there after two years would not show that nobody ever stays.
    left = dict(found.numbers)["entrants_long"]
    assert isinstance(left, Modelled)
    assert left.value == pytest.approx(0.2)
    assert (left.high or 0) > 0.2


def test_what_the_jobs_cost_is_held_against_months_of_assistance_and_not_against_persons() -> None:
    costs = pl.DataFrame(
        {
            "programme": ["ama"] * 3,
            "item": ["key"] * 3,
            "payer": ["municipality", "state", "municipality"],
            "year": [2018, 2018, 2017],
            "amount_sek": [1_000_000, 2_000_000, 9],
            "price_year": [2018] * 3,
        }
    )
    paid = pl.DataFrame(
        {
            "person_id": [f"p{i}" for i in range(50)],
            "household_id": [f"h{i}" for i in range(50)],
            "month": ["2018-03"] * 50,
            "amount_sek": [10_000] * 50,
            "source": ["v"] * 50,
        }
    )
    jobs = pl.DataFrame(
        {
            "activity": ["subsidised"] * 10,
            "source": ["v"] * 10,
            "start_date": [date(2010, 1, 1)] * 10,
            "end_date": [None] * 10,
        },
        schema_overrides={"end_date": pl.Date},
    )
    found = job_cost(
        Frames({"costs": costs, "assistance_months": paid, "activities": jobs}),
        asked(programme="ama", item="key", activity="subsidised", source="v"),
    )
    assert found is not None
    numbers = dict(found.numbers)
    months, ratio = numbers["household_months"], numbers["cost_ratio"]
    assert isinstance(months, Amount)
    assert isinstance(ratio, Amount)
    assert months.value == pytest.approx(100.0)
    assert ratio.value == pytest.approx(1_000_000 / (10 * 12) / 10_000, rel=0.01)
    # Ten hold the jobs: what one of them costs is about few people.
    assert shown(ratio, Rules()).withheld
    assert not shown(months, Rules()).withheld


def test_another_source_s_later_last_day_makes_no_stay_longer() -> None:
    whole = clothes_sorting(n_onward=10, n_back=10, n_there=20)
    later = episodes(5, programme=["other"] * 5, observed_until=[date(2030, 1, 1)] * 5)
    tables = {name: whole[name] for name in ("activities", "spells")}
    frames = Frames({**tables, "episodes": pl.concat([whole["episodes"], later])})
    rows = activity_stays(frames, "ama")
    assert rows is not None
    assert rows["last_seen"].unique().to_list() == [TO]
