"""Crude: what is the plain difference, and how sure can anyone be of that much?"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from utfall.analysis.counts import wilson_bounds
from utfall.analysis.covariates import DesignMatrix
from utfall.analysis.inference import Floats, degrees_of_freedom, t_interval, variance
from utfall.analysis.regression import Family
from utfall.analysis.results import Estimate, NotEstimable, Tally
from utfall.analysis.sample import Sample, checked, is_sound, prepare, unvarying_arm
from utfall.analysis.vocabulary import Estimand

#: How the method of a difference begins that is made of counts and nothing else.
PLAIN_SHARES = "difference in shares"


def crude(
    y: NDArray[Any],
    treated: NDArray[np.bool_],
    x: Floats | DesignMatrix | None = None,
    estimand: Estimand = "ate",
    *,
    family: Family,
    conf_level: float = 0.95,
    clusters: NDArray[Any] | None = None,
) -> Estimate | NotEstimable:
    """Return the plain difference between the arms, nothing adjusted for.

    Shares: Newcombe's hybrid of two Wilson intervals (1998, method 10), which keeps its
    coverage at 20 people; unpooled standard error; the p-value is where the interval
    touches 0. Amounts: Welch's t with the HC2 variance. With clusters, both arms' sizes
    are divided by the design effect, and amounts get the cluster-robust error.

    ``x`` and ``estimand`` are taken and left alone, so that the call is every estimator's.
    """
    del x, estimand
    sample = prepare(y, treated, np.empty((len(y), 0)), "ate", family, conf_level, clusters)
    if isinstance(sample, NotEstimable):
        return sample
    with np.errstate(all="ignore"):
        return checked(_crude_share(sample) if family == "binomial" else _crude_amount(sample))


def crude_of(tally: Tally, conf_level: float = 0.95) -> Estimate:
    """Return the plain difference of two shares from their counts alone.

    Raises
    ------
    ValueError
        An arm has nobody, or more reached the outcome than there are.

    >>> found = crude_of(
    ...     Tally(n_target=40, events_target=20, n_comparator=50, events_comparator=15)
    ... )
    >>> round(found.estimate, 2), round(found.conf_low, 3), round(found.conf_high, 3)
    (0.2, -0.002, 0.384)
    """
    sizes = [tally.n_target, tally.n_comparator]
    events = [tally.events_target, tally.events_comparator]
    if not all(0 <= e <= n and n > 0 for e, n in zip(events, sizes, strict=True)):
        raise ValueError("each arm needs people, and no more who reached the outcome than those")
    shares = [e / n for e, n in zip(events, sizes, strict=True)]
    low, high = _newcombe(
        shares, [float(n) for n in sizes], float(stats.norm.isf((1 - conf_level) / 2))
    )
    error = float(np.sqrt(sum(p * (1 - p) / n for p, n in zip(shares, sizes, strict=True))))
    return Estimate(
        estimate=shares[0] - shares[1],
        std_error=error,
        conf_low=low,
        conf_high=high,
        p_value=None,
        mean_target=shares[0],
        mean_comparator=shares[1],
        n_target=sizes[0],
        n_comparator=sizes[1],
        method=f"{PLAIN_SHARES}; Newcombe hybrid score interval, unpooled error",
    )


def tally_behind(found: Estimate) -> Tally | None:
    """Return the counts that a plain difference of shares is made of; None for any other.

    Whoever knows the method can work them out from its means, so protection must as well.
    """
    if not found.method.startswith(PLAIN_SHARES):
        return None
    return Tally(
        n_target=found.n_target,
        events_target=round(found.mean_target * found.n_target),
        n_comparator=found.n_comparator,
        events_comparator=round(found.mean_comparator * found.n_comparator),
    )


def _crude_influence(sample: Sample, power: float) -> Floats:
    """Return each row's influence on the difference; power 0.5 gives HC2."""
    influence = np.zeros(len(sample.y))
    for sign, arm in zip((1.0, -1.0), sample.arms, strict=True):
        n = int(arm.sum())
        influence[arm] = sign * (sample.y[arm] - sample.y[arm].mean()) / n / (1 - 1 / n) ** power
    return influence


def _crude_amount(sample: Sample) -> Estimate | NotEstimable:
    if problem := unvarying_arm(sample):
        return problem
    means = [float(sample.y[arm].mean()) for arm in sample.arms]
    influence = _crude_influence(sample, 0.5)
    std_error = float(np.sqrt(variance(influence, sample.clusters, small_sample=True)))
    if not is_sound(means[0] - means[1], std_error, sample.y):
        return NotEstimable("no_spread")
    df = degrees_of_freedom(influence, sample.treated, np.ones(len(sample.y)), sample.clusters)
    low, high, p_value = t_interval(means[0] - means[1], std_error, df, sample.conf_level)
    name = "difference in means; Welch t, HC2"
    return _crude_result(sample, means, std_error, (low, high), p_value, name)


def _crude_share(sample: Sample) -> Estimate:
    sizes = [int(arm.sum()) for arm in sample.arms]
    shares = [float(sample.y[arm].mean()) for arm in sample.arms]
    plain = sum(p * (1 - p) / n for p, n in zip(shares, sizes, strict=True))
    deff = 1.0
    if sample.clusters is not None and plain > 0:
        clustered = variance(_crude_influence(sample, 0.0), sample.clusters, small_sample=True)
        deff = max(1.0, clustered / plain)
    effective = [n / deff for n in sizes]
    z = float(stats.norm.ppf((1 + sample.conf_level) / 2))
    low, high = _newcombe(shares, effective, z)
    std_error = float(np.sqrt(plain * deff))
    name = f"{PLAIN_SHARES}; Newcombe hybrid score interval, unpooled error"
    if any(share in (0.0, 1.0) for share in shares):
        std_error = (high - low) / (2 * z)
        name = f"{PLAIN_SHARES}; Newcombe hybrid score interval and error"
    p_value = _newcombe_p_value(shares, effective)
    return _crude_result(sample, shares, std_error, (low, high), p_value, name)


def _crude_result(
    sample: Sample,
    means: list[float],
    std_error: float,
    interval: tuple[float, float],
    p_value: float,
    name: str,
) -> Estimate:
    return Estimate(
        estimate=means[0] - means[1],
        std_error=std_error,
        conf_low=interval[0],
        conf_high=interval[1],
        p_value=p_value,
        mean_target=means[0],
        mean_comparator=means[1],
        n_target=int(sample.treated.sum()),
        n_comparator=int((~sample.treated).sum()),
        method=name + (", clustered" if sample.clusters is not None else ""),
    )


def _newcombe(shares: list[float], sizes: list[float], z: float) -> tuple[float, float]:
    (one, zero), (n_one, n_zero) = shares, sizes
    low_one, high_one = wilson_bounds(one, n_one, z)
    low_zero, high_zero = wilson_bounds(zero, n_zero, z)
    below = np.hypot(one - low_one, high_zero - zero)
    above = np.hypot(high_one - one, zero - low_zero)
    return float(one - zero - below), float(one - zero + above)


def _newcombe_p_value(shares: list[float], sizes: list[float]) -> float:
    difference = shares[0] - shares[1]
    if difference == 0:
        return 1.0

    def nearest_bound(z: float) -> float:
        low, high = _newcombe(shares, sizes, z)
        return low if difference > 0 else high

    farthest = 40.0
    if nearest_bound(farthest) * difference > 0:
        return 0.0
    touching = optimize.brentq(nearest_bound, 1e-12, farthest, xtol=1e-14)
    return float(2 * stats.norm.sf(touching))
