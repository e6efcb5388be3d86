"""Cells: numbers of an answer, each with what protection must know of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from utfall.analysis.vocabulary import Text


@dataclass(frozen=True, slots=True)
class Count:
    """A number of people, enrolments or months with assistance."""

    n: int


@dataclass(frozen=True, slots=True)
class Share:
    """People with something, of all; shown with its Wilson interval."""

    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class Chance:
    """What the count of one period could have been by chance alone: exact Poisson bounds."""

    events: int


@dataclass(frozen=True, slots=True)
class Rate:
    """Events per ``per`` of exposure, with exact Poisson bounds.

    Attributes
    ----------
    exposure : float
        In the unit that the sentence or heading names.
    coarse : bool
        The exposure is people's time, and is rounded like a count.
    """

    events: int
    exposure: float
    per: float = 1.0
    coarse: bool = True


@dataclass(frozen=True, slots=True)
class Ratio:
    """One rate over another, with exact bounds."""

    events: int
    exposure: float
    events_before: int
    exposure_before: float


@dataclass(frozen=True, slots=True)
class Band:
    """The whole numbers that 19 years of 20 fall between, when only chance moves them.

    Attributes
    ----------
    mean : float
        Events in an ordinary period.
    n : int
        Events behind the mean.
    """

    mean: float
    n: int


@dataclass(frozen=True, slots=True)
class Quantile:
    """A quantile of a time, in the unit that the sentence or heading names.

    Attributes
    ----------
    value : float or None
        None where fewer than that share had reached the end when last seen.
    n : int
        People behind the distribution.
    low, high : float or None
        Bounds that come with it; None where the data set none.
    """

    value: float | None
    n: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum or a mean that comes from ``n`` people or households.

    Attributes
    ----------
    largest_share : float or None
        The largest contributor's share of the sum, in [0, 1]; one that holds most of it
        would be told by it.
    digits : int
        Significant digits that are shown.
    """

    value: float | None
    n: int
    largest_share: float | None = None
    digits: int = 2


@dataclass(frozen=True, slots=True)
class Modelled:
    """A share that a model or a curve gave.

    Attributes
    ----------
    value, low, high : float or None
        In [0, 1]; None where it is not estimable.
    n : int
        People behind it.
    events : int
        Those who had the event; few of them, or few without it, withhold the share.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    events: int


@dataclass(frozen=True, slots=True)
class Points:
    """A difference between two shares, in [-1, 1]; shown as people of a hundred.

    Attributes
    ----------
    n, events : int
        Of the smaller of the two groups, as for :class:`Modelled`.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    events: int


@dataclass(frozen=True, slots=True)
class Times:
    """How many times as often, as a model gave it; 1 is as often.

    Attributes
    ----------
    n, events : int
        Of the smaller of the two groups, as for :class:`Modelled`.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    events: int


@dataclass(frozen=True, slots=True)
class Number:
    """A number that is not about people: declared, a date, a month, a scenario's assumption.

    Attributes
    ----------
    decimals : int
        Shown after the decimal sign.
    low, high : float or None
        Bounds that come with it.
    """

    value: float | None
    decimals: int = 0
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """Fixed words: a programme's name, a category, a date."""

    text: Text


Cell: TypeAlias = (
    Count
    | Share
    | Chance
    | Rate
    | Ratio
    | Band
    | Quantile
    | Amount
    | Modelled
    | Points
    | Times
    | Number
    | Words
)


def words(sv: str, en: str | None = None) -> Words:
    """Return words that are alike in both languages unless the English is given.

    >>> words("2017").text.en
    '2017'
    """
    return Words(Text(sv, sv if en is None else en))
