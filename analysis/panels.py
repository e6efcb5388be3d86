"""Panels: did places that changed move away from those that did not, and not before?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from utfall.analysis.determinism import countable, single_thread
from utfall.analysis.inference import Floats
from utfall.analysis.regression import Fit, fit, standardise, with_intercept
from utfall.analysis.results import NotEstimable

#: Units in each group below which its effect has no interval.
FEWEST_UNITS = 2
NEVER = np.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Effect at one time since the change, or of one group at one time.

    Attributes
    ----------
    group : float or None
        First period of the change; None for an average over groups.
    period : float
        The period, or the time since the change for an average.
    n_units : int
        Units that changed.
    """

    group: float | None
    period: float
    estimate: float
    std_error: float
    conf_low: float
    conf_high: float
    n_units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EventStudy:
    """Group-time effects with their averages.

    Attributes
    ----------
    effects : tuple of Effect
        By group and period, before the change as well.
    by_time : tuple of Effect
        Averages by time since the change, groups counted by their units.
    overall : Effect
        Average over every group and period from the change on.
    covariance : (k, k) ndarray
        Of ``by_time``, for bounds on pre-trends.
    """

    effects: tuple[Effect, ...]
    by_time: tuple[Effect, ...]
    overall: Effect
    covariance: Floats
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendBounds:
    """What remains of an effect if trends after the change could differ as before it.

    Attributes
    ----------
    relative : float
        Largest step off parallel after the change over the largest one seen before.
    low, high : float
        Differences that the estimates themselves allow.
    conf_low, conf_high : float
        With sampling error.
    """

    relative: float
    low: float
    high: float
    conf_low: float
    conf_high: float


@dataclass(frozen=True, slots=True)
class _Panel:
    outcome: Floats  # (units, periods)
    first: Floats  # (units,): period of the change, NEVER for none
    periods: Floats
    x: Floats


def group_time_effects(
    outcome: NDArray[Any],
    first_treated: NDArray[Any],
    periods: NDArray[Any],
    *,
    x: NDArray[Any] | None = None,
    conf_level: float = 0.95,
) -> EventStudy | NotEstimable:
    """Estimate difference-in-differences by group and period (Callaway & Sant'Anna 2021).

    Units that never changed are the comparison; the period just before the change is the
    base. With covariates the doubly robust moments of Sant'Anna & Zhao (2020): a logit of
    belonging to the group and a linear model of the comparison's change. A two-way
    fixed-effects regression is not used: with changes at different times it compares
    changed units with changed units.

    Parameters
    ----------
    outcome : (units, periods) ndarray
        Balanced.
    first_treated : (units,) ndarray
        Period of the change, infinity for never.
    periods : (periods,) ndarray
        Ascending.
    x : (units, k) ndarray, optional
        Known before any change.

    Returns
    -------
    EventStudy or NotEstimable
        ``not_finite``, ``unbalanced_panel``, ``one_arm`` (nobody changed, or nobody did
        not), ``too_few`` units, ``no_base_period``, ``separation``, ``no_spread``. Errors
        come from each unit's influence, so units are the clusters.
    """
    panel = _panel(outcome, first_treated, periods, x)
    if isinstance(panel, NotEstimable):
        return panel
    found: list[tuple[float, float, float, Floats]] = []
    with single_thread(), np.errstate(all="ignore"):
        for group in np.unique(panel.first[np.isfinite(panel.first)]):
            if not (panel.periods < group).any() or not (panel.periods >= group).any():
                continue
            parts = _group(panel, group)
            if isinstance(parts, NotEstimable):
                return parts
            found.extend(parts)
    if not found:
        return NotEstimable("no_base_period")
    return _study(panel, found, conf_level)


def _panel(
    outcome: NDArray[Any],
    first_treated: NDArray[Any],
    periods: NDArray[Any],
    x: NDArray[Any] | None,
) -> _Panel | NotEstimable:
    y, first = np.asarray(outcome, dtype=float), np.asarray(first_treated, dtype=float)
    times = np.asarray(periods, dtype=float)
    values = np.empty((len(first), 0)) if x is None else np.asarray(x, dtype=float)
    if y.ndim != 2 or y.shape != (len(first), len(times)) or len(values) != len(first):
        raise ValueError("outcome must have one row per unit and one column per period")
    if np.isnan(y).any():
        return NotEstimable("unbalanced_panel")
    if not countable(y, values) or np.isnan(first).any():
        return NotEstimable("not_finite")
    changed = np.isfinite(first) & (first <= times[-1]) if len(times) else np.isfinite(first)
    if not changed.any() or changed.all():
        return NotEstimable("one_arm")
    if min(changed.sum(), (~changed).sum()) < FEWEST_UNITS:
        return NotEstimable("too_few")
    return _Panel(y, np.where(changed, first, NEVER), times, values)


def _group(panel: _Panel, group: float) -> list[tuple[float, float, float, Floats]] | NotEstimable:
    """Return group, period, effect and each unit's influence for every period but the base."""
    base = int(np.flatnonzero(panel.periods < group)[-1])
    inside = (panel.first == group) | ~np.isfinite(panel.first)
    treated = panel.first[inside] == group
    if treated.sum() < FEWEST_UNITS:
        return NotEstimable("too_few")
    design = with_intercept(standardise(panel.x[inside])[0])
    score = fit(treated.astype(float), design, "binomial")
    if isinstance(score, NotEstimable):
        return score
    if score.is_separated or not score.is_converged:
        return NotEstimable("separation")
    found = []
    for place, period in enumerate(panel.periods):
        if place == base:
            continue
        change = panel.outcome[inside, place] - panel.outcome[inside, base]
        part = _doubly_robust(change, treated, design, score)
        if isinstance(part, NotEstimable):
            return part
        influence = np.zeros(len(panel.first))
        influence[inside] = part[1]
        found.append((group, float(period), part[0], influence))
    return found


def _doubly_robust(
    change: Floats, treated: NDArray[np.bool_], design: Floats, score: Fit
) -> tuple[float, Floats] | NotEstimable:
    """Return the effect on the treated and each unit's influence on it (sums to the error)."""
    arm = treated.astype(float)
    model = fit(change[~treated], design[~treated], "gaussian")
    if isinstance(model, NotEstimable):
        return model
    chance = score.mean(design)
    odds = np.where(treated, 0.0, chance / (1 - chance))
    left = change - model.mean(design)
    means = float(arm @ left / arm.sum()), float(odds @ left / odds.sum())
    model_influence = np.zeros_like(design)
    model_influence[~treated] = (design[~treated] * left[~treated, None]) @ (
        model.inverse_information
    )
    score_influence = (design * (arm - chance)[:, None]) @ score.inverse_information
    own = arm * (left - means[0]) / arm.sum() - odds * (left - means[1]) / odds.sum()
    through_model = -(arm / arm.sum() - odds / odds.sum()) @ design
    # The odds' slope along the linear predictor is the odds themselves.
    through_score = -((odds * (left - means[1])) @ design) / odds.sum()
    influence = own + model_influence @ through_model + score_influence @ through_score
    return means[0] - means[1], influence


def _study(
    panel: _Panel, found: list[tuple[float, float, float, Floats]], conf_level: float
) -> EventStudy | NotEstimable:
    sizes = {group: int((panel.first == group).sum()) for group, *_ in found}
    effects = [
        _effect(group, period, value, influence, sizes[group], conf_level)
        for group, period, value, influence in found
    ]
    if any(effect.std_error <= 1e-12 * _scale(panel) for effect in effects):
        return NotEstimable("no_spread")
    steps = sorted({_since(panel, group, period) for group, period, *_ in found})
    averaged = [
        _average([one for one in found if _since(panel, one[0], one[1]) == step], sizes)
        for step in steps
    ]
    whole = _average([one for one in found if one[1] >= one[0]], sizes)
    together = np.array([influence for _, influence, _ in averaged])
    return EventStudy(
        effects=tuple(effects),
        by_time=tuple(
            _effect(None, step, value, influence, n, conf_level)
            for step, (value, influence, n) in zip(steps, averaged, strict=True)
        ),
        overall=_effect(None, 0.0, whole[0], whole[1], whole[2], conf_level),
        covariance=together @ together.T,
        method="group-time difference-in-differences, never-changed comparison, "
        + ("doubly robust, " if panel.x.shape[1] else "")
        + "influence function by unit, normal",
    )


def _scale(panel: _Panel) -> float:
    return max(float(np.ptp(panel.outcome)), 1e-300)


def _since(panel: _Panel, group: float, period: float) -> float:
    """Return whole periods since the change; -1 is the base."""
    at = int(np.flatnonzero(panel.periods >= group)[0])
    return float(int(np.flatnonzero(panel.periods == period)[0]) - at)


def _average(
    parts: list[tuple[float, float, float, Floats]], sizes: dict[float, int]
) -> tuple[float, Floats, int]:
    """Return the effect averaged over groups by their units, influence and units."""
    weight = np.array([sizes[group] for group, *_ in parts], dtype=float)
    weight /= weight.sum()
    value = float(weight @ [one[2] for one in parts])
    influence: Floats = weight @ np.array([one[3] for one in parts])
    return value, influence, sum(sizes[group] for group in {one[0] for one in parts})


def _effect(
    group: float | None,
    period: float,
    value: float,
    influence: Floats,
    n_units: int,
    conf_level: float,
) -> Effect:
    error = float(np.sqrt(influence @ influence))
    reach = float(stats.norm.ppf((1 + conf_level) / 2)) * error
    return Effect(
        group=group, period=period, estimate=value, std_error=error,
        conf_low=value - reach, conf_high=value + reach, n_units=n_units,
    )  # fmt: skip


def trend_bounds(
    study: EventStudy, relative: float = 1.0, *, since: float = 0.0, conf_level: float = 0.95
) -> TrendBounds | NotEstimable:
    """Bound the effect at a time since the change if trends were not quite parallel.

    Rambachan & Roth (2023), relative magnitudes: each step off parallel after the change
    is at most ``relative`` times the largest step between neighbouring periods before it.
    The interval is the union, over the steps that could be the largest, of the intervals
    given that step; it holds the effect at least as often as it says, and is wider than
    the authors' optimal one.

    Returns
    -------
    TrendBounds or NotEstimable
        ``no_pre_trend`` with fewer than two periods before the change.
    """
    times = np.array([effect.period for effect in study.by_time])
    before = np.flatnonzero(times < 0)
    here = np.flatnonzero(times == since)
    if len(before) < 1 or len(here) != 1 or relative < 0:
        return NotEstimable("no_pre_trend")
    values = np.array([effect.estimate for effect in study.by_time])
    steps = []
    for left, right in zip(before, [*before[1:], None], strict=True):
        step = np.zeros(len(times))
        step[left] = -1.0  # the base period, whose effect is nought by construction, ends it
        if right is not None:
            step[right] = 1.0
        steps.append(step)
    largest = max(abs(float(step @ values)) for step in steps)
    reach, centre = relative * (since + 1) * largest, float(values[here[0]])
    z = float(stats.norm.ppf((1 + conf_level) / 2))
    ends = []
    for step in steps:
        for sign in (1.0, -1.0):
            combined = sign * relative * (since + 1) * step
            combined[here[0]] += 1.0
            middle = float(combined @ values)
            error = float(np.sqrt(combined @ study.covariance @ combined))
            ends += [middle - z * error, middle + z * error]
    return TrendBounds(
        relative=relative, low=centre - reach, high=centre + reach,
        conf_low=min(ends), conf_high=max(ends),
    )  # fmt: skip


def breakdown(study: EventStudy, *, since: float = 0.0, conf_level: float = 0.95) -> float | None:
    """Return the relative step off parallel at which the effect could be nought.

    0 where the effect's own interval holds nought; None where bounds cannot be made or
    nothing up to ten times the steps seen before would do it.
    """

    def excludes(relative: float) -> bool | None:
        found = trend_bounds(study, relative, since=since, conf_level=conf_level)
        if isinstance(found, NotEstimable):
            return None
        return found.conf_low > 0 or found.conf_high < 0

    if excludes(0.0) is None:
        return None
    if not excludes(0.0):
        return 0.0
    if excludes(10.0):
        return None
    low, high = 0.0, 10.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if excludes(middle) else (low, middle)
    return high
