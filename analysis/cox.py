"""Cox: at what pace do people leave, given what they bring and what goes on that month?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from utfall.analysis.determinism import countable, single_thread
from utfall.analysis.inference import Floats
from utfall.analysis.regression import independent_columns
from utfall.analysis.results import NotEstimable

MOST_STEPS = 50
#: Log hazard ratio per standard deviation beyond which a term has run away.
RUNAWAY = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cox:
    """Log hazard ratios of a proportional-hazards model.

    Attributes
    ----------
    coefficients, std_errors : (p,) ndarray
        Per unit of each column; errors from the observed information.
    conf_low, conf_high, p_value : (p,) ndarray
    log_likelihood, log_likelihood_without : float
        Partial, at the coefficients and at none.
    n_rows, n_events : int
    """

    coefficients: Floats
    std_errors: Floats
    conf_low: Floats
    conf_high: Floats
    p_value: Floats
    log_likelihood: float
    log_likelihood_without: float
    n_rows: int
    n_events: int
    method: str


@dataclass(frozen=True, slots=True)
class _Risk:
    """Rows in order of stop, with the places where each event time's sums begin."""

    x: Floats
    order_start: NDArray[np.intp]
    from_stop: NDArray[np.intp]
    from_start: NDArray[np.intp]
    tied: list[NDArray[np.intp]]


def cox(
    stop: NDArray[Any],
    event: NDArray[Any],
    x: NDArray[Any],
    *,
    start: NDArray[Any] | None = None,
    conf_level: float = 0.95,
) -> Cox | NotEstimable:
    """Fit by partial likelihood, ties by Efron's method.

    Parameters
    ----------
    stop, event : (n,) ndarray
        End of each row's time at risk, and whether the exit came then.
    x : (n, p) ndarray
        Without intercept. What varies with time (a disruption, say) is given by one row per
        stretch in which it stood still.
    start : (n,) ndarray, optional
        Beginning of each row's time at risk; also for people who came into view late.

    Returns
    -------
    Cox or NotEstimable
        ``no_rows``, ``not_finite``, ``no_follow_up``, ``no_events``, ``rank_deficient``,
        ``no_terms``, ``too_many_terms`` (as many terms as events), or ``separation`` where a
        term tells who leaves with certainty, whatever an iteration reports.
    """
    until, happened = np.asarray(stop, dtype=float), np.asarray(event).astype(bool)
    values = np.asarray(x, dtype=float)
    since = np.full(len(until), -np.inf) if start is None else np.asarray(start, dtype=float)
    if problem := _problem(until, since, happened, values):
        return NotEstimable(problem)
    centre, spread = values.mean(axis=0), values.std(axis=0)
    standard = (values - centre) / spread
    risk = _arranged(until, since, happened, standard)
    with single_thread(), np.errstate(all="ignore"):
        found = _newton(risk)
        if isinstance(found, NotEstimable):
            return found
        coefficients, information, likelihood, without = found
        errors = np.sqrt(np.diag(np.linalg.inv(information))) / spread
    slopes = coefficients / spread
    z = float(stats.norm.ppf((1 + conf_level) / 2))
    return Cox(
        coefficients=slopes, std_errors=errors,
        conf_low=slopes - z * errors, conf_high=slopes + z * errors,
        p_value=2 * stats.norm.sf(np.abs(slopes / errors)),
        log_likelihood=likelihood, log_likelihood_without=without,
        n_rows=len(until), n_events=int(happened.sum()),
        method="Cox, Efron ties; observed information, normal",
    )  # fmt: skip


def _problem(
    until: Floats, since: Floats, happened: NDArray[np.bool_], values: Floats
) -> str | None:
    if len(until) == 0:
        return "no_rows"
    if not countable(until, values) or np.isnan(since).any():
        return "not_finite"
    if (since >= until).any():
        return "no_follow_up"
    if not happened.any():
        return "no_events"
    if values.shape[1] == 0:
        return "no_terms"
    if int(happened.sum()) <= values.shape[1]:
        return "too_many_terms"
    with np.errstate(all="ignore"):
        spread = values.std(axis=0)
    if not np.isfinite(spread).all():
        return "not_finite"
    design = np.column_stack([np.ones(len(values)), values])
    if (spread == 0).any() or len(independent_columns(design)) <= values.shape[1]:
        return "rank_deficient"
    return None


def _arranged(until: Floats, since: Floats, happened: NDArray[np.bool_], values: Floats) -> _Risk:
    order = np.lexsort((since, until))
    until, since, happened, values = until[order], since[order], happened[order], values[order]
    order_start = np.argsort(since, kind="stable")
    times = np.unique(until[happened])
    return _Risk(
        x=values,
        order_start=order_start,
        from_stop=np.searchsorted(until, times, side="left"),
        from_start=np.searchsorted(since[order_start], times, side="left"),
        tied=[np.flatnonzero(happened & (until == time)) for time in times],
    )


def _newton(risk: _Risk) -> tuple[Floats, Floats, float, float] | NotEstimable:
    coefficients = np.zeros(risk.x.shape[1])
    likelihood, score, information = _partial(risk, coefficients)
    without = likelihood
    for _ in range(MOST_STEPS):
        if not np.isfinite(information).all() or np.linalg.cond(information) > 1e13:
            return NotEstimable("separation")
        step = np.linalg.solve(information, score)
        for _ in range(30):
            tried = _partial(risk, coefficients + step)
            if tried[0] >= likelihood - 1e-12 * abs(likelihood):
                break
            step = step / 2
        coefficients = coefficients + step
        likelihood, score, information = tried
        if np.abs(coefficients).max() > RUNAWAY:
            return NotEstimable("separation")
        if np.abs(step).max() < 1e-11 * (1 + np.abs(coefficients).max()):
            return coefficients, information, likelihood, without
    return NotEstimable("not_converged")


def _partial(risk: _Risk, coefficients: Floats) -> tuple[float, Floats, Floats]:
    """Return the partial log-likelihood with its slope and curvature."""
    linear = risk.x @ coefficients
    pace = np.exp(linear)
    first = risk.x * pace[:, None]
    second = first[:, :, None] * risk.x[:, None, :]
    sums = [_at_risk(risk, part) for part in (pace, first, second)]
    p = risk.x.shape[1]
    likelihood, score, information = 0.0, np.zeros(p), np.zeros((p, p))
    for place, tied in enumerate(risk.tied):
        share = np.arange(len(tied)) / len(tied)
        own = [part[tied].sum(axis=0) for part in (pace, first, second)]
        likelihood += float(linear[tied].sum())
        score += risk.x[tied].sum(axis=0)
        for one in share:
            weight, mean, square = (
                total[place] - one * part for total, part in zip(sums, own, strict=True)
            )
            mean = mean / weight
            likelihood -= float(np.log(weight))
            score -= mean
            information += square / weight - np.outer(mean, mean)
    return likelihood, score, information


def _at_risk(risk: _Risk, values: Floats) -> Floats:
    """Return sums over the rows at risk at each event time: not yet stopped, but started."""
    zero = np.zeros((1, *values.shape[1:]))
    after = np.concatenate([np.cumsum(values[::-1], axis=0)[::-1], zero])
    late = values[risk.order_start]
    unstarted = np.concatenate([np.cumsum(late[::-1], axis=0)[::-1], zero])
    found: Floats = after[risk.from_stop] - unstarted[risk.from_start]
    return found
