"""Fidelity: was the programme that people talk of ever given to anybody?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from utfall.analysis.cohort import DesignRows
from utfall.analysis.gates import SMALLEST_ARM, exempt, not_evaluated, number, share, words
from utfall.analysis.protocol import DeliveryRule, Protocol
from utfall.analysis.results import Gate, Quantity, Reason
from utfall.analysis.vocabulary import Text

#: Half of an arm must have a measure before it says something about the arm.
KNOWN_SHARE = 0.5

#: Below this part of the least dose that the plan takes, the programme was not given at all.
NOT_GIVEN = 0.5

DAYS_IN_WEEK, DAYS_IN_MONTH = 7, 30.4375


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What one programme offered its people; None where the data do not say.

    Attributes
    ----------
    weeks : float or None
        Median weeks that the programme ran, of the follow-up planned at referral.
    dose : float or None
        Median share of planned hours that were given while somebody was enrolled.
    met : (int, int) or None
        People whose first meeting came within the promised hours of their application, and
        people for whom that is known.
    """

    rule: DeliveryRule
    name: Text
    weeks: float | None
    dose: float | None
    met: tuple[int, int] | None

    @property
    def on_time(self) -> float | None:
        """Return the share met in time, in steps of five in a hundred: it rests on people."""
        return None if self.met is None else round(20 * self.met[0] / self.met[1]) / 20

    @property
    def is_measured(self) -> bool:
        """Return whether time or dose is known, and the first meeting where one is promised."""
        promised = self.rule.first_meeting_hours is not None
        return (self.weeks is not None or self.dose is not None) and (
            self.on_time is not None or not promised
        )


def delivery_gate(
    design: DesignRows, programme_months: pl.DataFrame | None, protocol: Protocol
) -> Gate:
    """G12: did both programmes run, and were people offered what the model holds?

    A programme that ran for a few weeks, or gave almost none of its hours, was not tried, and
    its results say nothing about its model. Doses are read only while people were enrolled:
    those who soon found work are not held to have been given little.
    """
    if protocol.method_check:
        return exempt("G12")
    found = [
        delivered(design.rows, programme_months, rule, protocol)
        for rule in delivery_rules(protocol)
    ]
    failing = [problem for one in found if (problem := _not_tried(one)) is not None]
    if failing:
        return _judged("FAIL", *failing[0])
    short = [problem for one in found if (problem := _fell_short(one)) is not None]
    if short:
        return _judged("RESERVE", *short[0])
    if not all(one.is_measured for one in found):
        return not_evaluated("G12", "g12_not_evaluated", "g12_needed")
    weeks = [one.weeks for one in found if one.weeks is not None]
    doses = [one.dose for one in found if one.dose is not None]
    if weeks:
        return _judged("PASS", "g12_pass", min(weeks), float(found[0].rule.weeks), ())
    return _judged("PASS", "g12_pass", min(doses), found[0].rule.dose_share, ())


def delivery_rules(protocol: Protocol) -> tuple[DeliveryRule, DeliveryRule]:
    """Return what each programme had to offer, declared or by default, target first."""
    declared = {rule.programme: rule for rule in protocol.delivery}
    target, comparator = (
        declared.get(programme, DeliveryRule(programme=programme))
        for programme in (protocol.target, protocol.comparator)
    )
    return target, comparator


def delivered(
    rows: pl.DataFrame,
    programme_months: pl.DataFrame | None,
    rule: DeliveryRule,
    protocol: Protocol,
) -> Delivered:
    """Return what one programme offered the people of its arm."""
    arm = rows.filter(pl.col(protocol.arm_column) == rule.programme)
    is_target = rule.programme == protocol.target
    name = protocol.target_name if is_target else protocol.comparator_name
    return Delivered(
        rule=rule,
        name=name.text,
        weeks=_weeks_open(arm, programme_months, rule.programme, protocol),
        dose=_median_dose(arm),
        met=_met_within(arm, rule.first_meeting_hours),
    )


def open_months(programme_months: pl.DataFrame, programme: str) -> tuple[list[str], bool]:
    """Return the months in which a programme was open, and whether the data can tell.

    Where days open or places are delivered, a month without them was closed. A programme
    without either is not known to have run: enrolments alone would call a shut door open.
    """
    own = programme_months.filter(pl.col("programme") == programme)
    told = own.filter(pl.col("open_days").is_not_null() | pl.col("places").is_not_null())
    if told.is_empty():
        return [], False
    is_open = pl.min_horizontal(
        pl.col("open_days").cast(pl.Float64), pl.col("places").cast(pl.Float64)
    )
    kept = told.filter(is_open > 0)
    return sorted(kept["month"].unique().to_list()), True


def _weeks_open(
    arm: pl.DataFrame, programme_months: pl.DataFrame | None, programme: str, protocol: Protocol
) -> float | None:
    horizon = protocol.outcome.horizon_days
    if programme_months is None or horizon is None or protocol.time_zero not in arm.columns:
        return None
    months, is_told = open_months(programme_months, programme)
    if arm.is_empty() or not is_told:
        return None
    opened = np.array(months, dtype="datetime64[M]")
    zero = arm[protocol.time_zero].cast(pl.Date).to_numpy().astype("datetime64[D]")
    # A month is open to a person who was referred in it, or before it and within the follow-up.
    first = np.searchsorted(opened, zero.astype("datetime64[M]"), side="left")
    last = np.searchsorted(opened.astype("datetime64[D]"), zero + horizon, side="left")
    days = np.minimum((last - first) * DAYS_IN_MONTH, horizon)
    return float(np.median(days)) / DAYS_IN_WEEK


def _median_dose(arm: pl.DataFrame) -> float | None:
    if not {"hours_given", "hours_planned"} <= set(arm.columns):
        return None
    told = arm.filter(pl.col("hours_given").is_not_null() & (pl.col("hours_planned") > 0))
    started = arm.filter(pl.col("start_date").is_not_null()) if "start_date" in arm.columns else arm
    if told.height < max(KNOWN_SHARE * started.height, SMALLEST_ARM):
        return None
    return float((told["hours_given"] / told["hours_planned"]).median())  # type: ignore[arg-type]


def _met_within(arm: pl.DataFrame, hours: float | None) -> tuple[int, int] | None:
    if hours is None or "first_meeting_hours" not in arm.columns:
        return None
    told = arm["first_meeting_hours"].drop_nulls()
    if told.len() < max(KNOWN_SHARE * arm.height, SMALLEST_ARM):
        return None
    return int((told <= hours).sum()), told.len()


Problem = tuple[str, float, float, Sequence[tuple[str, Quantity]]]


def _not_tried(one: Delivered) -> Problem | None:
    rule = one.rule
    if one.weeks is not None and one.weeks < rule.weeks:
        return "g12_fail_weeks", one.weeks, float(rule.weeks), _values(one)
    if one.dose is not None and one.dose < NOT_GIVEN * rule.dose_share:
        return "g12_fail_dose", one.dose, NOT_GIVEN * rule.dose_share, _values(one)
    return None


def _fell_short(one: Delivered) -> Problem | None:
    rule = one.rule
    if one.dose is not None and one.dose < rule.dose_share:
        return "g12_reserve_dose", one.dose, rule.dose_share, _values(one)
    if one.on_time is not None and one.on_time < rule.on_time_share:
        return "g12_reserve_late", one.on_time, rule.on_time_share, _values(one)
    return None


def _values(one: Delivered) -> tuple[tuple[str, Quantity], ...]:
    return (
        ("programme", words(one.name)),
        ("weeks", number(round(one.weeks or 0.0))),
        ("least_weeks", number(one.rule.weeks)),
        ("dose", Quantity("share", one.dose or 0.0)),
        ("least_dose", Quantity("share", one.rule.dose_share)),
        ("on_time", share(*(one.met or (0, 0)))),
        ("hours", number(one.rule.first_meeting_hours or 0.0)),
        ("least_on_time", Quantity("share", one.rule.on_time_share)),
    )


def _judged(
    status: str,
    code: str,
    statistic: float,
    threshold: float,
    values: Sequence[tuple[str, Quantity]],
) -> Gate:
    return Gate(
        id="G12",
        status=status,  # type: ignore[arg-type]
        statistic=statistic,
        threshold=threshold,
        reason=Reason(code, tuple(values)),
        needed=None if status == "PASS" else Reason("g12_needed"),
        is_structural=status == "FAIL",
    )
