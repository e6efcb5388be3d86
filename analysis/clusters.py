"""Clusters: how sure can anyone be when people come from a handful of sites?

People of one site share staff, employers and recording habits. The usual cluster error needs
dozens of sites; these do with few, or say that there are too few.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray
from scipy import stats

from utfall.analysis.determinism import countable, single_thread
from utfall.analysis.inference import Floats
from utfall.analysis.regression import independent_columns
from utfall.analysis.results import NotEstimable

#: Sites in each arm below which no site-level test or interval is given.
FEWEST_SITES = 3
#: Clusters from which sign patterns can reject at 5 percent: 2 / 2**6 is 3 percent.
FEWEST_FOR_SIGNS = 6
#: Sign patterns or assignments that are counted out in full; beyond it they are drawn.
MOST_LISTED = 2**12
#: Draws where there are too many to list.
DRAWS = 9_999


@dataclass(frozen=True, slots=True, kw_only=True)
class Clustered:
    """Coefficient of a linear model with errors that allow for clusters.

    Attributes
    ----------
    cr0, cr1, cr1s, cr2 : float
        Standard errors: plain sum of clusters' squared scores; times G/(G-1); times
        G(n-1)/((G-1)(n-k)) as Stata gives it; and the bias-reduced error of Bell &
        McCaffrey (2002) with an identity working model.
    df : float
        Satterthwaite degrees of freedom of the CR2 error.
    conf_low, conf_high, p_value : float
        From CR2 and t on ``df``.
    n_clusters : int
    """

    estimate: float
    cr0: float
    cr1: float
    cr1s: float
    cr2: float
    df: float
    conf_low: float
    conf_high: float
    p_value: float
    n_clusters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Resampled:
    """Test of no difference by counting sign patterns or assignments.

    Attributes
    ----------
    conf_low, conf_high : float or None
        The differences that the same test does not reject; None where it rejects none that
        far out, so that the data set no bound.
    is_listed : bool
        Every pattern was counted; otherwise they were drawn.
    """

    estimate: float
    p_value: float
    conf_low: float | None
    conf_high: float | None
    n_patterns: int
    is_listed: bool
    method: str


def clustered_regression(
    y: NDArray[Any],
    design: Floats,
    clusters: NDArray[Any],
    place: int,
    *,
    conf_level: float = 0.95,
) -> Clustered | NotEstimable:
    """Fit by least squares and return one coefficient with its clustered errors.

    Parameters
    ----------
    y : (n,) ndarray
    design : (n, p) ndarray
        With its intercept.
    clusters : (n,) ndarray
    place : int
        Column of the coefficient.

    Returns
    -------
    Clustered or NotEstimable
        ``no_rows``, ``not_finite``, ``too_many_terms``, ``rank_deficient``,
        ``too_few_clusters`` (fewer than two) or ``no_spread``.
    """
    outcome, matrix = np.asarray(y, dtype=float), np.asarray(design, dtype=float)
    names, codes = np.unique(np.asarray(clusters), return_inverse=True)
    if problem := _problem(outcome, matrix, len(names)):
        return NotEstimable(problem)
    with single_thread():
        inverse = np.linalg.inv(matrix.T @ matrix)
        coefficients = inverse @ (matrix.T @ outcome)
        residual = outcome - matrix @ coefficients
        row = inverse[place]
        plain = _cluster_sums((matrix @ row) * residual, codes)
        reduced, df = _bell_mccaffrey(matrix, inverse, row, residual, codes)
    n, k, g = *matrix.shape, len(names)
    cr0 = float(np.sqrt(plain @ plain))
    estimate = float(coefficients[place])
    if not np.isfinite(reduced) or reduced <= 1e-12 * max(float(np.ptp(outcome)), 1e-300):
        return NotEstimable("no_spread")
    reach = float(stats.t.ppf((1 + conf_level) / 2, df)) * reduced
    return Clustered(
        estimate=estimate,
        cr0=cr0,
        cr1=cr0 * float(np.sqrt(g / (g - 1))),
        cr1s=cr0 * float(np.sqrt(g * (n - 1) / ((g - 1) * (n - k)))),
        cr2=reduced,
        df=df,
        conf_low=estimate - reach,
        conf_high=estimate + reach,
        p_value=float(2 * stats.t.sf(abs(estimate) / reduced, df)),
        n_clusters=g,
    )


def _problem(outcome: Floats, design: Floats, n_clusters: int) -> str | None:
    if len(outcome) == 0:
        return "no_rows"
    if not countable(outcome, design):
        return "not_finite"
    if n_clusters < 2:
        return "too_few_clusters"
    if len(outcome) <= design.shape[1]:
        return "too_many_terms"
    if len(independent_columns(design)) < design.shape[1]:
        return "rank_deficient"
    return None


def _cluster_sums(values: Floats, codes: NDArray[np.intp]) -> Floats:
    found: Floats = np.bincount(codes, weights=values).astype(np.float64)
    return found


def _bell_mccaffrey(
    design: Floats, inverse: Floats, row: Floats, residual: Floats, codes: NDArray[np.intp]
) -> tuple[float, float]:
    """Return the CR2 error of one coefficient and its Satterthwaite degrees of freedom."""
    groups = int(codes.max()) + 1
    spread, own, shared = 0.0, np.zeros(groups), np.empty((groups, design.shape[1]))
    for group in range(groups):
        inside = codes == group
        part = design[inside]
        values, vectors = scipy.linalg.eigh(np.eye(len(part)) - part @ inverse @ part.T)
        root = np.where(values > 1e-10, 1 / np.sqrt(np.maximum(values, 1e-10)), 0.0)
        adjusted = vectors @ (root * (vectors.T @ (part @ row)))
        spread += float(adjusted @ residual[inside]) ** 2
        # Residuals are I - H of the errors: clusters are then tied through the fit.
        own[group], shared[group] = adjusted @ adjusted, adjusted @ part
    # Trace and sum of squares of diag(own) - shared V shared', without its clusters x clusters.
    through = (shared @ inverse * shared).sum(axis=1)
    product = shared.T @ shared @ inverse
    squares = float(own @ own - 2 * own @ through + np.trace(product @ product))
    df = float((own - through).sum() ** 2 / squares) if squares > 0 else 1.0
    return float(np.sqrt(spread)), max(df, 1e-3)


def wild_cluster_test(
    y: NDArray[Any],
    design: Floats,
    clusters: NDArray[Any],
    place: int,
    *,
    conf_level: float = 0.95,
    seed: int = 1,
) -> Resampled | NotEstimable:
    """Test a coefficient by flipping whole clusters' residuals under no difference.

    Wild cluster restricted bootstrap-t (Cameron, Gelbach & Miller 2008) with Rademacher
    signs, all of them up to twelve clusters. The interval inverts the test.

    Returns
    -------
    Resampled or NotEstimable
        As ``clustered_regression``; ``too_few_clusters`` below six, where even all
        patterns together cannot give a p-value under 5 percent.
    """
    first = clustered_regression(y, design, clusters, place, conf_level=conf_level)
    if isinstance(first, NotEstimable):
        return first
    codes = np.unique(np.asarray(clusters), return_inverse=True)[1]
    groups = int(codes.max()) + 1
    if groups < FEWEST_FOR_SIGNS:
        return NotEstimable("too_few_clusters")
    signs, is_listed = _patterns(groups, seed)
    outcome, matrix = np.asarray(y, dtype=float), np.asarray(design, dtype=float)

    def p_value(null: float) -> float:
        return _restricted_p_value(outcome, matrix, codes, place, null, signs)

    with single_thread():
        low, high = _inverted(p_value, first.estimate, first.cr1, 1 - conf_level)
        return Resampled(
            estimate=first.estimate, p_value=p_value(0.0), conf_low=low, conf_high=high,
            n_patterns=len(signs), is_listed=is_listed,
            method=f"wild cluster restricted bootstrap-t, {groups} clusters, "
            + ("every sign pattern" if is_listed else "signs drawn"),
        )  # fmt: skip


def _patterns(groups: int, seed: int) -> tuple[Floats, bool]:
    if 2**groups <= MOST_LISTED:
        bits = (np.arange(2**groups)[:, None] >> np.arange(groups)) & 1
        return np.asarray(1 - 2 * bits, dtype=np.float64), True
    rng = np.random.default_rng(seed)
    signs = 2 * rng.integers(0, 2, size=(DRAWS + 1, groups)) - 1
    drawn = np.asarray(signs, dtype=np.float64)
    drawn[0] = 1.0
    return drawn, False


def _restricted_p_value(
    y: Floats,
    design: Floats,
    codes: NDArray[np.intp],
    place: int,
    null: float,
    signs: Floats,
) -> float:
    others = np.delete(design, place, axis=1)
    shifted = y - null * design[:, place]
    fitted = others @ np.linalg.lstsq(others, shifted, rcond=None)[0]
    residual = shifted - fitted
    # The fit removes `fitted`, so every draw's statistic needs cluster sums alone.
    focal = design[:, place]
    focal = focal - others @ np.linalg.lstsq(others, focal, rcond=None)[0]
    squares = float(focal @ focal)
    pulls = _cluster_sums(focal * residual, codes)
    gain = (signs @ pulls) / squares
    groups = signs.shape[1]
    inverse = np.linalg.pinv(design.T @ design)
    into = np.array([design[codes == g].T @ residual[codes == g] for g in range(groups)])
    back = np.array([focal[codes == g] @ design[codes == g] for g in range(groups)])
    tied = back @ inverse @ into.T  # (cluster scored, cluster drawn)
    scores = signs * pulls - signs @ tied.T
    error = np.sqrt((scores**2).sum(axis=1)) / squares
    statistic = np.abs(gain) / np.maximum(error, 1e-300)
    own = statistic[0]  # the pattern of all ones is the sample itself
    return float(np.mean(statistic >= own * (1 - 1e-9)))


def _inverted(
    p_value: Any, estimate: float, error: float, alpha: float
) -> tuple[float | None, float | None]:
    """Return where the test's p-value passes alpha on either side of the estimate."""
    bounds: list[float | None] = []
    for side in (-1.0, 1.0):
        inside, outside = 0.0, 2.0
        while p_value(estimate + side * outside * error) > alpha:
            inside, outside = outside, outside * 2
            if outside > 64:
                break
        if outside > 64:
            bounds.append(None)
            continue
        for _ in range(30):
            middle = (inside + outside) / 2
            is_in = p_value(estimate + side * middle * error) > alpha
            inside, outside = (middle, outside) if is_in else (inside, middle)
        bounds.append(estimate + side * outside * error)
    return bounds[0], bounds[1]


def randomisation_test(
    values: NDArray[Any],
    treated: NDArray[np.bool_],
    *,
    conf_level: float = 0.95,
    seed: int = 1,
) -> Resampled | NotEstimable:
    """Test no difference between sites by every other way the sites could have been assigned.

    Parameters
    ----------
    values : (g,) ndarray
        One number per site, such as its adjusted mean.
    treated : (g,) ndarray of bool

    Returns
    -------
    Resampled or NotEstimable
        ``too_few_clusters`` with fewer than three sites in an arm. The p-value can never
        be below one over the number of assignments; the interval is that of one constant
        difference.
    """
    y, arm = np.asarray(values, dtype=float), np.asarray(treated, dtype=bool)
    if not countable(y):
        return NotEstimable("not_finite")
    if min(arm.sum(), (~arm).sum()) < FEWEST_SITES:
        return NotEstimable("too_few_clusters")
    arms, is_listed = _assignments(arm, seed)
    size = arms.sum(axis=1)[0]

    def p_value(null: float) -> float:
        level = y - null * arm
        ours = arms @ level / size - (~arms) @ level / (len(y) - size)
        scale = 1e-12 * (np.abs(level).max() + 1e-300)
        return float(np.mean(np.abs(ours) >= abs(ours[0]) - scale))

    estimate = float(y[arm].mean() - y[~arm].mean())
    error = float(np.sqrt(y[arm].var(ddof=1) / arm.sum() + y[~arm].var(ddof=1) / (~arm).sum()))
    if error <= 1e-12 * max(float(np.abs(y).max()), 1e-300):
        return NotEstimable("no_spread")
    low, high = _inverted(p_value, estimate, error, 1 - conf_level)
    return Resampled(
        estimate=estimate,
        p_value=p_value(0.0),
        conf_low=low,
        conf_high=high,
        n_patterns=len(arms),
        is_listed=is_listed,
        method=f"randomisation over {len(y)} sites, "
        + ("every assignment" if is_listed else "assignments drawn"),
    )


def _assignments(arm: NDArray[np.bool_], seed: int) -> tuple[NDArray[np.bool_], bool]:
    """Return assignments with the same number of sites in the target, the real one first."""
    n, size = len(arm), int(arm.sum())
    if comb(n, size) <= MOST_LISTED:
        found = np.zeros((comb(n, size), n), dtype=bool)
        for place, chosen in enumerate(combinations(range(n), size)):
            found[place, list(chosen)] = True
        real = int(np.flatnonzero((found == arm).all(axis=1))[0])
        found[[0, real]] = found[[real, 0]]
        return found, True
    rng = np.random.default_rng(seed)
    drawn = np.array([rng.permutation(arm) for _ in range(DRAWS)])
    return np.vstack([arm, drawn]), False
