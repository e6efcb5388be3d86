"""Exits: where had people gone, month by month, when each exit rules out the others?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incidence:
    """Cumulative incidence of one exit; None in months that nobody was followed into.

    Attributes
    ----------
    share : tuple of float or None
        Share of everyone who had left this way by the end of each month, in [0, 1].
    std_error : tuple of float or None
        Delta method on multinomial increments; Greenwood's where there is one exit.
    conf_low, conf_high : tuple of float or None
        Complementary log-log bounds; exact for a share of 0.
    """

    cause: str
    share: tuple[float | None, ...]
    std_error: tuple[float | None, ...]
    conf_low: tuple[float | None, ...]
    conf_high: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitTable:
    """Aalen-Johansen estimate for all exits of one programme.

    Attributes
    ----------
    months : tuple of int
        0 to the horizon.
    n_followed : tuple of int
        People still enrolled and in view as each month begins.
    exits : tuple of Incidence
        In the order asked for.
    still_there : tuple of float or None
        Share who had not left in any way by the end of each month.
    """

    months: tuple[int, ...]
    n_followed: tuple[int, ...]
    exits: tuple[Incidence, ...]
    still_there: tuple[float | None, ...]


def aalen_johansen(
    time_months: NDArray[Any],
    cause: Sequence[str | None],
    causes: Sequence[str],
    horizon: int,
    conf_level: float = 0.95,
) -> ExitTable:
    """Estimate how each exit accumulates when people leave in one way only.

    One minus Kaplan-Meier, which treats other exits as loss from view, would count people
    who have already left as still able to leave this way, and add to more than everyone.

    Parameters
    ----------
    time_months : (n,) array of int
        Whole months from time zero to exit or to the end of observation. Exits in a month
        come before losses from view in it.
    cause : sequence of str or None
        How each left; None for still enrolled when last seen. Unknown exits are a cause of
        their own, never None.
    causes : sequence of str
        Exits to estimate; together they must name every cause present.
    horizon : int
        Last month.

    Returns
    -------
    ExitTable

    Raises
    ------
    ValueError
        A time is negative or not whole, or a cause present is not named.

    >>> table = aalen_johansen(
    ...     np.array([1, 1, 2, 2]), ["work", None, "studies", "work"], ["work", "studies"], 2
    ... )
    >>> [exit_.share for exit_ in table.exits]
    [(0.0, 0.25, 0.625), (0.0, 0.0, 0.375)]
    >>> table.n_followed
    (4, 4, 2)
    """
    months = _whole_months(time_months)
    codes = _cause_codes(cause, causes)
    if len(months) != len(codes):
        raise ValueError("time_months and cause must have one value per person each")
    events, followed = _count(months, codes, len(causes), horizon)
    state, covariance = np.zeros(len(causes) + 1), np.zeros((len(causes) + 1, len(causes) + 1))
    state[0] = 1.0
    shares = np.full((horizon + 1, len(causes) + 1), np.nan)
    errors = np.full((horizon + 1, len(causes) + 1), np.nan)
    for month in range(horizon + 1):
        if followed[month] == 0:
            break
        state, covariance = _step(
            state, covariance, events[month] / followed[month], followed[month]
        )
        shares[month], errors[month] = state, np.sqrt(np.maximum(np.diag(covariance), 0.0))
    return ExitTable(
        months=tuple(range(horizon + 1)),
        n_followed=tuple(int(n) for n in followed),
        exits=tuple(
            _incidence(name, shares[:, place], errors[:, place], followed, conf_level)
            for place, name in enumerate(causes, start=1)
        ),
        still_there=_known(shares[:, 0]),
    )


def _whole_months(time_months: NDArray[Any]) -> NDArray[np.int64]:
    times = np.asarray(time_months, dtype=float)
    if not np.isfinite(times).all() or (times < 0).any() or (times != np.floor(times)).any():
        raise ValueError("months must be whole numbers from 0")
    return times.astype(np.int64)


def _cause_codes(cause: Sequence[str | None], causes: Sequence[str]) -> NDArray[np.int64]:
    places = {name: place for place, name in enumerate(causes, start=1)}
    unnamed = {one for one in cause if one is not None and one not in places}
    if unnamed or len(places) < len(causes):
        raise ValueError("causes must name every exit present, each once")
    return np.array([0 if one is None else places[one] for one in cause], dtype=np.int64)


def _count(
    months: NDArray[np.int64], codes: NDArray[np.int64], n_causes: int, horizon: int
) -> tuple[Floats, NDArray[np.int64]]:
    """Return exits by month and cause, (horizon + 1, causes), and those at risk by month."""
    events = np.zeros((horizon + 1, n_causes))
    seen = (months <= horizon) & (codes > 0)
    np.add.at(events, (months[seen], codes[seen] - 1), 1.0)
    followed = np.array([(months >= month).sum() for month in range(horizon + 1)], dtype=np.int64)
    return events, followed


def _step(
    state: Floats, covariance: Floats, hazard: Floats, followed: int
) -> tuple[Floats, Floats]:
    """Move everybody one month on; state is (still there, exit 1, exit 2, ...)."""
    move = np.eye(len(state))
    move[0, 0] = max(1.0 - float(hazard.sum()), 0.0)
    move[1:, 0] = hazard
    leaving = np.concatenate([[move[0, 0]], hazard])
    multinomial = (np.diag(leaving) - np.outer(leaving, leaving)) / followed
    return move @ state, move @ covariance @ move.T + state[0] ** 2 * multinomial


def _incidence(
    name: str, share: Floats, error: Floats, followed: NDArray[np.int64], conf_level: float
) -> Incidence:
    tail = (1 - conf_level) / 2
    z = float(stats.norm.isf(tail))
    bounds = [
        _bounds(float(s), float(e), int(n), tail, z)
        for s, e, n in zip(share, error, followed, strict=True)
    ]
    return Incidence(
        cause=name,
        share=_known(share),
        std_error=_known(error),
        conf_low=tuple(low for low, _ in bounds),
        conf_high=tuple(high for _, high in bounds),
    )


def _bounds(
    share: float, error: float, followed: int, tail: float, z: float
) -> tuple[float | None, float | None]:
    if math.isnan(share):
        return None, None
    # A share of 0 or 1 has no error of its own; the people still followed say how much
    # could have been missed.
    missed = 1 - tail ** (1 / followed)
    if share <= 1e-12:
        return 0.0, missed
    if share >= 1 - 1e-12:  # products of shares end a hair from one
        return 1 - missed, 1.0
    log = math.log(share)
    reach = z * error / (share * -log)
    return share ** math.exp(reach), share ** math.exp(-reach)


def _known(values: Floats) -> tuple[float | None, ...]:
    return tuple(None if math.isnan(value) else float(value) for value in values)
