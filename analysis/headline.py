"""Headline: which of six sentences does this comparison earn, and no stronger one?"""

from __future__ import annotations

from collections.abc import Sequence

from utfall.analysis.results import Gate
from utfall.analysis.vocabulary import Fairness, Headline, Precision, Scale

#: A refusal in any other gate is about precision or robustness, not about fairness.
BOUNDS_GATES = frozenset({"G7"})

#: Gates of the other axis: how much the answer can tell, not whether it is fair.
PRECISION_GATES = frozenset({"G10"})


def fairness_of(gates: Sequence[Gate]) -> Fairness:
    """Return the fairness grade that the gates leave.

    A structural failure refuses; a failure of G7 alone leaves bounds; a reservation or a
    check that was not made keeps the top grade away. Few people make an answer vague, not
    unfair: the other axis says so.
    """
    failed = {gate.id for gate in gates if gate.status == "FAIL" and gate.is_structural}
    if failed - BOUNDS_GATES:
        return "not_comparable"
    if failed:
        return "bounds_only"
    doubtful = ("RESERVE", "NOT_EVALUATED", "FAIL")
    if any(gate.status in doubtful for gate in gates if gate.id not in PRECISION_GATES):
        return "with_reservations"
    return "comparable"


def as_printed(value: float, scale: Scale) -> float:
    """Return a number at the precision that pages print: whole points, or whole units.

    >>> as_printed(0.0349, "share")
    0.03
    >>> as_printed(1794.342, "currency")
    1794.0
    """
    if scale == "share":
        return round(value, 2) + 0.0
    return float(round(value)) + 0.0


def headline_of(
    fairness: Fairness, conf_low: float | None, conf_high: float | None, margin: float, scale: Scale
) -> Headline:
    """Return the headline by the ordered table of design/statistics.md §3.

    The interval is the widest that the page shows, with the variation between years where the
    plan declares it (`analysis.precision.judged`): read off the narrower one, programmes whose
    years differ by 5 points were said to differ, when they did not, in every third world of
    2,000 people an arm.

    The bounds are compared as printed, so that a page never says "more" beside an
    interval that shows zero; and as they are, so that rounding never carries a bound past a
    margin that is no whole number.

    >>> headline_of("comparable", 0.12, 0.30, 0.10, "share")
    'better_clear'
    >>> headline_of("comparable", 0.004, 0.12, 0.10, "share")
    'cannot_tell'
    >>> headline_of("comparable", -0.04, 0.05, 0.10, "share")
    'no_meaningful_difference'
    >>> headline_of("not_comparable", None, None, 0.10, "share")
    'not_comparable'
    """
    if fairness == "not_comparable":
        return "not_comparable"
    if fairness == "bounds_only":
        return "bounds"
    if conf_low is None or conf_high is None:
        return "cannot_tell"
    low, high = as_printed(conf_low, scale), as_printed(conf_high, scale)
    if min(low, conf_low) > margin or max(high, conf_high) < -margin:
        return "better_clear"
    if low > 0 or high < 0:
        return "better_uncertain"
    if -margin < min(low, conf_low) and max(high, conf_high) < margin:
        return "no_meaningful_difference"
    return "cannot_tell"


def precision_of(half_width: float | None, margin: float, fewest_events: int | None) -> Precision:
    """Return how much the interval can tell beside the difference that matters.

    >>> precision_of(0.05, 0.10, 40)
    'sufficient'
    >>> precision_of(0.18, 0.10, 40)
    'weak'
    >>> precision_of(0.05, 0.10, 3)
    'too_few'
    """
    if half_width is None or (fewest_events is not None and fewest_events < 5):
        return "too_few"
    if half_width > 3 * margin:
        return "too_few"
    return "sufficient" if half_width <= margin else "weak"
