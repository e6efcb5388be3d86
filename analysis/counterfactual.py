"""Counterfactual: who would have reached the outcome, had no month been disrupted?

The parametric g-formula (Robins 1986): each month's chance of leaving, and of which way, is
modelled with what of that month was lost; everybody is then led through the same months in
either programme with nothing lost. Who was already enrolled when the disruption came is
exposed from that day, not for the whole follow-up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from utfall.analysis.cohort import DesignRows, DisruptionWindow, outcome_known
from utfall.analysis.covariates import design_matrix
from utfall.analysis.design import is_target
from utfall.analysis.determinism import single_thread
from utfall.analysis.exposure import calm_in_each_arm, lost_days
from utfall.analysis.hazards import fit_hazards, incidence_difference
from utfall.analysis.inference import Floats
from utfall.analysis.propensity import fit_propensity
from utfall.analysis.protocol import Covariate, Protocol
from utfall.analysis.regression import standardise
from utfall.analysis.results import Estimate, NotEstimable
from utfall.analysis.vocabulary import Estimand

DAYS_IN_MONTH = 365.25 / 12

#: Ways out: to the outcome, or any other.
REACHED, OTHERWISE = 1, 2

Ints = NDArray[np.int64]


def counterfactual(
    rows: pl.DataFrame,
    covariates: Sequence[Covariate],
    windows: Sequence[DisruptionWindow],
    protocol: Protocol,
    *,
    powers: int = 2,
) -> Estimate | NotEstimable:
    """Return the risk difference at the horizon had nothing been lost in either programme.

    Parameters
    ----------
    rows : DataFrame
        The population, nobody set aside.
    windows : sequence of DisruptionWindow
        Those that the plan handles.
    powers : int
        Of the logarithm of the month since time zero, in the hazards; no more than the
        months can carry.

    Returns
    -------
    Estimate or NotEstimable
        ``not_a_share``, ``no_exit_dates``, ``no_normal_operation``, ``one_arm``, and the
        refusals of :func:`utfall.analysis.hazards.fit_hazards`. Standard error: delta method
        over the hazards' coefficients plus that of whom the people happened to be; weights
        of the overlap population are taken as known.
    """
    if protocol.scale != "share" or protocol.outcome.horizon_days is None:
        return NotEstimable("not_a_share")
    known = outcome_known(rows, protocol)
    treated = is_target(known, protocol)
    if treated.all() or not treated.any():
        return NotEstimable("one_arm")
    if not calm_in_each_arm(DesignRows(known), windows, protocol):
        return NotEstimable("no_normal_operation")
    followed = months_followed(known, protocol)
    if isinstance(followed, NotEstimable):
        return followed
    values = design_matrix(known, covariates).values if covariates else np.empty((known.height, 0))
    weight = _weight(treated, values, protocol.estimand)
    if isinstance(weight, NotEstimable):
        return weight
    with single_thread(), np.errstate(all="ignore"):
        x = np.column_stack([standardise(values)[0], treated.astype(float)])
        found = _without_loss(
            followed, x, lost_by_month(known, windows, protocol), weight, protocol, powers
        )
    if isinstance(found, NotEstimable):
        return found
    return replace(found, method=f"parametric g-formula, no month disrupted: {found.method}")


def _without_loss(
    followed: tuple[Ints, Ints],
    x: Floats,
    lost: Floats,
    weight: Floats,
    protocol: Protocol,
    powers: int,
) -> Estimate | NotEstimable:
    months, way = followed
    n_months = lost.shape[1]
    courses, which = np.unique(lost, axis=0, return_inverse=True)
    if lost.any():
        calendar = np.concatenate([courses.reshape(-1), np.zeros(n_months)])[:, None]
        entry = which.reshape(-1).astype(np.int64) * n_months
        calm = np.full(len(x), len(courses) * n_months)
    else:
        calendar, entry, calm = np.empty((n_months, 0)), np.zeros(len(x), np.int64), None
    model = fit_hazards(
        months, way, x, entry, calendar, n_ways=int(max(way.max(), 1)),
        powers=min(powers, n_months - 1),
    )  # fmt: skip
    if isinstance(model, NotEstimable):
        return model
    return incidence_difference(
        model,
        x,
        entry if calm is None else calm,
        x.shape[1] - 1,
        n_months,
        conf_level=protocol.conf_level,
        weight=weight,
    )


def n_months_of(protocol: Protocol) -> int:
    """Return the months that the follow-up is cut into, of equal length."""
    return max(round((protocol.outcome.horizon_days or 0) / DAYS_IN_MONTH), 1)


def months_followed(known: pl.DataFrame, protocol: Protocol) -> tuple[Ints, Ints] | NotEstimable:
    """Return the months that each person was followed, from 1, and which way they left.

    Whoever left otherwise is followed no longer; whoever did neither, to the horizon.
    """
    horizon, n_months = protocol.outcome.horizon_days or 0, n_months_of(protocol)
    dated = f"{protocol.outcome.name}_on"
    if "end_date" not in known.columns or protocol.time_zero not in known.columns:
        return NotEstimable("no_exit_dates")
    zero = pl.col(protocol.time_zero).cast(pl.Date)
    reached_on = pl.col(dated) if dated in known.columns else pl.col("end_date")
    days = known.select(
        reached=(reached_on.cast(pl.Date) - zero).dt.total_days().cast(pl.Float64),
        left=(pl.col("end_date").cast(pl.Date) - zero).dt.total_days().cast(pl.Float64),
    )
    is_reached = known[protocol.outcome.name].cast(pl.Float64).to_numpy() == 1
    reached, left = (days[name].fill_null(np.inf).to_numpy() for name in ("reached", "left"))
    if not np.isfinite(reached[is_reached]).all():
        return NotEstimable("no_exit_dates")
    has_left = ~is_reached & (left <= horizon)
    day = np.where(is_reached, reached, np.where(has_left, left, horizon))
    months = np.clip(np.ceil(day / (horizon / n_months)), 1, n_months).astype(np.int64)
    way = np.where(is_reached, REACHED, np.where(has_left, OTHERWISE, 0)).astype(np.int64)
    return months, way


def lost_by_month(
    rows: pl.DataFrame, windows: Sequence[DisruptionWindow], protocol: Protocol
) -> Floats:
    """Return the share of each month of each person's follow-up that was lost, (n, months)."""
    horizon, n_months = protocol.outcome.horizon_days or 0, n_months_of(protocol)
    zero = rows[protocol.time_zero].cast(pl.Date).to_numpy().astype("datetime64[D]")
    edges = np.round(np.linspace(0, horizon, n_months + 1)).astype(int)
    return np.column_stack(
        [
            np.minimum(
                lost_days(
                    rows,
                    zero + np.timedelta64(int(first), "D"),
                    zero + np.timedelta64(int(last), "D"),
                    windows,
                    protocol,
                )
                / (last - first),
                1.0,
            )
            for first, last in pairwise(edges)
        ]
    )


def _weight(
    treated: NDArray[np.bool_], values: Floats, estimand: Estimand
) -> Floats | NotEstimable:
    """Return how much each person counts in the population that the answer is about."""
    if estimand == "att":
        return treated.astype(float)
    if estimand == "atc":
        return (~treated).astype(float)
    if estimand == "ate" or values.shape[1] == 0:
        return np.ones(len(treated))
    fit = fit_propensity(treated, values)
    if isinstance(fit, NotEstimable):
        return fit
    if fit.is_separated:
        return NotEstimable("separation")
    return np.asarray(fit.scores * (1 - fit.scores), dtype=np.float64)
