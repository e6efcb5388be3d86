"""Protected foresight: what many or few people could show, made of protected counts."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from utfall.analysis.foreseen import Foresight
from utfall.analysis.foresight import months_needed, of_counts
from utfall.analysis.headline import as_printed
from utfall.analysis.redaction import Rules, protected_count
from utfall.analysis.results import Comparison


def protected_foresight(comparison: Comparison, rules: Rules) -> Foresight | None:
    """Return what was foreseen, as the protected counts of people give it."""
    found = comparison.foresight
    if found is None:
        return None
    counts = [protected_count(n, rules) for n in (found.n_target, found.n_comparator)]
    told = of_counts(
        counts[0] or 0,
        counts[1] or 0,
        found.months,
        comparison.matters / 100,
        comparison.conf_level,
    )

    def printed(value: float | None) -> float | None:
        return None if value is None else as_printed(value, comparison.scale)

    return replace(
        told,
        n_target=cast(int, counts[0]),
        n_comparator=cast(int, counts[1]),
        smallest=printed(told.smallest),
        half_width=printed(told.half_width),
    )


def protected_months(comparison: Comparison, n_needed: int | None, rules: Rules) -> int | None:
    """Return how many more months it takes, from the counts that stand beside it.

    Parameters
    ----------
    n_needed : int or None
        People needed in each arm, as published.
    """
    if comparison.months_needed is None or comparison.foresight is None:
        return None
    counts = [protected_count(n, rules) for n in (comparison.n_target, comparison.n_comparator)]
    return months_needed(n_needed, counts[0] or 0, counts[1] or 0, comparison.foresight.months)
