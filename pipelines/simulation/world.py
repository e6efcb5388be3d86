"""World: one synthetic municipality in memory, with both potential outcomes of everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from utfall.pipelines.simulation.applications import application_rows
from utfall.pipelines.simulation.assignment import (
    Fire,
    draw_referrals,
    planned_fire,
    years_of,
)
from utfall.pipelines.simulation.assistance import potential_months
from utfall.pipelines.simulation.clocks import counted_from_start
from utfall.pipelines.simulation.controls import control_rows
from utfall.pipelines.simulation.courses import (
    Exits,
    Law,
    Luck,
    draw_exits,
    draw_law,
    poorer_service,
    shocked,
)
from utfall.pipelines.simulation.handling import handled, referred_again, written_down
from utfall.pipelines.simulation.keystaff import cost_rows, with_key_staff
from utfall.pipelines.simulation.months import (
    activity_rows,
    assistance_rows,
    attendance_rows,
    capacity_rows,
    labour_market_rows,
    site_rows,
    unemployment_at,
)
from utfall.pipelines.simulation.parameters import Settings
from utfall.pipelines.simulation.people import Array, Columns, draw_mix
from utfall.pipelines.simulation.premises import with_more_sites
from utfall.pipelines.simulation.records import (
    followup_rows,
    month_index,
    numbered,
    person_rows,
    pseudonyms,
    referral_rows,
    spell_rows,
)
from utfall.pipelines.simulation.scenarios import find_scenario
from utfall.pipelines.simulation.towns import TOWNS, Town
from utfall.pipelines.simulation.truth import TrueEffect, Truth, weighted_effect


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What a delivery would hold, and what no delivery can.

    Attributes
    ----------
    scenario, seed : str, int
        What was drawn.
    settings : Settings
        Every parameter as used.
    town : Town
        Names of programmes and sites.
    tables : dict of str to DataFrame
        Canonical tables with canonical columns and codes, typed, without any fault.
    potential : DataFrame
        One row a first referral: referral_id, person_id, programme, referral_date, border,
        propensity, risk_target, risk_comparator (within the horizon, normal operation),
        y_target, y_comparator (the same, realised with the same luck), y_fact;
        had_assistance, no_assistance_3_months_target and so on (realised likewise).
    truth : Truth
        The effects; faults are planted only when a delivery is written.
    fire : Fire or None
        The disruption, where there was one.
    controls : DataFrame or None
        One row a person with facts that no programme can have changed; None where the
        settings draw none. No delivery has a table for them.
    """

    scenario: str
    seed: int
    settings: Settings
    town: Town
    tables: dict[str, pl.DataFrame]
    potential: pl.DataFrame
    truth: Truth
    fire: Fire | None
    controls: pl.DataFrame | None = None


def draw(
    scenario: str,
    seed: int,
    size: float | int | None = None,
    **overrides: Any,
) -> World:
    """Draw a world.

    Parameters
    ----------
    scenario : str
        One of ``SCENARIOS``.
    seed : int
        The same seed gives the same world.
    size : float or int or None
        An integer is that many referrals an arm (before any fire turned people away); a
        float scales the normal intake; None is the scenario's own.
    **overrides
        Parameters of ``parameters.yml``.

    Raises
    ------
    ValueError
        No such scenario or parameter.
    """
    chosen = find_scenario(scenario)
    settings = Settings(chosen.municipality, {**chosen.overrides, **overrides})
    town = TOWNS[chosen.municipality]
    streams = [np.random.default_rng([seed, number]) for number in range(5)]
    people = draw_referrals(streams[0], settings, chosen.size if size is None else size)
    people |= _identities(streams[1], people, settings, town)
    fire = planned_fire(settings)
    law = draw_law(people, people["unemployment"], settings)
    luck = Luck.draw(streams[2], people["day"].size)
    fact = _in_fact(streams[2], people, law, luck, settings, fire)
    potential = _potential(seed, people, law, luck, fact, settings, town)
    first = written_down(streams[3], handled(streams[3], people, fact, settings, town), settings)
    again = _second_courses(streams[3], first, settings, fire, town)
    tables = _tables(streams[4], first, again, settings, fire, town)
    return World(
        scenario=scenario,
        seed=seed,
        settings=settings,
        town=town,
        tables=with_more_sites(counted_from_start(tables, settings, town), seed, settings),
        potential=potential,
        truth=Truth(scenario=scenario, seed=seed, comparisons=_effects(potential, settings, town)),
        fire=fire,
        controls=control_rows(seed, people, settings),
    )


def _identities(
    rng: np.random.Generator, people: Columns, settings: Settings, town: Town
) -> Columns:
    n = people["day"].size
    names = list(settings.table("unemployment"))
    elsewhere = dict.fromkeys(names[1:], 1.0)
    away = np.zeros(n, dtype=bool)
    if "non_residents" in settings:
        share = settings.table("non_residents")
        away = rng.random(n) < np.array([share[name] for name in people["group"]])
    other = draw_mix(rng, np.full(n, "x"), {"x": elsewhere})
    municipality = np.where(away, other, town.name)
    districts = draw_mix(rng, np.full(n, "x"), {"x": dict.fromkeys(_DISTRICTS[town.name], 1.0)})
    district = np.where(people["lives_in_district"], town.site_target, districts)
    return {
        "person_id": pseudonyms(rng, n, town.prefix),
        "household_id": pseudonyms(rng, n, town.prefix + "h"),
        "municipality": municipality,
        "district": np.where(away, "", district),
        "unemployment": unemployment_at(municipality, month_index(people["day"]), settings),
    } | _working_life(rng, people, settings, town)


#: Where people live, apart from the target programme's own district.
_DISTRICTS: Mapping[str, tuple[str, ...]] = {
    "vallentuna": ("centrum", "ballsta", "lindholmen", "brottby", "karsta"),
    "goteborg": ("ostra_goteborg", "vastra_hisingen", "majorna_linne", "lundby", "centrum"),
}


def _working_life(
    rng: np.random.Generator, people: Columns, settings: Settings, town: Town
) -> Columns:
    """Return caseworker, planned hours, and the hours from midnight to application and meeting."""
    n, in_target = people["day"].size, people["in_target"]
    worker = rng.integers(1, 7, n)
    office = np.where(in_target, town.target[0], town.comparator[0])
    applied = rng.uniform(8, 16, n) if town.counts_from_application else np.zeros(n)
    meeting = np.full(n, -1.0)
    if town.counts_from_application:
        median = settings.table("first_meeting_hours")
        usual = np.where(in_target, median["target"], median["comparator"])
        meeting = in_office_hours(applied + usual * np.exp(rng.normal(0, 0.45, n)), applied)
    return {
        "caseworker": np.char.add(np.char.add(office, "hl"), worker.astype(str)),
        "hours": rng.choice(np.array([20, 20, 25, 30, 40]), n),
        "application_hours": applied,
        "meeting_hours": meeting,
    }


def in_office_hours(hours: Array, earliest: Array) -> Array:
    """Return hours since midnight with the time of day pressed into 8 to 16.

    The day stays the same; nobody is met within a quarter of an hour of applying.

    >>> in_office_hours(np.array([36.0]), np.array([9.0])).tolist()
    [36.0]
    """
    pressed = 24 * np.floor(hours / 24) + 8 + (hours % 24) / 3
    return np.asarray(np.maximum(pressed, earliest + 0.25))


def _in_fact(
    rng: np.random.Generator,
    people: Columns,
    law: Law,
    luck: Luck,
    settings: Settings,
    fire: Fire | None,
) -> Exits:
    in_target, day = people["in_target"], people["day"]
    risk = np.where(in_target, law.risk_target, law.risk_comparator)
    risk = shocked(risk, in_target, years_of(day), settings.number("site_year_sd"), rng)
    return draw_exits(risk, law, luck, people, settings, poorer_service(fire, day, in_target))


def _potential(
    seed: int, people: Columns, law: Law, luck: Luck, fact: Exits, settings: Settings, town: Town
) -> pl.DataFrame:
    days = settings.number("horizon_days")
    under = {
        "target": draw_exits(law.risk_target, law, luck, people, settings),
        "comparator": draw_exits(law.risk_comparator, law, luck, people, settings),
    }
    n = people["day"].size
    return pl.DataFrame(
        {
            "referral_id": numbered("r", n),
            "person_id": people["person_id"],
            "programme": np.where(people["in_target"], town.target, town.comparator),
            "referral_date": pl.Series(people["day"].astype(np.int32)).cast(pl.Date),
            "border": people["border"],
            "propensity": people["propensity"],
            "risk_target": law.risk_target,
            "risk_comparator": law.risk_comparator,
            **{f"y_{arm}": exits.reached(days).astype(np.int64) for arm, exits in under.items()},
            "y_fact": fact.reached(days).astype(np.int64),
            **potential_months(seed, people, under, settings, int(days)),
        }
    )


def _effects(potential: pl.DataFrame, settings: Settings, town: Town) -> tuple[TrueEffect, ...]:
    border = potential.filter(pl.col("border"))
    clean = settings.number("hidden_confounding") == 0
    everyone = bool(potential["border"].all())
    known = [
        TrueEffect(
            id=town.comparison_border,
            identified=clean and not border.is_empty(),
            effect=weighted_effect(border, "ato"),
            estimand="ato",
            note="people who could have been in either programme, in normal operation; "
            "the programme at this site",
        )
    ]
    if town.comparison_all is not None:
        known.insert(
            0,
            TrueEffect(
                id=town.comparison_all,
                identified=clean and everyone,
                effect=weighted_effect(potential, "ate"),
                estimand="ate",
                note="everybody referred"
                if everyone
                else "everybody referred; outside the border group the law leaves no choice, "
                "so no delivery can show this effect",
            ),
        )
    return tuple(known)


def _second_courses(
    rng: np.random.Generator, first: Columns, settings: Settings, fire: Fire | None, town: Town
) -> Columns:
    """Return the courses of those who are referred a second time, with luck of their own."""
    who, day, in_target = referred_again(rng, first, settings)
    again: Columns = {name: values[who] for name, values in first.items()}
    again |= {"day": day, "in_target": in_target}
    law = draw_law(again, again["unemployment"], settings)
    risk = np.where(in_target, law.risk_target, law.risk_comparator)
    luck = Luck.draw(rng, day.size)
    service = poorer_service(fire, day, in_target)
    exits = draw_exits(risk, law, luck, again, settings, service)
    return written_down(rng, handled(rng, again, exits, settings, town), settings)


def _tables(
    rng: np.random.Generator,
    first: Columns,
    again: Columns,
    settings: Settings,
    fire: Fire | None,
    town: Town,
) -> dict[str, pl.DataFrame]:
    course = {name: np.concatenate([first[name], again[name]]) for name in first}
    n = course["day"].size
    course["referral_id"] = np.array(numbered("r", n))
    referrals = referral_rows(rng, course, settings, town)
    spells = spell_rows(rng, course, settings, town)
    if settings["covers"] != "all_referrals":
        kept = _covered(referrals, spells, settings["covers"])
        referrals = referrals.join(kept, on="referral_id", how="semi")
    tables = {
        "persons": person_rows(rng, first, settings),
        "referrals": referrals,
        "spells": spells,
        "assistance_months": assistance_rows(rng, first, settings),
        "followups": followup_rows(rng, first, settings),
    }
    if town.counts_from_application:
        tables["applications"] = application_rows(rng, referrals, settings)
    tables = with_key_staff(rng, tables, settings, town)
    spells = tables["spells"]
    return tables | {
        "activities": activity_rows(rng, spells, settings),
        "attendance_months": attendance_rows(rng, spells, fire, settings, town),
        "capacity": capacity_rows(spells, fire, settings, town),
        "labour_market": labour_market_rows(settings),
        "sites": site_rows(town),
        "costs": cost_rows(town),
    }


def _covered(referrals: pl.DataFrame, spells: pl.DataFrame, covers: str) -> pl.DataFrame:
    if covers == "started_only":
        return spells.select("referral_id").unique()
    return referrals.filter(pl.col("decision").is_in(["granted", "none_needed"])).select(
        "referral_id"
    )
