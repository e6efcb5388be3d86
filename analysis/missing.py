"""Missing: what could the people with no recorded answer have changed?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit

from utfall.analysis.determinism import canonical_order, countable, single_thread
from utfall.analysis.estimators import contrast, score_layer
from utfall.analysis.inference import Floats, Mean, Scores, coefficient_influence, inflate
from utfall.analysis.regression import (
    Family,
    fit,
    independent_columns,
    standardise,
    with_intercept,
)
from utfall.analysis.results import Bounds, Estimate, NotEstimable
from utfall.analysis.sample import Sample, prepare, unvarying_arm
from utfall.analysis.unknowns import imbens_manski_factor
from utfall.analysis.vocabulary import Estimand
from utfall.analysis.weights import weights, weights_slope

#: Rounds of imputing each column from the others.
ROUNDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """One number from several imputed tables (Rubin 1987).

    Attributes
    ----------
    within, between, total : float
        Variances.
    df : float
        Barnard & Rubin (1999).
    missing_information : float
        Share of information lost, in [0, 1).
    """

    estimate: float
    std_error: float
    within: float
    between: float
    total: float
    df: float
    conf_low: float
    conf_high: float
    p_value: float
    missing_information: float


def pool(
    estimates: Sequence[float],
    variances: Sequence[float],
    *,
    df_complete: float = np.inf,
    conf_level: float = 0.95,
) -> Pooled | NotEstimable:
    """Pool estimates from imputed tables by Rubin's rules.

    Returns
    -------
    Pooled or NotEstimable
        ``too_few`` imputations (below two), ``not_finite`` or ``no_spread``.
    """
    q, u = np.asarray(estimates, dtype=float), np.asarray(variances, dtype=float)
    m = len(q)
    if m < 2 or len(u) != m:
        return NotEstimable("too_few")
    if not countable(q, u):
        return NotEstimable("not_finite")
    within, between = float(u.mean()), float(q.var(ddof=1))
    extra = (1 + 1 / m) * between
    total = within + extra
    if total <= 0 or (u < 0).any() or within**2 <= 0:
        return NotEstimable("no_spread")
    lost = extra / total
    df = _barnard_rubin(m, lost, df_complete)
    error = float(np.sqrt(total))
    reach = float(stats.t.ppf((1 + conf_level) / 2, df)) * error
    estimate = float(q.mean())
    ratio = extra / within if within > 0 else np.inf
    information = (ratio + 2 / (df + 3)) / (1 + ratio) if np.isfinite(ratio) else 1.0
    return Pooled(
        estimate=estimate, std_error=error, within=within, between=between, total=total, df=df,
        conf_low=estimate - reach, conf_high=estimate + reach,
        p_value=float(2 * stats.t.sf(abs(estimate) / error, df)),
        missing_information=float(information),
    )  # fmt: skip


def _barnard_rubin(m: int, lost: float, df_complete: float) -> float:
    old = (m - 1) / lost**2 if lost > 0 else np.inf
    if not np.isfinite(df_complete):
        return float(old)
    observed = (df_complete + 1) / (df_complete + 3) * df_complete * (1 - lost)
    return float(observed if not np.isfinite(old) else old * observed / (old + observed))


def impute(
    values: NDArray[Any], is_flag: Sequence[bool], *, tables: int = 20, seed: int = 1
) -> list[Floats] | NotEstimable:
    """Fill gaps by chained equations: each column drawn from the others, in rounds.

    Numbers by a normal model, flags by a logit, coefficients and spread drawn as well.
    Matching to values seen was tried and dropped: with half a column missing at one end of
    the outcome its intervals held the truth 82 percent of the time, these 95.
    Give the outcome and the arm among the columns: left out, the
    filled values would know nothing of them and pull the difference towards nought.

    Parameters
    ----------
    values : (n, k) ndarray
        Not a number where missing.
    is_flag : sequence of bool
        Columns of 0 and 1.

    Returns
    -------
    list of (n, k) ndarray, or NotEstimable
        ``no_rows``, ``not_finite``, ``nothing_observed`` in a column, or ``separation``.
    """
    table = np.asarray(values, dtype=float)
    gaps = np.isnan(table)
    if table.size == 0:
        return NotEstimable("no_rows")
    if not countable(np.nan_to_num(table, nan=0.0, posinf=np.inf, neginf=np.inf)):
        return NotEstimable("not_finite")
    if gaps.all(axis=0).any():
        return NotEstimable("nothing_observed")
    rng = np.random.default_rng(seed)
    holed = [int(one) for one in np.flatnonzero(gaps.any(axis=0))]
    found = []
    with single_thread(), np.errstate(all="ignore"):
        for _ in range(tables):
            filled = _started(table, gaps, rng)
            # A lone column with gaps is drawn from whole ones: there is nothing to go round.
            for _ in range(ROUNDS if len(holed) > 1 else 1):
                for column in holed:
                    drawn = _drawn(filled, gaps[:, column], column, is_flag[column], rng)
                    if isinstance(drawn, NotEstimable):
                        return drawn
                    filled[gaps[:, column], column] = drawn
            found.append(filled)
    return found


def _started(table: Floats, gaps: NDArray[np.bool_], rng: np.random.Generator) -> Floats:
    filled = table.copy()
    for column in np.flatnonzero(gaps.any(axis=0)):
        seen = table[~gaps[:, column], column]
        filled[gaps[:, column], column] = rng.choice(seen, int(gaps[:, column].sum()))
    return filled


def _drawn(
    filled: Floats, gap: NDArray[np.bool_], column: int, flag: bool, rng: np.random.Generator
) -> Floats | NotEstimable:
    others = np.delete(filled, column, axis=1)
    others = others[:, np.ptp(others, axis=0) > 0]
    design = with_intercept(standardise(others)[0])
    seen = filled[~gap, column]
    found = fit(seen, design[~gap], "binomial" if flag else "gaussian")
    if isinstance(found, NotEstimable):
        return found
    if found.is_separated:
        return NotEstimable("separation")
    root = np.linalg.cholesky(found.inverse_information + 1e-14 * np.eye(design.shape[1]))
    noise = root @ rng.normal(size=design.shape[1])
    if flag:
        chance = expit(design[gap] @ (found.coefficients + noise))
        return np.asarray(rng.random(int(gap.sum())) < chance, dtype=np.float64)
    df = max(len(seen) - design.shape[1], 1)
    left = seen - found.mean(design[~gap])
    sigma = float(np.sqrt(left @ left / rng.chisquare(df)))
    wanted = design[gap] @ (found.coefficients + sigma * noise)
    return np.asarray(wanted + sigma * rng.normal(size=len(wanted)), dtype=np.float64)


def censoring_weighted(
    y: NDArray[Any],
    treated: NDArray[np.bool_],
    x: Floats,
    estimand: Estimand = "ate",
    *,
    family: Family,
    conf_level: float = 0.95,
) -> Estimate | NotEstimable:
    """Return the weighted difference with the known standing for the unknown like them.

    Everybody's weight for the programme (normalised, by a logit) over the chance of being
    known (by a logit in each arm); the error knows that both were estimated. Right if both
    programme and being known go by ``x`` alone.

    Parameters
    ----------
    y : (n,) ndarray
        Not a number where unknown.

    Returns
    -------
    Estimate or NotEstimable
        The refusals of every estimator on those known, and those of either logit.
    """
    order = canonical_order(np.asarray(treated, dtype=float), np.asarray(y, dtype=float), x)
    outcome, arm = np.asarray(y, dtype=float)[order], np.asarray(treated, dtype=bool)[order]
    values, known = np.asarray(x, dtype=float)[order], ~np.isnan(outcome)
    kept = prepare(outcome[known], arm[known], values[known], estimand, family, conf_level, None)
    if isinstance(kept, NotEstimable):
        return kept
    if problem := unvarying_arm(kept):
        return problem
    with single_thread(), np.errstate(all="ignore"):
        design = with_intercept(standardise(values)[0])
        if not np.isfinite(design).all():
            return NotEstimable("not_finite")
        whole = Sample(
            np.where(known, outcome, 0.0), arm, design, None, family, estimand, conf_level,
            np.ones(len(arm)),
        )  # fmt: skip
        layer = score_layer(whole)
        if isinstance(layer, NotEstimable):
            return layer
        means: list[Mean] = []
        for side in (True, False):
            chance = _chance_known(known, arm == side, design)
            if isinstance(chance, NotEstimable):
                return chance
            means.append(_known_mean(whole, known, side, layer, chance))
        weight = np.where(known, weights(layer.scores, arm, estimand), 0.0)
        return contrast(whole, means, weight, "weighting by programme and chance of being known")


def _chance_known(
    known: NDArray[np.bool_], inside: NDArray[np.bool_], design: Floats
) -> Scores | NotEstimable:
    """Return each person's chance of being known in one arm; certain where all of it are."""
    columns = design[:, independent_columns(design[inside])]
    influence = np.zeros_like(columns)
    if known[inside].all():
        return Scores(np.ones(len(known)), columns, influence)
    found = fit(known[inside].astype(float), columns[inside], "binomial")
    if isinstance(found, NotEstimable):
        return found
    if found.is_separated or not found.is_converged:
        return NotEstimable("separation")
    chance = found.mean(columns)
    influence[inside] = coefficient_influence(
        found, columns[inside], known[inside] - chance[inside], small_sample=True
    )
    return Scores(chance, columns, influence)


def _known_mean(
    sample: Sample, known: NDArray[np.bool_], side: bool, layer: Scores, chance: Scores
) -> Mean:
    """Return the mean of one arm's known, weighted to the people that the estimand is about."""
    inside = known & (sample.treated == side)
    own = np.where(inside, weights(layer.scores, sample.treated, sample.estimand), 0.0)
    weight = own / chance.scores
    total = weight.sum()
    value = float(weight @ sample.y / total)
    residual = sample.y - value
    turn = np.where(inside, weights_slope(layer.scores, sample.treated, sample.estimand), 0.0)
    through_scores = turn / chance.scores * residual
    through_known = -weight * (1 - chance.scores) * residual
    influence = weight * inflate(residual, weight / total, small_sample=True) / total
    influence = influence + layer.influence @ (through_scores @ layer.design / total)
    influence = influence + chance.influence @ (through_known @ chance.design / total)
    return Mean(value, influence)


def lee_bounds(
    y: NDArray[Any],
    treated: NDArray[np.bool_],
    *,
    weight: NDArray[Any] | None = None,
    conf_level: float = 0.95,
    replicates: int = 500,
    seed: int = 1,
) -> Bounds | NotEstimable:
    """Bound the difference among those known in either arm by trimming (Lee 2009).

    Assumes that the programme moves being known one way only. The arm known more often is
    trimmed from the top and from the bottom by the surplus; errors by bootstrap, interval
    of Imbens & Manski.

    Parameters
    ----------
    y : (n,) ndarray
        Not a number where unknown.
    weight : (n,) ndarray, optional
        That make the arms alike, held fixed in the draws.

    Returns
    -------
    Bounds or NotEstimable
        ``one_arm``, ``too_few`` known, ``not_finite``, ``unstable_bootstrap``.
    """
    outcome, arm = np.asarray(y, dtype=float), np.asarray(treated, dtype=bool)
    if not countable(np.nan_to_num(outcome, nan=0.0, posinf=np.inf, neginf=np.inf)):
        return NotEstimable("not_finite")
    if arm.all() or not arm.any():
        return NotEstimable("one_arm")
    if min((~np.isnan(outcome[side])).sum() for side in (arm, ~arm)) < 2:
        return NotEstimable("too_few")
    people = np.ones(len(arm)) if weight is None else np.asarray(weight, dtype=float)
    # Draws pick rows by place: sorted first, the order in which people came decides nothing.
    order = np.lexsort((people, outcome, arm))
    outcome, arm, people = outcome[order], arm[order], people[order]
    low, high = _trimmed(outcome, arm, people)
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(replicates):
        rows = rng.integers(0, len(arm), len(arm))
        try:
            drawn.append(_trimmed(outcome[rows], arm[rows], people[rows]))
        except (ValueError, ZeroDivisionError):
            continue
    if len(drawn) < 0.95 * replicates:
        return NotEstimable("unstable_bootstrap")
    errors = np.array(drawn).std(axis=0, ddof=1)
    factor = imbens_manski_factor(high - low, float(errors.max()), conf_level)
    return Bounds(
        low=low, high=high, conf_low=low - factor * float(errors[0]),
        conf_high=high + factor * float(errors[1]),
        method="Lee trimming bounds, being known moved one way; bootstrap, Imbens-Manski",
    )  # fmt: skip


def _trimmed(outcome: Floats, arm: NDArray[np.bool_], weight: Floats) -> tuple[float, float]:
    known = ~np.isnan(outcome)
    if min(known[arm].sum(), known[~arm].sum()) < 1:
        raise ValueError("nobody known in an arm")
    share = [float(weight[side & known].sum() / weight[side].sum()) for side in (arm, ~arm)]
    more = 0 if share[0] >= share[1] else 1
    surplus = 1 - share[1 - more] / share[more]
    sides = [(outcome[side & known], weight[side & known]) for side in (arm, ~arm)]
    lowest, highest = _tail_means(*sides[more], surplus)
    other = float(np.average(sides[1 - more][0], weights=sides[1 - more][1]))
    if more == 0:
        return lowest - other, highest - other
    return other - highest, other - lowest


def _tail_means(values: Floats, weight: Floats, surplus: float) -> tuple[float, float]:
    """Return the mean without the top share, and without the bottom share; parts count."""
    order = np.argsort(values, kind="stable")
    ordered, carried = values[order], weight[order]
    keep = carried.sum() * (1 - surplus)

    def of(y: Floats, w: Floats) -> float:
        kept = np.clip(keep - (np.cumsum(w) - w), 0.0, w)
        return float(kept @ y / keep)

    return of(ordered, carried), of(ordered[::-1], carried[::-1])
