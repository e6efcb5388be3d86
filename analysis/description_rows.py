"""Description rows: what a page tells of each programme's people beside a comparison."""

from __future__ import annotations

from dataclasses import dataclass

from utfall.analysis.vocabulary import (
    Text,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmDescription:
    """One programme described on its own, never subtracted from another.

    ``value`` is a share (with its events) or a mean in the protocol's scale.
    """

    programme: str
    n: int
    n_known: int
    events: int | None
    value: float | None
    conf_low: float | None
    conf_high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttritionStep:
    """A step that left people out: how many remain in each arm, and why."""

    step: str
    label: Text
    n_target: int
    n_comparator: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceRow:
    """Standardised mean difference of one covariate term before and after weighting."""

    term: str
    label: Text
    before: float
    after: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlapBin:
    """People of each arm within one band of the propensity score."""

    low: float
    high: float
    n_target: int
    n_comparator: int


@dataclass(frozen=True, slots=True, kw_only=True)
class YearRow:
    """What one programme produced in one calendar year.

    Attributes
    ----------
    events : int
        People who reached the outcome during the year.
    entrants : int
        People referred during the year.
    place_months : float or None
        Capacity that was open; None where no capacity was delivered.
    conf_low, conf_high : float or None
        Exact Poisson interval of the count of events.
    rate, rate_low, rate_high : float or None
        Events per 100 place-months that were open, with its exact Poisson interval: what
        the programme produced out of the capacity that it had.
    normal_low, normal_high : int or None
        Band that chance alone gives around the undisturbed years' mean.
    is_disrupted : bool
        A capacity disruption covers at least one month of the year.
    spread : float
        Declared variation between years as a share; protection redraws the band with it.
    """

    programme: str
    year: int
    events: int
    entrants: int
    place_months: float | None
    conf_low: float | None
    conf_high: float | None
    rate: float | None
    rate_low: float | None
    rate_high: float | None
    normal_low: int | None
    normal_high: int | None
    is_disrupted: bool
    spread: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitCurve:
    """Cumulative incidence of one exit in one programme, by whole months since time zero."""

    programme: str
    exit: str
    months: tuple[int, ...]
    share: tuple[float | None, ...]
    conf_low: tuple[float | None, ...]
    conf_high: tuple[float | None, ...]
    n_followed: tuple[int, ...]
