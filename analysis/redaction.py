"""Redaction: how is a count of people coarsened, whatever it is shown in?"""

from __future__ import annotations

from dataclasses import dataclass

#: OpenSAFELY's rule: counts up to seven are redacted, the rest rounded to five.
FLOOR_THRESHOLD, ROUND_TO = 7, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How counts are coarsened; the threshold can be raised, never lowered.

    Attributes
    ----------
    threshold : int
        Counts from 1 up to this are redacted.
    round_to : int
        What the others are rounded to.
    public_data : bool
        The rows are already public; counts are rounded, not redacted.
    """

    threshold: int = FLOOR_THRESHOLD
    round_to: int = ROUND_TO
    public_data: bool = False

    def __post_init__(self) -> None:
        if self.threshold < FLOOR_THRESHOLD or self.round_to < ROUND_TO:
            raise ValueError(
                f"threshold below {FLOOR_THRESHOLD} or rounding below {ROUND_TO} is not allowed"
            )


def protected_count(value: int, rules: Rules) -> int | None:
    """Return a count redacted when small and rounded otherwise; zero stays zero.

    >>> [protected_count(n, Rules()) for n in (0, 3, 7, 8, 23)]
    [0, None, None, 10, 25]
    """
    if 0 < value <= rules.threshold and not rules.public_data:
        return None
    return int(rules.round_to * ((value + rules.round_to / 2) // rules.round_to))


def protected_share(numerator: int, denominator: int, rules: Rules) -> float | None:
    """Return a share in whole percent from protected counts; None where one is redacted.

    The complement is protected too: 38 of 40 tells about the two.

    >>> protected_share(17, 40, Rules())
    0.38
    >>> protected_share(38, 40, Rules()) is None
    True
    """
    parts = [protected_count(n, rules) for n in (numerator, denominator, denominator - numerator)]
    if any(part is None for part in parts) or not parts[1]:
        return None
    return round(min(parts[0] / parts[1], 1.0), 2)  # type: ignore[operator]
