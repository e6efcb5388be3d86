"""Moved windows: one row for every place where a disruption might as well begin or end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

End = Literal["starts", "ends"]
ENDS: tuple[End, ...] = ("starts", "ends")


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowRow:
    """The answer with one end of one disruption moved.

    Attributes
    ----------
    moved : {"starts", "ends"}
        The end that was moved.
    months : int
        How far; before the planned day where negative.
    n_target, n_comparator : int
        People of each arm with known outcome.
    smallest_cell : int or None
        As for a rung; protection reads it, the document never holds it.
    """

    disruption: str
    moved: End
    months: int
    starts_on: date
    ends_on: date
    n_target: int
    n_comparator: int
    estimate: float | None = None
    conf_low: float | None = None
    conf_high: float | None = None
    smallest_cell: int | None = None
