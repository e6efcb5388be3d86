"""Validation checks: what must hold that is not one comparison of two programmes?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from utfall.pipelines.validation_bars import Bar, at_least
from utfall.pipelines.validation_flow import flow_equals_memory, injected_faults
from utfall.pipelines.validation_ledgers import Held, payer_shift, step_closed
from utfall.pipelines.validation_measures import share_of
from utfall.pipelines.validation_scores import line_of, required_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Something else than a comparison that must hold in worlds whose truth is known.

    Attributes
    ----------
    id, what : str
        Name in design/validation.md, and what is tried in one line.
    run : callable
        Takes a seed; returns, by measure, in how many trials it held and how many there were.
    bars : tuple of Bar
    most : int
        Most worlds that are worth their time.
    """

    id: str
    what: str
    run: Callable[[int], Mapping[str, Held]]
    bars: tuple[Bar, ...]
    most: int = 100

    @property
    def sha256(self) -> str:
        """Return what decides a check, as a case does: its name."""
        return self.id


CHECKS: tuple[Check, ...] = (
    Check(
        id="S11",
        what="People leave assistance for unemployment insurance; the ledger of payers is asked",
        run=payer_shift,
        bars=(at_least("ledger_shows_the_shift", 1.0),),
    ),
    Check(
        id="S15",
        what="A step of the ladder is closed for eighteen months",
        run=step_closed,
        bars=(at_least("occupancy_covers", 0.93), at_least("standstill_is_capacity", 1.0)),
    ),
    Check(
        id="S16",
        what="Faults put into a delivery at known places, one kind at a time",
        run=injected_faults,
        bars=(at_least("caught", 1.0),),
        most=3,
    ),
    Check(
        id="whole_flow",
        what="A delivery written to files, run through every stage, and the same world in memory",
        run=flow_equals_memory,
        bars=(at_least("equal", 1.0),),
        most=80,
    ),
)


def check_lines(kept: Sequence[Mapping[str, Any]], checks: Sequence[Check]) -> list[dict[str, Any]]:
    """Return a line for every requirement of every check that was run.

    Trials within a world go together, so that the error counts worlds, not trials.
    """
    lines = []
    for check in checks:
        found = [line["found"] for line in kept if line["case"] == check.id]
        for bar in check.bars:
            trials = [one[bar.measure] for one in found if bar.measure in one]
            share = share_of(place < good for good, tried in trials for place in range(tried))
            held = (share[0], len(trials)) if share else None
            if found:
                lines.append(line_of(check.id, check.what, bar, held, required_of(bar)))
    return lines
