"""People: who is referred, and what was known about them on that day?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from utfall.pipelines.simulation.parameters import Settings

Array: TypeAlias = npt.NDArray[Any]
#: Columns of equal length by name: one element a person, or one a referral.
Columns: TypeAlias = dict[str, Array]

#: Beyond five years the months say no more about the chance of work.
LONGEST_MONTHS_WITHOUT_WORK = 60


def sigmoid(log_odds: Array) -> Array:
    """Return probabilities.

    >>> float(sigmoid(np.array(0.0)))
    0.5
    """
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds)))


def draw_mix(
    rng: np.random.Generator, group: Array, mix: Mapping[str, Mapping[str, float]]
) -> Array:
    """Return one word a person, drawn from the shares of the person's group.

    Parameters
    ----------
    group : array of str
        Group of each person.
    mix : mapping
        Group → word → share; shares are scaled to one.
    """
    uniform = rng.random(group.size)
    drawn = np.empty(group.size, dtype="U24")
    for name, shares in mix.items():
        here = group == name
        words = np.array(list(shares))
        cumulative = np.cumsum(np.fromiter(shares.values(), dtype=float))
        drawn[here] = words[np.searchsorted(cumulative / cumulative[-1], uniform[here])]
    return drawn


def by_group(group: Array, table: Mapping[str, float]) -> Array:
    """Return each person's value of a table that is written by group."""
    return np.array([float(table[name]) for name in group])


def draw_people(rng: np.random.Generator, group: Array, year: Array, settings: Settings) -> Columns:
    """Draw covariates as they stood at referral, and the readiness nobody records in full.

    Parameters
    ----------
    group : array of str
        Legal group: ``open``, ``gated``, ``border`` or ``city``.
    year : array of int
        Calendar year of the referral.

    Returns
    -------
    Columns
        One element a person; ``readiness`` is latent, in standard deviations.
    """
    n = group.size
    ages = settings.table("age")
    age = np.clip(rng.normal(ages["mean"], ages["sd"], n), ages["low"], ages["high"]).astype(int)
    region = draw_mix(rng, group, settings.table("birth_region"))
    foreign = np.isin(region, ["eu", "outside_eu"])
    newcomer = foreign & (rng.random(n) < settings.number("newcomer_share"))
    in_sweden = np.where(newcomer, rng.integers(0, 3, n), 3 + rng.geometric(0.12, n))
    people: Columns = {
        "group": group,
        "woman": rng.random(n) < settings.number("share_women"),
        "age": age,
        "birth_year": year - age,
        "birth_region": region,
        "foreign": foreign,
        "newcomer": newcomer,
        "arrival_year": year - np.minimum(in_sweden, np.maximum(age - 1, 0)),
        "education": draw_mix(rng, group, settings.table("education")),
        "disability": draw_mix(rng, group, settings.table("disability")),
        "obstacle": draw_mix(rng, group, settings.table("obstacle")),
        "referrer": draw_mix(rng, group, settings.table("referrer")),
        "readiness": rng.normal(0, 1, n) + by_group(group, settings.table("readiness_mean")),
    }
    people |= _draw_household(rng, people)
    people |= _draw_history(rng, people, settings)
    return people


def _draw_household(rng: np.random.Generator, people: Columns) -> Columns:
    n = people["age"].size
    children = np.where(rng.random(n) < sigmoid((people["age"] - 36) / 8.0), rng.poisson(1.1, n), 0)
    children = np.where(people["age"] > 55, 0, np.minimum(children, 6))
    coupled = rng.random(n) < np.where(people["age"] < 25, 0.12, 0.38)
    household = np.where(coupled, "couple", "single").astype("U24")
    household = np.where(children > 0, np.char.add(household, "_children"), household)
    return {"children": children, "household": household.astype("U24")}


def _draw_history(rng: np.random.Generator, people: Columns, settings: Settings) -> Columns:
    n = people["age"].size
    median = by_group(people["group"], settings.table("months_without_work"))
    months = np.exp(rng.normal(np.log(median), 0.9, n)).astype(int)
    most = np.minimum(LONGEST_MONTHS_WITHOUT_WORK, np.maximum(12 * (people["age"] - 17), 1))
    never = rng.random(n) < settings.number("never_worked")
    out = np.where(never, most, np.minimum(months, most))
    assisted = rng.random(n) < by_group(people["group"], settings.table("has_assistance"))
    share = sigmoid(-0.2 + 0.03 * out)
    levels = ["a", "b", "c", "d", "done"]
    sfi = np.where(
        people["foreign"],
        np.array(levels)[np.clip(rng.integers(0, 3, n) + 2 * ~people["newcomer"], 0, 4)],
        "none",
    )
    return {
        "months_without_work": out,
        "never_worked": never,
        "benefit_months": np.where(assisted, 1 + rng.binomial(11, share), 0),
        "sfi": sfi.astype("U24"),
    }


def indicators(people: Columns) -> Columns:
    """Return the 0/1 and numeric terms that the written coefficients are named after.

    Ages and months are centred so that an intercept means somebody ordinary.
    """
    return {
        "compulsory_incomplete": people["education"] == "compulsory_incomplete",
        "compulsory": people["education"] == "compulsory",
        "newcomer": people["newcomer"],
        "foreign_born": people["foreign"],
        "outside_eu": people["birth_region"] == "outside_eu",
        "month_without_work": people["months_without_work"],
        "long_out": people["months_without_work"] > 24,
        "year_of_age": people["age"] - 34,
        "young": people["age"] < 25,
        "older": people["age"] >= 55,
        "sick": people["obstacle"] == "sick",
        "social": people["obstacle"] == "social",
        "disability": people["disability"] != "none",
        "psychiatric": people["disability"] == "psychiatric",
        "children": people["children"],
        "woman_with_children": people["woman"] & (people["children"] > 0),
        "benefit_month": people["benefit_months"],
        "from_social_assistance": people["referrer"] == "social_assistance",
        "readiness": people["readiness"],
    }


def linear(terms: Columns, coefficients: Mapping[str, float], n: int) -> Array:
    """Return the sum of coefficient × term, one element a person."""
    total = np.zeros(n)
    for name, coefficient in coefficients.items():
        total += coefficient * terms[name]
    return total
