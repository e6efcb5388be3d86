"""Clues: what does each published number say about the counts of people behind it?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from utfall.pipelines.audit.puzzle import Puzzle

Kind = Literal["hidden", "left", "rounded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The rules that a publisher says it follows; they are no secret.

    Attributes
    ----------
    threshold : int
        Counts from 1 up to this are hidden.
    round_to : int
        What the others are rounded to.
    is_public : bool
        The rows themselves are public, so that nothing is protected.
    is_rounded : bool
        Whether the counts are in fact rounded; found out by looking at them.
    """

    threshold: int
    round_to: int
    is_public: bool
    is_rounded: bool

    def behind(self, value: float) -> tuple[int, int]:
        """Return the whole numbers that a published count may stand for."""
        if value == 0 or not self.is_rounded or value % self.round_to:
            return int(value), int(value)
        half = self.round_to / 2
        return max(math.ceil(value - half), self.threshold + 1), math.ceil(value + half) - 1


@dataclass(slots=True)
class Clues:
    """Everything that was read, as one puzzle, with the place of every cell in it.

    Attributes
    ----------
    house : House
    puzzle : Puzzle
    cells : mapping of unknown to (kind, place)
        ``hidden``: redacted where it stands. ``left``: never published, but the difference
        of two counts that are. ``rounded``: published, rounded.
    """

    house: House
    puzzle: Puzzle = field(default_factory=Puzzle)
    cells: dict[str, tuple[Kind, str]] = field(default_factory=dict)

    def count(self, name: str, value: float | None, place: str) -> str:
        """Take in a count as it stands in the bundle; None is a count that was hidden."""
        if value is None:
            self.cells.setdefault(name, ("hidden", place))
            return self.puzzle.unknown(name, 1, self.house.threshold)
        if self.cells.get(name, ("rounded", ""))[0] != "hidden":
            self.cells[name] = ("rounded", place)
        return self.puzzle.unknown(name, *self.house.behind(value))

    def moved_count(self, name: str, value: float, place: str) -> str:
        """Take in a count that may have been moved a step so that a column adds up."""
        step = self.house.round_to
        low, high = self.house.behind(value)[0] - step, self.house.behind(value)[1] + step
        self.cells[name] = ("rounded", place)
        return self.puzzle.unknown(name, max(low, 0), high)

    def left_out(self, whole: str, part: str, place: str) -> str:
        """Take in that one group holds another, and watch those who are left."""
        name = self.puzzle.contains(whole, part)
        self.cells.setdefault(name, ("left", place))
        return name

    def watch(self, name: str, place: str) -> str:
        """Watch a number that is not published but could be worked out."""
        self.cells.setdefault(name, ("left", place))
        return self.puzzle.unknown(name)


def house_of(document: Mapping[str, Any]) -> House:
    """Return the publisher's rules, and whether its counts look as if it rounds."""
    declared = document["study"].get("disclosure") or {}
    round_to = int(declared.get("round_to", 5))
    return House(
        threshold=int(declared.get("threshold", 7)),
        round_to=round_to,
        is_public=bool(declared.get("public_data", False)),
        is_rounded=all(count % round_to == 0 for count in _people(document)),
    )


def _people(document: Mapping[str, Any]) -> list[float]:
    """Return the counts of people that every comparison states outright."""
    return [
        row[name]
        for comparison in document["comparisons"]
        for part in ("attrition", "ladder")
        for row in comparison[part]
        for name in ("n_target", "n_comparator")
        if row[name] is not None
    ]
