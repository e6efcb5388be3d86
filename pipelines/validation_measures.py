"""Validation measures: how often did what would be published hold what is true?"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence

from utfall.analysis.vocabulary import REFUSED
from utfall.pipelines.validation import Ends, Replicate

#: A value, and the worlds behind it; None where no world has an answer.
Measured = tuple[float, int] | None

#: Measures that are not shares of worlds, so that they have no binomial error.
NOT_SHARES = ("second_half_width", "gap_part_half_width", "bounds_width_ratio")


def within(ends: Ends | None, value: float) -> bool:
    """Return whether an interval holds a value.

    Published ends are rounded to whole points, and so half a point is not a miss.

    >>> within((0.10, 0.20), 0.096), within((0.10, 0.20), 0.09)
    (True, False)
    """
    return ends is not None and ends[0] - 0.005 <= value <= ends[1] + 0.005


def share_of(found: Iterable[bool]) -> Measured:
    """Return the share that is true; None of none.

    >>> share_of([True, False])
    (0.5, 2)
    """
    values = list(found)
    return (sum(values) / len(values), len(values)) if values else None


def monte_carlo_error(share: float, n: int) -> float:
    """Return the standard error of a share of replicates.

    >>> round(monte_carlo_error(0.95, 100), 3)
    0.022
    """
    return math.sqrt(max(share * (1 - share), 0.0) / n)


def claims_wrongly(one: Replicate) -> bool:
    """Return whether a direction is claimed that is not there."""
    if not one.headline.startswith("better") or one.estimate is None:
        return False
    return abs(one.truth) < 0.005 or (one.estimate > 0) != (one.truth > 0)


def _covers(made: Sequence[Replicate]) -> Measured:
    return share_of(within(one.interval, one.truth) for one in made if one.interval)


def _raw_misleads(made: Sequence[Replicate]) -> Measured:
    return share_of(
        one.raw is not None
        and not one.raw[0] <= 0 <= one.raw[1]
        and within(one.interval, one.truth)
        for one in made
    )


def _named(made: Sequence[Replicate], what: str) -> Measured:
    """Return how often one of the two mechanisms was named, alone or with the other left open."""
    return share_of(o.mechanism in (what, f"{what}_at_least") for o in made if o.mechanism)


def _median(values: Iterable[float]) -> Measured:
    found = list(values)
    return (statistics.median(found), len(found)) if found else None


def _width(ends: Ends) -> float:
    return ends[1] - ends[0]


def _gap_part_covers(made: Sequence[Replicate]) -> Measured:
    return share_of(
        within(o.disrupted, o.disruption_truth)
        for o in made
        if o.disrupted is not None and o.disruption_truth is not None
    )


def _gap_half_width(made: Sequence[Replicate]) -> Measured:
    return _median(
        _width(o.disrupted) / 2 / abs(o.raw_truth)
        for o in made
        if o.disrupted is not None and o.raw_truth is not None and abs(o.raw_truth) > 0.005
    )


def _bounds_ratio(made: Sequence[Replicate]) -> Measured:
    return _median(
        _width(o.bounds) / (o.identified_width + o.sampling)
        for o in made
        if o.bounds is not None and o.identified_width is not None
    )


MEASURES: Mapping[str, Callable[[Sequence[Replicate]], Measured]] = {
    "coverage": _covers,
    "second_coverage": lambda made: share_of(within(o.second, o.truth) for o in made if o.second),
    "second_half_width": lambda made: _median(_width(o.second) / 2 for o in made if o.second),
    "coverage_or_withheld": lambda made: share_of(
        o.interval is None or within(o.interval, o.truth) for o in made
    ),
    "exposure_covers": lambda made: share_of(
        within(o.treatments["exposure"], o.truth) for o in made if "exposure" in o.treatments
    ),
    "both_treatments_shown": lambda made: share_of(
        o.interval is not None and bool(o.treatments) for o in made
    ),
    "bounds_cover": lambda made: share_of(within(o.bounds, o.truth) for o in made if o.bounds),
    "bounds_width_ratio": _bounds_ratio,
    "gap_part_covers": _gap_part_covers,
    "gap_part_half_width": _gap_half_width,
    "refused": lambda made: share_of(o.fairness in REFUSED for o in made),
    "top_fairness": lambda made: share_of(o.fairness == "comparable" for o in made),
    "better_clear": lambda made: share_of(o.headline == "better_clear" for o in made),
    "no_meaningful_difference": lambda made: share_of(
        o.headline == "no_meaningful_difference" for o in made
    ),
    "type_one": lambda made: share_of(claims_wrongly(o) for o in made),
    "wrong_at_the_top": lambda made: share_of(
        claims_wrongly(o) and o.fairness == "comparable" for o in made
    ),
    "raw_misleads_fair_covers": _raw_misleads,
    "raw_within_chance": lambda made: share_of(
        o.raw is None or o.raw[0] <= 0 <= o.raw[1] for o in made
    ),
    "label_overlap_only": lambda made: share_of("overlap_only" in o.labels for o in made),
    "label_programme_at_this_site": lambda made: share_of(
        "programme_at_this_site" in o.labels for o in made
    ),
    "late_flags_left_out": lambda made: share_of(o.n_compared <= o.n_border + 5 for o in made),
    "named_intake": lambda made: _named(made, "intake"),
    "named_service": lambda made: _named(made, "service"),
    "named_neither": lambda made: share_of(o.mechanism == "no_dose" for o in made if o.mechanism),
    "spill_over_warned": lambda made: share_of(
        o.is_spill_over_warned for o in made if o.is_spill_over_warned is not None
    ),
    "flagged_by_G5": lambda made: share_of(o.gates.get("G5") in ("FAIL", "RESERVE") for o in made),
    "not_tried": lambda made: share_of(
        o.codes.get("G12", "").startswith("g12_fail") and o.headline == "not_comparable"
        for o in made
    ),
}
