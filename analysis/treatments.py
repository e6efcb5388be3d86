"""Treatments: does the answer hang on how the disruption was handled?

Leaving the disrupted follow-up out and modelling the share of it that was lost answer for the
same quantity, the difference in normal operation. Each errs in its own way, so both are shown,
and no direction is claimed that only one of them gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from utfall.analysis.cohort import outcome_known, outside_windows
from utfall.analysis.design import is_target
from utfall.analysis.gates import SMALLEST_ARM
from utfall.analysis.headline import as_printed
from utfall.analysis.ladder import Answer, Stages, adjusted, smallest_cell
from utfall.analysis.protocol import Protocol
from utfall.analysis.results import Estimate, NotEstimable, SensitivityRow

#: Ids of the rows that hold a treatment of the disruption, in the order shown.
TREATMENTS = ("exclude", "exposure")


def treated_by(stages: Stages, handling: str, protocol: Protocol) -> Stages:
    """Return the stages with every handled disruption treated in one and the same way."""
    handled = (*stages.excluded, *stages.exposed)
    if handling == "exposure":
        return replace(stages, compared=stages.population, excluded=(), exposed=handled)
    kept = outside_windows(stages.population, handled, protocol)
    return replace(stages, compared=kept, excluded=handled, exposed=())


def other_treatments(stages: Stages) -> tuple[str, ...]:
    """Return the treatments that the plan did not take, where it handles any disruption."""
    if not (stages.excluded or stages.exposed):
        return ()
    own = {"exclude": not stages.exposed, "exposure": not stages.excluded}
    return tuple(handling for handling in TREATMENTS if not own[handling])


def answer_under(
    stages: Stages, handling: str, adjustments: Sequence[str], protocol: Protocol
) -> tuple[Answer, int | None]:
    """Return the answer under another treatment, and its smallest cell.

    Fewer than twenty people in an arm and no interval is trusted, under any treatment.
    """
    other = treated_by(stages, handling, protocol)
    known = is_target(outcome_known(other.compared, protocol), protocol)
    cell = smallest_cell(other.compared, protocol)
    if min(int(known.sum()), int((~known).sum())) < SMALLEST_ARM:
        return NotEstimable("too_few"), cell
    return adjusted(other, frozenset(adjustments), protocol), cell


def sign_hinges(
    shown: Estimate | None, tried: Sequence[SensitivityRow], protocol: Protocol
) -> bool:
    """Return whether one treatment claims a direction that another one denies.

    A direction is claimed where the interval as printed excludes 0; it is denied where the
    other treatment's estimate, as printed, lies on the other side.
    """
    if shown is None:
        return False
    answers = [(shown.estimate, shown.conf_low, shown.conf_high)]
    answers += [
        (row.estimate, row.conf_low, row.conf_high)
        for row in tried
        if row.id in TREATMENTS
        and row.estimate is not None
        and row.conf_low is not None
        and row.conf_high is not None
    ]
    printed = [tuple(as_printed(value, protocol.scale) for value in one) for one in answers]
    claims_more = any(low > 0 for _, low, _ in printed)
    claims_fewer = any(high < 0 for _, _, high in printed)
    lowest, highest = min(one[0] for one in printed), max(one[0] for one in printed)
    return (claims_more and lowest < 0) or (claims_fewer and highest > 0)
