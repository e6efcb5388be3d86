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


#: A name that ends in ``at_least`` leaves open whether the other fell too.
MechanismName = Literal[
    "intake", "service", "both", "neither", "intake_at_least", "service_at_least", "unclear",
    "no_dose", "few",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Mechanism:
    """Whether a disruption let fewer people in, or gave each of them less.

    Attributes
    ----------
    months_calm, months_met : int
        Calendar months outside the disruption, and those that it touches.
    started_calm, started_met : int
        People who started in them.
    intake, intake_low, intake_high : float or None
        People started a month during the disruption over those otherwise, with the exact
        interval.
    dosed_calm, dosed_met : int
        People with recorded hours in either.
    dose_calm, dose_met : float or None
        Hours given for each month of enrolment; None where hours were not recorded.
    dose_low, dose_high : float or None
        Interval of ``dose_met`` over ``dose_calm``.
    capacity_share : float or None
        Of the programme's capacity, as the register states it.
    named : str
        What the numbers show: a key of the catalogue.
    """

    months_calm: int
    months_met: int
    started_calm: int
    started_met: int
    intake: float | None = None
    intake_low: float | None = None
    intake_high: float | None = None
    dosed_calm: int = 0
    dosed_met: int = 0
    dose_calm: float | None = None
    dose_met: float | None = None
    dose_low: float | None = None
    dose_high: float | None = None
    capacity_share: float | None = None
    named: MechanismName = "unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpillOver:
    """Whether more people were referred to the other programme while the first was disrupted.

    Attributes
    ----------
    referred_calm, referred_met : int
        People referred to the other programme, in as many months as stand beside them.
    ratio, ratio_low, ratio_high : float or None
        Referred a month during the disruption over those otherwise, with the exact interval.
    is_warned : bool
        The interval lies above one: the other programme probably took the diverted.
    """

    months_calm: int
    months_met: int
    referred_calm: int
    referred_met: int
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    is_warned: bool = False


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
    mechanism: Mechanism | None = None
    spill_over: SpillOver | None = None
