"""Validation scores: which requirements hold, which fall short, and how often does a gate err?"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from utfall.analysis.counts import wilson_interval
from utfall.analysis.vocabulary import REFUSED
from utfall.pipelines.validation import FIRST_SEED, TUNING_SEED, Replicate
from utfall.pipelines.validation_bars import Bar
from utfall.pipelines.validation_case import Case
from utfall.pipelines.validation_cases import REASONS
from utfall.pipelines.validation_measures import (
    MEASURES,
    NOT_SHARES,
    Measured,
    monte_carlo_error,
    share_of,
)
from utfall.pipelines.validation_noise import (
    DECLARED_NOISE,
    FEW_CLAIMS,
    POOLED,
    asked,
    bar_at,
    noise_table,
)
from utfall.pipelines.validation_rule import tuned

SCHEMA = "utfall/validation/3"

GATES = tuple(f"G{number}" for number in range(15))

#: Fewer people an arm than this, and false alarms are told apart.
FEW = 200

RAISED = ("FAIL", "RESERVE")


def scored(
    made: Sequence[Replicate],
    cases: Sequence[Case],
    *,
    tuning: Sequence[Replicate] = (),
    checks: Sequence[Mapping[str, Any]] = (),
    code: Sequence[str] = (),
) -> dict[str, Any]:
    """Return every requirement with what was measured, and the tables over all cases.

    Everything is rounded and in a fixed order, so that the same replicates give the same
    bytes.

    Parameters
    ----------
    made, tuning : sequence of Replicate
        Worlds that are reported, and worlds on which thresholds were set.
    checks : sequence of mapping
        Lines of what is not a comparison, already scored.
    code : sequence of str
        Hashes of the code that answered.
    """
    return {
        "schema": SCHEMA,
        "code": list(code),
        "first_seed": FIRST_SEED,
        "tuning_seed": TUNING_SEED,
        "replicates": len(made),
        "lines": [
            *(line for case in cases for line in _lines(case, made)),
            *_pooled(made, cases),
            *checks,
        ],
        "noise": noise_table(made, cases),
        "confusion": confusion(made),
        "hedging": hedging(made),
        "gates": gate_table(made, cases),
        "thresholds": tuned(tuning, cases),
    }


def _lines(case: Case, made: Sequence[Replicate]) -> list[dict[str, Any]]:
    own = [one for one in made if one.case == case.id]
    calm = [one for one in own if one.noise == 0]
    lines = [_line(case, bar, calm, required_of(bar), noise=0.0) for bar in case.bars if calm]
    if case.is_judged_alone:
        for noise in case.noises:
            lines += _second(case, [one for one in own if one.noise == noise], noise)
    return lines


def _pooled(made: Sequence[Replicate], cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Return what holds over every case together: the second interval, and the direction.

    The headline is read off the second interval, so that it too must hold up to the declared
    noise: a direction that is not there may be claimed no more often than elsewhere.
    """
    lines = []
    for noise in POOLED.noises:
        noisy = asked(made, cases, noise)
        lines += _second(POOLED, noisy, noise)
        if noisy:
            required = required_of(FEW_CLAIMS) if noise <= DECLARED_NOISE else ""
            lines.append(_line(POOLED, FEW_CLAIMS, noisy, required, noise=noise))
    return lines


def _second(case: Case, noisy: Sequence[Replicate], noise: float) -> list[dict[str, Any]]:
    bar, is_required = bar_at(noise)
    required = required_of(bar) if is_required else ""
    return [_line(case, bar, noisy, required, noise=noise)] if noisy else []


def required_of(bar: Bar) -> str:
    """Return a requirement in words.

    >>> required_of(Bar(measure="coverage", direction="between", limit=0.93, upper=0.97))
    '0.93 to 0.97'
    """
    if bar.upper is not None:
        return f"{bar.limit:g} to {bar.upper:g}"
    return f"{bar.direction.replace('_', ' ')} {bar.limit:g}"


def _line(
    case: Case, bar: Bar, made: Sequence[Replicate], required: str, *, noise: float
) -> dict[str, Any]:
    errors = [one.estimate - one.truth for one in made if one.estimate is not None]
    return {
        **line_of(case.id, case.what, bar, MEASURES[bar.measure](made), required, noise=noise),
        "bias": round(statistics.fmean(errors), 3) + 0.0 if errors else None,
        "answered": len(errors),
        "tried": len(made),
    }


def line_of(
    case: str, what: str, bar: Bar, found: Measured, required: str, *, noise: float = 0.0
) -> dict[str, Any]:
    """Return one requirement with what was measured, its error and what it says."""
    value, n = found if found is not None else (None, 0)
    low, high = (
        (None, None)
        if value is None or bar.measure in NOT_SHARES
        else wilson_interval(round(value * n), n)
    )
    error = None if low is None or value is None else monte_carlo_error(value, n)
    verdict = None
    if not required:
        verdict = "not_required"
    elif value is not None:
        verdict = bar.judged(value, value if low is None else low, value if high is None else high)
    return {
        "case": case,
        "what": what,
        "noise": noise,
        "measure": bar.measure,
        "direction": bar.direction,
        "limit": bar.limit,
        "upper": bar.upper,
        "required": required,
        "value": _rounded(value),
        "low": _rounded(low),
        "high": _rounded(high),
        "error": _rounded(error),
        "n": n,
        "verdict": verdict,
        "bias": None,
        "answered": 0,
        "tried": n,
        "reason": REASONS.get((case, bar.measure), "") if verdict != "met" else "",
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3) + 0.0


# ------------------------------------------------------------------ headlines
def truth_class(one: Replicate) -> str:
    """Return what is true in a world, in the words of the confusion matrix."""
    if not one.is_identified:
        return "not identified"
    if abs(one.truth) < 0.005:
        return "no difference"
    size = "beyond" if abs(one.truth) > one.margin else "within"
    return f"{'more' if one.truth > 0 else 'fewer'}, {size} the margin"


def confusion(made: Sequence[Replicate]) -> list[dict[str, Any]]:
    """Return how often each truth met each headline; noise 0 alone."""
    counted = Counter((truth_class(one), one.headline) for one in made if one.noise == 0)
    return [
        {"truth": truth, "headline": headline, "n": n}
        for (truth, headline), n in sorted(counted.items())
    ]


#: Cases whose people are many enough that a definite headline can be asked for: a difference
#: well beyond the margin, and none at all.
DEFINITE = {"S3": ("better_clear", "better_uncertain"), "S18": ("no_meaningful_difference",)}

#: Least share of definite, right headlines there.
LEAST_DEFINITE = 0.80

#: Most wrong claims of a direction, over every world of noise 0 with a known truth.
MOST_WRONG = 0.05


def hedging(made: Sequence[Replicate]) -> dict[str, Any]:
    """Return whether the headlines dare enough where they can, and no more than they may.

    A system that always hedges makes no wrong claim, and fails here all the same: where a
    difference is large, or where two thousand an arm show none, it must say so.
    """
    calm = [one for one in made if one.noise == 0]
    definite = {
        case: share_of(
            o.headline in right and (case != "S3" or (o.estimate or 0.0) * o.truth > 0)
            for o in calm
            if o.case == case
        )
        for case, right in DEFINITE.items()
    }
    known = [one for one in calm if one.is_identified]
    wrong = share_of(
        one.headline.startswith("better")
        and one.estimate is not None
        and (abs(one.truth) < 0.005 or (one.estimate > 0) != (one.truth > 0))
        for one in known
    )
    right = {case: _rounded(found[0]) if found else None for case, found in definite.items()}
    is_met = (
        all(share is not None and share >= LEAST_DEFINITE for share in right.values())
        and wrong is not None
        and wrong[0] <= MOST_WRONG
    )
    return {
        "definite": right,
        "least_definite": LEAST_DEFINITE,
        "wrong": _rounded(wrong[0]) if wrong else None,
        "most_wrong": MOST_WRONG,
        "n": len(known),
        "is_met": is_met,
    }


# ------------------------------------------------------------------ gates
def gate_table(made: Sequence[Replicate], cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Return how often each gate raises its hand where it should, and where it should not.

    Noise 0 alone.
    False alarms are those of pairs of 400 an arm; few people are a fault of their own to some
    gates, so that alike pairs of 80 an arm are told beside them. A gate that gave no judgement
    counts on neither side, and is told apart.
    """
    by_id = {case.id: case for case in cases}
    rows = []
    for gate in GATES:
        due = [
            o
            for o in made
            if gate in by_id[o.case].stops
            and o.noise == 0
            and _speaks(o, gate, by_id)
            and o.gates[gate] != "NOT_EVALUATED"
        ]
        alike = [
            o for o in made if by_id[o.case].is_sound and o.noise == 0 and _speaks(o, gate, by_id)
        ]
        few = [o for o in alike if _has_few(by_id[o.case]) and o.gates[gate] != "NOT_EVALUATED"]
        sound = [o for o in alike if not _has_few(by_id[o.case])]
        spoken = [o for o in sound if o.gates[gate] != "NOT_EVALUATED"]
        caught = share_of(o.gates[gate] in RAISED for o in due)
        false = share_of(o.gates[gate] in RAISED for o in spoken)
        false_few = share_of(o.gates[gate] in RAISED for o in few)
        unheard = share_of(o.gates[gate] == "NOT_EVALUATED" for o in sound)
        rows.append(
            {
                "gate": gate,
                "faults": sorted({o.case for o in due}),
                "sensitivity": _rounded(caught[0]) if caught else None,
                "n_due": len(due),
                "false_alarm": _rounded(false[0]) if false else None,
                "not_evaluated": _rounded(unheard[0]) if unheard else None,
                "n_sound": len(sound),
                "false_alarm_few": _rounded(false_few[0]) if false_few else None,
                "n_few": len(few),
            }
        )
    return rows


def _has_few(case: Case) -> bool:
    return case.size is not None and case.size < FEW


def _speaks(one: Replicate, gate: str, by_id: Mapping[str, Case]) -> bool:
    """Return whether a gate was asked.

    Stability is, only where every choice was tried; and whether an answer can be shown, only
    where there is one.
    """
    if gate == "G11" and not (by_id[one.case].is_graded and one.noise == 0):
        return False
    if gate == "G13" and one.headline in REFUSED:
        return False
    return gate in one.gates
