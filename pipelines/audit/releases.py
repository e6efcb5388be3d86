"""Releases: do two bundles, held side by side, tell of the few people by whom they differ?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from utfall.pipelines.audit.attack import Attack, Recovered


def is_same_people(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether two results documents rest on the same deliveries."""
    return bool(one.get("deliveries") == other.get("deliveries"))


def told_between(later: Attack, before: Attack, threshold: int) -> tuple[Recovered, ...]:
    """Return the counts whose change between two releases tells of few people.

    Whoever knows how many people came, left or were corrected between two releases reads in
    each count how many of them it holds. Every person moves a count by one at most, so the
    count that surely moved most says how many differ at least. Where that is no more than the
    rule hides in a single table, and the count moved at all, all of them may be in it: what is
    told of the group is told of each (differencing; Duncan and Lambert 1989, identity and
    attribute disclosure). Where more must differ, no few are singled out.

    Parameters
    ----------
    later, before : Attack
        On each release alone; their counts are matched by name.
    threshold : int
        The least number of people that anything may be told of, less one.
    """
    moved = {
        name: surely_moved(before.ranges[name], span)
        for name, span in later.ranges.items()
        if name in before.ranges
    }
    most = max(moved.values(), default=0)
    if not 1 <= most <= threshold:
        return ()
    return tuple(
        Recovered(name=name, place=f"results.json:{name}", kind=later.kinds[name], how="difference")
        for name, step in moved.items()
        if step == most
    )


def surely_moved(before: tuple[int, int], after: tuple[int, int]) -> int:
    """Return by how many people a count moved at least, given what each release leaves open.

    >>> surely_moved((8, 12), (13, 17)), surely_moved((8, 12), (8, 12))
    (1, 0)
    """
    return max(0, after[0] - before[1], before[0] - after[1])
