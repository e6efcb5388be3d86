"""Validation noise: does the second interval hold where site-years swing, in every world?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from utfall.analysis.counts import wilson_interval
from utfall.pipelines.validation import Replicate
from utfall.pipelines.validation_bars import Bar, Judgement, at_least, at_most
from utfall.pipelines.validation_case import NOISES, Case
from utfall.pipelines.validation_measures import MEASURES, claims_wrongly, share_of

#: Of the second interval, at its declared noise.
LEAST_COVERAGE = 0.93

#: The plans declare five points of noise; what lies beyond is printed, not required.
DECLARED_NOISE = 0.05

SECOND = at_least("second_coverage", LEAST_COVERAGE)
PRINTED = at_least("second_coverage", 0.0)

#: Of a direction that is not there, over all worlds together.
FEW_CLAIMS = at_most("type_one", 0.05)

#: Over every world with an answer that is asked to hold the truth, whatever its case.
POOLED = Case(
    id="noise",
    what="Every world above with an answer, where site-years swing",
    scenario="null",
)


def bar_at(noise: float) -> tuple[Bar, bool]:
    """Return what the second interval must do at a level of noise, and whether it must."""
    is_required = noise <= DECLARED_NOISE
    return (SECOND if is_required else PRINTED), is_required


def asked(made: Sequence[Replicate], cases: Sequence[Case], noise: float) -> list[Replicate]:
    """Return the worlds at a level of noise whose interval is asked to hold the truth."""
    biased = {case.id for case in cases if case.is_biased}
    return [one for one in made if one.noise == noise and one.case not in biased]


def noise_table(made: Sequence[Replicate], cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Return, by case and level of noise, how often the second interval held the truth.

    A case has few worlds at each level; one whose error reaches up to what is required is not
    said to fall short alone. ``wrong`` is the share that claimed a direction that is not there.
    """
    rows = []
    for case in cases:
        for noise in (level for level in NOISES if level in case.noises):
            own = [one for one in made if (one.case, one.noise) == (case.id, noise)]
            if own:
                rows.append(_row(case, noise, own))
    return rows


def _row(case: Case, noise: float, own: Sequence[Replicate]) -> dict[str, Any]:
    found = None if case.is_biased else MEASURES["second_coverage"](own)
    wrong = share_of(claims_wrongly(one) for one in own if one.is_identified)
    verdict: Judgement | None = None
    bar, is_required = bar_at(noise)
    if found is not None and is_required:
        share, n = found
        verdict = bar.judged(share, *wilson_interval(round(share * n), n))
    return {
        "case": case.id,
        "noise": noise,
        "worlds": len(own),
        "value": None if found is None else round(found[0], 3) + 0.0,
        "n": 0 if found is None else found[1],
        "verdict": verdict,
        "wrong": None if wrong is None else round(wrong[0], 3) + 0.0,
    }
