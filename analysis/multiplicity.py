"""Multiplicity: what remains when several questions were asked, or equality is claimed?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True, slots=True, kw_only=True)
class Equivalence:
    """Two one-sided tests against a declared margin.

    Attributes
    ----------
    p_value : float
        The larger of the two: small means a difference within the margin.
    conf_low, conf_high : float
        Interval at ``1 - 2 alpha``; inside the margin exactly when equivalence is shown.
    is_shown : bool
    """

    p_value: float
    conf_low: float
    conf_high: float
    is_shown: bool


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return p-values adjusted for having asked several questions (Holm 1979).

    Raises
    ------
    ValueError
        A p-value outside [0, 1].

    >>> [round(p, 2) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    values = np.asarray(p_values, dtype=float)
    if not ((values >= 0) & (values <= 1)).all():
        raise ValueError("p-values lie between 0 and 1")
    order = np.argsort(values, kind="stable")
    steps = values[order] * np.arange(len(values), 0, -1)
    adjusted = np.empty(len(values))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0) if len(values) else steps
    return tuple(float(value) for value in adjusted)


def equivalence(
    estimate: float, std_error: float, margin: float, *, df: float = np.inf, alpha: float = 0.05
) -> Equivalence:
    """Test whether a difference lies within the margin (TOST; Schuirmann 1987).

    That nothing was seen is no evidence of no difference; this is.

    Raises
    ------
    ValueError
        The margin or the error is not positive.

    >>> equivalence(0.01, 0.02, 0.10).is_shown, equivalence(0.01, 0.08, 0.10).is_shown
    (True, False)
    """
    if margin <= 0 or std_error <= 0:
        raise ValueError("the margin and the error must be positive")
    below = float(stats.t.sf((estimate + margin) / std_error, df))
    above = float(stats.t.cdf((estimate - margin) / std_error, df))
    reach = float(stats.t.ppf(1 - alpha, df)) * std_error
    p_value = max(below, above)
    return Equivalence(
        p_value=p_value,
        conf_low=estimate - reach,
        conf_high=estimate + reach,
        is_shown=p_value < alpha,
    )
