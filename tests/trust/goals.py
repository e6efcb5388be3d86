"""Goals: what is promised of each of R1 to R12, and what the tests measured of it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

Line: TypeAlias = tuple[str, ...]

HELD, NOT_HELD, NOT_MEASURED = "held", "NOT HELD", "not measured"


@dataclass(frozen=True)
class Attack:
    """One kind of attack: how many are promised; none of them may leak.

    Attributes
    ----------
    goal, kind
        ``R1`` to ``R12`` or ``guards``, and what is done.
    promised : int
        At least so many are to be tried.
    """

    goal: str
    kind: str
    promised: int


@dataclass(frozen=True)
class Bound:
    """One promised figure beside the attacks.

    Attributes
    ----------
    sense
        ``least`` bounds the sum of what tests counted, ``peak`` its largest from above.
    """

    goal: str
    name: str
    sense: Literal["least", "peak"]
    promised: float

    @property
    def sign(self) -> str:
        return "≥" if self.sense == "least" else "≤"


ATTACKS = (
    Attack("R1", "bad deliveries", 150),
    Attack("R1", "bad deliveries, read by another program too", 100),
    Attack("R2", "runs killed", 200),
    Attack("R2", "runs on a full disk", 30),
    Attack("R2", "damaged databases", 60),
    Attack("R3", "runs in other surroundings", 10),
    Attack("R3", "studies in the style of another system", 2),
    Attack("R4", "bundles read by an attacker", 1000),
    Attack("R4", "hidden counts in them", 10_000),
    Attack("R4", "withheld answers with other outcomes behind them", 3),
    Attack("R6", "planted identifiers", 1000),
    Attack("R6", "planted identifiers looked for in messages and files", 8),
    Attack("R7", "sequences of deliveries", 2000),
    Attack("R8", "rounds of eight processes", 20),
    Attack("R9", "damaged files", 50_000),
    Attack("R10", "degenerate data sets × estimators", 60),
    Attack("R11", "whole runs with the network shut", 2),
    Attack("R12", "spoilt bundles", 10),
    Attack("R12", "real bundles held to the rules", 1),
    Attack("guards", "refusals taken out", 100),
    Attack("guards", "screens for identifiers taken out", 10),
    Attack("guards", "rules of the contracts taken out", 10),
    Attack("guards", "rules of disclosure taken out", 30),
    Attack("guards", "other guards taken out", 20),
)

BOUNDS = (
    Bound("R1", "fault classes", "least", 60),
    Bound("R1", "bad deliveries that the other program finds too", "least", 100),
    Bound("R4", "per cent of naively hidden counts that the attacker gets back", "least", 86),
    Bound("R6", "false alarms in 10,000 clean cells", "peak", 1),
    Bound("R7", "sequences in which a row set aside came back", "least", 100),
    Bound("R9", "seconds for the slowest", "peak", 5),
    Bound("R9", "MiB of memory", "peak", 1024),
)


@dataclass
class Tally:
    """How many attacks of a kind were made, and how many of them got through."""

    attacked: int = 0
    leaked: int = 0

    @property
    def caught(self) -> int:
        return self.attacked - self.leaked


@dataclass
class Ledger:
    """What was measured: tallies by goal and kind, figures by goal and name."""

    tallies: dict[tuple[str, str], Tally] = field(default_factory=dict)
    figures: dict[tuple[str, str], float] = field(default_factory=dict)

    @contextmanager
    def attack(self, goal: str, kind: str) -> Iterator[None]:
        """Count one attack; whatever is raised before it ends says that it got through."""
        try:
            yield
        except BaseException:
            self.count(goal, kind, attacked=1, leaked=1)
            raise
        self.count(goal, kind, attacked=1)

    def count(self, goal: str, kind: str, *, attacked: int, leaked: int = 0) -> None:
        """Count attacks that were judged together."""
        _one(ATTACKS, goal, kind)
        tally = self.tallies.setdefault((goal, kind), Tally())
        tally.attacked += attacked
        tally.leaked += leaked

    def measure(self, goal: str, name: str, amount: float = 1) -> None:
        """Add to a figure; of sense ``peak`` the largest is kept."""
        bound = _one(BOUNDS, goal, name)
        before = self.figures.get((goal, name))
        if before is None:
            self.figures[goal, name] = amount
        elif bound.sense == "peak":
            self.figures[goal, name] = max(before, amount)
        else:
            self.figures[goal, name] = before + amount

    def save(self, path: Path) -> None:
        """Write what was measured, so that another process can add it to its own."""
        tallies = [(*key, one.attacked, one.leaked) for key, one in self.tallies.items()]
        figures = [(*key, amount) for key, amount in self.figures.items()]
        path.write_text(json.dumps({"tallies": tallies, "figures": figures}), encoding="utf-8")

    def add(self, path: Path) -> None:
        """Add what another process measured and saved."""
        saved = json.loads(path.read_text(encoding="utf-8"))
        for goal, kind, attacked, leaked in saved["tallies"]:
            self.count(goal, kind, attacked=attacked, leaked=leaked)
        for goal, name, amount in saved["figures"]:
            self.measure(goal, name, amount)

    def verdict(self, promise: Attack | Bound) -> str:
        """Return whether a promise is held, not held or not measured."""
        if isinstance(promise, Attack):
            tally = self.tallies.get((promise.goal, promise.kind))
            if tally is None:
                return NOT_MEASURED
            return HELD if tally.attacked >= promise.promised and not tally.leaked else NOT_HELD
        found = self.figures.get((promise.goal, promise.name))
        if found is None:
            return NOT_MEASURED
        least = promise.sense == "least"
        kept = found >= promise.promised if least else found <= promise.promised
        return HELD if kept else NOT_HELD

    def broken(self) -> list[str]:
        """Return the promises that are not held, or that nothing measured."""
        return [
            f"{promise.goal} {promise.kind if isinstance(promise, Attack) else promise.name}: "
            f"{self.verdict(promise)}"
            for promise in (*ATTACKS, *BOUNDS)
            if self.verdict(promise) != HELD
        ]

    def attack_lines(self) -> Iterator[Line]:
        """Yield goal, kind, promised, attacked, caught, leaked and the verdict."""
        yield "goal", "attacked with", "promised", "attacked", "caught", "leaked", ""
        for attack in ATTACKS:
            tally = self.tallies.get((attack.goal, attack.kind))
            found = (
                ("–", "–", "–")
                if tally is None
                else tuple(f"{n:,}" for n in (tally.attacked, tally.caught, tally.leaked))
            )
            yield (
                *(attack.goal, attack.kind, f"≥ {attack.promised:,}"),
                *found,
                self.verdict(attack),
            )

    def figure_lines(self) -> Iterator[Line]:
        """Yield goal, figure, promised, measured and the verdict."""
        yield "goal", "figure", "promised", "measured", ""
        for bound in BOUNDS:
            found = self.figures.get((bound.goal, bound.name))
            shown = "–" if found is None else f"{found:,.10g}"
            yield (
                *(bound.goal, bound.name, f"{bound.sign} {bound.promised:,g}", shown),
                self.verdict(bound),
            )


def _one(promises: tuple, goal: str, name: str) -> Attack | Bound:  # type: ignore[type-arg]
    (found,) = (
        one
        for one in promises
        if one.goal == goal and (one.kind if isinstance(one, Attack) else one.name) == name
    )
    return found  # type: ignore[no-any-return]


def told(ledger: Ledger) -> Iterator[str]:
    """Yield the lines of both tables, and of what share of the long attacks was tried."""
    for lines in (ledger.attack_lines(), ledger.figure_lines()):
        yield from _aligned(list(lines))
        yield ""
    share = os.environ.get("UTFALL_TRUST", "1")
    if float(share) != 1:
        yield f"UTFALL_TRUST={share}: so much of the long attacks was tried; the promises stay"


def _aligned(table: list[Line]) -> Iterator[str]:
    """Yield lines of cells as columns: words to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    last = len(widths) - 1
    for line in table:
        cells = (
            cell.rjust(width) if 2 <= place < last else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()
