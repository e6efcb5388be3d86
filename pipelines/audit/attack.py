"""Attack: which protected counts can be worked out from what was published?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from utfall.pipelines.audit.clues import Clues, Kind, house_of
from utfall.pipelines.audit.links import read_document
from utfall.pipelines.audit.puzzle import Contradiction
from utfall.pipelines.audit.tables import Reading

How = Literal["exact", "narrow", "rate", "outside", "unread", "difference"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """A protected count that the published numbers give away.

    Attributes
    ----------
    name : str
        Which people: programme, comparison, step.
    place : str
        Where in the bundle; never the value.
    how : {"exact", "narrow", "rate", "outside", "unread", "difference"}
        One value is left; fewer than the rule leaves open; a rate beside it was made of the
        exact counts though the counts themselves are rounded; a file says a number that the
        protected results do not hold; it cannot be read, so that nobody can tell; or it
        moved since an earlier release by so few people that it tells of them.
    """

    name: str
    place: str
    kind: Kind
    how: How


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """What an attacker got out of a bundle.

    Attributes
    ----------
    ranges : mapping of unknown to (low, high)
        Of every cell that was attacked.
    recovered : tuple of Recovered
    """

    ranges: Mapping[str, tuple[int, int]]
    kinds: Mapping[str, Kind]
    recovered: tuple[Recovered, ...]

    @property
    def n_hidden(self) -> int:
        """Return how many counts were hidden where they stand."""
        return sum(kind == "hidden" for kind in self.kinds.values())


def attack(
    document: Mapping[str, Any],
    *,
    earlier: Sequence[Mapping[str, Any]] = (),
    readings: Sequence[Reading] = (),
    insider: bool = False,
) -> Attack:
    """Attack a results document, together with those that were published before it.

    Parameters
    ----------
    document : mapping
        As results.json has it.
    earlier : sequence of mapping
        Older releases about the same people; every number of theirs counts too.
    readings : sequence of Reading
        What other files of the bundle say.
    insider : bool
        The attacker knows one person's row, and takes it out of each cell that it is in.

    Raises
    ------
    Contradiction
        What the attacker takes the numbers to mean cannot be.
    """
    clues = Clues(house_of(document))
    if clues.house.is_public:
        return Attack(ranges={}, kinds={}, recovered=())
    revealing: list[str] = []
    for one in (*earlier, document):
        clues.house = house_of(one)
        revealing += read_document(clues, one)
    for reading in readings:
        _take_in(clues, reading)
    try:
        ranges = clues.puzzle.solve(clues.cells)
    except Contradiction:
        if not revealing:
            raise
        # What some rates give away is enough to refuse; the rest need not be solved.
        ranges = {name: clues.puzzle.ranges[name] for name in clues.cells}
    recovered = [
        Recovered(name=name, place=f"results.json:{name}", kind="rounded", how="rate")
        for name in dict.fromkeys(revealing)
    ]
    for name, (kind, place) in clues.cells.items():
        how = given_away(ranges[name], kind, clues.house.threshold, insider=insider)
        if how is not None:
            recovered.append(Recovered(name=name, place=place, kind=kind, how=how))
    return Attack(
        ranges=ranges,
        kinds={name: kind for name, (kind, _) in clues.cells.items()},
        recovered=tuple(recovered),
    )


def _take_in(clues: Clues, reading: Reading) -> None:
    """Take in a number from another file; one that says more than results.json is the place."""
    if reading.name not in clues.puzzle.ranges:
        return
    low, high = clues.house.behind(reading.low) if reading.is_count else (reading.low, reading.high)
    before = clues.puzzle.ranges[reading.name]
    clues.puzzle.unknown(reading.name, low, high)
    if clues.puzzle.ranges[reading.name] != before and reading.name in clues.cells:
        clues.cells[reading.name] = (clues.cells[reading.name][0], reading.place)


def given_away(span: tuple[int, int], kind: Kind, threshold: int, *, insider: bool) -> How | None:
    """Return how a count is given away, or None.

    Nobody at all is no secret, and neither is that a group is large. A small group must
    leave open as much as the rule does; an insider knows that a group he is in is not
    empty, and must not find himself alone with one other or none.
    """
    low, high = span
    if insider and high >= 1:
        low = max(low, 1)
    if low == 0:
        return None
    if low == high:
        return "exact" if kind != "rounded" or high > 0 else None
    if kind != "rounded" and not insider and high <= threshold and high - low + 1 < threshold:
        return "narrow"
    return None
