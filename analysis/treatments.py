"""Treatments: does the answer hang on how the disruption was handled?

Leaving the disrupted follow-up out, modelling the share of it that was lost, giving back what
untouched sites say was lost, and leading everybody through undisturbed months answer for the
same quantity, the difference in normal operation. Each errs in its own way, so all are shown,
and no direction is claimed that another of them denies.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from utfall.analysis.cohort import outcome_known, outside_windows
from utfall.analysis.counterfactual import counterfactual
from utfall.analysis.design import is_target
from utfall.analysis.differences import difference_in_differences
from utfall.analysis.gates import SMALLEST_ARM
from utfall.analysis.headline import as_printed
from utfall.analysis.ladder import Answer, Stages, adjusted, smallest_cell
from utfall.analysis.protocol import Protocol
from utfall.analysis.results import Estimate, NotEstimable, SensitivityRow
from utfall.analysis.wording import catalogue

#: Ids of the rows that hold a treatment of the disruption, in the order shown.
TREATMENTS = ("exclude", "exposure", "did", "counterfactual")

#: Treatments that no plan can take: they need no frame of their own, and answer at once.
WHOLE: dict[str, Callable[..., Answer]] = {
    "did": difference_in_differences,
    "counterfactual": counterfactual,
}


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
    return tuple(handling for handling in TREATMENTS if not own.get(handling))


def answer_under(
    stages: Stages, handling: str, adjustments: Sequence[str], protocol: Protocol
) -> tuple[Answer, int | None]:
    """Return the answer under another treatment, and its smallest cell.

    Fewer than twenty people in an arm and no interval is trusted, under any treatment.
    """
    other = treated_by(stages, "exposure" if handling in WHOLE else handling, protocol)
    known = is_target(outcome_known(other.compared, protocol), protocol)
    cell = smallest_cell(other.compared, protocol)
    if min(int(known.sum()), int((~known).sum())) < SMALLEST_ARM:
        return NotEstimable("too_few"), cell
    if handling in WHOLE:
        return WHOLE[handling](other.compared, protocol.covariates, other.exposed, protocol), cell
    return adjusted(other, frozenset(adjustments), protocol), cell


def why_not(found: Answer | None) -> str | None:
    """Return the catalogue's key for why a treatment gives no number; None where it does.

    >>> why_not(NotEstimable("did_few_sites")), why_not(NotEstimable("separation")), why_not(None)
    ('treatment_did_few_sites', 'treatment_not_estimable', None)
    """
    if not isinstance(found, NotEstimable):
        return None
    code = f"treatment_{found.code}"
    return code if code in catalogue() else "treatment_not_estimable"


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
