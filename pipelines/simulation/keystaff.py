"""Key staff: people employed with a subsidy who stand in the participant list for years."""

from __future__ import annotations

import numpy as np
import polars as pl

from utfall.pipelines.simulation.assignment import as_day
from utfall.pipelines.simulation.courses import DAYS_PER_MONTH
from utfall.pipelines.simulation.handling import NEVER
from utfall.pipelines.simulation.parameters import Settings
from utfall.pipelines.simulation.people import Array
from utfall.pipelines.simulation.records import dates, numbered, pseudonyms
from utfall.pipelines.simulation.towns import Town


def with_key_staff(
    rng: np.random.Generator, tables: dict[str, pl.DataFrame], settings: Settings, town: Town
) -> dict[str, pl.DataFrame]:
    """Return the tables with the key staff added to persons, referrals and spells.

    They began before the delivery's window, stay six years on average, and hold no obstacle
    to work; a snapshot of the list meets them far more often than entrants do.
    """
    if "key_staff" not in settings:
        return tables
    n = int(settings.number("key_staff"))
    last_seen = as_day(settings.day("extracted_on")) - 1
    stay = rng.gamma(6.0, settings.number("key_staff_years") / 6.0, n) * 365.25
    opened = as_day(settings.day("first_entry"))
    start = (opened - rng.uniform(0.05, 0.7, n) * stay).astype(int)
    end = start + stay.astype(int)
    end = np.where(end > last_seen, NEVER, np.maximum(end, opened + 30))
    ids = pseudonyms(rng, n, town.prefix)
    while np.isin(ids, tables["persons"]["person_id"].to_numpy()).any():
        ids = pseudonyms(rng, n, town.prefix)
    rows = {
        "persons": _persons(rng, ids, start, town),
        "referrals": _referrals(ids, start, town),
        "spells": _spells(ids, start, end, town),
    }
    return tables | {
        name: pl.concat([_as(added, tables[name]), tables[name]]) for name, added in rows.items()
    }


def cost_rows(town: Town) -> pl.DataFrame:
    """Return what the key staff cost each year, by who pays; no rows but in Vallentuna.

    Made-up round sums: a dozen wages with fees, of which the state pays the greater part.
    """
    years = [2016, 2017, 2018, 2019] if town.name == "vallentuna" else []
    payers = {"municipality": 1_400_000, "state": 2_200_000}
    rows = [
        ("ama", "nyckelfunktioner", payer, year, amount, 2018)
        for year in years
        for payer, amount in payers.items()
    ]
    names = {
        "programme": pl.String,
        "item": pl.String,
        "payer": pl.String,
        "year": pl.Int64,
        "amount_sek": pl.Int64,
        "price_year": pl.Int64,
    }
    return pl.DataFrame(rows, schema=names, orient="row")


def _as(rows: pl.DataFrame, like: pl.DataFrame) -> pl.DataFrame:
    """Return rows with the columns and types of another frame; what is not given is null."""
    return rows.select(
        (pl.col(name) if name in rows.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in like.schema.items()
    )


def _persons(rng: np.random.Generator, ids: Array, start: Array, town: Town) -> pl.DataFrame:
    n = ids.size
    year = 1970 + (start / 365.25).astype(int)
    worked = (start / DAYS_PER_MONTH).astype(int) - rng.integers(6, 60, n)
    return pl.DataFrame(
        {
            "person_id": ids,
            "birth_year": year - rng.integers(30, 56, n),
            "sex": np.where(rng.random(n) < 0.45, "woman", "man"),
            "birth_region": np.full(n, "sweden"),
            "education": np.where(rng.random(n) < 0.5, "compulsory", "upper_secondary"),
            "household_type": np.full(n, "single"),
            "children": np.zeros(n, dtype=int),
            "disability_code": np.full(n, "none"),
            "last_worked_month": worked.astype("datetime64[M]").astype(str),
            "sfi_level": np.full(n, "none"),
            "municipality": np.where(rng.random(n) < 0.6, town.name, "taby"),
        }
    )


def _referrals(ids: Array, start: Array, town: Town) -> pl.DataFrame:
    n = ids.size
    return pl.DataFrame(
        {
            "referral_id": numbered("k", n),
            "person_id": ids,
            "programme": np.full(n, town.target),
            "site": np.full(n, town.site_target),
            "referrer": np.full(n, "other"),
            "referral_date": dates(start),
            "legal_basis": np.full(n, "none"),
            "decision": np.full(n, "none_needed"),
            "obstacle_code": np.full(n, "none"),
        }
    )


def _spells(ids: Array, start: Array, end: Array, town: Town) -> pl.DataFrame:
    n = ids.size
    return pl.DataFrame(
        {
            "spell_id": numbered("k", n),
            "person_id": ids,
            "referral_id": numbered("k", n),
            "programme": np.full(n, town.target),
            "site": np.full(n, town.site_target),
            "start_date": dates(start),
            "end_date": dates(end),
            "exit_reason": pl.Series(
                ["W3" if day < NEVER else None for day in end], dtype=pl.String
            ),
            "planned_hours": np.full(n, 40),
        }
    )
