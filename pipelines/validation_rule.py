"""Validation rule: where would a gate's threshold lie, were it set on simulated pairs alone?

The rule, for every threshold that is a choice and not a matter of law or arithmetic: of the
candidates, take the strictest at which the gate raises its hand in at most one in twenty pairs
of 400 an arm that are alike. Four in five such pairs must reach the top grade, and four gates
have such a choice, so that each may stop a quarter of the fifth. It is applied to worlds whose
seeds are never reported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from utfall.analysis.protocol import Thresholds
from utfall.pipelines.validation import Replicate
from utfall.pipelines.validation_case import Case

#: Most false alarms that a threshold may give in pairs that are alike.
MOST_FALSE = 0.05

#: Case on which thresholds are set: comparable people, two sites, ten negative controls.
SOUND = "S6_0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A threshold that is a choice: its candidates, strictest first, and what is judged by it.

    Attributes
    ----------
    gate : str
    candidates : tuple of float
    judged : callable
        Takes a replicate; returns the number that raises the hand where it lies above the
        threshold, in the threshold's unit, or None where the gate did not speak.
    """

    gate: str
    candidates: tuple[float, ...]
    judged: Callable[[Replicate], float | None]


def _statistic(gate: str, per: float = 1.0) -> Callable[[Replicate], float | None]:
    def judged(one: Replicate) -> float | None:
        found = one.statistics.get(gate)
        return None if found is None else found / per

    return judged


def _seen_bias(one: Replicate) -> float | None:
    """Return the bias in parts of the margin where the test saw any, and none where it did not."""
    found = one.statistics.get("G4")
    if found is None or one.gates.get("G4") == "NOT_EVALUATED":
        return None
    return found / one.margin if one.gates["G4"] != "PASS" else 0.0


#: In the order of their gates. Parts of the margin are parts of ten points.
CHOICES: Mapping[str, Choice] = {
    "bias_share": Choice(gate="G4", candidates=(0.25, 0.50, 0.75), judged=_seen_bias),
    "disrupted_share_gap": Choice(
        gate="G6", candidates=(0.10, 0.20, 0.30), judged=_statistic("G6")
    ),
    "unknown_reach": Choice(
        gate="G7", candidates=(0.05, 0.075, 0.10, 0.15), judged=lambda one: one.unknown_reach
    ),
    "control_error": Choice(
        gate="G8", candidates=(0.25, 0.50, 0.75), judged=_statistic("G8", 0.10)
    ),
}


def by_rule(values: Sequence[float], candidates: Sequence[float]) -> float | None:
    """Return the strictest candidate that enough of the sound pairs lie below.

    >>> by_rule([0.01, 0.02, 0.03, 0.04], (0.02, 0.05))
    0.05
    >>> by_rule([0.5], (0.1, 0.2)) is None
    True
    """
    for candidate in sorted(candidates):
        if values and sum(value > candidate for value in values) / len(values) <= MOST_FALSE:
            return candidate
    return None


def tuned(made: Sequence[Replicate], cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Return each threshold in use beside the one that the rule gives, on tuning worlds.

    Parameters
    ----------
    made : sequence of Replicate
        Worlds of tuning seeds.
    """
    stops = {case.id: case.stops for case in cases}
    limits = Thresholds().model_dump()
    rows = []
    for name, choice in CHOICES.items():
        sound = _values(choice, [one for one in made if one.case == SOUND])
        faulty = _values(choice, [o for o in made if choice.gate in stops.get(o.case, ())])
        if not sound:
            continue
        in_use = float(limits[name])
        rows.append(
            {
                "gate": choice.gate,
                "threshold": name,
                "in_use": in_use,
                "by_rule": by_rule(sound, choice.candidates),
                "candidates": list(choice.candidates),
                "false_alarm": round(sum(value > in_use for value in sound) / len(sound), 3),
                "sensitivity": round(sum(value > in_use for value in faulty) / len(faulty), 3)
                if faulty
                else None,
                "n_sound": len(sound),
                "n_faulty": len(faulty),
            }
        )
    return rows


def _values(choice: Choice, made: Sequence[Replicate]) -> list[float]:
    found = [choice.judged(one) for one in made]
    return [value for value in found if value is not None]
