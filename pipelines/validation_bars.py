"""Validation bars: what must a measure be, and what do so many worlds say of it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Judgement = Literal["met", "falls_short", "too_few_replicates"]
Direction = Literal["at_least", "at_most", "between"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One requirement of design/validation.md on one world.

    Attributes
    ----------
    measure : str
        Key of ``utfall.pipelines.validation.MEASURES``.
    limit : float
        Least, or most, that the measure may be.
    upper : float or None
        The other end where it must lie between two.
    """

    measure: str
    direction: Direction
    limit: float
    upper: float | None = None

    def holds(self, value: float) -> bool:
        """Return whether a measured value meets the requirement.

        >>> Bar(measure="coverage", direction="between", limit=0.93, upper=0.97).holds(0.95)
        True
        """
        if self.direction == "at_most":
            return value <= self.limit
        return value >= self.limit and (self.upper is None or value <= self.upper)

    def judged(self, value: float, low: float, high: float) -> Judgement:
        """Return what the replicates say, given how far chance reaches around the value.

        >>> at_least("coverage", 0.93).judged(0.97, 0.94, 0.99)
        'met'
        >>> at_least("coverage", 0.93).judged(1.0, 0.70, 1.0)
        'too_few_replicates'
        >>> at_least("refused", 1.0).judged(0.99, 0.9, 1.0)
        'falls_short'
        """
        if self.limit in (0.0, 1.0) and self.upper is None and not self.holds(value):
            # What must hold in every world fails with one in which it does not.
            return "falls_short"
        if self.holds(value) and (
            self.limit in (0.0, 1.0) or (self.holds(low) and self.holds(high))
        ):
            return "met"
        if any(self.holds(end) for end in (low, value, high)) or (
            self.upper is not None and low < self.limit and high > self.upper
        ):
            return "too_few_replicates"
        return "falls_short"


def at_least(measure: str, limit: float) -> Bar:
    """Return a requirement from below."""
    return Bar(measure=measure, direction="at_least", limit=limit)


def at_most(measure: str, limit: float) -> Bar:
    """Return a requirement from above."""
    return Bar(measure=measure, direction="at_most", limit=limit)


#: Of a 95 % interval that claims no more and no less than it says.
COVERED = Bar(measure="coverage", direction="between", limit=0.93, upper=0.97)
