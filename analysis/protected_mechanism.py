"""Protected mechanism: what a disruption did to intake and dose, as it may be published."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from utfall.analysis.gates import SMALLEST_ARM
from utfall.analysis.mechanism import rebuilt, spill_over
from utfall.analysis.own_years import Mechanism, SpillOver
from utfall.analysis.redaction import Rules, protected_count


def protected_mechanism(found: Mechanism, rules: Rules) -> Mechanism:
    """Return a mechanism made of protected counts, and named by them.

    Hours are whole ones and rest on at least twenty people in either period; where a count is
    too small to show, nothing is named.
    """
    calm, met = (protected_count(n, rules) for n in (found.started_calm, found.started_met))
    bare = Mechanism(
        months_calm=found.months_calm,
        months_met=found.months_met,
        started_calm=cast(int, calm),
        started_met=cast(int, met),
        dosed_calm=cast(int, protected_count(found.dosed_calm, rules)),
        dosed_met=cast(int, protected_count(found.dosed_met, rules)),
        capacity_share=found.capacity_share,
        named="few",
    )
    if calm is None or met is None:
        return bare
    if found.dose_calm is not None and min(found.dosed_calm, found.dosed_met) >= SMALLEST_ARM:
        bare = replace(
            bare,
            dose_calm=_whole(found.dose_calm),
            dose_met=_whole(found.dose_met),
            dose_low=_hundredth(found.dose_low),
            dose_high=_hundredth(found.dose_high),
        )
    told = rebuilt(bare)
    return replace(
        told,
        intake=_hundredth(told.intake),
        intake_low=_hundredth(told.intake_low),
        intake_high=_hundredth(told.intake_high),
    )


def protected_spill_over(found: SpillOver, rules: Rules) -> SpillOver:
    """Return a spill-over made of protected counts; it warns of nothing that is not shown."""
    calm, met = (protected_count(n, rules) for n in (found.referred_calm, found.referred_met))
    bare = SpillOver(
        months_calm=found.months_calm,
        months_met=found.months_met,
        referred_calm=cast(int, calm),
        referred_met=cast(int, met),
    )
    if calm is None or met is None:
        return bare
    told = spill_over(bare)
    return replace(
        told,
        ratio=_hundredth(told.ratio),
        ratio_low=_hundredth(told.ratio_low),
        ratio_high=_hundredth(told.ratio_high),
    )


def _whole(value: float | None) -> float | None:
    return None if value is None else float(round(value))


def _hundredth(value: float | None) -> float | None:
    return None if value is None else round(value, 2) + 0.0
