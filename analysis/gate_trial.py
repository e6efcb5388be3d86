"""Gate trial: what does one gate say of one world, and how often does it err over many?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import polars as pl

from utfall.analysis.cohort import blinded, first_referrals, in_arms
from utfall.analysis.comparison import Context, compare
from utfall.analysis.falsification import falsification_gate
from utfall.analysis.gates import confounder_gate, legal_overlap_gate, lock_gate, time_zero_gate
from utfall.analysis.ladder import stages_of
from utfall.analysis.protocol import Protocol
from utfall.analysis.results import Gate
from utfall.analysis.unknowns import unknown_gate

#: Statuses with which a gate raises its hand.
RAISED = frozenset({"RESERVE", "FAIL"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRates:
    """How often a gate errs, over worlds whose fault is known.

    Attributes
    ----------
    sensitivity : float or None
        Share of worlds with the fault in which the gate raised its hand; None without such.
    false_alarm : float or None
        Share of worlds without it in which the gate raised its hand; None without such.
    worlds : int
        Worlds in which the gate was evaluated at all.
    not_evaluated : int
        Worlds in which it was not: neither a find nor a false alarm.
    """

    sensitivity: float | None
    false_alarm: float | None
    worlds: int
    not_evaluated: int


def judge(
    gate: str, cohort: pl.DataFrame, protocol: Protocol, *, context: Context | None = None
) -> Gate:
    """Return what one gate says of a cohort, without the answer where it needs none.

    Parameters
    ----------
    gate : str
        ``G0`` to ``G12``, ``G14``; ``G13`` speaks only after protection.
    cohort : DataFrame
        As for :func:`utfall.analysis.compare`.

    Raises
    ------
    ValueError
        No such gate speaks of a cohort.
    """
    context = context or Context()
    stages = stages_of(first_referrals(in_arms(cohort, protocol), protocol), (), protocol)
    design = blinded(stages.population, protocol)
    alone = {
        "G1": lambda: lock_gate(context.locked_before_data),
        "G2": lambda: legal_overlap_gate(design, protocol),
        "G5": lambda: time_zero_gate(design, protocol, context.partial),
        "G14": lambda: confounder_gate(design, protocol),
    }
    if not _sets_aside(protocol):
        alone |= {
            "G7": lambda: unknown_gate(stages.compared, protocol),
            "G8": lambda: falsification_gate(stages.compared, protocol),
        }
    if gate in alone:
        return alone[gate]()
    found = compare(cohort, protocol, context=replace(context, leave_out=False))
    for one in found.gates:
        if one.id == gate:
            return one
    raise ValueError(f"no gate {gate} speaks of a cohort")


def error_rates(found: Iterable[tuple[bool, Gate]]) -> ErrorRates:
    """Return how often a gate errs.

    Parameters
    ----------
    found : iterable of (bool, Gate)
        Whether the world has the fault that the gate is there for, and what the gate said.

    >>> from utfall.analysis.gates import not_evaluated
    >>> error_rates([(True, not_evaluated("G8", "g8_not_evaluated"))]).not_evaluated
    1
    """
    judged = list(found)
    spoken = [(is_faulty, gate) for is_faulty, gate in judged if gate.status != "NOT_EVALUATED"]
    faulty = [gate.status in RAISED for is_faulty, gate in spoken if is_faulty]
    sound = [gate.status in RAISED for is_faulty, gate in spoken if not is_faulty]
    return ErrorRates(
        sensitivity=sum(faulty) / len(faulty) if faulty else None,
        false_alarm=sum(sound) / len(sound) if sound else None,
        worlds=len(spoken),
        not_evaluated=len(judged) - len(spoken),
    )


def _sets_aside(protocol: Protocol) -> bool:
    return any(plan.handling in ("exclude", "exposure") for plan in protocol.disruptions)
