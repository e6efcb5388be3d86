"""MIA: a project with hand-overs, screenings and many ways out, where waiting is harmless."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from utfall.pipelines.simulation.people import Array
from utfall.pipelines.simulation.small import (
    SmallSource,
    as_dates,
    day_number,
    enrolled,
    month_of,
    people,
    referred,
)

_SITES = ("haninge", "botkyrka", "nynashamn", "tyreso")
_FROM, _EXTRACTED = date(2018, 1, 8), date(2021, 12, 1)

#: Monthly chance of each way out. Nothing in it depends on any hand-over.
_HAZARD = {
    "W1": 0.009,
    "W2": 0.004,
    "S1": 0.005,
    "R2": 0.020,
    "R1": 0.012,
    "H1": 0.010,
    "F3": 0.010,
    "F5": 0.020,
}
_MEDIAN_ANSWER_DAYS = {"af": 60.0, "fk": 75.0, "kommun": 35.0}


def draw_mia(seed: int, n: int = 420) -> SmallSource:
    """Return the source; an answer takes two months in the median and eight at the worst."""
    rng = np.random.default_rng([seed, 11])
    last = day_number(_EXTRACTED) - 1
    site = rng.choice(_SITES, n, p=[0.4, 0.3, 0.15, 0.15])
    persons = people(rng, n, "mi", site, (1960, 2000))
    day = np.sort(rng.integers(day_number(_FROM), day_number(date(2020, 12, 1)), n))
    referrals = referred(
        persons["person_id"],
        "mia",
        site,
        day,
        "m",
        referrer=rng.choice(["af", "fk", "social_assistance"], n, p=[0.3, 0.2, 0.5]),
        obstacle_code=rng.choice(["sick", "social", "unemployed"], n, p=[0.5, 0.3, 0.2]),
    )
    start = day + rng.integers(5, 40, n)
    end = start + np.ceil(rng.exponential(1 / sum(_HAZARD.values()), n) * 30.4).astype(int)
    codes = np.array(list(_HAZARD))
    reason = rng.choice(codes, n, p=np.array(list(_HAZARD.values())) / sum(_HAZARD.values()))
    spells = enrolled(referrals, start, end, reason, last, "m")
    tables = {
        "persons": persons,
        "referrals": referrals,
        "spells": spells,
        "handovers": _handovers(rng, persons["person_id"], start, end, last),
        "screenings": _screenings(rng, persons["person_id"], start, last),
        "income_months": _incomes(rng, persons["person_id"], start, end, reason, last),
    }
    return SmallSource(
        name="ostra_sodertorn",
        system="synthetic project register",
        population="alla som remitterats till MIA",
        extracted_on=_EXTRACTED,
        covers_from=_FROM,
        tables=tables,
        truth={
            "work_or_studies_hazard": 0.018,
            "median_answer_days": _MEDIAN_ANSWER_DAYS,
            "effect_of_waiting": 0.0,
            "naive": "those who waited long had to stay enrolled to wait, and look less in work",
        },
    )


def _handovers(
    rng: np.random.Generator, person: pl.Series, start: Array, end: Array, last: int
) -> pl.DataFrame:
    n = start.size
    sent = start + rng.integers(20, 120, n)
    handed = (rng.random(n) < 0.75) & (sent <= np.minimum(end, last))
    who = np.flatnonzero(handed)
    authority = rng.choice(list(_MEDIAN_ANSWER_DAYS), who.size, p=[0.5, 0.3, 0.2])
    median = np.array([_MEDIAN_ANSWER_DAYS[name] for name in authority])
    lag = np.minimum(np.ceil(median * np.exp(rng.normal(0, 0.7, who.size))), 245).astype(int)
    answered = sent[who] + lag
    # A case that leaves before the answer is never answered.
    known = (answered <= last) & (answered <= end[who])
    offer = rng.random(who.size) < 0.4
    return pl.DataFrame(
        {
            "person_id": person.gather(who),
            "authority": authority,
            "sent_date": as_dates(sent[who]),
            "answered_date": as_dates(answered, known),
            "employer_offer": offer,
            "offer_withdrawn": offer & (rng.random(who.size) < 0.22),
        }
    )


def _screenings(
    rng: np.random.Generator, person: pl.Series, start: Array, last: int
) -> pl.DataFrame:
    n = start.size
    asked = start + rng.integers(10, 90, n)
    who = np.flatnonzero((rng.random(n) < 0.7) & (asked <= last))
    return pl.DataFrame(
        {
            "person_id": person.gather(who),
            "asked_on": as_dates(asked[who]),
            "asked_by": np.where(rng.random(who.size) < 0.5, "mia", "annan"),
            "instrument": ["vald7"] * who.size,
        }
    )


def _incomes(
    rng: np.random.Generator, person: pl.Series, start: Array, end: Array, reason: Array, last: int
) -> pl.DataFrame:
    """Return the main income in the month before the start and three months after the end."""
    n = start.size
    before = rng.choice(
        ["assistance", "sickness", "unemployment_insurance"], n, p=[0.55, 0.35, 0.1]
    )
    after = np.select(
        [np.isin(reason, ["W1", "W2"]), reason == "S1", reason == "H1", reason == "R2"],
        ["wage", "student_aid", "sickness", "unemployment_insurance"],
        default=before,
    )
    seen = end + 95 <= last
    rows = [
        pl.DataFrame({"person_id": person, "month": month_of(start - 31), "income_source": before}),
        pl.DataFrame(
            {
                "person_id": person.filter(pl.Series(seen)),
                "month": month_of(end[seen] + 95),
                "income_source": after[seen],
            }
        ),
    ]
    joined = pl.concat(rows).unique(maintain_order=True)
    return joined.with_columns(amount_sek=pl.Series(rng.integers(6, 18, joined.height) * 1000))
