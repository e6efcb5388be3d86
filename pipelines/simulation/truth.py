"""Truth: what is known of a synthetic study because we made it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import polars as pl


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueEffect:
    """The effect that a comparison should find, or be refused.

    Attributes
    ----------
    id : str
        The comparison.
    identified : bool
        Whether the delivery can show the effect at all.
    effect : float
        Risk difference in normal operation, target minus comparator, in [-1, 1].
    estimand : str
        ``ate`` or ``ato``.
    note : str
        Who it is the effect for, and why it can or cannot be seen.
    """

    id: str
    identified: bool
    effect: float
    estimand: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedFault:
    """A row that should be quarantined.

    Attributes
    ----------
    file : str
        Path relative to the study folder.
    row : int
        Line of the file; the header is row 1.
    column : str
        Column as the file names it.
    rule : str
        What is wrong with it, by the code that quarantine should give it;
        ``parent_quarantined`` where only the row it belongs to is wrong.
    """

    file: str
    row: int
    column: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Everything known of a study, as written to ``truth.json``."""

    scenario: str
    seed: int
    comparisons: tuple[TrueEffect, ...]
    faults: tuple[PlantedFault, ...] = ()

    def effect_of(self, comparison: str) -> TrueEffect:
        """Return the truth of one comparison.

        Raises
        ------
        KeyError
            The study has no such comparison.
        """
        for known in self.comparisons:
            if known.id == comparison:
                return known
        raise KeyError(comparison)

    def to_json(self) -> str:
        """Return the document, keys in declared order, with a final newline."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=2) + "\n"

    def write(self, path: Path) -> None:
        """Write the document."""
        path.write_text(self.to_json(), encoding="utf-8", newline="\n")


def read_truth(path: Path) -> Truth:
    """Read a ``truth.json``."""
    known = json.loads(path.read_text(encoding="utf-8"))
    return Truth(
        scenario=known["scenario"],
        seed=known["seed"],
        comparisons=tuple(TrueEffect(**entry) for entry in known["comparisons"]),
        faults=tuple(PlantedFault(**entry) for entry in known["faults"]),
    )


def weighted_effect(potential: pl.DataFrame, estimand: str) -> float:
    """Return the mean difference of the two risks over a population.

    Parameters
    ----------
    potential : DataFrame
        One row a referral with ``risk_target``, ``risk_comparator`` and ``propensity``.
    estimand : str
        ``ate`` weighs everybody alike; ``ato`` weighs by propensity × (1 − propensity).

    Raises
    ------
    ValueError
        The estimand is neither.

    >>> rows = pl.DataFrame(
    ...     {"risk_target": [0.5, 0.2], "risk_comparator": [0.3, 0.2], "propensity": [0.5, 1.0]}
    ... )
    >>> weighted_effect(rows, "ate"), weighted_effect(rows, "ato")
    (0.1, 0.2)
    """
    if estimand not in ("ate", "ato"):
        raise ValueError("estimand is ate or ato")
    difference = (potential["risk_target"] - potential["risk_comparator"]).to_numpy()
    chance = potential["propensity"].to_numpy()
    weight = np.ones(chance.size) if estimand == "ate" else chance * (1 - chance)
    total = float(weight.sum())
    return round(float((weight * difference).sum()) / total, 6) if total > 0 else float("nan")


def faults_in_order(faults: Sequence[PlantedFault]) -> tuple[PlantedFault, ...]:
    """Return faults by file, row and column."""
    return tuple(sorted(faults, key=lambda fault: (fault.file, fault.row, fault.column)))
