"""Mechanism: did a disruption let fewer in, or give each less, and did others take the rest?

Half the capacity can mean half as many taken in, each with full service, or as many with half
the service each. The first leaves everybody's own prospects alone, the second does not; only
intake and dose together tell them apart. All of it is known without any outcome.
"""

from __future__ import annotations

from dataclasses import replace
from math import isfinite, sqrt
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import norm

from utfall.analysis.cohort import DisruptionWindow
from utfall.analysis.counts import rate_ratio
from utfall.analysis.own_years import Mechanism, MechanismName, SpillOver
from utfall.analysis.protocol import Protocol

#: Share of capacity that is taken to be left where the register states none.
HALF = 0.5

DAYS_IN_MONTH = 365.25 / 12

#: People with recorded hours in either period without whom no dose is told.
FEWEST_DOSED = 10


def mechanism_of(
    months: pl.DataFrame,
    doses: pl.DataFrame | None,
    window: DisruptionWindow,
    programme: str,
    protocol: Protocol,
) -> Mechanism | None:
    """Return what the disruption did to one programme's intake and dose.

    Parameters
    ----------
    months : DataFrame
        The mart of months by programme.
    doses : DataFrame or None
        The mart of attended months; None where attendance is not recorded.

    Returns
    -------
    Mechanism or None
        None where no month, or none of either kind, was delivered.
    """
    counted = _by_period(months, "n_started", window, programme, protocol)
    if counted is None:
        return None
    found = Mechanism(
        months_calm=counted[0][0],
        started_calm=counted[0][1],
        months_met=counted[1][0],
        started_met=counted[1][1],
        capacity_share=window.capacity_share,
    )
    own = None if doses is None else _own_doses(doses, window, programme, protocol)
    if own is not None:
        found = replace(found, **_dose(own, protocol.conf_level))
    return rebuilt(found)


def spill_over_of(
    months: pl.DataFrame, window: DisruptionWindow, other: str, protocol: Protocol
) -> SpillOver | None:
    """Return whether the other programme was sent more people during the disruption."""
    counted = _by_period(months, "n_referred", window, other, protocol)
    if counted is None:
        return None
    return spill_over(
        SpillOver(
            months_calm=counted[0][0],
            referred_calm=counted[0][1],
            months_met=counted[1][0],
            referred_met=counted[1][1],
        )
    )


def rebuilt(found: Mechanism) -> Mechanism:
    """Return a mechanism with its ratio and its name as its own counts give them.

    Protection calls it anew on protected counts, so that what is named is what is shown.

    >>> counts = dict(months_calm=40, started_calm=200, months_met=16, started_met=40)
    >>> hours = dict(dosed_calm=99, dosed_met=40, dose_calm=60.0)
    >>> one = rebuilt(Mechanism(**counts, **hours, dose_met=59.0, dose_low=0.9, dose_high=1.1))
    >>> one.intake, one.named
    (0.5, 'intake')
    >>> rebuilt(Mechanism(**counts)).named
    'no_dose'
    """
    ratio = rate_ratio(found.started_met, found.months_met, found.started_calm, found.months_calm)
    high = ratio.conf_high if isfinite(ratio.conf_high) else None
    told = replace(found, intake=ratio.ratio, intake_low=ratio.conf_low, intake_high=high)
    return replace(told, named=_named(told))


def spill_over(found: SpillOver) -> SpillOver:
    """Return a spill-over with its ratio as its own counts give it.

    >>> spill_over(SpillOver(months_calm=40, referred_calm=120, months_met=16, referred_met=90))
    ... # doctest: +ELLIPSIS
    SpillOver(..., ratio=1.875, ratio_low=1.4..., ratio_high=2.4..., is_warned=True)
    """
    ratio = rate_ratio(found.referred_met, found.months_met, found.referred_calm, found.months_calm)
    return replace(
        found,
        ratio=ratio.ratio,
        ratio_low=ratio.conf_low,
        ratio_high=ratio.conf_high if isfinite(ratio.conf_high) else None,
        is_warned=ratio.conf_low > 1,
    )


def _named(found: Mechanism) -> MechanismName:
    # Had both fallen alike, either would be at the root of what was left of the whole.
    fallen = sqrt(HALF if found.capacity_share is None else found.capacity_share)
    intake = _judged(found.intake_low, found.intake_high, fallen)
    if None in (found.dose_calm, found.dose_met, found.dose_low, found.dose_high):
        return "no_dose"
    dose = _judged(found.dose_low, found.dose_high, fallen)
    names: dict[tuple[str, str], MechanismName] = {
        ("fell", "kept"): "intake",
        ("kept", "fell"): "service",
        ("fell", "fell"): "both",
        ("kept", "kept"): "neither",
        ("fell", "unclear"): "intake_at_least",
        ("unclear", "fell"): "service_at_least",
    }
    return names.get((intake, dose), "unclear")


def _judged(low: float | None, high: float | None, fallen: float) -> str:
    """Return whether a share of normal fell, was kept, or cannot be told.

    It was kept where its interval rules out what it would be had intake and dose fallen
    alike, unless all of it lies nearer to that than to normal: where people are many, a
    drift of some percent is no mechanism of what took half. Else it fell where its whole
    interval lies below one.

    >>> _judged(0.95, 0.99, 0.71), _judged(0.75, 0.80, 0.71), _judged(0.6, 0.95, 0.71)
    ('kept', 'fell', 'fell')
    >>> _judged(0.6, 1.1, 0.71)
    'unclear'
    """
    if low is None or high is None:
        return "unclear"
    if low > fallen and high >= sqrt(fallen):
        return "kept"
    return "fell" if high < 1 else "unclear"


def _by_period(
    months: pl.DataFrame,
    column: str,
    window: DisruptionWindow,
    programme: str,
    protocol: Protocol,
) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Return (months, people) outside the disruption and during it, within the plan's period."""
    if column not in months.columns:
        return None
    own = months.filter(
        (pl.col("programme") == programme) & pl.col(column).is_not_null(), _within(protocol)
    ).with_columns(is_met=_met(window))
    found = []
    for is_met in (False, True):
        rows = own.filter(pl.col("is_met") == is_met)
        if rows.is_empty():
            return None
        found.append((rows["month"].n_unique(), int(rows[column].sum())))
    return found[0], found[1]


def _within(protocol: Protocol) -> pl.Expr:
    first = protocol.entry.starts.strftime("%Y-%m") if protocol.entry.starts else ""
    last = protocol.entry.ends.strftime("%Y-%m") if protocol.entry.ends else "9999"
    return pl.col("month").is_between(pl.lit(first), pl.lit(last))


def _met(window: DisruptionWindow) -> pl.Expr:
    starts, ends = window.starts_on.strftime("%Y-%m"), window.ends_on.strftime("%Y-%m")
    return pl.col("month").is_between(pl.lit(starts), pl.lit(ends))


def _own_doses(
    doses: pl.DataFrame, window: DisruptionWindow, programme: str, protocol: Protocol
) -> pl.DataFrame | None:
    """Return hours and enrolled days of each person, outside the disruption and during it."""
    needed = {"programme", "person_id", "month", "hours_given", "days_enrolled"}
    if not needed <= set(doses.columns):
        return None
    own = (
        doses.filter(
            (pl.col("programme") == programme)
            & pl.col("hours_given").is_not_null()
            & (pl.col("days_enrolled") > 0),
            _within(protocol),
        )
        .with_columns(is_met=_met(window))
        .group_by("person_id", "is_met")
        .agg(
            hours=pl.col("hours_given").cast(pl.Float64).sum(),
            months=pl.col("days_enrolled").cast(pl.Float64).sum() / DAYS_IN_MONTH,
        )
        .sort("person_id", "is_met")
    )
    return own if own.height else None


def _dose(own: pl.DataFrame, conf_level: float) -> dict[str, Any]:
    """Return hours a month in either period, and the interval of their ratio.

    A person may stand in both periods: errors are clustered on the person, on the log scale.
    """
    found: dict[str, Any] = {}
    influence = np.zeros(own["person_id"].n_unique())
    owner = np.unique(own["person_id"].to_numpy(), return_inverse=True)[1]
    for name, side in (("calm", False), ("met", True)):
        rows = (own["is_met"] == side).to_numpy()
        hours, months = own["hours"].to_numpy()[rows], own["months"].to_numpy()[rows]
        found[f"dosed_{name}"] = int(rows.sum())
        if rows.sum() < FEWEST_DOSED or hours.sum() <= 0:
            return {f"dosed_{one}": found.get(f"dosed_{one}", 0) for one in ("calm", "met")}
        dose = hours.sum() / months.sum()
        found[f"dose_{name}"] = float(dose)
        sign = 1.0 if side else -1.0
        np.add.at(influence, owner[rows], sign * (hours - dose * months) / hours.sum())
    people = len(influence)
    error = float(np.sqrt(people / (people - 1) * (influence @ influence)))
    half = float(norm.ppf(0.5 + conf_level / 2)) * error
    log_ratio = float(np.log(found["dose_met"] / found["dose_calm"]))
    return {
        **found,
        "dose_low": float(np.exp(log_ratio - half)),
        "dose_high": float(np.exp(log_ratio + half)),
    }
