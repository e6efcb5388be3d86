"""Weights: whom does each person stand for, and how few carry the answer?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from utfall.analysis.vocabulary import Estimand

Floats = NDArray[np.float64]


def target_share(scores: Floats, estimand: Estimand) -> Floats:
    """Return how much each person counts in the population that the estimand is about.

    Everyone (ate), those like the target's people (att) or the comparator's (atc), or
    those who could have entered either (ato; Li, Morgan & Zaslavsky 2018).

    >>> target_share(np.array([0.2]), "ato").round(2).tolist()
    [0.16]
    """
    if estimand == "ate":
        return np.ones_like(scores)
    if estimand == "att":
        return scores
    if estimand == "atc":
        return 1 - scores
    return scores * (1 - scores)


def target_share_slope(scores: Floats, estimand: Estimand) -> Floats:
    """Return the derivative of ``target_share`` with respect to the logit of the score."""
    slope = scores * (1 - scores)
    if estimand == "ate":
        return np.zeros_like(scores)
    if estimand == "att":
        return slope
    if estimand == "atc":
        return -slope
    return slope * (1 - 2 * scores)


def weights(scores: Floats, treated: NDArray[np.bool_], estimand: Estimand) -> Floats:
    """Return inverse-probability weights that make both arms resemble one population.

    Parameters
    ----------
    scores : (n,) ndarray
        Propensity scores strictly between 0 and 1.
    treated : (n,) ndarray of bool
    estimand : {"ate", "att", "atc", "ato"}

    Raises
    ------
    ValueError
        A score is 0, 1 or not a number: such a person has no counterpart.

    >>> weights(np.array([0.25, 0.25]), np.array([True, False]), "ate").round(4).tolist()
    [4.0, 1.3333]
    >>> weights(np.array([0.25, 0.25]), np.array([True, False]), "att").round(4).tolist()
    [1.0, 0.3333]
    >>> weights(np.array([0.25, 0.25]), np.array([True, False]), "ato").round(4).tolist()
    [0.75, 0.25]
    """
    if not ((scores > 0) & (scores < 1)).all():
        raise ValueError("propensity scores must lie strictly between 0 and 1")
    return target_share(scores, estimand) / np.where(treated, scores, 1 - scores)


def weights_slope(scores: Floats, treated: NDArray[np.bool_], estimand: Estimand) -> Floats:
    """Return the derivative of ``weights`` with respect to the logit of the score."""
    own = np.where(treated, scores, 1 - scores)
    own_slope = np.where(treated, 1.0, -1.0) * scores * (1 - scores)
    share, share_slope = target_share(scores, estimand), target_share_slope(scores, estimand)
    found: Floats = (share_slope * own - share * own_slope) / own**2
    return found


def effective_sample_size(weight: Floats, count: Floats | None = None) -> float:
    """Return how many equally weighted people would be as informative (Kish 1965).

    Nobody gives 0. ``count`` is the people that carry each weight, one if absent.

    >>> effective_sample_size(np.array([1.0, 1.0, 1.0]))
    3.0
    >>> effective_sample_size(np.array([3.0, 1.0]))
    1.6
    """
    people = np.ones(len(weight)) if count is None else count
    squares = float(np.sum(people * weight**2))
    return float(np.sum(people * weight)) ** 2 / squares if squares > 0 else 0.0


def largest_share(weight: Floats) -> float:
    """Return the share of all weight that the heaviest person carries, in [0, 1].

    >>> largest_share(np.array([3.0, 1.0]))
    0.75
    """
    total = float(np.sum(weight))
    return float(np.max(weight)) / total if total > 0 else 0.0
