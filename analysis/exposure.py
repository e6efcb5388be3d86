"""Exposure: what would the difference be, had nobody's follow-up met the disruption?

The other way to handle a disruption is to leave its months out, and with them everybody who
met it. Here they stay: an outcome model learns what the share of the follow-up that was lost
does to the outcome, and everybody is then predicted with nothing lost. Both ways answer for
the same quantity, the difference at the horizon in normal operation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from utfall.analysis.cohort import DesignRows, DisruptionWindow, was_there
from utfall.analysis.covariates import DesignMatrix
from utfall.analysis.determinism import single_thread
from utfall.analysis.estimators import (
    arm_model,
    contrast,
    model_name,
    score_layer,
)
from utfall.analysis.inference import (
    ArmModel,
    Floats,
    Mean,
    Scores,
    standardised_mean,
    weighted_residual_mean,
)
from utfall.analysis.protocol import Protocol
from utfall.analysis.regression import Family
from utfall.analysis.results import Estimate, NotEstimable
from utfall.analysis.sample import Sample, prepare, unvarying_arm
from utfall.analysis.vocabulary import Estimand
from utfall.analysis.weights import weights

__all__ = ["FEWEST_CALM", "calm_in_each_arm", "lost_days", "lost_share", "normal_operation"]

#: People of a disrupted arm who must have been followed with nothing lost: without them the
#: answer for normal operation would be a line drawn past every observation.
FEWEST_CALM = 10


def lost_share(
    rows: pl.DataFrame, windows: Sequence[DisruptionWindow], protocol: Protocol
) -> Floats:
    """Return the share of each person's follow-up that was lost to disruptions, (n,).

    Planned days count, whatever day the person left: an own exit must not decide how much
    somebody lost. A day at half capacity is half lost; where nobody stated a capacity, the
    whole day. Days that two disruptions cover are lost at most once.

    Parameters
    ----------
    windows : sequence of DisruptionWindow
        Those to be handled as exposure; each meets its own programme, or all where it
        names none.
    """
    horizon = protocol.outcome.horizon_days
    lost = np.zeros(rows.height)
    if horizon is None or protocol.time_zero not in rows.columns or rows.is_empty():
        return lost
    zero = rows[protocol.time_zero].cast(pl.Date).to_numpy().astype("datetime64[D]")
    ends = zero + np.timedelta64(horizon, "D")
    return np.minimum(lost_days(rows, zero, ends, windows, protocol) / horizon, 1.0)


def lost_days(
    rows: pl.DataFrame,
    starts: NDArray[Any],
    ends: NDArray[Any],
    windows: Sequence[DisruptionWindow],
    protocol: Protocol,
) -> Floats:
    """Return how many whole days' capacity each person lost in a stretch of days, (n,).

    Parameters
    ----------
    starts, ends : (n,) ndarray of datetime64[D]
        Each person's stretch, its end not included.
    """
    lost = np.zeros(rows.height)
    for window in windows:
        first = np.maximum(starts, np.datetime64(window.starts_on))
        last = np.minimum(ends, np.datetime64(window.ends_on + timedelta(days=1)))
        days = np.maximum((last - first).astype(float), 0.0)
        at_place = was_there(rows, window, protocol)
        lost += np.where(at_place, days * (1 - (window.capacity_share or 0.0)), 0.0)
    return lost


def calm_in_each_arm(
    design: DesignRows, windows: Sequence[DisruptionWindow], protocol: Protocol
) -> bool:
    """Return whether every arm holds enough people whose follow-up lost nothing."""
    lost = lost_share(design.rows, windows, protocol)
    treated = (design.rows[protocol.arm_column] == protocol.target).to_numpy().astype(bool)
    return all(_has_calm(lost[arm]) for arm in (treated, ~treated))


def _has_calm(lost: Floats) -> bool:
    return not lost.any() or int((lost == 0).sum()) >= FEWEST_CALM


def normal_operation(
    y: NDArray[Any],
    treated: NDArray[np.bool_],
    x: Floats | DesignMatrix,
    lost: Floats,
    estimand: Estimand,
    *,
    family: Family,
    conf_level: float = 0.95,
    clusters: NDArray[Any] | None = None,
    doubly_robust: bool = True,
) -> Estimate | NotEstimable:
    """Return the difference that the outcome model gives with nothing lost in either arm.

    Parameters
    ----------
    lost : (n,) ndarray
        Share of each follow-up that was lost, in [0, 1]; a term of the outcome model.
    doubly_robust : bool
        Add the weighted residuals at the loss that each person had, so that covariates are
        right if either model is; what a loss does rests on the outcome model alone.

    Returns
    -------
    Estimate or NotEstimable
        As :func:`utfall.analysis.estimators.aipw`, and ``no_normal_operation`` where an arm
        holds too few people with nothing lost.

    Notes
    -----
    Standard error: the stacked sandwich of the estimators, to which the loss adds one term.
    """
    values = np.asarray(x.values if isinstance(x, DesignMatrix) else x, dtype=float)
    arm = np.asarray(treated).astype(bool)
    if not all(_has_calm(lost[side]) for side in (arm, ~arm)):
        return NotEstimable("no_normal_operation")
    sample = prepare(
        y, treated, np.column_stack([values, lost]), estimand, family, conf_level, clusters
    )
    if isinstance(sample, NotEstimable):
        return sample
    spread = float(lost.std()) or 1.0
    with single_thread(), np.errstate(all="ignore"):
        return _standardised(
            replace(sample, design=sample.design[:, :-1]),
            sample.design[:, -1],
            (0.0 - float(lost.mean())) / spread,
            doubly_robust=doubly_robust,
        )


def _standardised(
    sample: Sample, lost: Floats, none_lost: float, *, doubly_robust: bool
) -> Estimate | NotEstimable:
    layer = score_layer(sample) if doubly_robust or sample.estimand == "ato" else None
    if isinstance(layer, NotEstimable):
        return layer
    if problem := unvarying_arm(sample):
        return problem
    modelled, shared = _fitted(sample, lost)
    if isinstance(shared, NotEstimable) and doubly_robust:
        modelled, shared = _fitted(replace(sample, family="gaussian"), lost)
    if isinstance(shared, NotEstimable):
        return shared
    calm = np.full(len(sample.y), none_lost)
    means = [
        _mean(sample, shared, (calm, lost), side, layer, doubly_robust=doubly_robust)
        for side in (True, False)
    ]
    kind = "doubly robust (logit propensity, " if doubly_robust else "g-computation ("
    model = model_name(modelled.family, interacted=False)
    name = f"{kind}{model}, share of follow-up lost as a term, set to none)"
    weight = np.ones(len(sample.y))
    if layer is not None and doubly_robust:
        weight = weights(layer.scores, sample.treated, sample.estimand)
    return contrast(sample, means, weight, name)


def _fitted(sample: Sample, lost: Floats) -> tuple[Sample, ArmModel | NotEstimable]:
    everyone = np.ones(len(sample.y), dtype=bool)
    columns = [sample.design, *([lost] if np.ptp(lost) > 0 else []), sample.treated]
    return sample, arm_model(sample, everyone, np.column_stack(columns))


def _mean(
    sample: Sample,
    shared: ArmModel,
    loss: tuple[Floats, Floats],
    side: bool,
    layer: Scores | None,
    *,
    doubly_robust: bool,
) -> Mean:
    """Return one arm's mean with nothing lost, its residuals taken at the loss that was."""
    arm = np.full(len(sample.y), float(side))
    calm, had = (_placed(shared, sample, lost, arm) for lost in loss)
    mean = standardised_mean(calm, sample.treated, layer, sample.estimand)
    if not doubly_robust or layer is None:
        return mean
    return mean + weighted_residual_mean(
        sample.y, sample.treated, side, layer, sample.estimand, had
    )


def _placed(shared: ArmModel, sample: Sample, lost: Floats, arm: Floats) -> ArmModel:
    has_loss = shared.design.shape[1] > sample.design.shape[1] + 1
    columns = [sample.design, *([lost] if has_loss else []), arm]
    return replace(shared, design=np.column_stack(columns))
