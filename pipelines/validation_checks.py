"""Validation checks: what must hold that is not a comparison of two programmes?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from utfall.pipelines.validation_bars import Bar
from utfall.pipelines.validation_measures import share_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Something else than a comparison that must hold in worlds whose truth is known.

    Attributes
    ----------
    id, what : str
        Name in design/validation.md, and what is tried in one line.
    run : callable
        Takes a seed; returns, by measure, whether it held.
    bars : tuple of Bar
    most : int
        Most worlds that are worth their time.
    """

    id: str
    what: str
    run: Callable[[int], Mapping[str, bool]]
    bars: tuple[Bar, ...]
    most: int = 100

    @property
    def sha256(self) -> str:
        """Return what decides a check, as a case does: its name, for its code is hashed apart."""
        return self.id


CHECKS: tuple[Check, ...] = ()


def check_lines(kept: Sequence[Mapping[str, Any]], checks: Sequence[Check]) -> list[dict[str, Any]]:
    """Return a line for every requirement of every check that was run."""
    from utfall.pipelines.validation_scores import line_of, required_of

    lines = []
    for check in checks:
        found = [line["found"] for line in kept if line["case"] == check.id]
        for bar in check.bars:
            held = share_of(bool(one[bar.measure]) for one in found if bar.measure in one)
            if found:
                lines.append(line_of(check.id, check.what, bar, held, required_of(bar)))
    return lines
