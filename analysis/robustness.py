"""Robustness: does the answer survive something unseen, one site less, or one month less?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import t as student

from utfall.analysis.cohort import outcome_known
from utfall.analysis.covariates import DesignMatrix, design_matrix
from utfall.analysis.design import is_target
from utfall.analysis.gates import SMALLEST_ARM
from utfall.analysis.headline import headline_of
from utfall.analysis.hidden import (
    LinearContrast,
    Strength,
    adjusted_for_hidden,
    bounded_by,
    e_values,
    linear_contrast,
    robustness_value,
    strength_of,
    times_as_strong,
    tipping_for_unknown,
)
from utfall.analysis.ladder import Stages, adjusted
from utfall.analysis.precision import judged
from utfall.analysis.protocol import Protocol
from utfall.analysis.results import Estimate, LeftOut, Robustness
from utfall.analysis.specifications import narrowed
from utfall.analysis.vocabulary import Text

#: What is left out in turn.
LEFT_OUT = ("site", "month")

Floats = NDArray[np.float64]


def robustness(
    shown: Estimate | None,
    stages: Stages,
    adjustments: Sequence[str],
    protocol: Protocol,
    *,
    leave_out: bool = True,
    years: float | None = None,
) -> Robustness | None:
    """Return how strong something unseen must be; None where the answer is withheld.

    Parameters
    ----------
    shown : Estimate or None
        The answer, where there is one.
    leave_out : bool
        Whether each site and each month is left out in turn, which takes an estimate each.
    """
    if shown is None:
        return None
    known = outcome_known(stages.compared, protocol)
    treated = is_target(known, protocol)
    y = known[protocol.outcome.name].cast(pl.Float64).to_numpy()
    matrix = design_matrix(known, protocol.covariates)
    contrast = linear_contrast(y, treated, matrix.values)
    named = strongest_of(y, treated, matrix, protocol)
    is_share = protocol.scale == "share"
    ratios = (
        e_values(shown.mean_comparator, shown.estimate, shown.conf_low, shown.conf_high)
        if is_share
        else None
    )
    values = _values(contrast, protocol)
    as_strong = _if_as_strong(contrast, named[1] if named else None, shown, protocol)
    return Robustness(
        e_value=ratios[0] if ratios else None,
        e_value_interval=ratios[1] if ratios else None,
        robustness_value=values[0],
        robustness_value_interval=values[1],
        strongest=named[0] if named else None,
        strongest_with_arm=named[1].with_arm if named else None,
        strongest_with_outcome=named[1].with_outcome if named else None,
        if_as_strong=as_strong[0],
        if_as_strong_low=as_strong[1],
        if_as_strong_high=as_strong[2],
        times_as_strong=times_as_strong(contrast, named[1]) if contrast and named else None,
        unknown_tipping=_unknown_tipping(stages, protocol) if is_share else None,
        left_out=tuple(
            left_out(what, stages, adjustments, shown, protocol, years=years) for what in LEFT_OUT
        )
        if leave_out
        else (),
    )


def strongest_of(
    y: Floats, treated: NDArray[np.bool_], matrix: DesignMatrix, protocol: Protocol
) -> tuple[Text, Strength] | None:
    """Return the measured confounder that could move the answer most; its levels go together."""
    found = []
    for covariate in protocol.covariates:
        group = [
            i
            for i, term in enumerate(matrix.terms)
            if term == covariate.name
            or term.startswith((f"{covariate.name}:", f"{covariate.name}^"))
        ]
        if group:
            found.append((covariate.label.text, strength_of(y, treated, matrix.values, group)))
    return max(found, key=lambda one: one[1].reach, default=None)


def left_out(
    what: str,
    stages: Stages,
    adjustments: Sequence[str],
    shown: Estimate,
    protocol: Protocol,
    *,
    years: float | None = None,
) -> LeftOut:
    """Return how far the answer moves when each site, or each month of entry, is left out.

    Only the range is told: an answer without one site, beside the answer with it, would tell
    of the site.
    """
    rows = stages.compared
    units = _units(what, rows, protocol)
    if units is None or units.n_unique() < 2:
        return LeftOut(
            what=what, n_units=0, n_answered=0, lowest=None, highest=None, same_headline=None
        )
    kinds = sorted(set(units.drop_nulls().to_list()))
    answers = []
    for one in kinds:
        kept = rows.filter((units != one).fill_null(value=True))
        arm = is_target(outcome_known(kept, protocol), protocol)
        if min(int(arm.sum()), int((~arm).sum())) < SMALLEST_ARM:
            continue
        found = adjusted(narrowed(stages, kept), frozenset(adjustments), protocol)
        if isinstance(found, Estimate):
            answers.append(found)
    values = [found.estimate for found in answers]
    own = _headline(judged(shown, years), protocol)
    same = [_headline(judged(found, years), protocol) == own for found in answers]
    return LeftOut(
        what=what,
        n_units=len(kinds),
        n_answered=len(answers),
        lowest=min(values, default=None),
        highest=max(values, default=None),
        same_headline=sum(same) / len(same) if same else None,
    )


def _headline(found: Estimate, protocol: Protocol) -> str:
    return headline_of(
        "comparable", found.conf_low, found.conf_high, protocol.margin, protocol.scale
    )


def _units(what: str, rows: pl.DataFrame, protocol: Protocol) -> pl.Series | None:
    if what == "site":
        return rows["site"] if "site" in rows.columns else None
    if protocol.time_zero not in rows.columns:
        return None
    return rows[protocol.time_zero].cast(pl.Date).dt.strftime("%Y-%m")


def _values(
    contrast: LinearContrast | None, protocol: Protocol
) -> tuple[float | None, float | None]:
    if contrast is None:
        return None, None
    t_value = contrast.estimate / contrast.std_error
    return (
        robustness_value(t_value, contrast.df),
        robustness_value(t_value, contrast.df, 1 - protocol.conf_level),
    )


def _if_as_strong(
    contrast: LinearContrast | None, strength: Strength | None, shown: Estimate, protocol: Protocol
) -> tuple[float | None, float | None, float | None]:
    """Return the answer had something as strong as the strongest measured been adjusted for.

    The move is that of the linear model; it is laid on the answer itself, so that both
    stand on the same footing.
    """
    bounds = bounded_by(strength, 1.0) if strength else None
    if contrast is None or bounds is None:
        return None, None, None
    had = adjusted_for_hidden(contrast, *bounds)
    move = had.estimate - contrast.estimate
    if contrast.estimate * shown.estimate < 0:
        move = -move
    half = float(student.ppf(0.5 + protocol.conf_level / 2, had.df)) * had.std_error
    moved = shown.estimate + move
    return moved, moved - half, moved + half


def _unknown_tipping(stages: Stages, protocol: Protocol) -> float | None:
    shares, means = [], []
    for programme in (protocol.target, protocol.comparator):
        arm = stages.compared.filter(pl.col(protocol.arm_column) == programme)
        outcome = arm[protocol.outcome.name].cast(pl.Float64)
        shares.append(outcome.null_count() / max(outcome.len(), 1))
        means.append(float(outcome.drop_nulls().to_numpy().mean()))
    most = 1.0 if protocol.scale == "share" else np.inf
    return tipping_for_unknown(*means, *shares, most=most)
