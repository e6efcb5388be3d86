"""Goals: what is promised of each of R1 to R12, and what the tests measured of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Figure:
    """One promised figure.

    Attributes
    ----------
    goal, name
        ``R1`` to ``R12``, and what is counted.
    sense
        ``least`` and ``most`` bound the sum of what tests counted, ``peak`` its largest.
    """

    goal: str
    name: str
    sense: Literal["least", "most", "peak"]
    promised: float

    @property
    def sign(self) -> str:
        return "≥" if self.sense == "least" else "≤"


FIGURES = (
    Figure("R1", "bad deliveries told apart in the right place", "least", 150),
    Figure("R1", "fault classes among them", "least", 60),
    Figure("R1", "rows lost in silence", "most", 0),
    Figure("R1", "planted values in messages", "most", 0),
    Figure("R1", "bad deliveries that another program finds too", "least", 100),
    Figure("R1", "rows that only the other program would refuse", "most", 0),
    Figure("R2", "points at which a run was killed", "least", 200),
    Figure("R2", "points at which the disk was full", "least", 30),
    Figure("R2", "damaged databases mended", "least", 60),
    Figure("R2", "half-published or differing bundles", "most", 0),
    Figure("R3", "runs in other surroundings", "least", 10),
    Figure("R3", "files that differ", "most", 0),
    Figure("R4", "bundles attacked", "least", 1000),
    Figure("R4", "protected counts recovered", "most", 0),
    Figure("R5", "tables held against another program", "least", 50),
    Figure("R6", "planted identifiers found", "least", 1000),
    Figure("R6", "planted identifiers missed", "most", 0),
    Figure("R6", "false alarms in 10,000 clean cells", "peak", 1),
    Figure("R7", "sequences of deliveries", "least", 2000),
    Figure("R7", "sequences that end elsewhere", "most", 0),
    Figure("R8", "rounds of eight processes", "least", 20),
    Figure("R8", "two writers at once, or half a state read", "most", 0),
    Figure("R9", "damaged files tried", "least", 50_000),
    Figure("R9", "crashes, hangs and rows lost", "most", 0),
    Figure("R9", "seconds for the slowest", "peak", 5),
    Figure("R9", "MiB of memory", "peak", 1024),
    Figure("R10", "degenerate data sets × estimators", "least", 60),
    Figure("R10", "unflagged numbers and tracebacks", "most", 0),
    Figure("R11", "whole runs with the network shut", "least", 2),
    Figure("R11", "connections tried beyond the machine", "most", 0),
    Figure("R12", "bundles spoilt and refused", "least", 10),
    Figure("R12", "breaches of the rules in real bundles", "most", 0),
    Figure("guards", "guards taken out", "least", 60),
    Figure("guards", "guards whose absence no test noticed", "most", 0),
)


@dataclass
class Ledger:
    """What was measured, by goal and name."""

    measured: dict[tuple[str, str], float] = field(default_factory=dict)

    def add(self, goal: str, name: str, amount: float = 1) -> None:
        """Count something; figures of sense ``peak`` keep the largest."""
        (figure,) = (one for one in FIGURES if (one.goal, one.name) == (goal, name))
        key = (goal, name)
        before = self.measured.get(key)
        if figure.sense == "peak":
            self.measured[key] = amount if before is None else max(before, amount)
        else:
            self.measured[key] = (before or 0) + amount

    def lines(self) -> Iterator[tuple[str, str, str, str, str]]:
        """Yield goal, figure, promised, measured and whether it holds."""
        for figure in FIGURES:
            found = self.measured.get((figure.goal, figure.name))
            shown = "not measured" if found is None else f"{found:,.10g}"
            yield (
                figure.goal,
                figure.name,
                f"{figure.sign} {figure.promised:,g}",
                shown,
                _held(figure, found),
            )


def _held(figure: Figure, found: float | None) -> str:
    if found is None:
        return "–"
    kept = found >= figure.promised if figure.sense == "least" else found <= figure.promised
    return "held" if kept else "NOT HELD"
