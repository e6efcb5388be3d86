"""Lund: caseworkers whose caseload grows when exits slow, and OSA jobs that end in a-kassa."""

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
    people,
    referred,
)

_FROM, _EXTRACTED = date(2012, 1, 2), date(2018, 7, 1)
_WORKERS = 8
#: Monthly chance that a person who waits for a place leaves assistance without one.
_LEAVES = 0.06
#: Months with assistance that such a person has in the year after queueing, on average.
_LEAVES_BY_MONTH = sum((1 - _LEAVES) ** month for month in range(1, 13))
#: Places in ComUng that come free in a month.
_COMUNG_PLACES = 2
#: Where people stand after two years in OSA.
_AFTER_OSA = {"wage": 0.25, "unemployment_insurance": 0.45, "assistance": 0.18, "none": 0.12}


def draw_lund(seed: int, n: int = 2500, n_osa: int = 120, n_waiting: int = 80) -> SmallSource:
    """Return the source; caseload has no effect on anybody's exit.

    Those who wait for a place in OSA in vain leave assistance at their own pace meanwhile.
    """
    rng = np.random.default_rng([seed, 12])
    last = day_number(_EXTRACTED) - 1
    day = np.sort(rng.integers(day_number(_FROM), day_number(date(2018, 1, 1)), n))
    persons = people(rng, n, "lu", "lund", (1955, 1996))
    referrals = referred(persons["person_id"], "ame_lund", "lund", day, "l")
    # The months are drawn apart, so that their swing is the same however many people come.
    start, end, reason = _course(rng, np.random.default_rng([seed, 12, 1]), day)
    worker = rng.integers(1, _WORKERS + 1, n)
    spells = enrolled(referrals, start, end, reason, last, "l").with_columns(
        caseworker_id=pl.Series([f"hl{w}" for w in worker])
    )
    comung = _comung(np.random.default_rng([seed, 12, 2]), spells, persons)
    osa = spells.filter(pl.Series(start < day_number(date(2015, 3, 1)))).head(n_osa)
    waiting = spells.filter(
        pl.col("start_date").is_between(date(2015, 3, 1), date(2016, 6, 1))
    ).head(n_waiting)
    more = _osa_tables(rng, osa, waiting, last)
    tables = {
        "persons": persons,
        "referrals": referrals,
        "spells": spells,
        "caseworkers": _caseloads(start, end, worker),
        "costs": _costs(),
        **more,
        "queue": pl.concat([more["queue"], comung]),
    }
    return SmallSource(
        name="lund",
        system="synthetic case register",
        population="alla som remitterats till arbetsmarknadsenheten",
        extracted_on=_EXTRACTED,
        covers_from=_FROM,
        tables=tables,
        truth={
            "effect_of_caseload": 0.0,
            "after_two_years_in_osa": _AFTER_OSA,
            "months_on_assistance_of_the_next_in_the_queue": round(_LEAVES_BY_MONTH, 3),
            "places_in_comung_a_month": _COMUNG_PLACES,
            "naive": "a month with few exits has many cases, so many cases seem to slow exits",
        },
    )


def _comung(rng: np.random.Generator, spells: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    """Return the queue of the young: more join each year, and as many are offered each month."""
    young = persons.filter(pl.col("birth_year") >= 1988).select("person_id")
    begun = spells.join(young, on="person_id").filter(pl.col("start_date") >= date(2014, 1, 1))
    rising = pl.Series(rng.random(begun.height)) < (begun["start_date"].dt.year() - 2012) / 6
    joins = begun.filter(rising).sort("start_date")
    queued = joins["start_date"].cast(pl.Int32).to_numpy().astype(int) + 15
    place = np.arange(joins.height)
    # First come, first served: the n-th place comes free when so many months have passed.
    free = queued[0] + 30 * (place // _COMUNG_PLACES + 1)
    offered = np.maximum(queued + 5, free)
    known = offered < day_number(_EXTRACTED)
    return pl.DataFrame(
        {
            "person_id": joins["person_id"],
            "activity": ["comung"] * joins.height,
            "queued_on": as_dates(queued),
            "offered_on": as_dates(offered, known),
            "rank": place + 1,
        }
    )


def _course(
    rng: np.random.Generator, monthly: np.random.Generator, day: Array
) -> tuple[Array, Array, Array]:
    """Return starts, ends and reasons; the chance of leaving swings with the months alone."""
    n = day.size
    start = day + rng.integers(5, 30, n)
    months = 160
    # Good years, then bad ones: in the bad ones few leave and so many cases lie on every desk.
    level = np.where(np.arange(months) < 42, 0.45, -0.45) + monthly.normal(0, 0.08, months)
    swing = 0.045 * np.exp(level)
    first = start.min()
    end = np.full(n, 10**6)
    for month in range(months):
        at = first + 30 * (month + 1)
        leaves = (end == 10**6) & (start < at) & (rng.random(n) < swing[month])
        end[leaves] = np.maximum(at - rng.integers(1, 30, int(leaves.sum())), start[leaves] + 1)
    return start, end, rng.choice(["W1", "S1", "R1", "F5"], n, p=[0.3, 0.1, 0.4, 0.2])


def _caseloads(start: Array, end: Array, worker: Array) -> pl.DataFrame:
    rows = []
    for month in pl.date_range(date(2013, 1, 1), date(2018, 5, 1), "1mo", eager=True):
        at = day_number(month) + 27
        for one in range(1, _WORKERS + 1):
            mine = (worker == one) & (start <= at) & (end > at)
            rows.append((f"hl{one}", f"{month:%Y-%m}", "lund", int(mine.sum()), one <= 4))
    names = ["caseworker_id", "month", "site", "cases", "higher_education"]
    return pl.DataFrame(rows, schema=names, orient="row")


def _costs() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "programme": ["ame_lund", "ame_lund", "ame_lund"],
            "item": ["tre_konsulenter", "fem_osa_platser", "fem_osa_platser_bidrag"],
            "payer": ["municipality", "municipality", "state"],
            "year": [2016, 2016, 2016],
            "amount_sek": [1_550_000, 732_000, 900_000],
            "price_year": [2016, 2016, 2016],
        }
    )


def _waiting(
    rng: np.random.Generator, waiting: pl.DataFrame
) -> tuple[pl.DataFrame, list[tuple[str, str, str, int]]]:
    """Return the queue of those never offered a place, and their months with assistance."""
    n = waiting.height
    queued = waiting["start_date"].cast(pl.Int32).to_numpy().astype(int) + 20
    months_helped = rng.geometric(_LEAVES, n) - 1
    helped = []
    for i, person in enumerate(waiting["person_id"].to_list()):
        first = int(queued[i].astype("datetime64[D]").astype("datetime64[M]").astype(int))
        helped += [
            (person, f"luh{person}", str(np.datetime64(first + k, "M")), 9_500)
            for k in range(-6, min(int(months_helped[i]), 24) + 1)
        ]
    queue = pl.DataFrame(
        {
            "person_id": waiting["person_id"],
            "activity": ["osa"] * n,
            "queued_on": as_dates(queued),
            "offered_on": as_dates(queued, np.zeros(n, dtype=bool)),
            "rank": rng.integers(6, 30, n),
        }
    )
    return queue, helped


def _osa_tables(
    rng: np.random.Generator, osa: pl.DataFrame, waiting: pl.DataFrame, last: int
) -> dict[str, pl.DataFrame]:
    """Return two years in OSA and three years of income and assistance around them."""
    n = osa.height
    begins = osa["start_date"].cast(pl.Int32).to_numpy().astype(int) + 20
    after = rng.choice(list(_AFTER_OSA), n, p=list(_AFTER_OSA.values()))
    person = osa["person_id"].to_list()
    incomes: list[tuple[str, str, str, int]] = []
    helped: list[tuple[str, str, str, int]] = []
    first = begins.astype("datetime64[D]").astype("datetime64[M]").astype(int)
    for i in range(n):
        for k in range(-6, 36):
            month = str(np.datetime64(int(first[i]) + k, "M"))
            state = "assistance" if k < 0 else "osa" if k < 24 else str(after[i])
            amount = int(9_000 + 500 * (i % 7))
            if state == "assistance":
                helped.append((person[i], f"luh{person[i]}", month, amount))
            elif state != "none":
                paid = {"osa": 17_000, "wage": 21_000, "unemployment_insurance": 13_000}[state]
                incomes.append((person[i], month, state, paid))
    still, more = _waiting(rng, waiting)
    helped += more
    kept = pl.date(2018, 6, 1)
    in_time = pl.col("month").str.to_date("%Y-%m") <= kept
    activities = pl.DataFrame(
        {
            "spell_id": osa["spell_id"],
            "person_id": osa["person_id"],
            "activity": ["osa"] * n,
            "workplace_kind": ["constructed"] * n,
            "start_date": as_dates(begins),
            "end_date": as_dates(begins + 730, begins + 730 <= last),
        }
    )
    queue = pl.DataFrame(
        {
            "person_id": osa["person_id"],
            "activity": ["osa"] * n,
            "queued_on": as_dates(begins - rng.integers(10, 20, n)),
            "offered_on": as_dates(begins - 5),
            "rank": rng.integers(1, 6, n),
        }
    )
    return {
        "activities": activities,
        "queue": pl.concat([queue, still]),
        "income_months": pl.DataFrame(
            incomes, schema=["person_id", "month", "income_source", "amount_sek"], orient="row"
        ).filter(in_time),
        "assistance_months": pl.DataFrame(
            helped, schema=["person_id", "household_id", "month", "amount_sek"], orient="row"
        ).filter(in_time),
    }
