"""Pilots: three sites that were to spread a model, of which one ran for less than a year."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from utfall.pipelines.simulation.small import (
    SmallSource,
    day_number,
    enrolled,
    people,
    referred,
)

PROGRAMME = "angered_pilot"
_FROM, _EXTRACTED = date(2017, 9, 1), date(2019, 6, 3)
#: Hours given a person and month, on average, while the team was running.
_HOURS = 9.0
_STOPPED = date(2018, 11, 16)


def draw_pilots(seed: int, n: int = 60) -> SmallSource:
    """Return the source: one site never started, one ran six weeks, one ten months."""
    rng = np.random.default_rng([seed, 14])
    last = day_number(_EXTRACTED) - 1
    day = np.sort(rng.integers(day_number(date(2018, 1, 15)), day_number(date(2018, 9, 30)), n))
    persons = people(rng, n, "pi", "goteborg", (1960, 1999))
    referrals = referred(persons["person_id"], PROGRAMME, "majorna_linne", day, "p")
    start = day + rng.integers(2, 20, n)
    end = start + rng.integers(60, 600, n)
    reason = rng.choice(["W1", "S1", "R1", "F5"], n, p=[0.25, 0.1, 0.45, 0.2])
    spells = enrolled(referrals, start, end, reason, last, "p")
    return SmallSource(
        name="pilotorter",
        system="synthetic project register",
        population="alla som remitterats vid de tre pilotorterna",
        extracted_on=_EXTRACTED,
        covers_from=_FROM,
        tables={
            "persons": persons,
            "referrals": referrals,
            "spells": spells,
            "attendance_months": _hours(np.random.default_rng([seed, 14, 1]), spells),
            "sites": pl.DataFrame(
                {
                    "site": ["laholm", "majorna_linne", "vastra_hisingen"],
                    "programme": [PROGRAMME] * 3,
                    "municipality": ["laholm", "goteborg", "goteborg"],
                }
            ),
            "programme_versions": pl.DataFrame(
                {
                    "programme": [PROGRAMME] * 2,
                    "site": ["majorna_linne", "vastra_hisingen"],
                    "from": ["2018-01-15", "2018-09-03"],
                    "to": ["2018-11-16", "2018-10-12"],
                    "planned_from": ["2018-01-15", "2018-01-08"],
                    "rule": ["angeredsmodellen"] * 2,
                }
            ).with_columns(pl.col("from", "to", "planned_from").str.to_date()),
            "costs": pl.DataFrame(
                {
                    "programme": ["angeredsmodellen", "kompetenscenter"] * 2,
                    "item": ["drift"] * 4,
                    "payer": ["municipality"] * 4,
                    "year": [2017, 2017, 2018, 2018],
                    "amount_sek": [9_000_000, 8_000_000, 9_200_000, 8_100_000],
                    "price_year": [2018] * 4,
                }
            ),
        },
        truth={
            "hours_a_month": _HOURS,
            "weeks": {"laholm": 0, "vastra_hisingen": 5, "majorna_linne": 43},
            "naive": "three sites quit, so the model fails; two of them never tried it",
        },
    )


def _hours(rng: np.random.Generator, spells: pl.DataFrame) -> pl.DataFrame:
    """Return hours given by month, from the start until the end or until the team stopped."""
    months = spells.select(
        "person_id",
        "spell_id",
        month=pl.date_ranges(
            pl.col("start_date").dt.month_start(),
            pl.min_horizontal(pl.col("end_date").fill_null(_STOPPED), pl.lit(_STOPPED)),
            "1mo",
        ),
    ).explode("month")
    given = rng.gamma(9.0, _HOURS / 9.0, months.height).round(1)
    return months.with_columns(
        month=pl.col("month").dt.strftime("%Y-%m"), hours_given=pl.Series(given)
    ).sort("spell_id", "month")
