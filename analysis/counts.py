"""Counts: how much do a few events, or a few people, vary by chance alone?"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import stats


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRatio:
    """Two rates of events per exposure, compared.

    Attributes
    ----------
    ratio : float or None
        Target's rate over the comparator's; None where the comparator had no event.
    conf_low, conf_high : float
        Exact bounds; ``inf`` where the data set no upper limit.
    p_value : float
        Two-sided, twice the smaller tail, so that it agrees with the interval.
    """

    ratio: float | None
    conf_low: float
    conf_high: float
    p_value: float


def poisson_interval(events: int, conf_level: float = 0.95) -> tuple[float, float]:
    """Return the exact interval for the mean behind a count (Garwood 1936).

    >>> [round(bound, 1) for bound in poisson_interval(19)]
    [11.4, 29.7]
    >>> [round(bound, 2) for bound in poisson_interval(0)]
    [0.0, 3.69]
    """
    _require(events >= 0, "events cannot be negative")
    tail = _tail(conf_level)
    low = float(stats.chi2.ppf(tail, 2 * events)) / 2 if events > 0 else 0.0
    return low, float(stats.chi2.isf(tail, 2 * events + 2)) / 2


def poisson_rate(
    events: int, exposure: float, conf_level: float = 0.95
) -> tuple[float, float, float]:
    """Return events per unit of exposure with its exact bounds.

    >>> [round(number, 3) for number in poisson_rate(19, 240.0)]
    [0.079, 0.048, 0.124]
    """
    _require(exposure > 0, "exposure must be positive")
    low, high = poisson_interval(events, conf_level)
    return events / exposure, low / exposure, high / exposure


def wilson_interval(successes: int, n: int, conf_level: float = 0.95) -> tuple[float, float]:
    """Return the score interval for a share (Wilson 1927).

    >>> [round(100 * bound, 1) for bound in wilson_interval(450, 3000)]
    [13.8, 16.3]
    >>> [round(bound, 3) for bound in wilson_interval(0, 10)]
    [0.0, 0.278]
    """
    _require(n > 0 and 0 <= successes <= n, "successes must lie between 0 and n, n above 0")
    return wilson_bounds(successes / n, n, float(stats.norm.isf(_tail(conf_level))))


def wilson_bounds(share: float, n: float, z: float) -> tuple[float, float]:
    """Return Wilson bounds for an observed share; ``n`` may be an effective size."""
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    # Rounding would otherwise put the bound for none of n a hair from 0, and of all from 1.
    low = 0.0 if share == 0 else max(centre - half, 0.0)
    return low, 1.0 if share == 1 else min(centre + half, 1.0)


def normal_variation_band(
    mean: float, level: float = 0.95, overdispersion_share: float = 0.0
) -> tuple[int, int]:
    """Return the whole-number band that holds ``level`` of years like this one.

    Parameters
    ----------
    mean : float
        Expected events a year.
    overdispersion_share : float
        Standard deviation between years as a share of the mean, beyond Poisson; the
        years are then negative binomial.

    >>> normal_variation_band(18.8)
    (11, 28)
    >>> normal_variation_band(18.8, overdispersion_share=0.2)
    (9, 31)
    >>> normal_variation_band(0.0)
    (0, 0)
    """
    _require(mean >= 0 and overdispersion_share >= 0, "mean and overdispersion must be >= 0")
    tail = _tail(level)
    if mean == 0:
        return 0, 0
    if overdispersion_share == 0:
        years = stats.poisson(mean)
    else:
        size = 1 / overdispersion_share**2
        years = stats.nbinom(size, size / (size + mean))
    return int(years.ppf(tail)), int(years.ppf(1 - tail))


def rate_ratio(
    events_target: int,
    exposure_target: float,
    events_comparator: int,
    exposure_comparator: float,
    conf_level: float = 0.95,
) -> RateRatio:
    """Compare two Poisson rates exactly, given their total (Przyborowski & Wilenski 1940).

    Equal rates send each event to the target with probability equal to its share of the
    exposure; Clopper-Pearson bounds for that share become bounds for the ratio.

    >>> found = rate_ratio(19, 12.0, 10, 12.0)
    >>> round(found.ratio, 2), round(found.conf_low, 2), round(found.conf_high, 2)
    (1.9, 0.84, 4.57)
    """
    _require(min(events_target, events_comparator) >= 0, "events cannot be negative")
    _require(min(exposure_target, exposure_comparator) > 0, "exposure must be positive")
    total = events_target + events_comparator
    scale = exposure_comparator / exposure_target
    tail = _tail(conf_level)
    low, high = 0.0, 1.0
    if events_target > 0:
        low = float(stats.beta.ppf(tail, events_target, events_comparator + 1))
    if events_comparator > 0:
        high = float(stats.beta.isf(tail, events_target + 1, events_comparator))
    among = stats.binom(total, exposure_target / (exposure_target + exposure_comparator))
    smaller_tail = min(float(among.cdf(events_target)), float(among.sf(events_target - 1)))
    return RateRatio(
        ratio=events_target / events_comparator * scale if events_comparator > 0 else None,
        conf_low=low / (1 - low) * scale,
        conf_high=high / (1 - high) * scale if high < 1 else math.inf,
        p_value=min(1.0, 2 * smaller_tail),
    )


def smallest_detectable_difference(
    n1: float, n0: float, p: float, power: float = 0.8, alpha: float = 0.05
) -> float:
    """Return the difference between two shares that would be seen with this power.

    Parameters
    ----------
    n1, n0 : float
        People per arm; effective sizes where weighted.
    p : float
        Share expected in both arms together.

    Returns
    -------
    float
        In shares; capped at 1, where nothing could be seen.

    >>> round(100 * smallest_detectable_difference(34, 34, 0.35))
    32
    >>> round(100 * smallest_detectable_difference(100, 100, 0.35))
    19
    """
    _require(min(n1, n0) > 0 and 0 <= p <= 1, "n must be positive and p a share")
    spread = math.sqrt(p * (1 - p) * (1 / n1 + 1 / n0))
    return min(1.0, _reach(power, alpha) * spread)


def n_per_arm_for(difference: float, p: float, power: float = 0.8, alpha: float = 0.05) -> int:
    """Return how many people each arm needs for a difference between shares to be seen.

    >>> n_per_arm_for(0.10, 0.35)
    358
    >>> n_per_arm_for(-0.05, 0.45)
    1555
    """
    _require(difference != 0 and 0 < p < 1, "difference must not be 0, and p lie inside (0, 1)")
    return math.ceil(2 * p * (1 - p) * (_reach(power, alpha) / difference) ** 2)


def _reach(power: float, alpha: float) -> float:
    _require(0 < power < 1 and 0 < alpha < 1, "power and alpha must lie inside (0, 1)")
    return float(stats.norm.isf(alpha / 2) + stats.norm.ppf(power))


def _tail(conf_level: float) -> float:
    _require(0 < conf_level < 1, "the level must lie inside (0, 1)")
    return (1 - conf_level) / 2


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise ValueError(message)
