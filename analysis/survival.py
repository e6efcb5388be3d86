"""Survival: how long until it happens, when some had not got there by the last look?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from utfall.analysis.inference import Floats, t_interval
from utfall.analysis.results import Estimate, NotEstimable

#: Survival this close to a quantile has reached it; rounding must not add a month.
REACHED = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Survival:
    """Kaplan-Meier estimate of the share to whom it has not happened yet.

    Attributes
    ----------
    times : (t,) ndarray
        Distinct times at which somebody was last seen, ascending.
    at_risk, events : (t,) ndarray
        People (or weight) followed just before each time, and those it happened to then.
    share : (t,) ndarray
        Share not yet reached, just after each time, in [0, 1].
    std_error, conf_low, conf_high : (t,) ndarray
        Greenwood's error, or the infinitesimal jackknife where rows carry weights or
        belong to persons; log-log bounds; exact for a share of 0 or 1.
    covariance : (t, t) ndarray
        Of the shares with one another.
    n : int
        People.
    method : str
    """

    times: Floats
    at_risk: Floats
    events: Floats
    share: Floats
    std_error: Floats
    conf_low: Floats
    conf_high: Floats
    covariance: Floats
    n: int
    method: str

    def at(self, time: float) -> int | None:
        """Return the place of the last time not after the one given, None before the first."""
        place = int(np.searchsorted(self.times, time, side="right")) - 1
        return place if place >= 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingTime:
    """Time by which a share had got there; None where too few had by the last look."""

    share: float
    time: float | None
    conf_low: float | None
    conf_high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictedMean:
    """Mean time before it happens, counted up to a horizon, and the time lost to it."""

    horizon: float
    mean: float
    lost: float
    std_error: float
    conf_low: float
    conf_high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRank:
    """Whether groups got there at the same pace: observed and expected events by group."""

    observed: tuple[float, ...]
    expected: tuple[float, ...]
    statistic: float
    df: int
    p_value: float


@dataclass(frozen=True, slots=True)
class _Rows:
    entry: Floats
    time: Floats
    happened: NDArray[np.bool_]
    weight: Floats
    person: NDArray[np.intp]


def kaplan_meier(
    time: NDArray[Any],
    happened: NDArray[Any],
    *,
    entry: NDArray[Any] | None = None,
    weight: NDArray[Any] | None = None,
    person: NDArray[Any] | None = None,
    conf_level: float = 0.95,
) -> Survival | NotEstimable:
    """Estimate how many it had not happened to yet, open cases counted as long as seen.

    Parameters
    ----------
    time : (n,) ndarray
        When it happened, or the last look. What happens at a time comes before losses then.
    happened : (n,) ndarray of bool
    entry : (n,) ndarray, optional
        When each row came into view; a row counts after that (left truncation). To count
        those who were already waiting from the start of their wait would keep only the
        long waits.
    weight : (n,) ndarray, optional
        Non-negative; the error then treats weights as fixed.
    person : (n,) ndarray, optional
        Rows of one person move together.

    Returns
    -------
    Survival or NotEstimable
        ``no_rows``, ``not_finite``, ``no_follow_up`` (entry not before time) or
        ``bad_weights``.

    >>> found = kaplan_meier(np.array([1, 2, 2, 4]), np.array([1, 1, 0, 1], dtype=bool))
    >>> found.share.tolist(), found.at_risk.tolist()
    ([0.75, 0.5, 0.0], [4.0, 3.0, 1.0])
    """
    rows = _rows(time, happened, entry, weight, person)
    if isinstance(rows, NotEstimable):
        return rows
    times = np.unique(rows.time)
    at_risk = _at_risk(rows, times, rows.weight)
    place = np.searchsorted(times, rows.time[rows.happened])
    events: Floats = np.zeros(len(times))
    np.add.at(events, place, rows.weight[rows.happened])
    share: Floats = np.cumprod(1 - events / at_risk, dtype=np.float64)
    share[share < 1e-14] = 0.0
    is_plain = weight is None and person is None
    covariance = (
        _greenwood(share, at_risk, events)
        if is_plain
        else _jackknife(rows, times, share, at_risk, events)
    )
    error = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    followers = _at_risk(rows, times, np.ones(len(rows.time)))
    low, high = log_log_bounds(share, error, followers, conf_level)
    return Survival(
        times=times, at_risk=at_risk, events=events, share=share, std_error=error,
        conf_low=low, conf_high=high, covariance=covariance,
        n=len(time) if person is None else len(np.unique(rows.person)),
        method="Kaplan-Meier; "
        + ("Greenwood" if is_plain else "infinitesimal jackknife, weights fixed")
        + ", log-log bounds",
    )  # fmt: skip


def _rows(
    time: NDArray[Any],
    happened: NDArray[Any],
    entry: NDArray[Any] | None,
    weight: NDArray[Any] | None,
    person: NDArray[Any] | None,
) -> _Rows | NotEstimable:
    last = np.asarray(time, dtype=float)
    n = len(last)
    first = np.full(n, -np.inf) if entry is None else np.asarray(entry, dtype=float)
    weights = np.ones(n) if weight is None else np.asarray(weight, dtype=float)
    codes = np.arange(n) if person is None else np.unique(person, return_inverse=True)[1]
    if not n == len(np.asarray(happened)) == len(first) == len(weights) == len(codes):
        raise ValueError("every argument must have one value per row")
    if n == 0:
        return NotEstimable("no_rows")
    if not np.isfinite(last).all() or np.isnan(first).any() or not np.isfinite(weights).all():
        return NotEstimable("not_finite")
    if (first >= last).any():
        return NotEstimable("no_follow_up")
    if (weights < 0).any() or weights.sum() <= 0:
        return NotEstimable("bad_weights")
    kept = weights > 0
    event = np.asarray(happened).astype(bool)
    return _Rows(first[kept], last[kept], event[kept], weights[kept], codes[kept])


def _at_risk(rows: _Rows, times: Floats, weight: Floats) -> Floats:
    """Return the weight followed just before each time: entered before, not seen off."""
    last = np.bincount(np.searchsorted(times, rows.time), weights=weight, minlength=len(times))
    # An entry at or after a time takes its row out of the followers there.
    late = np.searchsorted(times, rows.entry, side="right")
    entered = np.bincount(late, weights=weight, minlength=len(times) + 1)[:-1]
    found: Floats = np.cumsum(entered) - np.concatenate([[0.0], np.cumsum(last)[:-1]])
    return found


def _followed(rows: _Rows, time: float) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (rows.entry < time) & (time <= rows.time)
    return found


def _greenwood(share: Floats, at_risk: Floats, events: Floats) -> Floats:
    left = at_risk - events
    step = np.where(left > 0, events / np.where(left > 0, at_risk * left, 1.0), 0.0)
    total = np.cumsum(step)
    places = np.arange(len(share))
    found: Floats = np.outer(share, share) * total[np.minimum.outer(places, places)]
    return found


def _jackknife(
    rows: _Rows, times: Floats, share: Floats, at_risk: Floats, events: Floats
) -> Floats:
    """Return the covariance of the shares from each person's influence on them."""
    hazard = events / at_risk
    influence = np.zeros((int(rows.person.max()) + 1, len(times)))
    running = np.zeros(len(rows.time))
    for place, time in enumerate(times):
        inside = _followed(rows, time)
        surprise = (rows.happened & (rows.time == time)) - hazard[place]
        if hazard[place] < 1:
            running[inside] += (
                rows.weight[inside] * surprise[inside] / (at_risk[place] * (1 - hazard[place]))
            )
        np.add.at(influence[:, place], rows.person, -share[place] * running)
    return influence.T @ influence


def log_log_bounds(
    share: Floats, error: Floats, followers: NDArray[Any], conf_level: float
) -> tuple[Floats, Floats]:
    """Return bounds of shares on the log-log scale; exact where a share is 0 or 1.

    A share of 0 or 1 has no error of its own; the people still followed say how much
    could have been missed.
    """
    tail = (1 - conf_level) / 2
    missed = 1 - tail ** (1 / np.maximum(np.asarray(followers, dtype=float), 1.0))
    inside = (share > 0) & (share < 1)
    safe = np.where(inside, share, 0.5)
    reach = float(stats.norm.isf(tail)) * error / (safe * -np.log(safe))
    low = np.where(inside, safe ** np.exp(reach), np.where(share >= 1, 1 - missed, 0.0))
    high = np.where(inside, safe ** np.exp(-reach), np.where(share >= 1, 1.0, missed))
    return low, high


def waiting_time(curve: Survival, share: float) -> WaitingTime:
    """Return the time by which a share had got there, with its interval.

    The first time at which at most ``1 - share`` are left; the bounds are where the
    curve's own bounds cross (Brookmeyer & Crowley 1982). The 90th percentile of waits
    that are still open is None rather than the longest wait seen.

    >>> waits = kaplan_meier(np.array([1, 2, 3, 4]), np.array([1, 1, 0, 0], dtype=bool))
    >>> waiting_time(waits, 0.5).time, waiting_time(waits, 0.9).time
    (2.0, None)
    """
    if not 0 < share < 1:
        raise ValueError("the share must lie inside (0, 1)")
    return WaitingTime(
        share=share,
        time=_first(curve.times, curve.share, 1 - share),
        conf_low=_first(curve.times, curve.conf_low, 1 - share),
        conf_high=_first(curve.times, curve.conf_high, 1 - share),
    )


def _first(times: Floats, share: Floats, level: float) -> float | None:
    reached = np.flatnonzero(share <= level + REACHED)
    return float(times[reached[0]]) if len(reached) else None


def restricted_mean(
    curve: Survival, horizon: float, conf_level: float = 0.95
) -> RestrictedMean | NotEstimable:
    """Return the mean time before it happens, counted up to the horizon (Royston & Parmar 2013).

    Returns
    -------
    RestrictedMean or NotEstimable
        ``follow_up_too_short`` where nobody was followed to the horizon while some were
        still waiting: the area beyond the last look is not data.
    """
    if horizon <= 0:
        return NotEstimable("bad_horizon")
    if curve.times[-1] < horizon and curve.share[-1] > 0:
        return NotEstimable("follow_up_too_short")
    inside = curve.times < horizon
    edges = np.concatenate([curve.times[inside], [horizon]])
    width = np.diff(edges)
    mean = float(edges[0] + width @ curve.share[inside])
    spread = float(width @ curve.covariance[np.ix_(inside, inside)] @ width)
    error = float(np.sqrt(max(spread, 0.0)))
    z = float(stats.norm.ppf((1 + conf_level) / 2))
    return RestrictedMean(
        horizon=horizon,
        mean=mean,
        lost=horizon - mean,
        std_error=error,
        conf_low=max(mean - z * error, 0.0),
        conf_high=min(mean + z * error, horizon),
    )


def restricted_mean_difference(
    target: Survival, comparator: Survival, horizon: float, conf_level: float = 0.95
) -> Estimate | NotEstimable:
    """Return target minus comparator in mean time before it happens, up to the horizon."""
    means = [restricted_mean(curve, horizon, conf_level) for curve in (target, comparator)]
    for mean in means:
        if isinstance(mean, NotEstimable):
            return mean
    one, zero = (mean for mean in means if isinstance(mean, RestrictedMean))
    error = float(np.hypot(one.std_error, zero.std_error))
    if error <= 0:
        return NotEstimable("no_spread")
    return difference_of_means(
        (one.mean, zero.mean),
        (target.n, comparator.n),
        error,
        conf_level,
        method=f"restricted mean time to {horizon:g}; {target.method}; normal",
    )


def difference_of_means(
    means: tuple[float, float], n: tuple[int, int], std_error: float, conf_level: float, method: str
) -> Estimate:
    """Return target minus comparator with a normal interval.

    Parameters
    ----------
    means, n
        Of the target and of the comparator.
    std_error : float
        Of the difference; above zero.
    """
    found = means[0] - means[1]
    low, high, p_value = t_interval(found, std_error, np.inf, conf_level)
    return Estimate(
        estimate=found,
        std_error=std_error,
        conf_low=low,
        conf_high=high,
        p_value=p_value,
        mean_target=means[0],
        mean_comparator=means[1],
        n_target=n[0],
        n_comparator=n[1],
        method=method,
    )


def log_rank(
    time: NDArray[Any],
    happened: NDArray[Any],
    group: NDArray[Any],
    *,
    entry: NDArray[Any] | None = None,
) -> LogRank | NotEstimable:
    """Test whether groups got there at the same pace (Mantel 1966; hypergeometric variance).

    Returns
    -------
    LogRank or NotEstimable
        ``one_arm`` with fewer than two groups, ``no_events``, and the refusals of
        ``kaplan_meier``.
    """
    rows = _rows(time, happened, entry, None, None)
    if isinstance(rows, NotEstimable):
        return rows
    names, code = np.unique(np.asarray(group), return_inverse=True)
    if len(names) < 2:
        return NotEstimable("one_arm")
    if not rows.happened.any():
        return NotEstimable("no_events")
    observed, expected = np.zeros(len(names)), np.zeros(len(names))
    spread = np.zeros((len(names), len(names)))
    for moment in np.unique(rows.time[rows.happened]):
        risk = np.bincount(code[_followed(rows, moment)], minlength=len(names)).astype(float)
        here = rows.happened & (rows.time == moment)
        hits = np.bincount(code[here], minlength=len(names)).astype(float)
        part, d, y = risk / risk.sum(), hits.sum(), risk.sum()
        observed, expected = observed + hits, expected + d * part
        scale = d * (y - d) / (y - 1) if y > 1 else 0.0
        spread += scale * (np.diag(part) - np.outer(part, part))
    gap = observed - expected
    rank = int(np.linalg.matrix_rank(spread))
    if rank == 0:
        return NotEstimable("no_spread")
    statistic = float(gap @ np.linalg.pinv(spread) @ gap)
    return LogRank(
        observed=tuple(observed.tolist()),
        expected=tuple(expected.tolist()),
        statistic=statistic,
        df=rank,
        p_value=float(stats.chi2.sf(statistic, rank)),
    )
