"""Sensitivity: would the answer change if another declared choice had been made?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from utfall.analysis.crude import tally_behind
from utfall.analysis.gates import not_evaluated, number, words
from utfall.analysis.headline import as_printed, headline_of
from utfall.analysis.ladder import (
    DISRUPTION,
    ESTIMATORS,
    Answer,
    Stages,
    adjusted,
    smallest_cell,
)
from utfall.analysis.precision import widened
from utfall.analysis.protocol import Protocol
from utfall.analysis.results import (
    Estimate,
    Gate,
    Quantity,
    Reason,
    Robustness,
    SensitivityRow,
    Specification,
)
from utfall.analysis.treatments import answer_under, other_treatments, sign_hinges, why_not
from utfall.analysis.vocabulary import Headline
from utfall.analysis.wording import label

#: Share of admissible choices that must give the same headline.
SAME_HEADLINE = 0.9

#: Headlines that name a direction.
CLAIMS = ("better_clear", "better_uncertain")


def sensitivity(
    stages: Stages,
    adjustments: Sequence[str],
    protocol: Protocol,
    *,
    is_refused: bool,
    only_treatments: bool = False,
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
        if protocol.covariates and not only_treatments
    ]
    for name in other_treatments(stages):
        found, cell = (
            (None, None) if is_refused else answer_under(stages, name, adjustments, protocol)
        )
        row = _row(name, found, admissible=True, reason=why_not(found))
        rows.append(replace(row, smallest_cell=cell))
    if only_treatments:
        return tuple(rows)
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
    shown: Estimate | None,
    tried: Sequence[SensitivityRow],
    curve: Sequence[Specification],
    robust: Robustness | None,
    protocol: Protocol,
    *,
    years: float | None = None,
) -> Gate:
    """G11: do the declared admissible choices keep the same headline?

    Each choice is read as the answer is, with the variation between years (`years_reach`).
    At least nine in ten of those that can be estimated must, or all stay within the difference
    that matters; how many cannot is told, and where fewer than half can, that is a reservation.
    Among few people one estimator often fails with everything that is tried with it, so that a
    stricter limit stopped a quarter of pairs of 80 an arm that are alike (`utfall validate`). Two
    intervals that exclude 0 on opposite sides are a reversal, whatever the rest says. A claim
    that something hidden would undo, were it as strong as the strongest measured confounder, is
    a reservation too.
    """
    every: list[SensitivityRow | Specification] = [*tried, *curve]
    declared = [row for row in every if row.admissible]
    rows = [
        (row.estimate, row.conf_low, row.conf_high)
        for row in declared
        if row.estimate is not None and row.conf_low is not None and row.conf_high is not None
    ]
    if shown is None or len(rows) < 2:
        return not_evaluated("G11", "g11_not_evaluated")
    primary = _spoken((shown.estimate, shown.conf_low, shown.conf_high), years, protocol)
    agreeing = sum(_spoken(row, years, protocol) == primary for row in rows) / len(rows)
    silent = len(declared) - len(rows)
    is_near = all(abs(value - shown.estimate) <= protocol.margin for value, _, _ in rows)
    if sign_hinges(shown, tried, protocol):
        code = "g11_treatment"
    elif is_reversed(rows, protocol):
        code = "g11_reversal"
    elif agreeing < SAME_HEADLINE and not is_near:
        code = "g11_reserve"
    elif silent > len(rows):
        code = "g11_reserve_silent"
    elif primary in CLAIMS and _is_undone(shown, robust, years, protocol):
        code = "g11_reserve_hidden"
    else:
        code = "g11_pass_silent" if silent else "g11_pass"
    values: tuple[tuple[str, Quantity], ...] = (
        ("agreeing", Quantity("share", agreeing)),
        ("choices", number(len(rows))),
        ("silent", number(silent)),
    )
    if robust is not None and robust.strongest is not None:
        values = (*values, ("term", words(robust.strongest)))
    return Gate(
        id="G11",
        status="PASS" if code.startswith("g11_pass") else "RESERVE",
        statistic=agreeing,
        threshold=SAME_HEADLINE,
        reason=Reason(code, values),
        is_structural=False,
    )


def is_reversed(rows: Sequence[tuple[float, float, float]], protocol: Protocol) -> bool:
    """Return whether two intervals, as printed, exclude 0 on opposite sides."""
    lows = [as_printed(low, protocol.scale) for _, low, _ in rows]
    highs = [as_printed(high, protocol.scale) for _, _, high in rows]
    return any(low > 0 for low in lows) and any(high < 0 for high in highs)


def _spoken(row: tuple[float, float, float], years: float | None, protocol: Protocol) -> Headline:
    low, high = widened(*row, years)
    return headline_of("comparable", low, high, protocol.margin, protocol.scale)


def _is_undone(
    shown: Estimate, robust: Robustness | None, years: float | None, protocol: Protocol
) -> bool:
    """Return whether zero, or the other direction, is what the hidden thing would leave."""
    if robust is None or robust.if_as_strong is None:
        return False
    if robust.if_as_strong_low is None or robust.if_as_strong_high is None:
        return False
    ends = widened(robust.if_as_strong, robust.if_as_strong_low, robust.if_as_strong_high, years)
    low, high = (as_printed(end, protocol.scale) for end in ends)
    return low <= 0 if shown.estimate > 0 else high >= 0


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
        empty,
        estimate=found.estimate,
        conf_low=found.conf_low,
        conf_high=found.conf_high,
        tally=tally_behind(found),
    )
