"""Falsification: does the method find nothing where there is nothing to find?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.stats import norm

from utfall.analysis.calibration import empirical_null
from utfall.analysis.cohort import outcome_known
from utfall.analysis.covariates import design_matrix
from utfall.analysis.design import is_target
from utfall.analysis.gates import not_evaluated, number, words
from utfall.analysis.ladder import ESTIMATORS
from utfall.analysis.protocol import NegativeControl, Protocol
from utfall.analysis.regression import Family
from utfall.analysis.results import Gate, NotEstimable, Quantity, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What the method gave for one control, whose true difference is zero.

    Attributes
    ----------
    estimate, std_error : float
        In the unit of the primary outcome: a control on another scale is brought there by
        its standard deviation.
    """

    control: NegativeControl
    estimate: float
    std_error: float


def trials(rows: pl.DataFrame, protocol: Protocol) -> tuple[Trial, ...]:
    """Return what the declared method gives for every declared control that the data hold."""
    known = outcome_known(rows, protocol)
    made = []
    for control in protocol.negative_controls:
        if control.name not in rows.columns:
            continue
        found = _tried(known, control, protocol)
        if found is not None:
            made.append(found)
    return tuple(made)


def falsification_gate(rows: pl.DataFrame, protocol: Protocol) -> Gate:
    """G8: is what the method gives for controls small beside the difference that matters?

    Ten controls or more give an empirical null, judged by its expected absolute error. With
    fewer, an outcome from before anybody was referred must lie within the margin with its
    whole interval: that nothing was seen is not enough. Failing means that the method gives
    differences as large as those that matter where there are none.
    """
    made = trials(rows, protocol)
    if len(made) >= protocol.thresholds.negative_controls:
        return _null_gate(made, protocol)
    before = [trial for trial in made if trial.control.kind == "pre_period"]
    if not before:
        return not_evaluated("G8", "g8_not_evaluated", "g8_needed")
    return _placebo_gate(before, protocol)


def _tried(rows: pl.DataFrame, control: NegativeControl, protocol: Protocol) -> Trial | None:
    kept = rows.filter(pl.col(control.name).is_not_null())
    values = kept[control.name].cast(pl.Float64).to_numpy()
    outcome = kept[protocol.outcome.name].cast(pl.Float64).to_numpy()
    treated = is_target(kept, protocol)
    if control.kind == "exposure":
        y, arm = outcome, values > np.median(values) if np.unique(values).size > 2 else values == 1
        scale = 1.0
    else:
        y, arm = values, treated
        spread = float(values.std())
        is_share = protocol.scale == "share" and bool(np.isin(values, (0, 1)).all())
        scale = 1.0 if is_share or spread == 0 else float(outcome.std()) / spread
    family: Family = "binomial" if bool(np.isin(y, (0, 1)).all()) else "gaussian"
    if min(arm.sum(), (~arm).sum()) < 2:
        return None
    matrix = design_matrix(kept, protocol.covariates)
    found = ESTIMATORS[protocol.estimator](
        y, arm, matrix.values, protocol.estimand,
        family=family, conf_level=protocol.conf_level, clusters=None,
    )  # fmt: skip
    if isinstance(found, NotEstimable):
        return None
    return Trial(
        control=control, estimate=found.estimate * scale, std_error=found.std_error * scale
    )


def _null_gate(made: Sequence[Trial], protocol: Protocol) -> Gate:
    null = empirical_null(
        np.array([trial.estimate for trial in made]), np.array([trial.std_error for trial in made])
    )
    if isinstance(null, NotEstimable):
        return not_evaluated("G8", "g8_not_evaluated", "g8_needed")
    error = null.expected_absolute
    share = protocol.thresholds.control_error
    if error >= protocol.margin:
        status, code = "FAIL", "g8_fail"
    elif error > share * protocol.margin:
        status, code = "RESERVE", "g8_reserve"
    else:
        status, code = "PASS", "g8_pass"
    return _judged(status, code, error, len(made), made[0], protocol)


def _placebo_gate(before: Sequence[Trial], protocol: Protocol) -> Gate:
    z = float(norm.ppf(0.5 + protocol.conf_level / 2))
    worst = max(before, key=lambda trial: abs(trial.estimate) + z * trial.std_error)
    reach = abs(worst.estimate) + z * worst.std_error
    nearest = abs(worst.estimate) - z * worst.std_error
    if nearest >= protocol.margin:
        status, code = "FAIL", "g8_fail_before"
    elif reach > protocol.margin:
        status, code = "RESERVE", "g8_reserve_before"
    else:
        status, code = "PASS", "g8_pass_before"
    return _judged(status, code, abs(worst.estimate), len(before), worst, protocol)


def _judged(status: str, code: str, error: float, n: int, worst: Trial, protocol: Protocol) -> Gate:
    unit = "points" if protocol.scale == "share" else "currency"
    return Gate(
        id="G8",
        status=status,  # type: ignore[arg-type]
        statistic=error,
        threshold=protocol.margin
        if status == "FAIL" or code.endswith("before")
        else protocol.thresholds.control_error * protocol.margin,
        reason=Reason(
            code,
            (
                ("controls", number(n)),
                ("error", Quantity(unit, error)),
                ("control", words(worst.control.label.text)),
                ("margin", Quantity(unit, protocol.margin)),
            ),
        ),
        needed=None if status == "PASS" else Reason("g8_needed"),
        is_structural=status == "FAIL",
    )
