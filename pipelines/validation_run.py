"""Validation run: draw, answer and score world after world, and go on where a run was stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from utfall.pipelines.rehearsal import Rehearsal, rehearse
from utfall.pipelines.validation import FIRST_SEED, TOGETHER, TUNING_SEED, replicates
from utfall.pipelines.validation_case import Case
from utfall.pipelines.validation_checks import CHECKS, Check, check_lines
from utfall.pipelines.validation_journal import (
    Journal,
    as_line,
    as_replicate,
    by_one_state,
    code_sha256,
)
from utfall.pipelines.validation_rule import CHOICES, SOUND
from utfall.pipelines.validation_scores import scored

REPORTED, TUNED, CHECKED = "reported", "tuning", "check"

#: Of the worlds asked for a case, how many are drawn to set thresholds on: the rule is about
#: the pairs that are alike, of which there must be enough to tell 1 in 20.
TUNING_SHARE = 0.5
SOUND_TUNING_SHARE = 2.0


def validate(
    count: int,
    cases: Sequence[Case],
    *,
    checks: Sequence[Check] = CHECKS,
    told: Callable[[str], None],
    journal: Path | None = None,
    seconds: float | None = None,
    rehearsal: Rehearsal | None = None,
    states: Collection[str] = (),
) -> dict[str, Any]:
    """Run every case so many times and return the scored document.

    Cases take turns, some worlds at a time, so that a run that is stopped early has tried
    them all alike.

    Parameters
    ----------
    count : int
        Worlds a case and level of noise; a case's worth says how many of them it gets.
    cases : sequence of Case
    checks : sequence of Check
        What is not a comparison.
    told : callable
        Takes a line of progress.
    journal : Path or None
        Where every scored world is kept; a later run goes on from there.
    seconds : float or None
        After so long no more worlds are drawn, and those there are are scored.
    rehearsal : Rehearsal or None
        The compiled models, where they are at hand; compiled here otherwise.
    states : collection of str
        Other states of the code whose worlds in the journal are scored too, and named.
    """
    code = code_sha256()
    kept = Journal(journal, code, states)
    kept.drop_other({one.id: one.sha256 for one in cases} | {one.id: one.sha256 for one in checks})
    ends = None if seconds is None else time.monotonic() + seconds
    for case, noise, stream, numbers in _turns(count, cases, checks):
        missing = sorted(set(numbers) - kept.numbers(case.id, noise, stream))
        if not missing:
            continue
        if ends is not None and time.monotonic() > ends:
            told("time is up; what there is, is scored")
            break
        if isinstance(case, Check):
            kept.add(
                {
                    "case": case.id,
                    "noise": 0.0,
                    "stream": stream,
                    "world": case.sha256,
                    "number": number,
                    "found": dict(case.run(FIRST_SEED + number)),
                }
                for number in missing
            )
        else:
            rehearsal = rehearsal or rehearse()
            first = FIRST_SEED if stream == REPORTED else TUNING_SEED
            made = list(replicates(rehearsal, case, missing, noise, first_seed=first))
            kept.add(as_line(one, stream, case.sha256) for one in made)
        told(f"{case.id} {stream} {noise:g}: worlds {missing[0]} to {missing[-1]}")
    return _document(kept, cases, checks, code)


def _turns(
    count: int, cases: Sequence[Case], checks: Sequence[Check]
) -> Iterator[tuple[Case | Check, float, str, range]]:
    tuning = {SOUND} | {
        case.id for case in cases for one in CHOICES.values() if one.gate in case.stops
    }
    wanted = {case.id: max(1, count * case.worth // 10) for case in cases}
    noisy = {case.id: max(1, count * case.noise_worth // 10) for case in cases}
    wanted |= {check.id: max(1, min(check.most, count)) for check in checks}
    last = int(max(wanted.values(), default=0) * max(1.0, SOUND_TUNING_SHARE))
    for first in range(0, last, TOGETHER):
        for case in cases:
            most = wanted[case.id]
            for noise in (0.0, *case.noises):
                last_here = noisy[case.id] if noise else most
                here = range(first, min(first + TOGETHER, last_here))
                if here:
                    yield case, noise, REPORTED, here
            share = SOUND_TUNING_SHARE if case.id == SOUND else TUNING_SHARE
            here = range(first, min(first + TOGETHER, int(most * share)))
            if case.id in tuning and here:
                yield case, 0.0, TUNED, here
        for check in checks:
            here = range(first, min(first + TOGETHER, wanted[check.id]))
            if here:
                yield check, 0.0, CHECKED, here


def _document(
    kept: Journal, cases: Sequence[Case], checks: Sequence[Check], code: str
) -> dict[str, Any]:
    """Return the scores of every world kept, whoever drew it and in whatever order."""
    order = {case.id: place for place, case in enumerate(cases)}
    taken = by_one_state(kept, code)
    lines = sorted(
        (line for line in taken if line["case"] in order),
        key=lambda line: (order[line["case"]], line["noise"], line["number"]),
    )
    return scored(
        [as_replicate(line) for line in lines if line["stream"] == REPORTED],
        cases,
        tuning=[as_replicate(line) for line in lines if line["stream"] == TUNED],
        checks=check_lines([line for line in taken if line["stream"] == CHECKED], checks),
        code=sorted({line["code"] for line in taken}) or (code,),
    )
