"""Multi-state: in which state were people, month by month, and for how long?

The product of transition matrices (Aalen & Johansen 1978), each person's influence on it
carried along (infinitesimal jackknife), so that weights, late entry and repeated visits all
give an error. Without weights and late entry that error is Greenwood's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utfall.analysis.inference import Floats
from utfall.analysis.results import NotEstimable
from utfall.analysis.survival import log_log_bounds

Ints = NDArray[np.int64]

#: Code of ``next_state`` for a stay that was still going on at the last look.
LOST = -1


@dataclass(frozen=True, slots=True)
class Stays:
    """Stays in states, one row per person and stay.

    Attributes
    ----------
    person : (n,) ndarray of int
        Codes from 0.
    state, next_state : (n,) ndarray of int
        Places in ``states``; ``next_state`` is -1 where the stay was still going on.
    start, stop : (n,) ndarray of float
        A person is followed in the state after ``start`` up to ``stop``.
    weight : (n,) ndarray of float
    states : tuple of str
    """

    person: Ints
    state: Ints
    start: Floats
    stop: Floats
    next_state: Ints
    weight: Floats
    states: tuple[str, ...]

    def keep(self, rows: NDArray[np.bool_]) -> Stays:
        """Return the stays chosen, persons coded anew."""
        codes = np.unique(self.person[rows], return_inverse=True)[1].astype(np.int64)
        return replace(
            self, person=codes, state=self.state[rows], start=self.start[rows],
            stop=self.stop[rows], next_state=self.next_state[rows], weight=self.weight[rows],
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupancy:
    """Share of people in each state over time, and the time spent there.

    Attributes
    ----------
    times : (t,) ndarray
    share, std_error, conf_low, conf_high : (t, s) ndarray
        Not a number after the last time anybody was followed.
    n_followed : (t, s) ndarray of int
        People followed in each state just before each time.
    stay, stay_error : (s,) ndarray
        Expected time in each state from the first to the last of ``times``; not a number
        where follow-up ended before.
    """

    states: tuple[str, ...]
    times: Floats
    share: Floats
    std_error: Floats
    conf_low: Floats
    conf_high: Floats
    n_followed: NDArray[np.int64]
    stay: Floats
    stay_error: Floats
    method: str


def stays(
    person: NDArray[Any],
    state: Sequence[str],
    start: NDArray[Any],
    stop: NDArray[Any],
    next_state: Sequence[str | None],
    states: Sequence[str],
    weight: NDArray[Any] | None = None,
) -> Stays | NotEstimable:
    """Check and code stays in states.

    Parameters
    ----------
    next_state : sequence of str or None
        Where the stay led at ``stop``; None for still there at the last look.
    states : sequence of str
        Every state that can be named, in the order to be shown.

    Returns
    -------
    Stays or NotEstimable
        ``no_rows``, ``not_finite``, ``no_follow_up``, ``bad_weights``, or
        ``overlapping_stays`` where a person would be in two states at once.

    Raises
    ------
    ValueError
        A state that is not named, or arguments of different length.
    """
    places = {name: place for place, name in enumerate(states)}
    unnamed = {one for one in (*state, *next_state) if one is not None and one not in places}
    if unnamed or len(places) < len(states):
        raise ValueError("states must name every state present, each once")
    first, last = np.asarray(start, dtype=float), np.asarray(stop, dtype=float)
    weights = np.ones(len(first)) if weight is None else np.asarray(weight, dtype=float)
    if not len(person) == len(state) == len(first) == len(last) == len(next_state) == len(weights):
        raise ValueError("every argument must have one value per stay")
    if len(first) == 0:
        return NotEstimable("no_rows")
    if not (np.isfinite(first) & np.isfinite(last) & np.isfinite(weights)).all():
        return NotEstimable("not_finite")
    if (first >= last).any():
        return NotEstimable("no_follow_up")
    if (weights < 0).any() or weights.sum() <= 0:
        return NotEstimable("bad_weights")
    codes = np.unique(np.asarray(person), return_inverse=True)[1].astype(np.int64)
    order = np.lexsort((first, codes))
    same = codes[order][1:] == codes[order][:-1]
    if (same & (first[order][1:] < last[order][:-1])).any():
        return NotEstimable("overlapping_stays")
    now = np.array([places[one] for one in state], dtype=np.int64)
    then = np.array([LOST if one is None else places[one] for one in next_state], dtype=np.int64)
    return Stays(
        codes[order], now[order], first[order], last[order], then[order], weights[order],
        tuple(states),
    )  # fmt: skip


def exits_as_stays(
    time: NDArray[Any],
    cause: Sequence[str | None],
    causes: Sequence[str],
    *,
    weight: NDArray[Any] | None = None,
    entry: NDArray[Any] | None = None,
) -> Stays | NotEstimable:
    """Return one stay per person that ends in one of several exits, or is still going on.

    Time 0 can be an exit: people are followed from just before it unless ``entry`` says
    otherwise.
    """
    n = len(np.asarray(time))
    first = np.full(n, -0.5) if entry is None else np.asarray(entry, dtype=float)
    return stays(
        np.arange(n), ["still_there"] * n, first, np.asarray(time, dtype=float), cause,
        ["still_there", *causes], weight,
    )  # fmt: skip


def occupancy(
    rows: Stays,
    horizon: float,
    *,
    origin: float = 0.0,
    times: Sequence[float] | None = None,
    start_in: str | None = None,
    conf_level: float = 0.95,
) -> Occupancy | NotEstimable:
    """Estimate the share in each state over time and the expected time in each.

    Parameters
    ----------
    rows : Stays
    horizon : float
        Last time.
    origin : float
        Time to start from; moves after it count. Exits at 0 need an origin before 0.
    times : sequence of float, optional
        Times to report; whole units from the origin (rounded up) to the horizon if absent.
    start_in : str, optional
        Start everybody in this state instead of where people were at the origin.

    Returns
    -------
    Occupancy or NotEstimable
        ``nobody_at_origin`` or ``bad_horizon``.
    """
    grid = (
        np.arange(np.ceil(origin), np.floor(horizon) + 1)
        if times is None
        else np.asarray(times, dtype=float)
    )
    if len(grid) == 0 or grid[-1] > horizon or horizon <= origin:
        return NotEstimable("bad_horizon")
    here = (rows.start <= origin) & (origin < rows.stop)
    if start_in is None and rows.weight[here].sum() <= 0:
        return NotEstimable("nobody_at_origin")
    share, influence = _beginning(rows, here, start_in)
    return _product(rows, grid, origin, share, influence, conf_level)


def _beginning(rows: Stays, here: NDArray[np.bool_], start_in: str | None) -> tuple[Floats, Floats]:
    n_states = len(rows.states)
    influence = np.zeros((int(rows.person.max()) + 1, n_states))
    if start_in is not None:
        return np.eye(n_states)[rows.states.index(start_in)], influence
    weight = rows.weight[here]
    dummies = np.eye(n_states)[rows.state[here]]
    share = weight @ dummies / weight.sum()
    np.add.at(influence, rows.person[here], weight[:, None] * (dummies - share) / weight.sum())
    return share, influence


def _product(
    rows: Stays, grid: Floats, origin: float, share: Floats, influence: Floats, conf_level: float
) -> Occupancy:
    moves = np.unique(rows.stop[(rows.next_state != LOST) & (rows.stop > origin)])
    moments = np.union1d(moves[moves <= grid[-1]], grid)
    n_states = len(rows.states)
    shares, errors = (np.full((len(grid), n_states), np.nan) for _ in range(2))
    n_followed = np.zeros((len(grid), n_states), dtype=np.int64)
    stay, stay_influence = np.zeros(n_states), np.zeros_like(influence)
    followed_until, before = rows.stop.max(), grid[0]
    for moment in moments:
        if moment > followed_until and not _is_settled(rows, share):
            stay = np.full(n_states, np.nan)
            break
        stay, stay_influence = (
            stay + share * max(moment - before, 0.0),
            stay_influence + influence * max(moment - before, 0.0),
        )
        before = max(moment, before)
        if moment > origin:
            share, influence = _moved(rows, moment, share, influence)
        place = int(np.searchsorted(grid, moment))
        if place < len(grid) and grid[place] == moment:
            shares[place], errors[place] = share, np.sqrt((influence**2).sum(axis=0))
            n_followed[place] = _followers(rows, moment)
    low, high = log_log_bounds(shares, errors, n_followed.sum(axis=1)[:, None], conf_level)
    unknown = np.isnan(shares)
    return Occupancy(
        states=rows.states, times=grid, share=shares, std_error=errors,
        conf_low=np.where(unknown, np.nan, low), conf_high=np.where(unknown, np.nan, high),
        n_followed=n_followed, stay=stay,
        stay_error=np.where(np.isnan(stay), np.nan, np.sqrt((stay_influence**2).sum(axis=0))),
        method="Aalen-Johansen; infinitesimal jackknife by person, log-log bounds",
    )  # fmt: skip


def _is_settled(rows: Stays, share: Floats) -> bool:
    """Return whether everybody is where nobody was ever seen to leave or be followed."""
    alive = np.bincount(rows.state, minlength=len(share)) > 0
    return bool(share[alive].sum() < 1e-12)


def _followers(rows: Stays, moment: float) -> NDArray[np.int64]:
    inside = (rows.start < moment) & (moment <= rows.stop)
    return np.bincount(rows.state[inside], minlength=len(rows.states)).astype(np.int64)


def _moved(rows: Stays, moment: float, share: Floats, influence: Floats) -> tuple[Floats, Floats]:
    """Move everybody through one moment; the influence is (persons, states)."""
    n_states = len(share)
    inside = (rows.start < moment) & (moment <= rows.stop) & (rows.weight > 0)
    state, weight = rows.state[inside], rows.weight[inside]
    is_move = (rows.stop[inside] == moment) & (rows.next_state[inside] != LOST)
    goes = np.where(is_move, rows.next_state[inside], state)
    total = np.bincount(state, weights=weight, minlength=n_states)
    counts = np.zeros((n_states, n_states))
    np.add.at(counts, (state, goes), weight)
    move = np.eye(n_states)
    held = total > 0
    move[held] = counts[held] / total[held, None]
    influence = influence @ move
    scale = weight * share[state] / total[state]
    np.add.at(
        influence, rows.person[inside], scale[:, None] * (np.eye(n_states)[goes] - move[state])
    )
    return share @ move, influence


def landmark_occupancy(
    rows: Stays,
    landmark: float,
    state: str,
    horizon: float,
    conf_level: float = 0.95,
    *,
    times: Sequence[float] | None = None,
) -> Occupancy | NotEstimable:
    """Return where those who were in a state at the landmark went from there.

    Only those people are used (landmark Aalen-Johansen; Putter & Spitoni 2018), so that
    the answer holds where the pace depends on how people came to the state.
    """
    place = rows.states.index(state)
    there = (rows.start <= landmark) & (landmark < rows.stop) & (rows.state == place)
    if not there.any():
        return NotEstimable("nobody_at_origin")
    people = np.isin(rows.person, rows.person[there])
    chosen = rows.keep(people & (rows.stop > landmark))
    return occupancy(chosen, horizon, origin=landmark, times=times, conf_level=conf_level)
