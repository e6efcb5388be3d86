"""Assignment: when was each person referred, and what were the odds of the target programme?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from utfall.pipelines.simulation.parameters import Settings
from utfall.pipelines.simulation.people import (
    Array,
    Columns,
    draw_people,
    indicators,
    linear,
    sigmoid,
)

DAYS_PER_YEAR = 365.25


def as_day(when: date) -> int:
    """Return a date as days since 1 January 1970.

    >>> as_day(date(1970, 1, 3))
    2
    """
    return (when - date(1970, 1, 1)).days


def years_of(days: Array) -> Array:
    """Return the calendar year of each day.

    >>> years_of(np.array([0, 366])).tolist()
    [1970, 1971]
    """
    return np.asarray(days.astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fire:
    """Days during which the target programme ran short, and what was short.

    Attributes
    ----------
    first, last : int
        Days since 1970, both included.
    intake_share, service_share : float
        Share of normal intake and of normal service that was left.
    """

    first: int
    last: int
    intake_share: float
    service_share: float

    def covers(self, days: Array) -> Array:
        """Return which days lie in the window."""
        return (days >= self.first) & (days <= self.last)


def planned_fire(settings: Settings) -> Fire | None:
    """Return the fire as the settings describe it; None where capacity never fell.

    ``intake_halved`` keeps the service to each person and takes fewer in; ``service_halved``
    takes in as many and does less for each; ``both`` does both.

    Raises
    ------
    ValueError
        The mechanism is not one of the three.
    """
    if "fire" not in settings or settings.number("fire_capacity") >= 1:
        return None
    left, mechanism = settings.number("fire_capacity"), settings["fire_mechanism"]
    if mechanism not in ("intake_halved", "service_halved", "both"):
        raise ValueError("fire_mechanism is intake_halved, service_halved or both")
    window = settings.table("fire")
    return Fire(
        first=as_day(window["from"]),
        last=as_day(window["to"]),
        intake_share=1.0 if mechanism == "service_halved" else left,
        service_share=1.0 if mechanism == "intake_halved" else left,
    )


def arm_sizes(settings: Settings, size: float | int | None) -> tuple[int, int]:
    """Return how many referrals each arm would have had without a fire.

    Parameters
    ----------
    size : float or int or None
        An integer is that many an arm; a float scales the normal intake; None is normal.
    """
    if isinstance(size, int) and not isinstance(size, bool):
        return size, size
    span = as_day(settings.day("last_entry")) - as_day(settings.day("first_entry")) + 1
    years = span / DAYS_PER_YEAR * (1.0 if size is None else float(size))
    return (
        round(settings.number("target_per_year") * years),
        round(settings.number("comparator_per_year") * years),
    )


def draw_days(rng: np.random.Generator, settings: Settings, n: int) -> Array:
    """Draw weekdays between first and last entry, fewer in July and December."""
    first, last = as_day(settings.day("first_entry")), as_day(settings.day("last_entry"))
    days = np.arange(first, last + 1)
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(int) % 12
    weekday = (days + 3) % 7
    weight = np.array(settings["season"])[months] * (weekday < 5)
    return np.sort(rng.choice(days, size=n, p=weight / weight.sum()))


def solved_intercept(log_odds: Array, share: float) -> float:
    """Return what to add to log-odds so that the mean probability is a share.

    >>> abs(solved_intercept(np.zeros(4), 0.5)) < 1e-9
    True
    """
    low, high = -30.0, 30.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if sigmoid(log_odds + middle).mean() < share else (low, middle)
    return (low + high) / 2


def draw_referrals(
    rng: np.random.Generator, settings: Settings, size: float | int | None
) -> Columns:
    """Draw everybody who is referred for the first time, in order of day.

    Returns
    -------
    Columns
        The people with ``day`` (of referral), ``border`` (could be in either), ``in_target``
        and ``propensity``, the probability of the target programme given what was measured.
    """
    n_target, n_comparator = arm_sizes(settings, size)
    share = settings.number("border_share")
    border_target, border_comparator = round(share * n_target), round(share * n_comparator)
    either = "city" if "crossover" in settings else "border"
    group = np.repeat(
        np.array(["open", "gated", either]),
        [
            n_target - border_target,
            n_comparator - border_comparator,
            border_target + border_comparator,
        ],
    )
    rng.shuffle(group)
    day = draw_days(rng, settings, group.size)
    people = draw_people(rng, group, years_of(day), settings)
    people["day"] = day
    people["border"] = group == either
    wanted = border_target / max(border_target + border_comparator, 1)
    people |= _assign(rng, people, settings, wanted)
    fire = planned_fire(settings)
    return people if fire is None else _turned_away(rng, people, fire)


def _assign(
    rng: np.random.Generator, people: Columns, settings: Settings, wanted: float
) -> Columns:
    n = people["day"].size
    border = people["border"]
    terms = indicators(people)
    log_odds = settings.number("assignment_strength") * linear(
        terms, settings.table("assignment_logit"), n
    )
    log_odds += settings.number("hidden_confounding") * people["readiness"]
    ages = settings.table("age")
    squared = ((people["age"] - ages["mean"]) / ages["sd"]) ** 2
    log_odds += settings.number("assignment_curve") * (squared - 1)
    propensity = (people["group"] == "open").astype(float)
    lives_there = np.zeros(n, dtype=bool)
    uniform, uniform_home = rng.random(n), rng.random(n)
    if "crossover" in settings:
        cross = settings.table("crossover")
        residents = (wanted - cross["elsewhere"]) / (cross["angered"] - cross["elsewhere"])
        home = sigmoid(log_odds + solved_intercept(log_odds, residents))
        lives_there = uniform_home < home
        choice = np.where(lives_there, cross["angered"], cross["elsewhere"])
        propensity = home * cross["angered"] + (1 - home) * cross["elsewhere"]
    else:
        if border.any():
            odds = log_odds[border]
            propensity[border] = sigmoid(odds + solved_intercept(odds, wanted))
        choice = propensity
    return {
        "propensity": propensity,
        "in_target": uniform < choice,
        "lives_in_district": lives_there,
    }


def _turned_away(rng: np.random.Generator, people: Columns, fire: Fire) -> Columns:
    in_window = fire.covers(people["day"])
    share = np.where(in_window, fire.intake_share, 1.0)
    kept = ~people["in_target"] | (rng.random(share.size) < share)
    propensity = people["propensity"]
    after = propensity * share / (propensity * share + 1 - propensity)
    return {name: values[kept] for name, values in {**people, "propensity": after}.items()}
