"""Mixed models: how much do sites differ beyond their people, on the logit scale?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats
from scipy.special import expit

from utfall.analysis.determinism import single_thread
from utfall.analysis.inference import Floats
from utfall.analysis.regression import fit, independent_columns
from utfall.analysis.results import NotEstimable

#: Sites below which their spread cannot be told.
FEWEST_SITES = 3
#: Spread below which sites are not told apart; the model is then the plain logit.
NO_SPREAD = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class MixedLogit:
    """Logit with one normal intercept per site.

    Attributes
    ----------
    coefficients, std_errors : (p,) ndarray
        Given the site; errors from the observed information, that of the spread included.
    variance : float
        Between sites on the logit scale.
    is_at_zero : bool
        No spread beyond chance was found; coefficients and errors are the plain logit's.
    log_likelihood : float
        Without the binomial constants.
    p_value : float
        Of no spread: half a chi-square with one degree of freedom, as it cannot be negative.
    site_effects : (g,) ndarray
        Most likely intercept of each site, in the order of their names.
    """

    coefficients: Floats
    std_errors: Floats
    variance: float
    is_at_zero: bool
    log_likelihood: float
    p_value: float
    site_effects: Floats
    n_sites: int
    method: str


@dataclass(frozen=True, slots=True)
class _Data:
    events: Floats
    trials: Floats
    design: Floats
    site: NDArray[np.intp]
    n_sites: int
    nodes: Floats
    log_weights: Floats

    def summed(self, values: Floats) -> Floats:
        """Return sums over each site's rows."""
        return np.bincount(self.site, weights=values, minlength=self.n_sites).astype(np.float64)


def mixed_logit(
    events: NDArray[Any],
    trials: NDArray[Any],
    design: Floats,
    sites: NDArray[Any],
    *,
    nodes: int = 25,
) -> MixedLogit | NotEstimable:
    """Fit by maximum likelihood with adaptive Gauss-Hermite quadrature.

    Parameters
    ----------
    events, trials : (n,) ndarray
        People with the outcome and people in all of each row; trials are 1 for people.
    design : (n, p) ndarray
        With its intercept.
    sites : (n,) ndarray

    Returns
    -------
    MixedLogit or NotEstimable
        ``too_few_clusters`` below three sites, ``not_finite``, ``not_binary`` where events
        exceed trials, ``constant_outcome``, ``rank_deficient``, ``separation``,
        ``not_converged``.
    """
    hits, people = np.asarray(events, dtype=float), np.asarray(trials, dtype=float)
    matrix = np.asarray(design, dtype=float)
    names, codes = np.unique(np.asarray(sites), return_inverse=True)
    if problem := _problem(hits, people, matrix, len(names)):
        return NotEstimable(problem)
    start = _plain(hits, people, matrix)
    if isinstance(start, NotEstimable):
        return start
    at, weight = np.polynomial.hermite_e.hermegauss(nodes)
    data = _Data(hits, people, matrix, codes, len(names), at, np.log(weight) + at**2 / 2)
    with single_thread(), np.errstate(all="ignore"):
        return _fitted(data, start, nodes)


def _problem(hits: Floats, people: Floats, design: Floats, n_sites: int) -> str | None:
    if len(hits) == 0:
        return "no_rows"
    if not (np.isfinite(hits) & np.isfinite(people)).all() or not np.isfinite(design).all():
        return "not_finite"
    if (hits < 0).any() or (hits > people).any() or (people <= 0).any():
        return "not_binary"
    if n_sites < FEWEST_SITES:
        return "too_few_clusters"
    if hits.sum() in (0.0, people.sum()):
        return "constant_outcome"
    if len(independent_columns(design)) < design.shape[1]:
        return "rank_deficient"
    return None


def _plain(hits: Floats, people: Floats, design: Floats) -> Floats | NotEstimable:
    outcome = np.repeat([1.0, 0.0], len(hits))
    count = np.concatenate([hits, people - hits])
    kept = count > 0
    both = np.concatenate([design, design])
    found = fit(outcome[kept], both[kept], "binomial", count[kept])
    if isinstance(found, NotEstimable):
        return found
    if found.is_separated or not found.is_converged:
        return NotEstimable("separation")
    return found.coefficients


def _fitted(data: _Data, start: Floats, nodes: int) -> MixedLogit | NotEstimable:
    def loss(point: Floats) -> float:
        return -_log_likelihood(data, point[1:], float(point[0]))[0]

    plain = -loss(np.concatenate([[0.0], start]))
    best = optimize.minimize(
        loss, np.concatenate([[0.5], start]), method="L-BFGS-B",
        bounds=[(0.0, None), *[(None, None)] * len(start)],
        options={"ftol": 1e-14, "gtol": 1e-7, "maxiter": 500},
    )  # fmt: skip
    polished = optimize.minimize(
        loss, best.x, method="Nelder-Mead",
        options={"xatol": 1e-7, "fatol": 1e-12, "maxiter": 4000, "maxfev": 4000},
    )  # fmt: skip
    point = polished.x if polished.fun < best.fun and polished.x[0] >= 0 else best.x
    if not np.isfinite(point).all():
        return NotEstimable("not_converged")
    is_at_zero = bool(point[0] < NO_SPREAD or -loss(point) <= plain)
    if is_at_zero:
        point = np.concatenate([[0.0], start])
    inside = slice(1, None) if is_at_zero else slice(0, None)
    information = _hessian(loss, point)[inside, inside]
    covariance = np.linalg.pinv(information)
    variances = np.diag(covariance)[-len(start) :]
    if not np.isfinite(variances).all() or (variances <= 0).any():
        return NotEstimable("not_converged")
    top, modes = _log_likelihood(data, point[1:], float(point[0]))
    gain = max(2 * (top - plain), 0.0)
    return MixedLogit(
        coefficients=point[1:], std_errors=np.sqrt(variances), variance=float(point[0]) ** 2,
        is_at_zero=is_at_zero, log_likelihood=top,
        p_value=float(0.5 * stats.chi2.sf(gain, 1)) if gain > 0 else 1.0,
        site_effects=modes * point[0], n_sites=data.n_sites,
        method=f"logit with normal site intercepts; adaptive quadrature, {nodes} nodes; "
        "observed information",
    )  # fmt: skip


def _log_likelihood(data: _Data, slopes: Floats, spread: float) -> tuple[float, Floats]:
    """Return the log-likelihood and each site's standard normal mode."""
    linear = data.design @ slopes
    mode, curvature = _modes(data, linear, spread)
    scale = 1 / np.sqrt(curvature)
    at = mode[:, None] + scale[:, None] * data.nodes  # (sites, nodes)
    shifted = linear[:, None] + spread * at[data.site]
    rows = data.events[:, None] * shifted - data.trials[:, None] * np.logaddexp(0.0, shifted)
    joint = np.zeros_like(at)
    np.add.at(joint, data.site, rows)
    joint += -(at**2) / 2 - 0.5 * np.log(2 * np.pi) + data.log_weights
    top = joint.max(axis=1)
    each = top + np.log(np.exp(joint - top[:, None]).sum(axis=1)) + np.log(scale)
    return float(each.sum()), mode


def _modes(data: _Data, linear: Floats, spread: float) -> tuple[Floats, Floats]:
    mode = np.zeros(data.n_sites)
    curvature = np.ones(data.n_sites)
    for _ in range(60):
        mean = expit(linear + spread * mode[data.site])
        score = spread * data.summed(data.events - data.trials * mean) - mode
        curvature = 1 + spread**2 * data.summed(data.trials * mean * (1 - mean))
        step = score / curvature
        mode = mode + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-12:
            break
    return mode, curvature


def _hessian(loss: Any, point: Floats, step: float = 1e-4) -> Floats:
    size = len(point)
    width = step * np.maximum(np.abs(point), 0.1)
    found = np.empty((size, size))
    for i in range(size):
        for j in range(i, size):
            total = 0.0
            for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
                moved = point.copy()
                moved[i] += a * width[i]
                moved[j] += b * width[j]
                total += a * b * loss(moved)
            found[i, j] = found[j, i] = total / (4 * width[i] * width[j])
    return found
