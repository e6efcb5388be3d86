"""Sites: how far does each lie from the others, once chance has had its share?

No ranks: at municipal size the order of sites is mostly chance. A site gets its own interval,
limits that chance alone would give, and the probability of lying beyond a margin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from utfall.analysis.determinism import countable
from utfall.analysis.inference import Floats
from utfall.analysis.results import NotEstimable

#: Sites below which their spread cannot be told.
FEWEST_SITES = 3
#: Variance below which a site's error is nothing that can be divided by.
SMALLEST = 1e-200
#: Spreads between sites that are averaged over.
SPREADS = 80
#: Share of the most extreme sites pulled in before overdispersion is measured.
WINSORISED = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """Site means drawn towards the whole by how uncertain each is.

    Attributes
    ----------
    mean, mean_error : float
        Of the sites' own true means.
    spread : float
        Standard deviation between sites beyond chance (restricted maximum likelihood, its
        most likely value; everything else averages over the spreads).
    shrunk, conf_low, conf_high : (g,) ndarray
        Posterior mean and interval of each site.
    beyond : (g,) ndarray
        Probability that a site lies more than the margin above the mean.
    below : (g,) ndarray
        The same, below it.
    """

    mean: float
    mean_error: float
    spread: float
    shrunk: Floats
    conf_low: Floats
    conf_high: Floats
    beyond: Floats
    below: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """Limits that chance gives a site of each size around the whole (Spiegelhalter 2005).

    Attributes
    ----------
    overdispersion : float
        Variance of the sites' z-scores, extremes pulled in; 1 where at most chance.
    low, high : (g,) ndarray
        Limits of each site's share, widened by overdispersion where there is any.
    is_beyond : (g,) ndarray of bool
    """

    share: float
    overdispersion: float
    low: Floats
    high: Floats
    is_beyond: NDArray[np.bool_]


def partial_pooling(
    means: NDArray[Any], errors: NDArray[Any], margin: float, *, conf_level: float = 0.95
) -> Pooled | NotEstimable:
    """Draw site means towards the whole, averaged over the spreads that the sites allow.

    Normal-normal model, flat prior on the spread. With the spread held at its estimate
    intervals of 15 sites held the truth 88 percent of the time instead of 95.

    Returns
    -------
    Pooled or NotEstimable
        ``too_few_clusters`` below three sites, ``not_finite``, ``no_spread`` where a site
        has no error.
    """
    y, error = np.asarray(means, dtype=float), np.asarray(errors, dtype=float)
    if len(y) < FEWEST_SITES:
        return NotEstimable("too_few_clusters")
    if not countable(y, error):
        return NotEstimable("not_finite")
    if (error**2 < SMALLEST).any():
        return NotEstimable("no_spread")
    at, share = _spreads(y, error)
    weight = 1 / (error**2 + at[:, None] ** 2)  # (spreads, sites)
    mean, mean_variance = weight @ y / weight.sum(axis=1), 1 / weight.sum(axis=1)
    kept = at[:, None] ** 2 * weight
    centre = mean[:, None] + kept * (y - mean[:, None])
    own = kept * error**2
    deviation = np.sqrt(own + (1 - kept) ** 2 * mean_variance[:, None])
    tail = (1 - conf_level) / 2
    away, apart = kept * (y - mean[:, None]), np.sqrt(own + kept**2 * mean_variance[:, None])
    overall = float(share @ mean)
    return Pooled(
        mean=overall,
        mean_error=float(np.sqrt(share @ (mean_variance + (mean - overall) ** 2))),
        spread=float(np.sqrt(between_variance(y, error**2))),
        shrunk=share @ centre,
        conf_low=_quantile(tail, share, centre, deviation),
        conf_high=_quantile(1 - tail, share, centre, deviation),
        beyond=share @ _above(margin, away, apart),
        below=share @ _above(margin, -away, apart),
    )


def _spreads(y: Floats, error: Floats) -> tuple[Floats, Floats]:
    """Return spreads between sites and how likely each is (restricted likelihood, flat prior)."""
    widest = 4 * float(y.std(ddof=1)) + 2 * float(error.max())
    at = widest * (np.arange(SPREADS) + 0.5) / SPREADS
    weight = 1 / (error**2 + at[:, None] ** 2)
    total = weight.sum(axis=1)
    mean = weight @ y / total
    squares = (weight * (y - mean[:, None]) ** 2).sum(axis=1)
    fit = 0.5 * (np.log(weight).sum(axis=1) - np.log(total) - squares)
    likely = np.exp(fit - fit.max())
    found: Floats = likely / likely.sum()
    return at, found


def _above(margin: float, centre: Floats, deviation: Floats) -> Floats:
    found: Floats = np.asarray(
        stats.norm.cdf((centre - margin) / np.maximum(deviation, 1e-300)), dtype=np.float64
    )
    return found


def _quantile(level: float, share: Floats, centre: Floats, deviation: Floats) -> Floats:
    """Return a quantile of each site's mixture of normals, by halving."""
    reach = 12 * deviation.max(axis=0)
    low, high = centre.min(axis=0) - reach, centre.max(axis=0) + reach
    for _ in range(42):
        middle = (low + high) / 2
        below = share @ stats.norm.cdf((middle - centre) / np.maximum(deviation, 1e-300)) < level
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    found: Floats = (low + high) / 2
    return found


def between_variance(means: Floats, variances: Floats) -> float:
    """Return the variance between sites by restricted maximum likelihood, not below 0.

    >>> between_variance(np.array([1.0, 1.0, 1.0]), np.array([0.1, 0.2, 0.1]))
    0.0
    """
    value = max(float(means.var(ddof=1) - variances.mean()), 0.0)
    for _ in range(500):
        weight = 1 / (variances + value)
        mean = weight @ means / weight.sum()
        squares = weight**2
        step = squares @ ((means - mean) ** 2 - variances) / squares.sum() + 1 / weight.sum()
        if abs(max(float(step), 0.0) - value) < 1e-14 * (1e-300 + value):
            break
        value = max(float(step), 0.0)
    return value


def funnel(
    events: NDArray[Any], people: NDArray[Any], *, level: float = 0.95
) -> Funnel | NotEstimable:
    """Return the limits within which chance alone would keep each site's share.

    Exact binomial limits around the share of all sites; where the sites vary by more than
    chance, limits from the normal with that overdispersion.

    Returns
    -------
    Funnel or NotEstimable
        ``too_few_clusters`` below three sites, ``no_rows`` where a site has nobody,
        ``constant_outcome`` where all or none had the outcome.
    """
    hits, n = np.asarray(events, dtype=float), np.asarray(people, dtype=float)
    if len(hits) < FEWEST_SITES:
        return NotEstimable("too_few_clusters")
    if not countable(hits, n):
        return NotEstimable("not_finite")
    if (n <= 0).any():
        return NotEstimable("no_rows")
    share = float(hits.sum() / n.sum())
    if share in (0.0, 1.0):
        return NotEstimable("constant_outcome")
    error = np.sqrt(share * (1 - share) / n)
    z = (hits / n - share) / error
    edge = np.quantile(z, [WINSORISED, 1 - WINSORISED])
    dispersion = max(1.0, float(np.mean(np.clip(z, *edge) ** 2)))
    tail = (1 - level) / 2
    if dispersion > 1 + 2 * np.sqrt(2 / len(z)):
        reach = float(stats.norm.isf(tail)) * np.sqrt(dispersion) * error
        low, high = np.maximum(share - reach, 0.0), np.minimum(share + reach, 1.0)
    else:
        dispersion = 1.0
        low = stats.binom.ppf(tail, n, share) / n
        high = stats.binom.ppf(1 - tail, n, share) / n
    return Funnel(
        share=share, overdispersion=dispersion, low=low, high=high,
        is_beyond=(hits / n < low) | (hits / n > high),
    )  # fmt: skip
