"""Protected rates: what do shares, differences and curves look like from protected counts alone?"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from scipy.stats import norm

from utfall.analysis.counts import (
    n_per_arm_for,
    normal_variation_band,
    smallest_detectable_difference,
    wilson_bounds,
)
from utfall.analysis.crude import crude_of, tally_behind
from utfall.analysis.description_rows import ExitCurve, YearRow
from utfall.analysis.redaction import Rules, protected_count
from utfall.analysis.results import Bounds, Comparison, Estimate, Tally
from utfall.analysis.unknowns import bounds_of

#: Fewer still followed than this and a curve ends.
FEWEST_FOLLOWED = 10


def mid_count(value: int, rules: Rules) -> int:
    """Return the protected count, or the middle of what a redacted one may be.

    For numbers that are made of several counts: it tells no more than the redaction does.

    >>> mid_count(2, Rules()), mid_count(23, Rules())
    (4, 25)
    """
    found = protected_count(value, rules)
    return (rules.threshold + 1) // 2 if found is None else found


def protected_tally(tally: Tally, rules: Rules) -> Tally | None:
    """Return a tally of protected counts; None where one of its cells is redacted."""
    counts = {
        name: protected_count(getattr(tally, name), rules)
        for name in ("n_target", "events_target", "n_comparator", "events_comparator")
    }
    rest = (
        protected_count(tally.n_target - tally.events_target, rules),
        protected_count(tally.n_comparator - tally.events_comparator, rules),
    )
    if None in rest or any(not count for name, count in counts.items() if name.startswith("n_")):
        return None
    shown = {name: count for name, count in counts.items() if count is not None}
    return Tally(**shown) if len(shown) == len(counts) else None


def plain_difference(tally: Tally | None, rules: Rules, conf_level: float) -> Estimate | None:
    """Return a plain difference of shares made of protected counts; None where it cannot be.

    Its whole percents and its interval would otherwise give the exact counts back: 13 % of
    about 60 is 8 people and no other number. Public rows have nothing to give back.
    """
    if tally is None or rules.public_data:
        return None
    coarse = protected_tally(tally, rules)
    return None if coarse is None else crude_of(coarse, conf_level)


def coarse_estimate(found: Estimate | None, rules: Rules, conf_level: float) -> Estimate | None:
    """Return an estimate, made of protected counts where it is a plain difference of shares."""
    if found is None:
        return None
    return plain_difference(tally_behind(found), rules, conf_level) or found


def moved_with(
    value: float | None, exact: Estimate | None, coarse: Estimate | None
) -> float | None:
    """Return a bound of the second interval, moved as the estimate was by protection."""
    if value is None or exact is None or coarse is None or coarse is exact:
        return value
    low = value < exact.estimate
    inner = exact.estimate - exact.conf_low if low else exact.conf_high - exact.estimate
    extra = max((value - exact.estimate) ** 2 - inner**2, 0.0)
    reach = coarse.estimate - coarse.conf_low if low else coarse.conf_high - coarse.estimate
    return coarse.estimate + (-1 if low else 1) * math.hypot(reach, math.sqrt(extra))


def coarse_bounds(bounds: Bounds | None, rules: Rules, conf_level: float) -> Bounds | None:
    """Return worst-case bounds from protected counts; few unknowns count as the most they may be.

    The width of the bounds is the share of unknowns: exact, it would tell how many.
    """
    if bounds is None or bounds.arms is None or rules.public_data:
        return bounds
    arms = []
    for people, known, reached in bounds.arms:
        unknown = people - known
        few = 0 < unknown <= rules.threshold
        n = mid_count(people, rules)
        lost = rules.threshold if few else mid_count(unknown, rules)
        arms.append((n, max(n - lost, 0), min(mid_count(reached, rules), max(n - lost, 0))))
    return replace(bounds_of((arms[0], arms[1]), conf_level) or bounds, arms=None)


def power_of(comparison: Comparison, rules: Rules) -> tuple[float | None, int | None]:
    """Return the smallest difference that could show, and people needed, from protected counts."""
    tally = comparison.tally
    if tally is None or rules.public_data:
        return comparison.smallest_detectable, comparison.n_needed_per_arm
    sizes = [max(mid_count(n, rules), 1) for n in (tally.n_target, tally.n_comparator)]
    events = sum(mid_count(e, rules) for e in (tally.events_target, tally.events_comparator))
    is_empty = tally.n_target + tally.n_comparator == 0
    share = 0.5 if is_empty else float(np.clip(events / sum(sizes), 0.02, 0.98))
    needed = 10 * -(-n_per_arm_for(comparison.matters / 100, share) // 10)
    return (
        None
        if comparison.smallest_detectable is None
        else smallest_detectable_difference(sizes[0], sizes[1], share),
        None if comparison.n_needed_per_arm is None else needed,
    )


def redrawn_bands(years: Iterable[YearRow], rules: Rules) -> tuple[YearRow, ...]:
    """Return years whose band of normal variation is drawn around protected counts.

    The band of the exact counts would tell their sum; around a redacted one it would tell
    of that one, so there is none.
    """
    rows = tuple(years)
    bands: dict[str, tuple[int, int] | None] = {}
    for programme in dict.fromkeys(row.programme for row in rows):
        calm = [
            row
            for row in rows
            if row.programme == programme and not row.is_disrupted and row.entrants
        ]
        shown = [protected_count(row.events, rules) for row in calm]
        told = [count for count in shown if count is not None]
        bands[programme] = (
            normal_variation_band(sum(told) / len(told), overdispersion_share=calm[0].spread)
            if len(told) == len(shown) >= 2
            else None
        )
    return tuple(
        row
        if row.normal_low is None
        else replace(
            row,
            normal_low=band[0] if (band := bands[row.programme]) else None,
            normal_high=band[1] if band else None,
        )
        for row in rows
    )


def coarse_curve(curve: ExitCurve, rules: Rules, conf_level: float) -> ExitCurve:
    """Return a curve by quarters that moves in steps of protected counts.

    It ends where few are still followed. Whole percents of the exact counts would tell how
    many left between two quarters, which may be one.
    """
    everyone = curve.n_followed[0] if curve.n_followed else 0
    keep = [
        i
        for i, (month, n) in enumerate(zip(curve.months, curve.n_followed, strict=True))
        if month % 3 == 0 and n > max(rules.threshold, FEWEST_FOLLOWED)
    ]
    points = [_point(curve, i, everyone, rules, conf_level) for i in keep]
    return replace(
        curve,
        months=tuple(curve.months[i] for i in keep),
        share=tuple(point[0] for point in points),
        conf_low=tuple(point[1] for point in points),
        conf_high=tuple(point[2] for point in points),
        n_followed=tuple(protected_count(curve.n_followed[i], rules) or 0 for i in keep),
    )


_Point = tuple[float | None, float | None, float | None]


def _point(curve: ExitCurve, i: int, everyone: int, rules: Rules, conf_level: float) -> _Point:
    """Return a share and its interval, in whole percent, from protected counts."""
    share, followed = curve.share[i], max(mid_count(curve.n_followed[i], rules), 1)
    if share is None:
        return None, None, None
    exact = round(share * everyone)
    left = protected_count(exact, rules)
    stayed = protected_count(everyone - exact, rules)
    whole = protected_count(everyone, rules)
    if left is None or stayed is None or not whole:
        return None, None, None
    if left == 0:
        return 0.0, 0.0, round(1 - ((1 - conf_level) / 2) ** (1 / followed), 2)
    coarse = min(left / whole, 1.0)
    z = float(norm.ppf((1 + conf_level) / 2))
    size = min(float(whole), _informative(share, curve.conf_low[i], z, everyone, rules))
    low, high = wilson_bounds(coarse, size, z)
    return round(coarse, 2), round(low, 2) + 0.0, round(high, 2) + 0.0


def _informative(share: float, low: float | None, z: float, everyone: int, rules: Rules) -> float:
    """Return how many people, followed throughout, would tell as much as those who were.

    Undoes the complementary log-log bound for its standard error; where nobody was lost
    from view it gives back everyone, and rounds to what is published of them.
    """
    if low is None or not 0 < low < share < 1:
        return float(max(mid_count(everyone, rules), 1))
    error = math.log(math.log(low) / math.log(share)) * share * -math.log(share) / z
    return float(max(mid_count(round(share * (1 - share) / error**2), rules), 1))
