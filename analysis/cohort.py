"""Cohort: who is compared, and how many each step of the plan leaves out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from utfall.analysis.description_rows import AttritionStep
from utfall.analysis.eligibility import condition_expr, dated_border, window_expr
from utfall.analysis.errors import Fault, ProtocolError
from utfall.analysis.protocol import Protocol, Window
from utfall.analysis.vocabulary import Text
from utfall.analysis.wording import label

#: Columns that are known only after time zero; gates that speak before outcomes never see them.
AFTER_TIME_ZERO = ("end_date", "exit_code", "exit_verified", "reached_on")


#: Columns that tell what was offered; to adjust for them would take away part of the effect.
AFTER_ASSIGNMENT = (
    "first_meeting_hours",
    "hours_given",
    "hours_planned",
    "start_date",
    "wait_days",
)


@dataclass(frozen=True, slots=True)
class DesignRows:
    """Rows of a cohort without any outcome: all that gates before outcomes may read.

    Attributes
    ----------
    rows : DataFrame
        Time-zero columns and the arm; made by :func:`blinded`, never by hand.
    """

    rows: pl.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class DisruptionWindow:
    """Dates during which one programme did not run as designed; both ends included.

    ``site`` is the one place that it hit, where the register names one.
    """

    id: str
    programme: str | None
    kind: str
    starts_on: date
    ends_on: date
    capacity_share: float | None
    label: Text
    site: str | None = None


def outcome_columns(protocol: Protocol) -> tuple[str, ...]:
    """Return every column of a cohort that tells how it went."""
    names = [protocol.outcome.name, *(outcome.name for outcome in protocol.secondary_outcomes)]
    names += [c.name for c in protocol.negative_controls if c.kind == "outcome"]
    names += [outcome.name for outcome in protocol.choices.outcomes]
    about = [f"{name}_{what}" for name in names for what in ("status", "on")]
    return (*names, *about, *AFTER_TIME_ZERO)


def blinded(rows: pl.DataFrame, protocol: Protocol) -> DesignRows:
    """Return the rows without any column that tells how it went."""
    hidden = set(outcome_columns(protocol))
    return DesignRows(rows.select(name for name in rows.columns if name not in hidden))


def require_columns(rows: pl.DataFrame, protocol: Protocol) -> None:
    """Refuse a frame that lacks what the protocol names, all faults at once.

    Raises
    ------
    ProtocolError
        With one fault per missing column.
    """
    named = {
        protocol.arm_column: "the programme",
        protocol.outcome.name: "the outcome",
        **{outcome.name: "a secondary outcome" for outcome in protocol.secondary_outcomes},
        **{outcome.name: "another outcome" for outcome in protocol.choices.outcomes},
        **{covariate.name: "a covariate" for covariate in protocol.covariates},
        **{condition.column: "a population rule" for condition in protocol.population.keep},
        **{
            condition.column: "another population's rule"
            for other in protocol.choices.populations
            for condition in other.keep
        },
    }
    if protocol.time_zero != "not_recorded":
        named[protocol.time_zero] = "time zero"
    faults = [
        Fault(
            rule="column_not_in_marts",
            file=f"{protocol.id}.yml",
            column=name,
            message=f"{role} is not among the columns of the cohort",
            way_out="name a column that the marts hold, or declare the confounder missing",
        )
        for name, role in named.items()
        if name not in rows.columns
    ]
    faults += [
        Fault(
            rule="covariate_after_assignment",
            file=f"{protocol.id}.yml",
            column=covariate.name,
            message="the plan adjusts for something that came after assignment",
            way_out="name what was known at referral instead",
        )
        for covariate in protocol.covariates
        if covariate.name in (*AFTER_ASSIGNMENT, *AFTER_TIME_ZERO)
    ]
    if faults:
        raise ProtocolError(f"{protocol.id} names columns that cannot be used", faults)


def in_arms(rows: pl.DataFrame, protocol: Protocol) -> pl.DataFrame:
    """Return the rows of the two programmes, in a fixed order."""
    keys = [name for name in ("episode_id", "unit_id", "person_id") if name in rows.columns]
    kept = rows.filter(pl.col(protocol.arm_column).is_in([protocol.target, protocol.comparator]))
    return kept.sort(keys) if keys else kept


def entered_within(rows: pl.DataFrame, window: Window, time_zero: str) -> pl.DataFrame:
    """Return the rows whose time zero lies within a window."""
    if time_zero not in rows.columns:
        return rows
    return rows.filter(window_expr(window, time_zero))


def followed_long_enough(rows: pl.DataFrame, protocol: Protocol) -> pl.DataFrame:
    """Return the rows whose whole follow-up lies before the last day that was delivered.

    Of people referred later, an early exit is known but staying on is not, so keeping the
    known outcomes among them would make every programme look quick.
    """
    horizon = protocol.outcome.horizon_days
    if "observed_until" not in rows.columns or horizon is None or rows.is_empty():
        return rows
    by = ["source"] if "source" in rows.columns else [protocol.arm_column]
    last = pl.col("observed_until").max().over(by)
    ends = pl.col(protocol.time_zero).cast(pl.Date) + timedelta(days=horizon)
    return rows.filter((ends <= last).fill_null(value=False))


def in_population(rows: pl.DataFrame, protocol: Protocol) -> pl.DataFrame:
    """Return the rows of the population that the answer is about."""
    kept = rows
    for condition in protocol.population.keep:
        kept = kept.filter(condition_expr(condition))
    return kept.filter(dated_border()) if protocol.population.only_border else kept


def first_referrals(rows: pl.DataFrame, protocol: Protocol) -> pl.DataFrame:
    """Return each person's first assignment, where the delivery can tell."""
    if protocol.population.first_referral_only and "is_first_referral" in rows.columns:
        return rows.filter(pl.col("is_first_referral"))
    return rows


def outside_windows(
    rows: pl.DataFrame, windows: Sequence[DisruptionWindow], protocol: Protocol
) -> pl.DataFrame:
    """Return the rows whose planned follow-up meets none of the windows.

    Both arms lose the same calendar period: leaving out the disrupted arm alone would
    compare one programme's good years with all years of the other.
    """
    if protocol.time_zero not in rows.columns or protocol.outcome.horizon_days is None:
        return rows
    zero = pl.col(protocol.time_zero).cast(pl.Date)
    ends = zero + timedelta(days=protocol.outcome.horizon_days)
    for window in windows:
        rows = rows.filter(~((zero <= window.ends_on) & (ends >= window.starts_on)))
    return rows


def was_there(
    rows: pl.DataFrame, window: DisruptionWindow, protocol: Protocol
) -> NDArray[np.bool_]:
    """Return who was in the programme, and at the site, that a disruption hit, (n,).

    A disruption without a programme hits all. A site that the register names narrows it to
    those referred there, and those of whom nobody knows where; a name that no row of the
    programme holds narrows nothing.
    """
    if window.programme is None:
        return np.ones(rows.height, dtype=bool)
    own = (rows[protocol.arm_column] == window.programme).to_numpy().astype(bool)
    if window.site is None or "site" not in rows.columns:
        return own
    named = (rows["site"] == window.site).fill_null(value=False).to_numpy().astype(bool)
    if not (own & named).any():
        return own
    return np.asarray(own & (named | rows["site"].is_null().to_numpy()))


def outcome_known(rows: pl.DataFrame, protocol: Protocol) -> pl.DataFrame:
    """Return the rows whose outcome at the horizon is known."""
    return rows.filter(pl.col(protocol.outcome.name).is_not_null())


def counted(step: str, rows: pl.DataFrame, protocol: Protocol) -> AttritionStep:
    """Return how many of each arm remain after a step."""
    in_target = int((rows[protocol.arm_column] == protocol.target).sum())
    return AttritionStep(
        step=step,
        label=label(f"attrition_{step}"),
        n_target=in_target,
        n_comparator=rows.height - in_target,
    )
