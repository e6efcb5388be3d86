"""Rates: do the shares and intervals of a bundle come from its rounded counts, or from others?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from utfall.pipelines.audit.clues import Clues
from utfall.pipelines.audit.formulas import newcombe, quantile, score_bounds, step_of
from utfall.pipelines.audit.puzzle import Contradiction

#: Arms above this are too many for whole percents to tell people apart.
MANY_PEOPLE = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share of known people who reached something, with its interval where printed."""

    events: str
    n: str
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A plain difference of two shares, with its interval."""

    events: tuple[str, str]
    n: tuple[str, str]
    value: float
    low: float
    high: float


def rounding(values: Sequence[float | None]) -> float:
    """Return half the coarsest step that the printed numbers share, a hair wider."""
    shown = [value for value in values if value is not None]
    return 0.5 * max(step_of(shown), 1e-9) + 1e-9


def candidates(clues: Clues, name: str, *, rounded: bool) -> np.ndarray:
    """Return the numbers that an unknown may be: any in its range, or the published ones."""
    low, high = clues.puzzle.ranges[name]
    high = min(high, low + 4 * MANY_PEOPLE)
    if not rounded:
        return np.arange(low, high + 1)
    base = clues.house.round_to
    multiples = np.arange(base * (low // base), high + base + 1, base)
    spans = [clues.house.behind(float(value)) for value in multiples]
    keep = [last >= low and first <= high for first, last in spans]
    return multiples[keep]


def told_by_share(clues: Clues, share: Share, z: float, *, rounded: bool) -> set[int]:
    """Return the numerators, rounded or exact, that print as this share and interval do."""
    half = rounding([share.value, share.low, share.high])
    if share.events not in clues.puzzle.ranges or share.n not in clues.puzzle.ranges:
        return set()
    e = candidates(clues, share.events, rounded=rounded)[:, None]
    n = candidates(clues, share.n, rounded=rounded)[None, :]
    if not e.size or not n.size:
        return set()
    size = np.maximum(n, 1)
    fits = (np.abs(e / size - share.value) <= half) & (e <= n) & (n > 0)
    if share.low is not None and share.high is not None:
        low, high = score_bounds(np.minimum(e, size), size, z)
        fits &= (np.abs(low - share.low) <= half) & (np.abs(high - share.high) <= half)
    return {int(value) for value in e[fits.any(axis=1), 0]}


def told_by_gap(clues: Clues, gap: Gap, z: float, *, rounded: bool) -> dict[str, set[int]]:
    """Return the counts of either arm that print as this difference and interval do."""
    half = rounding([gap.value, gap.low, gap.high])
    found: dict[str, set[int]] = {name: set() for name in (*gap.events, *gap.n)}
    sizes = [candidates(clues, name, rounded=rounded) for name in gap.n]
    events = [candidates(clues, name, rounded=rounded) for name in gap.events]
    for n_one in sizes[0]:
        for n_other in sizes[1]:
            if min(n_one, n_other) <= 0:
                continue
            e_one = events[0][events[0] <= n_one][:, None]
            e_other = events[1][events[1] <= n_other][None, :]
            value, low, high = newcombe((e_one, n_one), (e_other, n_other), z)
            fits = (
                (np.abs(value - gap.value) <= half)
                & (np.abs(low - gap.low) <= half)
                & (np.abs(high - gap.high) <= half)
            )
            if fits.any():
                found[gap.n[0]].add(int(n_one))
                found[gap.n[1]].add(int(n_other))
                found[gap.events[0]].update(int(e) for e in e_one[fits.any(axis=1), 0])
                found[gap.events[1]].update(int(e) for e in e_other[0, fits.any(axis=0)])
    return found


def take_in_rates(
    clues: Clues, shares: Sequence[Share], gaps: Sequence[Gap], conf_level: float
) -> tuple[str, ...]:
    """Take in what shares and differences tell of the counts behind them.

    A publisher whose every rate can be made from rounded counts is taken to make them so;
    then a rate tells which rounded count, no more. One rate that cannot gives away that
    they come from the exact counts, and all of them are turned back into those.

    Returns
    -------
    tuple of str
        Counts whose rate was made of exact counts where the publisher rounds.
    """
    z = quantile(conf_level)
    gaps = [gap for gap in gaps if _sizes(clues, gap) <= 2 * MANY_PEOPLE]
    revealing: list[str] = []
    from_rounded = clues.house.is_rounded
    told: list[tuple[str, set[int]]] = []
    if from_rounded:
        told = _all_told(clues, shares, gaps, z, rounded=True)
        revealing = [name for name, values in told if not values]
        from_rounded = not revealing
    if not from_rounded:
        told = _all_told(clues, shares, gaps, z, rounded=False)
    for name, values in told:
        if not values:
            continue
        spans = (
            [clues.house.behind(value) for value in values]
            if from_rounded
            else [(value, value) for value in values]
        )
        # Where some rates are exact and others not, one taken for the wrong kind is left.
        with suppress(Contradiction):
            clues.puzzle.unknown(name, min(low for low, _ in spans), max(high for _, high in spans))
    return tuple(dict.fromkeys(revealing))


def _sizes(clues: Clues, gap: Gap) -> int:
    return sum(clues.puzzle.ranges[name][1] for name in gap.n)


def _all_told(
    clues: Clues, shares: Sequence[Share], gaps: Sequence[Gap], z: float, *, rounded: bool
) -> list[tuple[str, set[int]]]:
    told = [(one.events, told_by_share(clues, one, z, rounded=rounded)) for one in shares]
    for gap in gaps:
        told.extend(told_by_gap(clues, gap, z, rounded=rounded).items())
    return told


def known_numbers(row: Mapping[str, Any], *names: str) -> bool:
    """Return whether a row holds all of these numbers."""
    return all(row.get(name) is not None for name in names)
