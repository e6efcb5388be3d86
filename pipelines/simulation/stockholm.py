"""Stockholm: seven districts that are alike, a ladder of placements, and a step that closes."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from utfall.pipelines.simulation.small import (
    SmallSource,
    as_dates,
    day_number,
    enrolled,
    people,
    referred,
)

DISTRICTS = (
    "enskede_arsta",
    "farsta",
    "kista",
    "norrmalm",
    "ostermalm",
    "skarpnack",
    "skarholmen",
)
LADDER = ("training_place", "start", "practice", "sheltered", "osa", "subsidised", "regular")
_FROM, _EXTRACTED = date(1997, 1, 7), date(2003, 1, 7)
FREEZE = (date(1999, 7, 1), date(2000, 12, 31))

#: Monthly chance of a move from each step to each other, alike in all districts and groups.
_MOVES = {
    "training_place": {
        "start": 0.015,
        "practice": 0.06,
        "sheltered": 0.008,
        "osa": 0.008,
        "subsidised": 0.02,
        "regular": 0.01,
    },
    "start": {"practice": 0.03, "sheltered": 0.01, "subsidised": 0.015, "regular": 0.005},
    "practice": {
        "training_place": 0.015,
        "sheltered": 0.006,
        "osa": 0.006,
        "subsidised": 0.04,
        "regular": 0.03,
    },
    "sheltered": {"practice": 0.01, "osa": 0.01, "subsidised": 0.012, "regular": 0.004},
    "osa": {"practice": 0.005, "subsidised": 0.02, "regular": 0.01},
    "subsidised": {"practice": 0.01, "regular": 0.03},
    "regular": {},
}
_OUT = 0.012
#: Share of those who left without work that come back, and that then keep their caseworker.
_COMES_BACK, _KEEPS = 0.7, 0.6


def draw_stockholm(seed: int, n: int = 490, *, stages: bool = False) -> SmallSource:
    """Return the source; wage subsidies stop during the hiring freeze, nothing else changes.

    With ``stages`` some of those who left come back for another, mostly to the caseworker
    whom they had; caseworkers take all kinds of cases alike.
    """
    rng = np.random.default_rng([seed, 13])
    last = day_number(_EXTRACTED) - 1
    site = rng.choice(DISTRICTS, n, p=[0.2, 0.18, 0.16, 0.1, 0.08, 0.14, 0.14])
    persons = people(rng, n, "st", "stockholm", (1938, 1979))
    day = np.sort(rng.integers(day_number(_FROM), day_number(date(2001, 12, 1)), n))
    referrals = referred(
        persons["person_id"],
        "arbetscentrum",
        site,
        day,
        "t",
        obstacle_code=rng.choice(["unemployed", "sick", "social"], n, p=[0.5, 0.25, 0.25]),
    )
    steps, end = _climb(rng, day, last)
    left = np.array([reason for _, reason in end])
    ended = np.array([when for when, _ in end])
    spells = enrolled(referrals, day, ended, left, last, "t")
    worker = rng.integers(1, 15, n)
    spells = spells.with_columns(caseworker_id=pl.Series([f"ak{w}" for w in worker]))
    firsts = spells
    if stages:
        referrals, spells = _with_stages(np.random.default_rng([seed, 13, 1]), referrals, spells)
    seen = [step for step in steps if step[2] <= last]
    owner, activity, begins, ends = (list(part) for part in zip(*seen, strict=True))
    activities = pl.DataFrame(
        {
            "spell_id": firsts["spell_id"].gather(owner),
            "person_id": firsts["person_id"].gather(owner),
            "activity": activity,
            "workplace_kind": ["regular" if a in LADDER[5:] else "constructed" for a in activity],
            "start_date": as_dates(np.array(begins)),
            "end_date": as_dates(np.array(ends), np.array(ends) <= last),
        }
    )
    return SmallSource(
        name="stockholm",
        system="synthetic district register",
        population="alla som remitterats till stadsdelarnas arbetskonsulenter",
        extracted_on=_EXTRACTED,
        covers_from=_FROM,
        tables={
            "persons": persons,
            "referrals": referrals,
            "spells": spells,
            "activities": activities,
            "programme_versions": _network(),
        },
        truth={
            "monthly_moves": {a: dict(b) for a, b in _MOVES.items()},
            "difference_between_districts": 0.0,
            "difference_between_groups": 0.0,
            "keeps_the_caseworker": _KEEPS if stages else None,
            "caseworkers_differ_in_cases": False,
            "closed_step": ["subsidised", *(day.isoformat() for day in FREEZE)],
            "naive": "a league table ranks chance; a closed step looks like people stuck",
        },
        events=(_FREEZE_EVENT,),
    )


_FREEZE_EVENT = {
    "id": "sthlm_hiring_freeze",
    "kind": "step_closed",
    "programme": "arbetscentrum",
    "site": None,
    "from": FREEZE[0],
    "to": FREEZE[1],
    "capacity_share": None,
    "label": {
        "sv": "Anställningsstopp: steget till lönebidrag är stängt",
        "en": "Hiring freeze: the step to wage subsidy is closed",
    },
    "source": "En skribent i Enskede-Årsta, 2000-12-15; dagarna är påhittade",
    "evidence_grade": "party",
}


def _with_stages(
    rng: np.random.Generator, referrals: pl.DataFrame, spells: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return both tables with a second stage for some of those who left without work."""
    last = day_number(_EXTRACTED) - 1
    left = spells.filter(
        (pl.col("exit_reason") == "R1") & (pl.col("end_date") < date(2002, 6, 1))
    ).sort("person_id")
    back = left.filter(pl.Series(rng.random(left.height) < _COMES_BACK))
    n = back.height
    day = back["end_date"].cast(pl.Int32).to_numpy().astype(int) + rng.integers(30, 200, n)
    keeps, other = rng.random(n) < _KEEPS, rng.integers(1, 15, n)
    end = day + rng.integers(60, 500, n)
    known = referrals.join(back.select("person_id"), on="person_id").sort("person_id")
    again = known.with_columns(
        referral_id=pl.Series([f"tu{i:04d}" for i in range(n)], dtype=pl.String),
        referral_date=as_dates(day),
    )
    stage = enrolled(again, day, end, np.full(n, "R1"), last, "tv").with_columns(
        caseworker_id=pl.when(pl.Series(keeps))
        .then(back["caseworker_id"])
        .otherwise(pl.Series([f"ak{w}" for w in other], dtype=pl.String))
    )
    return pl.concat([referrals, again]), pl.concat([spells, stage])


def _climb(
    rng: np.random.Generator, day: np.ndarray, last: int
) -> tuple[list[tuple[int, str, int, int]], list[tuple[int, str]]]:
    """Return every stay on a step, and each person's end and its reason."""
    closed = (day_number(FREEZE[0]), day_number(FREEZE[1]))
    steps: list[tuple[int, str, int, int]] = []
    ends: list[tuple[int, str]] = []
    for i, begins in enumerate(day.tolist()):
        at, state, since = int(begins), "training_place", int(begins)
        out = 10**6
        while at <= last:
            at += 30
            if state != "regular" and rng.random() < _OUT:
                out = at
                break
            draw, total = rng.random(), 0.0
            for target, chance in _MOVES[state].items():
                shut = target == "subsidised" and closed[0] <= at <= closed[1]
                total += 0.0 if shut else chance
                if draw < total:
                    steps.append((i, state, since, at))
                    state, since = target, at
                    break
            if state == "regular":
                break
        if state == "regular":
            steps.append((i, state, since, 10**6))
            ends.append((since + 1, "W1"))
        else:
            steps.append((i, state, since, out))
            ends.append((out, "R1"))
    return steps, ends


def _network() -> pl.DataFrame:
    joined = (
        "1997-03-01",
        "1997-03-01",
        "1998-02-01",
        "1999-01-01",
        "1999-01-01",
        "1997-03-01",
        "2000-02-01",
    )
    return pl.DataFrame(
        {
            "programme": ["arbetscentrum"] * len(DISTRICTS),
            "site": list(DISTRICTS),
            "from": joined,
            "rule": ["natverk"] * len(DISTRICTS),
        }
    ).with_columns(pl.col("from").str.to_date())
