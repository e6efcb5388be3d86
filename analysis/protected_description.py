"""Protected description: what is told of each programme's people, from rounded counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from utfall.analysis.counts import wilson_interval
from utfall.analysis.description_rows import (
    ArmDescription,
    AttritionStep,
    BalanceRow,
    OverlapBin,
    YearRow,
)
from utfall.analysis.gates import SMALLEST_ARM
from utfall.analysis.protected_numbers import (
    printed,
    rounded,
    shown_count,
    tenth,
)
from utfall.analysis.redaction import Rules, protected_count, protected_share
from utfall.analysis.results import Rung
from utfall.analysis.vocabulary import Scale
from utfall.analysis.years import count_and_rate

Row = TypeVar("Row", Rung, AttritionStep, OverlapBin)


def protected_arm(
    arm: ArmDescription, scale: Scale, rules: Rules, conf_level: float
) -> ArmDescription:
    """Return one programme on its own, its share and interval made of rounded counts."""
    low, high = arm.conf_low, arm.conf_high
    if scale == "share":
        value = protected_share(arm.events or 0, arm.n_known, rules)
        events = protected_count(arm.events or 0, rules)
        if value is not None:
            # An interval of the exact counts would give them back, whatever is rounded beside.
            known = shown_count(arm.n_known, rules)
            low, high = wilson_interval(min(events or 0, known), known, conf_level)
    else:
        value = printed(arm.value, scale) if arm.n_known >= SMALLEST_ARM else None
        events = None
    return replace(
        arm,
        n=shown_count(arm.n, rules),
        n_known=shown_count(arm.n_known, rules),
        events=events if value is not None else None,
        value=value,
        conf_low=None if value is None else printed(low, scale),
        conf_high=None if value is None else printed(high, scale),
    )


def protected_step(row: Row, rules: Rules) -> Row:
    """Return a row with the people of both programmes rounded."""
    return replace(
        row,
        n_target=shown_count(row.n_target, rules),
        n_comparator=shown_count(row.n_comparator, rules),
    )


def protected_balance(row: BalanceRow) -> BalanceRow:
    """Return standardised differences with one decimal."""
    return replace(
        row,
        before=round(row.before, 1) + 0.0,
        after=None if row.after is None else round(row.after, 1) + 0.0,
    )


def merged_bins(bins: Iterable[OverlapBin], rules: Rules) -> tuple[OverlapBin, ...]:
    """Return neighbouring bands merged until no band hides a small count beside a large one."""
    merged: list[OverlapBin] = []
    for band in bins:
        if merged and _is_small(merged[-1], rules):
            last = merged.pop()
            band = OverlapBin(
                low=last.low,
                high=band.high,
                n_target=last.n_target + band.n_target,
                n_comparator=last.n_comparator + band.n_comparator,
            )
        merged.append(band)
    while len(merged) > 1 and _is_small(merged[-1], rules):
        last, before = merged.pop(), merged.pop()
        merged.append(
            OverlapBin(
                low=before.low,
                high=last.high,
                n_target=before.n_target + last.n_target,
                n_comparator=before.n_comparator + last.n_comparator,
            )
        )
    return _adding_up(merged, rules)


def _adding_up(bands: Sequence[OverlapBin], rules: Rules) -> tuple[OverlapBin, ...]:
    """Return bands rounded so that they add up to the rounded whole.

    Rounded each by itself, what they miss of the whole would tell how each was rounded. The
    difference is spread over the largest bands, one step each.
    """
    shown = [protected_step(band, rules) for band in bands]
    for name in ("n_target", "n_comparator"):
        counts = [getattr(band, name) for band in shown]
        whole = protected_count(sum(getattr(band, name) for band in bands), rules)
        if whole is None or None in counts or rules.public_data:
            continue
        step = rules.round_to if sum(counts) < whole else -rules.round_to
        order = sorted(range(len(counts)), key=lambda i: -counts[i])
        for i in order[: abs(whole - sum(counts)) // rules.round_to]:
            shown[i] = replace(shown[i], **{name: counts[i] + step})
    return tuple(shown)


def _is_small(band: OverlapBin, rules: Rules) -> bool:
    return any(0 < n <= rules.threshold for n in (band.n_target, band.n_comparator))


def protected_year(year: YearRow, rules: Rules) -> YearRow:
    """Return a year whose interval and rate are rebuilt from the protected count."""
    events = protected_count(year.events, rules)
    months = None if year.place_months is None else rounded(year.place_months, 10)
    rebuilt = {} if events is None else count_and_rate(events, months)
    return replace(
        year,
        events=shown_count(year.events, rules),
        entrants=shown_count(year.entrants, rules),
        place_months=months,
        conf_low=tenth(rebuilt.get("conf_low")),
        conf_high=tenth(rebuilt.get("conf_high")),
        rate=tenth(rebuilt.get("rate")),
        rate_low=tenth(rebuilt.get("rate_low")),
        rate_high=tenth(rebuilt.get("rate_high")),
    )
