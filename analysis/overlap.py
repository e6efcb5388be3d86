"""Overlap: for how many people was either programme a real possibility?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from utfall.analysis.description_rows import OverlapBin
from utfall.analysis.protocol import Protocol
from utfall.analysis.weights import effective_sample_size, largest_share, weights

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: Walker et al. 2013: empirical equipoise is the share with a preference score in this band.
EQUIPOISE = (0.3, 0.7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """What the propensity scores say about comparability, for one estimand.

    Attributes
    ----------
    equipoise : float
        Share of all people with a preference score between 0.3 and 0.7.
    ess_target, ess_comparator : float
        Effective sample size of each arm under the estimand's weights, in people.
    largest_weight : float
        Largest share of an arm's weight that one person carries.
    largest_limit : float
        The declared limit, or three people's worth in a small arm.
    smaller_arm : int
        People in the smaller arm.
    is_separated : bool
        The covariates tell the arms apart perfectly; no score is meaningful.
    """

    equipoise: float
    ess_target: float
    ess_comparator: float
    largest_weight: float
    largest_limit: float
    smaller_arm: int
    is_separated: bool


def preference_score(scores: Floats, share_target: float) -> Floats:
    """Return propensity scores freed from how common the target programme is.

    >>> float(preference_score(np.array([0.1]), 0.1).round(6)[0])
    0.5
    """
    clipped = np.clip(scores, 1e-12, 1 - 1e-12)
    logit = np.log(clipped / (1 - clipped)) - np.log(share_target / (1 - share_target))
    return np.asarray(1 / (1 + np.exp(-logit)), dtype=np.float64)


def measure_overlap(scores: Floats, treated: Flags, protocol: Protocol) -> Overlap:
    """Return the overlap statistics that G3 judges.

    Parameters
    ----------
    scores : ndarray of shape (n,)
        Probability of the target programme given the covariates.
    treated : bool ndarray of shape (n,)
        Whether each person was in the target programme.
    """
    weight = weights(scores, treated, protocol.estimand)
    smaller = int(min(treated.sum(), (~treated).sum()))
    preference = preference_score(scores, float(treated.mean()))
    within = (preference >= EQUIPOISE[0]) & (preference <= EQUIPOISE[1])
    return Overlap(
        equipoise=float(within.mean()),
        ess_target=effective_sample_size(weight[treated]),
        ess_comparator=effective_sample_size(weight[~treated]),
        largest_weight=max(largest_share(weight[treated]), largest_share(weight[~treated])),
        largest_limit=max(protocol.thresholds.largest_weight, 3 / max(smaller, 1)),
        smaller_arm=smaller,
        is_separated=False,
    )


def separated(treated: Flags, protocol: Protocol) -> Overlap:
    """Return what is known where the covariates tell the arms apart: no score is meaningful."""
    return Overlap(
        equipoise=0.0,
        ess_target=0.0,
        ess_comparator=0.0,
        largest_weight=1.0,
        largest_limit=protocol.thresholds.largest_weight,
        smaller_arm=int(min(treated.sum(), (~treated).sum())),
        is_separated=True,
    )


def overlap_bins(scores: Floats, treated: Flags, n_bins: int = 10) -> tuple[OverlapBin, ...]:
    """Count people of each arm by band of preference score, for the mirrored figure."""
    preference = preference_score(scores, float(treated.mean()))
    edges = np.linspace(0, 1, n_bins + 1)
    target = np.histogram(preference[treated], edges)[0]
    comparator = np.histogram(preference[~treated], edges)[0]
    return tuple(
        OverlapBin(
            low=float(edges[i]),
            high=float(edges[i + 1]),
            n_target=int(target[i]),
            n_comparator=int(comparator[i]),
        )
        for i in range(n_bins)
    )
