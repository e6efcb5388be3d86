"""Regression: can this model be fitted at all, and if so what does it predict?"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import scipy.linalg
from numpy.typing import NDArray
from scipy.special import expit

from utfall.analysis.determinism import single_thread
from utfall.analysis.results import NotEstimable

Family = Literal["binomial", "gaussian"]
Floats = NDArray[np.float64]

#: A fitted probability this near 0 or 1 is certainty, which no finite sample gives.
CERTAINTY = 1e-8
#: Logit standard error per standard deviation of a term beyond which the term has run away.
RUNAWAY_ERROR = 50.0
#: A column whose part outside the earlier ones is smaller than this share of it is collinear.
COLLINEAR = 1e-7


@dataclass(frozen=True, slots=True)
class Fit:
    """One generalised linear model with its canonical link.

    Attributes
    ----------
    coefficients : (p,) ndarray
        On the design as given, intercept included where the design has one.
    inverse_information : (p, p) ndarray
        Inverse of the sum of x x' v, v being the derivative of the mean.
    leverage : (n,) ndarray
        Share of its own fitted value that each row decides, in [0, 1].
    is_separated, is_converged : bool
        Whether probabilities ran to 0 or 1, and whether iteration settled.
    """

    family: Family
    coefficients: Floats
    inverse_information: Floats
    leverage: Floats
    is_separated: bool = False
    is_converged: bool = True

    def mean(self, design: Floats) -> Floats:
        """Return the predicted mean of each row of a design with the same columns."""
        linear = design @ self.coefficients
        return linear if self.family == "gaussian" else expit(linear)

    def slope(self, design: Floats) -> Floats:
        """Return the derivative of each predicted mean with respect to its linear part."""
        if self.family == "gaussian":
            return np.ones(len(design))
        mean = self.mean(design)
        return mean * (1 - mean)


def with_intercept(values: Floats) -> Floats:
    """Return the design with a leading column of ones.

    >>> with_intercept(np.array([[2.0], [3.0]])).tolist()
    [[1.0, 2.0], [1.0, 3.0]]
    """
    return np.column_stack([np.ones(len(values)), values])


def independent_columns(design: Floats, tolerance: float = COLLINEAR) -> list[int]:
    """Return the columns that are not combinations of earlier ones, in their order.

    Orthogonalisation that keeps the declared order, as R's ``lm`` does: ordinary column
    pivoting chooses between twins by rounding error, so that row order would decide
    which declared term is dropped.

    >>> independent_columns(np.array([[1.0, 2.0, 0.0], [1.0, 2.0, 1.0]]))
    [0, 2]
    """
    basis = np.empty((len(design), 0))
    kept = []
    for index, column in enumerate(design.T):
        remainder = column - basis @ (basis.T @ column)
        remainder = remainder - basis @ (basis.T @ remainder)
        size = float(np.linalg.norm(remainder))
        if size > tolerance * float(np.linalg.norm(column)) and size > 0:
            basis = np.column_stack([basis, remainder / size])
            kept.append(index)
    return kept


def standardise(values: Floats, count: Floats | None = None) -> tuple[Floats, Floats, Floats]:
    """Return columns with mean 0 and standard deviation 1, their means and deviations.

    A constant column is only centred; one too large to square becomes not a number.
    ``count`` says how many people each row is.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        if count is None or (count == 1).all():
            centre, spread = values.mean(axis=0), values.std(axis=0)
        else:
            centre = count @ values / count.sum()
            spread = np.sqrt(count @ (values - centre) ** 2 / count.sum())
            spread = np.where(np.ptp(values, axis=0) > 0, spread, 0.0)
    spread = np.where(np.isfinite(spread), np.where(spread > 0, spread, 1.0), np.nan)
    return (values - centre) / spread, centre, spread


def fit(
    outcome: Floats, design: Floats, family: Family, count: Floats | None = None
) -> Fit | NotEstimable:
    """Fit outcome on design by maximum likelihood.

    Parameters
    ----------
    outcome : (n,) ndarray
        0 or 1 for the binomial family.
    design : (n, p) ndarray
        With its intercept; columns of similar size.
    family : {"binomial", "gaussian"}
    count : (n,) ndarray, optional
        People that each row is; one each if absent. The fit is that on one row a person.

    Returns
    -------
    Fit or NotEstimable
        ``too_many_terms`` where rows do not outnumber columns, ``rank_deficient`` where
        a column is a combination of others. Separation is reported on the fit.
    """
    terms = design.shape[1]
    people = np.ones(len(outcome)) if count is None else count
    if people.sum() <= terms:
        return NotEstimable("too_many_terms")
    with single_thread():
        if len(independent_columns(design)) < terms:
            return NotEstimable("rank_deficient")
        if family == "gaussian":
            return _least_squares(outcome, design, people)
        return _logit(outcome, design, people)


def _least_squares(outcome: Floats, design: Floats, count: Floats) -> Fit:
    root = np.sqrt(count)
    orthogonal, upper = scipy.linalg.qr(design * root[:, None], mode="economic")
    inverse = scipy.linalg.solve_triangular(upper, np.eye(upper.shape[0]))
    return Fit(
        family="gaussian",
        coefficients=inverse @ (orthogonal.T @ (outcome * root)),
        inverse_information=inverse @ inverse.T,
        leverage=np.minimum((orthogonal**2).sum(axis=1) / count, 1.0),
    )


def _logit(outcome: Floats, design: Floats, count: Floats) -> Fit:
    coefficients, is_converged, was_warned = _statsmodels_logit(outcome, design, count)
    if not np.isfinite(coefficients).all():
        nothing = np.zeros((design.shape[1], design.shape[1]))
        return Fit(
            family="binomial", coefficients=coefficients, inverse_information=nothing,
            leverage=np.ones(len(outcome)), is_separated=True, is_converged=False,
        )  # fmt: skip
    mean = expit(design @ coefficients)
    slope = mean * (1 - mean)
    half = design * np.sqrt(slope)[:, None]
    inverse = scipy.linalg.pinvh((half * count[:, None]).T @ half)
    errors = np.sqrt(np.maximum(np.diag(inverse), 0.0))
    is_certain = min(mean.min(), (1 - mean).min()) < CERTAINTY
    has_run_away = not np.isfinite(coefficients).all() or errors.max() > RUNAWAY_ERROR
    return Fit(
        family="binomial",
        coefficients=coefficients,
        inverse_information=inverse,
        leverage=np.minimum(((half @ inverse) * half).sum(axis=1), 1.0),
        is_separated=bool(was_warned or is_certain or has_run_away),
        is_converged=is_converged,
    )


def _statsmodels_logit(outcome: Floats, design: Floats, count: Floats) -> tuple[Floats, bool, bool]:
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM
    from statsmodels.tools.sm_exceptions import (
        PerfectSeparationError,
        PerfectSeparationWarning,
    )

    with warnings.catch_warnings(record=True) as heard, np.errstate(all="ignore"):
        warnings.simplefilter("always")
        try:
            # Convergence is judged on the coefficients: under separation the deviance
            # settles while they run away, and the fit then calls itself converged.
            counted = {} if (count == 1).all() else {"freq_weights": count}
            result: Any = GLM(outcome, design, family=Binomial(), **counted).fit(
                maxiter=60, tol=1e-10, tol_criterion="params"
            )
        except (PerfectSeparationError, np.linalg.LinAlgError, ValueError, FloatingPointError):
            return np.full(design.shape[1], np.nan), False, True
    was_warned = any(issubclass(one.category, PerfectSeparationWarning) for one in heard)
    return np.asarray(result.params, dtype=float), bool(result.converged), was_warned
