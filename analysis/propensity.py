"""Propensity: how likely was each person to enter the target, given what was known then?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from utfall.analysis.regression import Fit, Floats, fit, standardise, with_intercept
from utfall.analysis.results import NotEstimable


@dataclass(frozen=True, slots=True)
class PropensityFit:
    """Logit of assignment on the declared terms.

    Attributes
    ----------
    scores : (n,) ndarray
        Estimated probability of the target, rows as given.
    coefficients, std_errors : (k + 1,) ndarray
        Intercept first, per unit of each column as given.
    converged : bool
    is_separated : bool
        Some covariate pattern tells the arms apart with certainty; scores then have no
        finite estimate and must not be used.
    """

    scores: Floats
    coefficients: Floats
    std_errors: Floats
    converged: bool
    is_separated: bool


def fit_propensity(treated: NDArray[np.bool_], x: Floats) -> PropensityFit | NotEstimable:
    """Fit assignment on covariates.

    Parameters
    ----------
    treated : (n,) ndarray of bool
    x : (n, k) ndarray
        Without intercept.

    Returns
    -------
    PropensityFit or NotEstimable
        ``one_arm``, ``not_finite``, ``rank_deficient`` or ``too_many_terms``. A separated
        fit is returned and says so, since the overlap gate must be able to show it.

    >>> found = fit_propensity(np.array([1, 1, 0, 0], dtype=bool), np.empty((4, 0)))
    >>> found.scores.round(6).tolist()
    [0.5, 0.5, 0.5, 0.5]
    """
    if treated.all() or not treated.any():
        return NotEstimable("one_arm")
    standard, centre, spread = standardise(x)
    if not np.isfinite(standard).all():
        return NotEstimable("not_finite")
    design = with_intercept(standard)
    found = fit(treated.astype(float), design, "binomial")
    if isinstance(found, NotEstimable):
        return found
    return _on_given_scale(found, design, centre, spread)


def _on_given_scale(found: Fit, design: Floats, centre: Floats, spread: Floats) -> PropensityFit:
    to_given = np.diag(np.concatenate([[1.0], 1 / spread]))
    to_given[0, 1:] = -centre / spread
    covariance = to_given @ found.inverse_information @ to_given.T
    return PropensityFit(
        scores=found.mean(design),
        coefficients=to_given @ found.coefficients,
        std_errors=np.sqrt(np.maximum(np.diag(covariance), 0.0)),
        converged=found.is_converged,
        is_separated=found.is_separated,
    )
