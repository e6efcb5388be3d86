"""Precision: how much can this many people tell, and how many more would settle it?"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import polars as pl
from scipy.stats import norm

from utfall.analysis.counts import n_per_arm_for, smallest_detectable_difference
from utfall.analysis.coverage import fewest_people, interval_name
from utfall.analysis.design import Design, is_target
from utfall.analysis.gates import SMALLEST_ARM, not_evaluated, number
from utfall.analysis.headline import precision_of
from utfall.analysis.ladder import Answer, Stages, smallest_cell
from utfall.analysis.protocol import Protocol
from utfall.analysis.results import Estimate, Gate, Quantity, Reason
from utfall.analysis.unknowns import site_year_shares
from utfall.analysis.vocabulary import Precision


def _margin(protocol: Protocol, value: float) -> Quantity:
    return Quantity("points" if protocol.scale == "share" else "currency", value)


def precision_gate(
    found: Answer | None, stages: Stages, protocol: Protocol, *, is_refused: bool
) -> Gate:
    """G10: can the interval tell a difference that matters from none?

    Fewer people in an arm than those from which the interval was measured to hold the
    truth nine times in ten, and never fewer than twenty, withhold the answer.
    """
    if is_refused:
        return not_evaluated("G10", "g10_not_evaluated")
    smallest = min(found.n_target, found.n_comparator) if isinstance(found, Estimate) else 0
    fewest = max(SMALLEST_ARM, fewest_people(interval_name(protocol)) or SMALLEST_ARM)
    least = (("least", number(fewest)),)
    if not isinstance(found, Estimate) or smallest < fewest:
        code = "g10_withheld" if isinstance(found, Estimate) else "not_estimable_other"
        return Gate(
            id="G10",
            status="FAIL",
            statistic=None,
            threshold=float(fewest),
            reason=Reason(code, least),
        )
    half = (found.conf_high - found.conf_low) / 2
    grade = precision_of(half, protocol.margin, smallest_cell(stages.compared, protocol))
    values = (
        ("half", _margin(protocol, half)),
        ("margin", _margin(protocol, protocol.margin)),
        ("needed", number(n_needed(stages.compared, protocol) or 0)),
    )
    status, code = {
        "sufficient": ("PASS", "g10_pass"),
        "weak": ("RESERVE", "g10_reserve"),
        "too_few": ("FAIL", "g10_too_few"),
    }[grade]
    return Gate(
        id="G10",
        status=status,  # type: ignore[arg-type]
        statistic=half,
        threshold=protocol.margin,
        reason=Reason(code, values),
        needed=None
        if status == "PASS" or protocol.scale != "share"
        else Reason("g10_needed", values),
        is_structural=False,
    )


def grade_precision(found: Estimate | None, stages: Stages, protocol: Protocol) -> Precision:
    """Return the precision axis of the verdict; nothing shown is too few."""
    if found is None:
        return "too_few"
    half = (found.conf_high - found.conf_low) / 2
    return precision_of(half, protocol.margin, smallest_cell(stages.compared, protocol))


def years_reach(stages: Stages, design: Design, protocol: Protocol) -> float | None:
    """Return how far the declared variation between site-years alone reaches either way.

    In the protocol's unit, at its level of confidence; None where the plan declares none.
    """
    if protocol.overdispersion is None or design.weight is None:
        return None
    shares = site_year_shares(stages.compared, protocol, design.weight)
    z = float(norm.ppf(0.5 + protocol.conf_level / 2))
    return z * protocol.overdispersion * math.sqrt(shares)


def judged(found: Estimate, years: float | None) -> Estimate:
    """Return an answer with the interval that its headline is read off.

    The two sources of error are independent, so that their squares add.

    Parameters
    ----------
    found : Estimate
        With the interval of chance among the people alone.
    years : float or None
        What `years_reach` gave; None leaves the interval as it is.
    """
    low, high = widened(found.estimate, found.conf_low, found.conf_high, years)
    return replace(found, conf_low=low, conf_high=high)


def widened(
    estimate: float, conf_low: float, conf_high: float, years: float | None
) -> tuple[float, float]:
    """Return both ends of an interval that also holds the variation between years.

    >>> [round(end, 3) for end in widened(0.10, 0.06, 0.14, 0.03)]
    [0.05, 0.15]
    """
    if years is None:
        return conf_low, conf_high
    return (
        estimate - math.hypot(estimate - conf_low, years),
        estimate + math.hypot(conf_high - estimate, years),
    )


def smallest_difference(
    known: pl.DataFrame, protocol: Protocol, *, is_refused: bool
) -> float | None:
    """Return the difference that this many people could have shown with 80 % power."""
    n_target = int(is_target(known, protocol).sum())
    n_comparator = known.height - n_target
    if is_refused or protocol.scale != "share" or min(n_target, n_comparator) < 2:
        return None
    return smallest_detectable_difference(n_target, n_comparator, outcome_share(known, protocol))


def n_needed(rows: pl.DataFrame, protocol: Protocol) -> int | None:
    """Return the people per arm that a difference that matters would need, at 80 % power.

    At the outcome's share over both arms, rounded up to tens: it is advice, not a count.
    """
    if protocol.scale != "share":
        return None
    return 10 * -(-n_per_arm_for(protocol.margin, outcome_share(rows, protocol)) // 10)


def outcome_share(rows: pl.DataFrame, protocol: Protocol) -> float:
    """Return the share that reached the outcome over both arms, kept off 0 and 1."""
    known = rows[protocol.outcome.name].drop_nulls().cast(pl.Float64).to_numpy()
    return float(np.clip(known.mean() if known.size else 0.5, 0.02, 0.98))
