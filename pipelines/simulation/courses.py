"""Courses: when would each person leave, and why, under each programme and in fact?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from utfall.pipelines.simulation.assignment import Fire
from utfall.pipelines.simulation.parameters import Settings
from utfall.pipelines.simulation.people import Array, Columns, indicators, linear, sigmoid

DAYS_PER_MONTH = 365.25 / 12
WORK_OR_STUDIES = ("W1", "W2", "S1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """What governs each person's course, in normal operation.

    Attributes
    ----------
    risk_target, risk_comparator : array of float
        Probability of work or studies within the horizon under each programme, nobody
        moving or dying.
    other : array of float
        Daily hazard of leaving for any other reason; the same in both programmes.
    causes : array of float, people × causes
        Share of each other reason in ``other``.
    """

    risk_target: Array
    risk_comparator: Array
    other: Array
    causes: Array


def cumulative_incidence(hazard: Array, other: Array, days: float) -> Array:
    """Return the probability of leaving for one cause within some days, others competing.

    >>> round(float(cumulative_incidence(np.array(0.001), np.array(0.001), 365.0)), 4)
    0.259
    """
    both = hazard + other
    return np.asarray(hazard / both * -np.expm1(-both * days))


def solved_hazard(risk: Array, other: Array, days: float) -> Array:
    """Return the daily hazard that gives a cumulative incidence against competing hazards.

    Bisection on the log hazard; a risk within reach is met to 1e-9.
    """
    low, high = np.full(risk.shape, -16.0), np.full(risk.shape, 1.0)
    for _ in range(50):
        middle = (low + high) / 2
        short = cumulative_incidence(np.exp(middle), other, days) < risk
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return np.asarray(np.exp((low + high) / 2))


def draw_law(people: Columns, unemployment: Array, settings: Settings) -> Law:
    """Return each person's risks and hazards.

    Parameters
    ----------
    people : Columns
        With readiness.
    unemployment : array of float
        Per cent in the person's municipality at referral.
    """
    n = people["day"].size
    terms = indicators(people) | {"unemployment_point": unemployment - 3.0}
    log_odds = settings.number("risk_intercept") + linear(terms, settings.table("risk_logit"), n)
    comparator = sigmoid(log_odds)
    gain = settings.number("effect") + settings.number("effect_per_readiness") * people["readiness"]
    hazards = settings.table("exit_hazards")
    tilts = settings.table("exit_tilts")
    rates = np.column_stack(
        [rate * np.exp(linear(terms, tilts.get(cause, {}), n)) for cause, rate in hazards.items()]
    )
    total = rates.sum(axis=1)
    return Law(
        risk_target=np.clip(comparator + gain, 0.005, 0.95),
        risk_comparator=np.clip(comparator, 0.005, 0.95),
        other=total / DAYS_PER_MONTH,
        causes=rates / total[:, None],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Luck:
    """The draws that a person keeps under either programme, so that no effect is no effect."""

    patience: Array
    fate: Array
    kind: Array

    @classmethod
    def draw(cls, rng: np.random.Generator, n: int) -> Luck:
        """Draw for ``n`` people."""
        return cls(patience=rng.exponential(size=n), fate=rng.random(n), kind=rng.random(n))


@dataclass(frozen=True, slots=True, kw_only=True)
class Exits:
    """When and why people leave, had they not moved or died.

    Attributes
    ----------
    after : array of int
        Days from referral, at least 1.
    cause : array of str
        Canonical exit reason.
    """

    after: Array
    cause: Array

    def reached(self, days: float) -> Array:
        """Return who left for work or studies within some days."""
        return np.isin(self.cause, WORK_OR_STUDIES) & (self.after <= days)


def draw_exits(
    risk: Array,
    law: Law,
    luck: Luck,
    people: Columns,
    settings: Settings,
    service: tuple[Array, Array, float] | None = None,
) -> Exits:
    """Turn risks and luck into days and reasons.

    Parameters
    ----------
    risk : array of float
        Probability of work or studies within the horizon, in normal operation.
    service : (array, array, float) or None
        First and last day after referral with poorer service, and the share of the hazard
        of work or studies that is left; None is normal operation.
    """
    hazard = solved_hazard(risk, law.other, settings.number("horizon_days"))
    begins, ends, share = service or (np.zeros(risk.size), np.zeros(risk.size), 1.0)
    begins, ends = np.maximum(begins, 0.0), np.maximum(ends, 0.0)
    full, poor = hazard + law.other, share * hazard + law.other
    used_before = full * begins
    used_during = used_before + poor * (ends - begins)
    after = np.where(
        luck.patience < used_before,
        luck.patience / full,
        np.where(
            luck.patience < used_during,
            begins + (luck.patience - used_before) / poor,
            ends + (luck.patience - used_during) / full,
        ),
    )
    hampered = (after >= begins) & (after < ends)
    left = np.where(hampered, share, 1.0) * hazard
    chance = left / (left + law.other)
    worked = luck.fate < chance
    causes = np.array(list(settings.table("exit_hazards")))
    rest = (luck.fate - chance) / np.maximum(1 - chance, 1e-12)
    picked = (rest[:, None] > np.cumsum(law.causes, axis=1)).sum(axis=1)
    other = causes[np.clip(picked, 0, causes.size - 1)]
    return Exits(
        after=np.ceil(np.maximum(after, 1e-9)).astype(int),
        cause=np.where(worked, kinds_of_success(luck.kind, people, settings), other),
    )


def kinds_of_success(uniform: Array, people: Columns, settings: Settings) -> Array:
    """Return W1, W2 or S1 for each person; the young study twice as often."""
    more = settings.table("young_study_more")
    studies = settings.number("studies_share") * np.where(
        people["age"] < 25, more["young"], more["others"]
    )
    subsidised = studies + (1 - studies) * settings.number("subsidised_share")
    return np.where(uniform < studies, "S1", np.where(uniform < subsidised, "W2", "W1"))


def shocked(
    risk: Array, in_target: Array, year: Array, sd: float, rng: np.random.Generator
) -> Array:
    """Return risks with each programme-year's own luck added, the same for all in it."""
    first, last = int(year.min()), int(year.max())
    noise = rng.normal(0, 1, (2, last - first + 1)) * sd
    return np.asarray(np.clip(risk + noise[in_target.astype(int), year - first], 0.005, 0.95))


def poorer_service(
    fire: Fire | None, day: Array, in_target: Array
) -> tuple[Array, Array, float] | None:
    """Return, from each referral, the first and last day of poorer service."""
    if fire is None or fire.service_share >= 1:
        return None
    begins = np.where(in_target, fire.first - day, 0).astype(float)
    ends = np.where(in_target, fire.last + 1 - day, 0).astype(float)
    return begins, ends, fire.service_share
