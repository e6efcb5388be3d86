"""Protected gates: what may every check say of the people whom it judged?"""

from __future__ import annotations

from dataclasses import replace

from utfall.analysis.gates import not_evaluated
from utfall.analysis.redaction import Rules, protected_count, protected_share
from utfall.analysis.release import (
    disclosure_gate,
)
from utfall.analysis.results import (
    Comparison,
    Gate,
    Quantity,
    Reason,
)

#: Gates that judge the answer, and what they say where it is hidden.
ANSWER_GATES = {"G10": "judged_hidden", "G11": "judged_hidden"}


def protected_gates(comparison: Comparison, rules: Rules, *, is_hidden: bool) -> tuple[Gate, ...]:
    """Return the gates as published, with the one that can speak only after protection.

    Gates that judge the answer itself say nothing of one that is hidden: the half-width
    and the agreement of other choices would tell of it.
    """
    spoken = disclosure_gate(
        comparison.fairness, rules.threshold, is_public=rules.public_data, is_hidden=is_hidden
    )
    silent = ANSWER_GATES if is_hidden else {}
    gates = (
        *(
            not_evaluated(gate.id, silent[gate.id]) if gate.id in silent else gate
            for gate in comparison.gates
            if gate.id != spoken.id
        ),
        spoken,
    )
    needed = comparison.n_needed_per_arm
    return tuple(
        _gate(gate, needed, rules) for gate in sorted(gates, key=lambda gate: int(gate.id[1:]))
    )


def _gate(gate: Gate, n_needed: int | None, rules: Rules) -> Gate:
    return replace(
        gate,
        statistic=_statistic(gate, rules),
        reason=protected_reason(told_needed(gate.reason, n_needed), rules),
        needed=protected_reason(told_needed(gate.needed, n_needed), rules) if gate.needed else None,
    )


def told_needed(reason: Reason, n_needed: int | None) -> Reason:
    """Return a sentence with the people needed as published; the exact one tells the share."""
    return replace(
        reason,
        values=tuple(
            (name, Quantity("number", None if n_needed is None else float(n_needed)))
            if name == "needed"
            else (name, value)
            for name, value in reason.values
        ),
    )


def _statistic(gate: Gate, rules: Rules) -> float | None:
    """Return a gate's statistic as published; one that is a share of people is made of counts."""
    if gate.statistic is None:
        return None
    for _, value in gate.reason.values:
        if value.denominator is None or value.value is None:
            continue
        share = protected_share(value.numerator or 0, value.denominator, rules)
        if value.value == gate.statistic:
            return share
        if abs(1 - value.value - gate.statistic) < 1e-12:
            return None if share is None else round(1 - share, 2)
    if gate.id == "G10":
        return round(gate.statistic, 2)
    return two_digits(gate.statistic)


def protected_reason(reason: Reason, rules: Rules) -> Reason:
    """Return a sentence with every number in it as it may be published."""
    return replace(
        reason,
        values=tuple((name, protected_quantity(value, rules)) for name, value in reason.values),
    )


def protected_quantity(quantity: Quantity, rules: Rules) -> Quantity:
    """Return a number of a sentence: counts rounded, shares of counts made of rounded ones."""
    if quantity.kind == "count" and quantity.value is not None:
        found = protected_count(int(quantity.value), rules)
        return Quantity("count", None if found is None else float(found))
    if quantity.kind == "share" and quantity.denominator is not None:
        found_share = protected_share(quantity.numerator or 0, quantity.denominator, rules)
        return Quantity("share", found_share)
    if quantity.kind in ("share", "points") and quantity.value is not None:
        return Quantity(quantity.kind, round(quantity.value, 2))
    return quantity


def two_digits(value: float) -> float:
    """Return a number with two significant digits.

    >>> two_digits(0.12345)
    0.12
    """
    return float(f"{value:.2g}") + 0.0
