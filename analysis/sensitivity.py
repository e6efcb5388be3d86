"""Sensitivity: would the answer change if another declared choice had been made?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from utfall.analysis.gates import not_evaluated
from utfall.analysis.headline import headline_of
from utfall.analysis.ladder import (
    DISRUPTION,
    ESTIMATORS,
    Answer,
    Stages,
    adjusted,
    smallest_cell,
)
from utfall.analysis.protocol import Protocol
from utfall.analysis.results import Estimate, Gate, Reason, SensitivityRow
from utfall.analysis.treatments import answer_under, other_treatments, sign_hinges
from utfall.analysis.vocabulary import Headline
from utfall.analysis.wording import label

#: Share of admissible choices that must give the same headline.
SAME_HEADLINE = 0.9


def sensitivity(
    stages: Stages, adjustments: Sequence[str], protocol: Protocol, *, is_refused: bool
) -> tuple[SensitivityRow, ...]:
    """Return the answer under each other choice; all null where the answer is withheld.

    Admissible choices answer the same question; the others are shown with the reason why
    they do not count, so that nobody has to guess what they would have given.
    """
    full = frozenset(adjustments)
    rows = [
        _row(
            name,
            None
            if is_refused
            else adjusted(stages, full, protocol.model_copy(update={"estimator": name})),
            admissible=True,
        )
        for name in ESTIMATORS
        if protocol.covariates
    ]
    for name in other_treatments(stages):
        found, cell = (
            (None, None) if is_refused else answer_under(stages, name, adjustments, protocol)
        )
        rows.append(replace(_row(name, found, admissible=True), smallest_cell=cell))
    if protocol.covariates:
        matched = protocol.model_copy(update={"estimator": "coarsened_matching"})
        found = None if is_refused else adjusted(stages, full, matched)
        row = _row("coarsened_matching", found, admissible=False, reason="inadmissible_matched")
        cell = None if found is None else smallest_cell(stages.compared, matched)
        rows.append(replace(row, smallest_cell=cell))
    unadjusted = frozenset(adjustments) & {DISRUPTION}
    if protocol.covariates:
        rows.append(
            _row(
                "crude",
                None if is_refused else adjusted(stages, unadjusted, protocol),
                admissible=False,
                reason="inadmissible_unadjusted",
            )
        )
    if DISRUPTION in full:
        rows.append(
            _row(
                "with_disruption",
                None if is_refused else adjusted(stages, full - {DISRUPTION}, protocol),
                admissible=False,
                reason="inadmissible_disrupted",
            )
        )
    return tuple(rows)


def stability_gate(
    shown: Estimate | None, tried: Sequence[SensitivityRow], protocol: Protocol
) -> Gate:
    """G11: do the declared admissible choices keep the same headline?"""
    rows = [
        (row.estimate, row.conf_low, row.conf_high)
        for row in tried
        if row.admissible and row.estimate is not None
    ]
    if shown is None or len(rows) < 2:
        return not_evaluated("G11", "g11_not_evaluated")

    def spoken(low: float | None, high: float | None) -> Headline:
        return headline_of("comparable", low, high, protocol.margin, protocol.scale)

    primary = spoken(shown.conf_low, shown.conf_high)
    agreeing = sum(spoken(low, high) == primary for _, low, high in rows) / len(rows)
    is_near = all(abs(value - shown.estimate) <= protocol.margin for value, _, _ in rows)
    hinges = sign_hinges(shown, tried, protocol)
    is_stable = (agreeing >= SAME_HEADLINE or is_near) and not hinges
    code = "g11_pass" if is_stable else ("g11_treatment" if hinges else "g11_reserve")
    return Gate(
        id="G11",
        status="PASS" if is_stable else "RESERVE",
        statistic=agreeing,
        threshold=SAME_HEADLINE,
        reason=Reason(code),
        is_structural=False,
    )


def _row(
    name: str, found: Answer | None, *, admissible: bool, reason: str | None = None
) -> SensitivityRow:
    empty = SensitivityRow(
        id=name,
        label=label(f"sensitivity_{name}"),
        estimate=None,
        conf_low=None,
        conf_high=None,
        admissible=admissible,
        reason=Reason(reason) if reason else None,
    )
    if not isinstance(found, Estimate):
        return empty
    return replace(
        empty, estimate=found.estimate, conf_low=found.conf_low, conf_high=found.conf_high
    )
