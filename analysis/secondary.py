"""Secondary: what else became of each programme's people, and may that be compared?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from utfall.analysis.description import described
from utfall.analysis.ladder import Stages, adjusted, adjustments_of, smallest_cell, stages_of
from utfall.analysis.multiplicity import holm
from utfall.analysis.protocol import Protocol, Secondary
from utfall.analysis.results import Estimate, Reason, SecondaryOutcome
from utfall.analysis.unknowns import unknown_gate


def secondary_outcomes(
    first: pl.DataFrame,
    primary: Stages,
    protocol: Protocol,
    *,
    is_answered: bool,
) -> tuple[SecondaryOutcome, ...]:
    """Describe each secondary outcome in each programme, and compare where that is fair.

    Shares are of the people whom the outcome concerns and who were followed to its horizon.
    A difference is adjusted as the protocol adjusts the primary one, for the same population
    and estimand; p-values are Holm's over the secondary outcomes that have one.

    Parameters
    ----------
    first : DataFrame
        Both programmes, first referrals, any date.
    primary : Stages
        Of the primary outcome; disruptions are handled here as they are there.
    is_answered : bool
        Whether the primary comparison shows its answer; without it, nothing is compared.

    Notes
    -----
    What is counted from the exit is never compared: who exits is itself a result of the
    programme, so the people left are no longer alike whatever was measured at referral.
    """
    return _held_together(
        [
            _one(first, primary, protocol, outcome, is_answered=is_answered)
            for outcome in protocol.secondary_outcomes
        ],
        protocol.conf_level,
    )


def concerned(rows: pl.DataFrame, outcome: str) -> pl.DataFrame:
    """Return the rows to which an outcome applies, its value known or not."""
    status = f"{outcome}_status"
    if status not in rows.columns:
        return rows
    return rows.filter(pl.col(status).ne_missing("not_applicable"))


def _one(
    first: pl.DataFrame,
    primary: Stages,
    protocol: Protocol,
    outcome: Secondary,
    *,
    is_answered: bool,
) -> SecondaryOutcome:
    plan = protocol.model_copy(update={"outcome": outcome})
    stages = stages_of(
        concerned(first, outcome.name), primary.excluded, plan, exposed=primary.exposed
    )
    made = frozenset(adjustments_of((*primary.excluded, *primary.exposed), plan))
    reason = _reason(stages.compared, plan, outcome, is_answered=is_answered)
    found = None if reason else adjusted(stages, made, plan)
    if found is not None and not isinstance(found, Estimate):
        reason = Reason("gap_not_estimable")
    return SecondaryOutcome(
        outcome=outcome.name,
        label=outcome.label.text,
        rule=outcome.rule.text,
        horizon_days=outcome.horizon_days,
        counted_from=outcome.counted_from,
        arms=described(stages.period, plan),
        estimate=found if isinstance(found, Estimate) else None,
        reason=reason,
        smallest_cell=smallest_cell(stages.compared, plan) if isinstance(found, Estimate) else None,
    )


def _reason(
    rows: pl.DataFrame, plan: Protocol, outcome: Secondary, *, is_answered: bool
) -> Reason | None:
    """Return why an outcome is only described, or None where it may be compared."""
    if not is_answered:
        return Reason("secondary_refused")
    if outcome.counted_from == "exit":
        return Reason("secondary_after_exit")
    if unknown_gate(rows, plan).status == "FAIL":
        return Reason("secondary_unknown")
    return None


def _held_together(
    found: Sequence[SecondaryOutcome], conf_level: float
) -> tuple[SecondaryOutcome, ...]:
    tested = [
        (place, one.estimate.p_value)
        for place, one in enumerate(found)
        if one.estimate is not None and one.estimate.p_value is not None
    ]
    together = dict(zip((place for place, _ in tested), holm([p for _, p in tested]), strict=True))
    return tuple(
        one
        if place not in together
        else replace(one, p_adjusted=together[place], differs=together[place] < 1 - conf_level)
        for place, one in enumerate(found)
    )
