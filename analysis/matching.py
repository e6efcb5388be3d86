"""Matching: what is the difference between people who were alike in every recorded respect?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utfall.analysis.covariates import DesignMatrix
from utfall.analysis.determinism import countable
from utfall.analysis.inference import Floats, t_interval
from utfall.analysis.propensity import fit_propensity
from utfall.analysis.regression import Family, standardise
from utfall.analysis.results import Estimate, NotEstimable
from utfall.analysis.sample import Sample, checked, is_sound, prepare
from utfall.analysis.vocabulary import Estimand

#: A column with more distinct values than this is cut into equally filled bands.
MOST_LEVELS = 6
#: Least share of the people that the estimand is about who must find a match.
LEAST_MATCHED = 0.5
#: Distance between scores below which two are the same.
TIED = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """Contrast between the target's people and their nearest comparators.

    Attributes
    ----------
    estimate, std_error : float
        Abadie & Imbens (2006), for the population's effect on the target's people.
    n_used : int
        Comparators used at least once.
    """

    estimate: float
    std_error: float
    n_used: int


def coarsened(values: Floats, bands: int = MOST_LEVELS) -> NDArray[np.int64]:
    """Return a group number for each row: rows alike in all columns, numbers in bands.

    Columns with few distinct values are taken as they are, the others cut at their
    quantiles (coarsened exact matching; Iacus, King & Porro 2012).

    >>> coarsened(np.array([[0.0, 1.0], [0.0, 2.0], [0.0, 1.0]])).tolist()
    [0, 1, 0]
    """
    columns = []
    for column in values.T:
        levels = np.unique(column)
        if len(levels) > bands:
            cuts = np.unique(np.quantile(column, np.arange(1, bands) / bands))
            columns.append(np.searchsorted(cuts, column, side="right"))
        else:
            columns.append(np.searchsorted(levels, column))
    if not columns:
        return np.zeros(len(values), dtype=np.int64)
    together = np.column_stack(columns)
    return np.unique(together, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)


def matched_rows(treated: NDArray[np.bool_], values: Floats) -> NDArray[np.bool_]:
    """Return which rows are in a group that holds people of both arms.

    >>> matched_rows(np.array([True, False, True]), np.array([[0.0], [0.0], [1.0]])).tolist()
    [True, True, False]
    """
    group = coarsened(standardise(values)[0])
    both = [np.bincount(group[arm], minlength=group.max() + 1) > 0 for arm in (treated, ~treated)]
    found: NDArray[np.bool_] = (both[0] & both[1])[group]
    return found


def coarsened_matching(
    y: NDArray[Any],
    treated: NDArray[np.bool_],
    x: Floats | DesignMatrix,
    estimand: Estimand,
    *,
    family: Family,
    conf_level: float = 0.95,
    clusters: NDArray[Any] | None = None,
    bands: int = MOST_LEVELS,
) -> Estimate | NotEstimable:
    """Return the average difference within groups of people who were alike.

    Every group with people of both arms counts by the people whom the estimand is about
    (ato: by how much the two arms can tell there), so that ties and the order of rows play
    no part. ``method`` says how many of those people found a match; the answer is about
    them alone. Errors: variance within groups, pooled over each arm, plus that of the
    differences between groups; t on the pooled degrees of freedom.

    Returns
    -------
    Estimate or NotEstimable
        ``few_matches`` where fewer than half found a match, ``no_spread`` where no group
        holds two people of one arm, ``clusters_not_supported``.
    """
    sample = prepare(y, treated, x, estimand, family, conf_level, clusters)
    if isinstance(sample, NotEstimable):
        return sample
    if sample.clusters is not None:
        return NotEstimable("clusters_not_supported")
    group = coarsened(sample.design[:, 1:], bands)
    return checked(_within_groups(sample, group))


def _within_groups(sample: Sample, group: NDArray[np.int64]) -> Estimate | NotEstimable:
    sizes, sums, squares = (
        np.array([np.bincount(group[a], weights=v[a], minlength=group.max() + 1)
                  for a in sample.arms])
        for v in (np.ones(len(sample.y)), sample.y, sample.y**2)
    )  # fmt: skip
    both = (sizes > 0).all(axis=0)
    about = _about(sizes, sample.estimand)
    people = sizes.sum(axis=0) if sample.estimand == "ato" else about
    matched = float(people[both].sum() / people.sum())
    if matched < LEAST_MATCHED:
        return NotEstimable("few_matches")
    share = about[both] / about[both].sum()
    n, means = sizes[:, both], sums[:, both] / sizes[:, both]
    within = squares[:, both].sum(axis=1) - (n * means**2).sum(axis=1)
    spare = n.sum(axis=1) - n.shape[1]
    if (spare < 1).any():
        return NotEstimable("no_spread")
    pooled = np.maximum(within, 0.0) / spare
    parts = pooled * (share**2 / n).sum(axis=1)
    gaps = means[0] - means[1]
    estimate = float(share @ gaps)
    between = float((gaps - estimate) ** 2 @ (n * _pull(n, sample.estimand) ** 2).sum(axis=0))
    between = between / float(about[both].sum()) ** 2
    std_error = float(np.sqrt(parts.sum() + between))
    if not is_sound(estimate, std_error, sample.y):
        return NotEstimable("no_spread")
    df = float(parts.sum() ** 2 / (parts**2 / spare).sum()) if parts.sum() > 0 else np.inf
    low, high, p_value = t_interval(estimate, std_error, df, sample.conf_level)
    if sample.family == "binomial":
        low, high = max(low, -1.0), min(high, 1.0)
    return Estimate(
        estimate=estimate,
        std_error=std_error,
        conf_low=low,
        conf_high=high,
        p_value=p_value,
        mean_target=float(share @ means[0]),
        mean_comparator=float(share @ means[1]),
        n_target=int(n[0].sum()),
        n_comparator=int(n[1].sum()),
        method=f"coarsened exact matching, {matched:.0%} matched; pooled within-group error, t",
    )


def _about(sizes: Floats, estimand: Estimand) -> Floats:
    target: Floats = sizes[0]
    comparator: Floats = sizes[1]
    if estimand == "att":
        return target
    if estimand == "atc":
        return comparator
    if estimand == "ate":
        return target + comparator
    overlap: Floats = target * comparator / np.maximum(target + comparator, 1.0)
    return overlap


def _pull(sizes: Floats, estimand: Estimand) -> Floats:
    """Return how much one person more in each arm adds to what its group counts by.

    Who the estimand is about varies from draw to draw: for the target's people only as they
    are drawn, however many comparators there are.
    """
    if estimand in ("att", "atc"):
        own = np.array([1.0, 0.0] if estimand == "att" else [0.0, 1.0])
        return np.asarray(np.broadcast_to(own[:, None], sizes.shape), dtype=np.float64)
    if estimand == "ate":
        return np.ones_like(sizes)
    found: Floats = (sizes[::-1] / sizes.sum(axis=0)) ** 2
    return found


def nearest_neighbours(
    y: Floats, treated: NDArray[np.bool_], score: Floats, *, matches: int = 1
) -> Neighbours | NotEstimable:
    """Match each of the target's people to the nearest comparators, all ties averaged.

    With replacement. Which of several equally near comparators is taken must not decide
    the answer: implementations that take the first, or a random one, differ by hundreds
    of dollars on the National Supported Work data.

    Parameters
    ----------
    score : (n,) ndarray
        Distance is measured along it, such as the linear propensity predictor.
    """
    y, score = np.asarray(y, dtype=float), np.asarray(score, dtype=float)
    target, comparator = np.flatnonzero(treated), np.flatnonzero(~treated)
    if len(target) < 2 or len(comparator) < max(matches, 2):
        return NotEstimable("too_few")
    if not countable(y, score):
        return NotEstimable("not_finite")
    tolerance = TIED * max(float(np.ptp(score)), 1e-300)
    use, squared = np.zeros(len(comparator)), np.zeros(len(comparator))
    gaps, noise = np.empty(len(target)), 0.0
    for place, person in enumerate(target):
        distance = np.abs(score[comparator] - score[person])
        reach = np.partition(distance, matches - 1)[matches - 1] + tolerance
        near = distance <= reach
        pairs = y[person] - y[comparator[near]]
        gaps[place], mean_square = pairs.mean(), float((pairs**2).mean())
        noise += mean_square
        use[near] += 1 / near.sum()
        squared[near] += 1 / near.sum() ** 2
    estimate = float(gaps.mean())
    # Given the score, a matched pair differs by two people's own variation.
    variance = 0.5 * (noise / len(target) - estimate**2)
    spread = float(((gaps - estimate) ** 2).sum() + variance * (use**2 - squared).sum())
    return Neighbours(
        estimate=estimate,
        std_error=float(np.sqrt(spread)) / len(target),
        n_used=int((use > 0).sum()),
    )


def matched_neighbours(
    y: NDArray[Any],
    treated: NDArray[np.bool_],
    x: Floats | DesignMatrix,
    *,
    family: Family,
    conf_level: float = 0.95,
) -> Estimate | NotEstimable:
    """Return the contrast with the nearest comparators along the propensity's linear part.

    About the target's people, one neighbour each and all ties averaged. The score is taken
    as given, which for these people can make the error too small as well as too large.

    Returns
    -------
    Estimate or NotEstimable
        The refusals of every estimator, ``separation``, and those of ``nearest_neighbours``.
    """
    sample = prepare(y, treated, x, "att", family, conf_level, None)
    if isinstance(sample, NotEstimable):
        return sample
    fitted = fit_propensity(sample.treated, sample.design[:, 1:])
    if isinstance(fitted, NotEstimable):
        return fitted
    if fitted.is_separated:
        return NotEstimable("separation")
    along = np.log(fitted.scores / (1 - fitted.scores))
    found = nearest_neighbours(sample.y, sample.treated, along)
    if isinstance(found, NotEstimable):
        return found
    if not is_sound(found.estimate, found.std_error, sample.y):
        return NotEstimable("no_spread")
    low, high, p_value = t_interval(found.estimate, found.std_error, np.inf, conf_level)
    mean = float(sample.y[sample.treated].mean())
    return checked(
        Estimate(
            estimate=found.estimate,
            std_error=found.std_error,
            conf_low=low,
            conf_high=high,
            p_value=p_value,
            mean_target=mean,
            mean_comparator=mean - found.estimate,
            n_target=int(sample.treated.sum()),
            n_comparator=found.n_used,
            method="nearest neighbour by propensity, ties averaged; Abadie-Imbens, normal",
        )
    )
