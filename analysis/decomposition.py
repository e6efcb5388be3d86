"""Decomposition: how much of a gap is other people, and how much is other results?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from utfall.analysis.determinism import countable, single_thread
from utfall.analysis.inference import Floats
from utfall.analysis.regression import Fit, fit, with_intercept
from utfall.analysis.results import NotEstimable


@dataclass(frozen=True, slots=True, kw_only=True)
class Kitagawa:
    """A gap between two rates split in two parts that add to it (Kitagawa 1955).

    ``composition`` is what other shares of each group make, ``rates`` what other rates
    within groups make; each at the average of the two.
    """

    gap: float
    composition: float
    rates: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OaxacaBlinder:
    """A gap between two means split by linear models of each arm.

    Attributes
    ----------
    endowments, coefficients, interaction : float
        What other people, other returns and both together make; they add to ``gap``.
    errors : tuple of float
        Robust (HC3) delta-method errors of the three, covariates random.
    """

    gap: float
    endowments: float
    coefficients: float
    interaction: float
    errors: tuple[float, float, float]
    conf_low: tuple[float, float, float]
    conf_high: tuple[float, float, float]


def kitagawa(
    target: Mapping[str, tuple[float, float]], comparator: Mapping[str, tuple[float, float]]
) -> Kitagawa | NotEstimable:
    """Split a gap between two rates into composition and rates.

    Parameters
    ----------
    target, comparator : mapping of group to (people, people with the outcome)

    Returns
    -------
    Kitagawa or NotEstimable
        ``no_rows`` where one has nobody, ``groups_differ`` where a group is found in one
        only: its rate in the other is not data.

    >>> found = kitagawa({"a": (50, 25), "b": (50, 5)}, {"a": (20, 10), "b": (80, 8)})
    >>> round(found.gap, 3), round(found.composition, 3), round(found.rates, 3)
    (0.12, 0.12, 0.0)
    """
    totals = [sum(people for people, _ in one.values()) for one in (target, comparator)]
    if min(totals, default=0) <= 0:
        return NotEstimable("no_rows")
    groups = sorted(set(target) | set(comparator))
    if any(one.get(g, (0, 0))[0] <= 0 for g in groups for one in (target, comparator)):
        return NotEstimable("groups_differ")
    share = np.array([[one[g][0] / n for g in groups] for one, n in
                      zip((target, comparator), totals, strict=True)])  # fmt: skip
    rate = np.array([[one[g][1] / one[g][0] for g in groups] for one in (target, comparator)])
    return Kitagawa(
        gap=float(share[0] @ rate[0] - share[1] @ rate[1]),
        composition=float((share[0] - share[1]) @ rate.mean(axis=0)),
        rates=float(share.mean(axis=0) @ (rate[0] - rate[1])),
    )


def oaxaca_blinder(
    y: NDArray[Any], treated: NDArray[np.bool_], x: NDArray[Any], *, conf_level: float = 0.95
) -> OaxacaBlinder | NotEstimable:
    """Split the gap between two means three ways (Oaxaca 1973; Blinder 1973).

    Returns
    -------
    OaxacaBlinder or NotEstimable
        ``one_arm``, ``not_finite``, and the refusals of ``fit``.
    """
    outcome, arm = np.asarray(y, dtype=float), np.asarray(treated, dtype=bool)
    values = np.asarray(x, dtype=float)
    if len(outcome) == 0:
        return NotEstimable("no_rows")
    if arm.all() or not arm.any():
        return NotEstimable("one_arm")
    if not countable(outcome, values):
        return NotEstimable("not_finite")
    design = with_intercept(values)
    sides = (arm, ~arm)
    with single_thread(), np.errstate(all="ignore"):
        fits = [fit(outcome[side], design[side], "gaussian") for side in sides]
        for one in fits:
            if isinstance(one, NotEstimable):
                return one
        return _three_ways(outcome, design, sides, [f for f in fits if isinstance(f, Fit)],
                           conf_level)  # fmt: skip


def _three_ways(
    outcome: Floats,
    design: Floats,
    sides: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    fits: list[Fit],
    conf_level: float,
) -> OaxacaBlinder:
    means = [design[side].mean(axis=0) for side in sides]
    slopes = [one.coefficients for one in fits]
    away, apart = means[0] - means[1], slopes[0] - slopes[1]
    parts = (float(away @ slopes[1]), float(means[1] @ apart), float(away @ apart))
    influence = np.zeros((3, len(outcome)))
    for sign, side, one in zip((1.0, -1.0), sides, fits, strict=True):
        n = int(side.sum())
        mean = sign * (design[side] - design[side].mean(axis=0)) / n
        left = (outcome[side] - one.mean(design[side])) / np.maximum(1 - one.leverage, 1e-3)
        slope = (design[side] * left[:, None]) @ one.inverse_information
        is_target = sign > 0
        influence[0, side] += mean @ slopes[1] + (0.0 if is_target else slope @ away)
        influence[1, side] += sign * slope @ means[1] + (0.0 if is_target else -mean @ apart)
        influence[2, side] += mean @ apart + sign * slope @ away
    errors = np.sqrt((influence**2).sum(axis=1))
    z = float(stats.norm.ppf((1 + conf_level) / 2))
    return OaxacaBlinder(
        gap=float(outcome[sides[0]].mean() - outcome[sides[1]].mean()),
        endowments=parts[0], coefficients=parts[1], interaction=parts[2],
        errors=_three(errors),
        conf_low=_three(np.array(parts) - z * errors),
        conf_high=_three(np.array(parts) + z * errors),
    )  # fmt: skip


def _three(values: Floats) -> tuple[float, float, float]:
    one, two, three = (float(value) for value in values)
    return one, two, three
