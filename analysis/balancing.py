"""Balancing: can one arm be weighted until its people are, on average, those of the other?"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from utfall.analysis.covariates import DesignMatrix
from utfall.analysis.determinism import single_thread
from utfall.analysis.estimators import Measure, contrast, score_layer
from utfall.analysis.inference import Floats, Mean, Scores, inflate
from utfall.analysis.regression import Family, independent_columns
from utfall.analysis.results import Estimate, NotEstimable
from utfall.analysis.sample import Sample, prepare, unvarying_arm
from utfall.analysis.vocabulary import Estimand
from utfall.analysis.weights import target_share, target_share_slope

#: Largest gap left between weighted means and their target, in standard deviations.
LARGEST_GAP = 1e-8
MOST_STEPS = 200


def entropy_balancing(
    y: NDArray[Any],
    treated: NDArray[np.bool_],
    x: Floats | DesignMatrix,
    estimand: Estimand,
    *,
    family: Family,
    conf_level: float = 0.95,
    clusters: NDArray[Any] | None = None,
    small_sample: bool = True,
    measure: Measure = "difference",
) -> Estimate | NotEstimable:
    """Return the difference between arms weighted to exactly the same covariate means.

    Hainmueller (2012): of all weights that give each arm the means of the population that
    the estimand is about, those nearest to equal. The weights are then measured against
    their promise: where no weights can keep it an optimiser may still call itself done,
    and the estimate is refused (``not_balanceable``). The error knows that the weights
    were estimated (stacked equations), and for ato that the target was.
    """
    sample = prepare(
        y, treated, x, estimand, family, conf_level, clusters, small_sample=small_sample,
        count_equal=True,
    )  # fmt: skip
    if isinstance(sample, NotEstimable):
        return sample
    if problem := unvarying_arm(sample):
        return problem
    with single_thread(), np.errstate(all="ignore"):
        layer = score_layer(sample) if estimand == "ato" else None
        if isinstance(layer, NotEstimable):
            return layer
        aim, aim_influence = _aim(sample, layer)
        means, weight = [], np.zeros(len(sample.y))
        for arm in sample.arms:
            found = entropy_weights(sample.design[arm, 1:], aim, sample.count[arm])
            if isinstance(found, NotEstimable):
                return found
            weight[arm] = found
            means.append(_balanced_mean(sample, arm, weight, aim, aim_influence))
        return contrast(sample, means, weight, "entropy balancing on covariate means", measure)


def _aim(sample: Sample, layer: Scores | None) -> tuple[Floats, Floats]:
    """Return the population's covariate means and each row's influence on them."""
    values, count = sample.design[:, 1:], sample.count
    if layer is not None:
        share = target_share(layer.scores, "ato")
    else:
        share = {
            "ate": np.ones(len(values)),
            "att": sample.treated.astype(float),
            "atc": (~sample.treated).astype(float),
        }[sample.estimand]
    total = float(count @ share)
    aim = (count * share) @ values / total
    away = values - aim
    influence = share[:, None] * away / total
    if layer is not None:
        turn = (count * target_share_slope(layer.scores, "ato"))[:, None] * away
        influence = influence + layer.influence @ (layer.design.T @ turn / total)
    return aim, influence


def entropy_weights(
    values: Floats, aim: Floats, count: Floats | None = None
) -> Floats | NotEstimable:
    """Return the most even positive weights that give the columns these means.

    Parameters
    ----------
    values : (n, k) ndarray
        Columns of similar size, without intercept.
    aim : (k,) ndarray
    count : (n,) ndarray, optional
        People that each row is.

    Returns
    -------
    (n,) ndarray or NotEstimable
        Weights of mean 1 over people; ``not_balanceable`` where none reach the aim, and
        ``rank_deficient`` where a column does not vary or repeats others within the arm.

    >>> entropy_weights(np.array([[0.0], [1.0]]), np.array([0.75])).round(3).tolist()
    [0.5, 1.5]
    """
    people = np.ones(len(values)) if count is None else count
    if values.shape[1] == 0:
        return np.ones(len(values))
    away = values - aim
    if len(independent_columns(np.column_stack([np.ones(len(values)), values]))) <= len(aim):
        return NotEstimable("rank_deficient" if np.abs(away).max() > 0 else "no_spread")
    slope = np.zeros(len(aim))
    for _ in range(MOST_STEPS):
        weight = _tilted(away, slope, people)
        gap = (people * weight) @ away
        if np.abs(gap).max() < LARGEST_GAP / 100:
            break
        spread = (away * (people * weight)[:, None]).T @ away - np.outer(gap, gap)
        slope = slope + _damped(away, slope, people, _solved(spread, -gap))
    weight = _tilted(away, slope, people)
    if not np.isfinite(weight).all() or np.abs((people * weight) @ away).max() > LARGEST_GAP:
        return NotEstimable("not_balanceable")
    found: Floats = weight * people.sum()
    return found


def _tilted(away: Floats, slope: Floats, people: Floats) -> Floats:
    linear = away @ slope
    weight = np.exp(linear - linear.max())
    found: Floats = weight / (people @ weight)
    return found


def _solved(matrix: Floats, right: Floats) -> Floats:
    ridge = 1e-12 * max(float(np.trace(matrix)), 1e-300) * np.eye(len(matrix))
    if not np.isfinite(matrix).all():
        return np.full(len(right), np.nan)
    try:
        return np.asarray(np.linalg.solve(matrix + ridge, right), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.full(len(right), np.nan)


def _damped(away: Floats, slope: Floats, people: Floats, step: Floats) -> Floats:
    """Return the step, halved until the dual falls; the dual is convex, so it can."""

    def dual(at: Floats) -> float:
        linear = away @ at
        top = linear.max()
        return float(top + np.log(people @ np.exp(linear - top)))

    if not np.isfinite(step).all():
        return np.zeros(len(step))
    here = dual(slope)
    for _ in range(40):
        if dual(slope + step) <= here + 1e-15:
            return step
        step = step / 2
    return np.zeros(len(step))


def _balanced_mean(
    sample: Sample, arm: NDArray[np.bool_], weight: Floats, aim: Floats, aim_influence: Floats
) -> Mean:
    """Return the weighted mean; its influence is that of a regression on the balanced terms."""
    inside = np.where(arm, weight, 0.0)
    whole = sample.count * inside
    total = whole.sum()
    value = float(whole @ sample.y / total)
    away = sample.design[:, 1:] - aim
    spread = (away * whole[:, None]).T @ away / total
    inverse = scipy.linalg.pinvh(spread)
    slope = inverse @ (away.T @ (whole * (sample.y - value)) / total)
    leverage = inside / total * (1 + ((away @ inverse) * away).sum(axis=1))
    residual = sample.y - value - away @ slope
    swollen = inflate(residual, np.minimum(leverage, 1.0), sample.small_sample)
    return Mean(value, inside * swollen / total + aim_influence @ slope)
