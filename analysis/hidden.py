"""Hidden: how strong must something unseen be before it takes the answer away?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import t as student

from utfall.analysis.determinism import single_thread
from utfall.analysis.regression import standardise, with_intercept

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: Strength beyond which a multiple of the strongest measured confounder is not looked for.
FARTHEST = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Strength:
    """How closely a confounder goes with assignment and with the outcome.

    Attributes
    ----------
    with_arm : float
        Partial R² with the arm, given the other covariates.
    with_outcome : float
        Partial R² with the outcome, given the arm and the other covariates.
    """

    with_arm: float
    with_outcome: float

    @property
    def reach(self) -> float:
        """Return how far it could move an estimate, beside others: its bias but for scale."""
        return math.sqrt(self.with_arm * self.with_outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearContrast:
    """Least squares of the outcome on the arm and the covariates."""

    estimate: float
    std_error: float
    df: float


def e_value(ratio: float) -> float:
    """Return the E-value of a risk ratio (VanderWeele & Ding 2017).

    The least risk ratio that something hidden must have with both arm and outcome to explain
    the ratio away.

    >>> round(e_value(3.9), 3), round(e_value(0.8), 3), e_value(1.0)
    (7.263, 1.809, 1.0)
    """
    if ratio <= 0 or not math.isfinite(ratio):
        return math.inf
    above = ratio if ratio >= 1 else 1 / ratio
    return above + math.sqrt(above * (above - 1))


def e_values(
    mean_comparator: float, estimate: float, low: float, high: float
) -> tuple[float, float] | None:
    """Return the E-values of a difference in shares and of the nearer end of its interval.

    The ratios are those of the shares that the difference gives at the comparator's own share;
    an interval that holds no difference needs nothing hidden, so that its E-value is 1. None
    where the comparator's share is too near zero for a ratio.
    """
    if mean_comparator <= 0.01 or mean_comparator + estimate <= 0.0:
        return None
    near = 0.0 if low <= 0 <= high else min(low, high, key=abs)
    return (
        e_value((mean_comparator + estimate) / mean_comparator),
        e_value(max(mean_comparator + near, 0.0) / mean_comparator),
    )


def robustness_value(t_value: float, df: float, alpha: float = 1.0) -> float:
    """Return the robustness value (Cinelli & Hazlett 2020, equations 18 and 19).

    The share of what is left of both arm and outcome that something hidden must explain to
    bring the estimate to zero, or its interval at ``1 - alpha`` to hold zero.

    >>> round(robustness_value(4.18445, 783), 5), round(robustness_value(4.18445, 783, 0.05), 5)
    (0.13878, 0.07626)
    """
    strength, least = abs(t_value) / math.sqrt(df), 0.0
    if alpha < 1:
        least = float(student.ppf(1 - alpha / 2, df - 1)) / math.sqrt(df - 1)
    if strength <= least:
        return 0.0
    if least > 0 and strength > 1 / least:
        return (strength**2 - least**2) / (1 + strength**2)
    squared = (strength - least) ** 2
    return (math.sqrt(squared**2 + 4 * squared) - squared) / 2


def linear_contrast(y: Floats, treated: Flags, design: Floats) -> LinearContrast | None:
    """Return the least-squares difference with its classical error; None where it has none.

    Parameters
    ----------
    design : (n, k) ndarray
        Covariates without intercept.
    """
    full = np.column_stack([treated.astype(float), with_intercept(standardise(design)[0])])
    df = len(y) - full.shape[1]
    if df < 2 or np.linalg.matrix_rank(full) < full.shape[1]:
        return None
    with single_thread():
        inverse = np.linalg.inv(full.T @ full)
        coefficients = inverse @ full.T @ y
        residual = y - full @ coefficients
    variance = float(residual @ residual) / df
    if variance <= 0:
        return None
    return LinearContrast(
        estimate=float(coefficients[0]),
        std_error=math.sqrt(variance * inverse[0, 0]),
        df=float(df),
    )


def strength_of(y: Floats, treated: Flags, design: Floats, group: Sequence[int]) -> Strength:
    """Return the strength of a group of columns, such as the levels of one covariate."""
    inside = np.zeros(design.shape[1], dtype=bool)
    inside[list(group)] = True
    others, all_ = with_intercept(design[:, ~inside]), with_intercept(design)
    arm = treated.astype(float)
    return Strength(
        with_arm=partial_r2(arm, others, all_),
        with_outcome=partial_r2(y, np.column_stack([others, arm]), np.column_stack([all_, arm])),
    )


def partial_r2(y: Floats, without: Floats, with_: Floats) -> float:
    """Return the part of what is left unexplained that further columns explain.

    >>> y = np.array([0.0, 1.0, 2.0, 3.0])
    >>> round(partial_r2(y, np.ones((4, 1)), np.column_stack([np.ones(4), y])), 6)
    1.0
    """
    with single_thread():
        left = [
            float(np.sum((y - design @ np.linalg.lstsq(design, y)[0]) ** 2))
            for design in (without, with_)
        ]
    return 0.0 if left[0] <= 0 else float(min(max(1 - left[1] / left[0], 0.0), 1.0))


def bounded_by(strength: Strength, times: float) -> tuple[float, float] | None:
    """Return the partial R² of something ``times`` as strong as a measured confounder.

    Cinelli & Hazlett (2020), section 4.4; with the arm first, then with the outcome. None where
    nothing can be that strong.
    """
    left = 1 - strength.with_arm
    if left <= 0 or strength.with_outcome >= 1 or times * strength.with_arm / left >= 1:
        return None
    arm = times * strength.with_arm / left
    between = (
        times * strength.with_arm**2 / ((1 - times * strength.with_arm) * (1 - strength.with_arm))
    )
    if not 0 <= between < 1:
        return None
    outcome = (
        (math.sqrt(times) + math.sqrt(between)) ** 2
        / (1 - between)
        * strength.with_outcome
        / (1 - strength.with_outcome)
    )
    return arm, min(outcome, 1.0)


def adjusted_for_hidden(
    found: LinearContrast, with_arm: float, with_outcome: float
) -> LinearContrast:
    """Return the contrast that would be found, had the hidden thing been adjusted for.

    The hidden thing is taken to work against the answer. Source: Cinelli & Hazlett (2020),
    equations 9 and 10.

    >>> had = adjusted_for_hidden(
    ...     LinearContrast(estimate=0.09732, std_error=0.02326, df=783), 0.00916, 0.12464
    ... )
    >>> round(had.estimate, 4), round(had.std_error, 5)
    (0.0752, 0.02188)
    """
    bias = (
        found.std_error * math.sqrt(found.df) * math.sqrt(with_outcome * with_arm / (1 - with_arm))
    )
    error = found.std_error * math.sqrt(
        (1 - with_outcome) / (1 - with_arm) * found.df / (found.df - 1)
    )
    moved = math.copysign(abs(found.estimate) - bias, found.estimate)
    if abs(found.estimate) < bias:
        moved = -math.copysign(bias - abs(found.estimate), found.estimate)
    return LinearContrast(estimate=moved, std_error=error, df=found.df - 1)


def times_as_strong(found: LinearContrast, strength: Strength) -> float | None:
    """Return how many times as strong as a confounder the hidden thing must be to leave zero.

    None where nothing of that kind is strong enough, or the confounder has no strength at all.
    """

    def left(times: float) -> float:
        bounds = bounded_by(strength, times)
        if bounds is None:
            return -abs(found.estimate)
        moved = adjusted_for_hidden(found, *bounds).estimate
        return moved * math.copysign(1.0, found.estimate)

    if strength.reach <= 0 or left(1e-6) <= 0:
        return None
    if left(FARTHEST) > 0:
        return None
    return float(brentq(left, 1e-6, FARTHEST, xtol=1e-6))


def tipping_for_unknown(
    target: float,
    comparator: float,
    unknown_target: float,
    unknown_comparator: float,
    *,
    most: float = 1.0,
) -> float | None:
    """Return how differently the unknown must have fared for the difference to vanish.

    The unknown of the arm ahead reach the outcome this much less often than its known, and
    those of the other arm this much more often. None where no such difference suffices: none
    can be larger than what the known reach, or than what they lack.

    Parameters
    ----------
    target, comparator : float
        Means of the known of each arm, from nought to ``most``.
    unknown_target, unknown_comparator : float
        Share of each arm that is unknown.

    >>> tipping_for_unknown(0.46, 0.40, 0.20, 0.10)
    0.2
    >>> tipping_for_unknown(0.46, 0.40, 0.0, 0.0) is None
    True
    >>> tipping_for_unknown(0.20, 0.17, 0.02, 0.03) is None
    True
    """
    unknown = unknown_target + unknown_comparator
    if unknown <= 0:
        return None
    needed = round(abs(target - comparator) / unknown, 12)
    sides = sorted([(target, unknown_target), (comparator, unknown_comparator)])
    (behind, unknown_behind), (ahead, unknown_ahead) = sides
    can_fall = unknown_ahead == 0 or needed <= ahead
    can_rise = unknown_behind == 0 or needed <= most - behind
    return needed if can_fall and can_rise else None
