"""Districts: every district has its unit, one of them closes, and results go on as they were."""

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

PROGRAMME = "stadsdelarnas_jobbenheter"
DISTRICTS = (
    "angered",
    "askim",
    "centrum",
    "lundby",
    "majorna_linne",
    "ostra_goteborg",
    "vastra_hisingen",
    "orgryte",
)
#: The day on which the unit of one district closed.
CLOSED = date(2018, 11, 1)
_FROM, _EXTRACTED = date(2016, 6, 1), date(2020, 12, 1)

#: Results rise alike in all districts from year to year; the closing adds nothing.
_SHARES = {2016: 0.28, 2017: 0.28, 2018: 0.32, 2019: 0.36}


def draw_districts(seed: int, n: int = 1_000, effect: float = 0.0) -> SmallSource:
    """Return the source; ``effect`` is what the closing adds to the share that succeeds."""
    rng = np.random.default_rng([seed, 15])
    last = day_number(_EXTRACTED) - 1
    day = np.sort(rng.integers(day_number(_FROM), day_number(date(2019, 11, 1)), n))
    district = rng.choice(DISTRICTS, n)
    persons = people(rng, n, "sd", "goteborg", (1955, 1998)).with_columns(
        district=pl.Series(district)
    )
    referrals = referred(persons["person_id"], PROGRAMME, district, day, "d")
    year = day.astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
    closed = (district == "vastra_hisingen") & (day >= day_number(CLOSED))
    share = np.array([_SHARES[int(one)] for one in year]) + effect * closed
    succeeds = rng.random(n) < share
    start = day + rng.integers(5, 25, n)
    end = start + np.where(succeeds, rng.integers(40, 320, n), rng.integers(60, 600, n))
    reason = np.where(succeeds, rng.choice(["W1", "S1"], n, p=[0.8, 0.2]), "R1")
    return SmallSource(
        name="stadsdelar",
        system="synthetic district register",
        population="alla som remitterats till stadsdelarnas jobbenheter",
        extracted_on=_EXTRACTED,
        covers_from=_FROM,
        tables={
            "persons": persons,
            "referrals": referrals,
            "spells": enrolled(referrals, start, end, reason, last, "d"),
        },
        truth={
            "effect_of_closing": effect,
            "share_by_year": dict(_SHARES),
            "naive": "results rise after the closing, and so they do where nothing closed",
        },
    )
