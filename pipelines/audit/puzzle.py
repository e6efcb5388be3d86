"""Puzzle: which whole numbers fit everything that was published about them?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

#: A count of people in no table is still less than a country.
MANY = 10_000_000

#: Past this many rounds a chain of links gives nothing that the solver would not.
ROUNDS = 60


class Contradiction(Exception):
    """No whole numbers fit: what the attacker takes the numbers to mean is wrong."""


@dataclass(frozen=True, slots=True)
class Link:
    """A weighted sum of unknowns that lies between two numbers.

    Attributes
    ----------
    weights : mapping of unknown to weight
    low, high : float
        Both included; infinite where open.
    """

    weights: Mapping[str, float]
    low: float
    high: float


@dataclass(slots=True)
class Puzzle:
    """Unknown whole numbers, the range of each, and the links between them.

    The attacker's own arithmetic: it takes nothing from the code that protects, so that
    one mistake cannot make both wrong.
    """

    ranges: dict[str, tuple[int, int]] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)

    def unknown(self, name: str, low: float = 0, high: float = MANY) -> str:
        """Take in a number that must lie in a range, whatever else is known of it.

        Raises
        ------
        Contradiction
            It was known to lie elsewhere.
        """
        before = self.ranges.get(name, (0, MANY))
        after = (max(before[0], math.ceil(low - 1e-9)), min(before[1], math.floor(high + 1e-9)))
        if after[0] > after[1]:
            raise Contradiction(name)
        self.ranges[name] = after
        return name

    def link(
        self, weights: Mapping[str, float], low: float = -math.inf, high: float = math.inf
    ) -> None:
        """Take in that a weighted sum of unknowns lies between two numbers."""
        for name in weights:
            self.ranges.setdefault(name, (0, MANY))
        self.links.append(Link(dict(weights), low, high))

    def contains(self, whole: str, part: str) -> str:
        """Take in that one group holds another; return the name of those who are left."""
        left = f"{whole} − {part}"
        self.unknown(left)
        self.link({whole: 1, part: -1, left: -1}, 0, 0)
        return left

    def narrow(self) -> None:
        """Draw every range together as far as each link alone allows, until nothing moves.

        Raises
        ------
        Contradiction
            No numbers fit.
        """
        by_name: dict[str, list[int]] = {}
        for place, one in enumerate(self.links):
            for name in one.weights:
                by_name.setdefault(name, []).append(place)
        waiting = dict.fromkeys(range(len(self.links)))
        for _ in range(ROUNDS * max(len(self.links), 1)):
            if not waiting:
                return
            place = next(iter(waiting))
            del waiting[place]
            for name in _drawn_together(self, self.links[place]):
                waiting.update(dict.fromkeys(by_name[name]))

    def solve(self, wanted: Iterable[str]) -> dict[str, tuple[int, int]]:
        """Return the smallest and largest value that each wanted number can have.

        Integer programmes, one side of one unknown at a time, within the part of the puzzle
        that the unknown hangs together with; an answer is also a witness for every other
        unknown, so that few have to be asked for.

        Raises
        ------
        Contradiction
            No whole numbers fit.
        """
        self.narrow()
        found: dict[str, tuple[int, int]] = {}
        left = dict.fromkeys(wanted)
        for names, links in self._parts():
            asked = [name for name in names if name in left]
            if asked:
                found |= _extremes(self.ranges, names, links, asked)
        return found

    def _parts(self) -> list[tuple[list[str], list[Link]]]:
        """Return the unknowns in groups that no link joins, with each group's links."""
        parent = {name: name for name in self.ranges}

        def root(name: str) -> str:
            while parent[name] != name:
                parent[name] = parent[parent[name]]
                name = parent[name]
            return name

        for one in self.links:
            first, *others = one.weights
            for other in others:
                parent[root(other)] = root(first)
        groups: dict[str, tuple[list[str], list[Link]]] = {}
        for name in self.ranges:
            groups.setdefault(root(name), ([], []))[0].append(name)
        for one in self.links:
            groups[root(next(iter(one.weights)))][1].append(one)
        return list(groups.values())


def _drawn_together(puzzle: Puzzle, one: Link) -> list[str]:
    """Draw the ranges of one link together; return the unknowns whose range moved."""
    spans = {}
    low = high = 0.0
    for name, weight in one.weights.items():
        ends = (weight * puzzle.ranges[name][0], weight * puzzle.ranges[name][1])
        spans[name] = (min(ends), max(ends))
        low += spans[name][0]
        high += spans[name][1]
    moved = []
    for name, weight in one.weights.items():
        least = one.low - (high - spans[name][1])
        most = one.high - (low - spans[name][0])
        ends = (least / weight, most / weight) if weight > 0 else (most / weight, least / weight)
        before = puzzle.ranges[name]
        after = (
            before[0] if ends[0] <= before[0] else math.ceil(ends[0] - 1e-6),
            before[1] if ends[1] >= before[1] else math.floor(ends[1] + 1e-6),
        )
        if after[0] > after[1]:
            raise Contradiction(name)
        if after != before:
            puzzle.ranges[name] = after
            moved.append(name)
            change = (weight * after[0], weight * after[1])
            low += min(change) - spans[name][0]
            high += max(change) - spans[name][1]
            spans[name] = (min(change), max(change))
    return moved


def _extremes(
    ranges: Mapping[str, tuple[int, int]],
    names: Sequence[str],
    links: Sequence[Link],
    asked: Sequence[str],
) -> dict[str, tuple[int, int]]:
    """Return the extremes of some unknowns of one part."""
    if not links:
        return {name: ranges[name] for name in asked}
    programme = _Programme(ranges, names, links)
    wanted = [programme.places[name] for name in asked]
    everything = np.zeros(len(names))
    everything[wanted] = 1.0
    # All as small and all as large as they go together: mostly that settles each of them.
    lows, highs = programme.values(everything), programme.values(-everything)
    seen_low, seen_high = np.minimum(lows, highs), np.maximum(lows, highs)
    for place in wanted:
        for sign, seen, edge in (
            (1.0, seen_low, programme.low),
            (-1.0, seen_high, programme.high),
        ):
            if seen[place] != edge[place]:
                aim = np.zeros(len(names))
                aim[place] = sign
                values = programme.values(aim)
                np.minimum(seen_low, values, out=seen_low)
                np.maximum(seen_high, values, out=seen_high)
    return {
        name: (int(seen_low[place]), int(seen_high[place]))
        for name, place in zip(asked, wanted, strict=True)
    }


class _Programme:
    """One part of a puzzle as an integer programme for HiGHS."""

    def __init__(
        self,
        ranges: Mapping[str, tuple[int, int]],
        names: Sequence[str],
        links: Sequence[Link],
    ) -> None:
        from scipy import optimize, sparse

        self.places = {name: place for place, name in enumerate(names)}
        self.low = np.array([ranges[name][0] for name in names], dtype=float)
        self.high = np.array([ranges[name][1] for name in names], dtype=float)
        rows = [
            (i, self.places[n], w) for i, one in enumerate(links) for n, w in one.weights.items()
        ]
        matrix = sparse.csr_array(
            ([w for *_, w in rows], ([i for i, *_ in rows], [j for _, j, _ in rows])),
            shape=(len(links), len(names)),
        )
        self._rule = optimize.LinearConstraint(
            matrix, [one.low - 1e-7 for one in links], [one.high + 1e-7 for one in links]
        )
        self._bounds = optimize.Bounds(self.low, self.high)
        self._solve = optimize.milp

    def values(self, aim: np.ndarray) -> np.ndarray:
        """Return whole numbers that fit and make ``aim`` smallest."""
        answer = self._solve(
            aim, constraints=self._rule, bounds=self._bounds, integrality=np.ones(len(self.low))
        )
        if answer.x is None:
            raise Contradiction("no whole numbers fit")
        return np.asarray(np.round(answer.x))
