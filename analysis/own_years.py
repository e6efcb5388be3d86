"""Own years: what one programme gave before, during and after a disruption, held to itself.

Nothing here compares two programmes, so that it can be told where such a comparison is
refused: it answers what the disruption meant to the programme that it hit, and no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Period = Literal["before", "during", "after"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodRow:
    """What one programme produced before, during or after a disruption.

    Attributes
    ----------
    months : int
        Calendar months; a month that the disruption touches is one of its own.
    place_months : float or None
        Capacity that was open; None where no capacity was delivered.
    entrants, events : int
        People referred, and people who reached work or studies, in those months.
    per_year, per_year_low, per_year_high : float or None
        Events per twelve months, with the exact Poisson interval.
    rate, rate_low, rate_high : float or None
        Events per 100 place-months that were open.
    """

    period: Period
    months: int
    place_months: float | None
    entrants: int
    events: int
    per_year: float | None
    per_year_low: float | None
    per_year_high: float | None
    rate: float | None
    rate_low: float | None
    rate_high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLoss:
    """How one programme's people fared in the debated period against its undisturbed ones.

    ``drop`` = ``composition`` + ``lost``: what other people came, and what the disruption took
    if nothing else had changed. Shares and differences of shares in [-1, 1].

    Attributes
    ----------
    n_met, events_met : int
        People of the debated period with known outcome, and those who reached it.
    n_calm, events_calm : int
        The same for people whose whole follow-up lay outside the disruption.
    share_met, share_calm, drop, composition, lost : float or None
        None where nothing can be estimated; then ``reason`` is a key of the catalogue.
    lost_low, lost_high : float or None
        Interval of ``lost``; it includes the declared variation between years.
    """

    n_met: int
    events_met: int
    n_calm: int
    events_calm: int
    share_met: float | None = None
    share_calm: float | None = None
    drop: float | None = None
    composition: float | None = None
    lost: float | None = None
    lost_low: float | None = None
    lost_high: float | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisruptionStory:
    """What one disruption meant to the one programme that it hit.

    ``normal_low`` and ``normal_high`` are the band of events a year that chance alone gives
    around the mean of the undisturbed months; None with less than a year of them.
    """

    disruption: str
    programme: str
    periods: tuple[PeriodRow, ...]
    normal_low: int | None
    normal_high: int | None
    loss: OwnLoss | None
