"""Formulas: the textbook intervals, written again so that the attacker has his own."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]


def quantile(conf_level: float) -> float:
    """Return the normal quantile of a two-sided level."""
    return float(special.ndtri((1 + conf_level) / 2))


def score_bounds(events: ArrayLike, n: ArrayLike, z: float) -> tuple[Floats, Floats]:
    """Return the roots of Wilson's quadratic in p: (e/n - p)² = z² p (1 - p) / n."""
    e, size = np.asarray(events, dtype=float), np.asarray(n, dtype=float)
    share = e / size
    a, b, c = 1 + z**2 / size, 2 * share + z**2 / size, share**2
    root = np.sqrt(np.maximum(b**2 - 4 * a * c, 0.0))
    return np.maximum((b - root) / (2 * a), 0.0), np.minimum((b + root) / (2 * a), 1.0)


def newcombe(
    one: tuple[ArrayLike, ArrayLike], other: tuple[ArrayLike, ArrayLike], z: float
) -> tuple[Floats, Floats, Floats]:
    """Return a difference of two shares, each (events, n), with Newcombe's interval."""
    shares = [np.asarray(e, dtype=float) / np.asarray(n, dtype=float) for e, n in (one, other)]
    low_one, high_one = score_bounds(*one, z)
    low_other, high_other = score_bounds(*other, z)
    gap = shares[0] - shares[1]
    below = np.sqrt((shares[0] - low_one) ** 2 + (high_other - shares[1]) ** 2)
    above = np.sqrt((high_one - shares[0]) ** 2 + (shares[1] - low_other) ** 2)
    return gap, gap - below, gap + above


def garwood(events: ArrayLike, conf_level: float = 0.95) -> tuple[Floats, Floats]:
    """Return the exact interval for the mean behind a count."""
    e = np.asarray(events, dtype=float)
    tail = (1 - conf_level) / 2
    with np.errstate(invalid="ignore"):
        low = np.where(e > 0, special.gammaincinv(np.maximum(e, 1e-9), tail), 0.0)
    return low, special.gammainccinv(e + 1, tail)


def chance_band(mean: float, spread: float = 0.0, level: float = 0.95) -> tuple[int, int]:
    """Return the whole-number band of years with this mean, by summing probabilities."""
    if mean <= 0:
        return 0, 0
    tail = (1 - level) / 2
    counts = np.arange(int(mean * 4 + 60))
    if spread == 0:
        below = special.gammaincc(counts + 1.0, mean)
    else:
        size = 1 / spread**2
        below = special.betainc(size, counts + 1.0, size / (size + mean))
    return int(np.argmax(below >= tail)), int(np.argmax(below >= 1 - tail))


def people_for(difference: float, share: ArrayLike) -> Floats:
    """Return the people per arm that a difference needs at 80 % power, two-sided 5 %."""
    p = np.asarray(share, dtype=float)
    reach = quantile(0.95) + float(special.ndtri(0.8))
    return np.asarray(np.ceil(2 * p * (1 - p) * (reach / difference) ** 2), dtype=float)


def step_of(values: list[float]) -> float:
    """Return the coarsest decimal step that all numbers are multiples of.

    >>> step_of([0.25, 0.3]), step_of([0.125, 0.5]), step_of([12.0])
    (0.01, 0.001, 1.0)
    """
    for decimals in range(10):
        if all(abs(value - round(value, decimals)) < 1e-12 for value in values):
            return float(10.0**-decimals)
    return 1e-9
