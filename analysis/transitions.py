"""Transitions: how often do people move, and does it matter how they came there?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from utfall.analysis.counts import poisson_rate
from utfall.analysis.inference import Floats
from utfall.analysis.multistate import LOST, Stays
from utfall.analysis.results import NotEstimable
from utfall.analysis.survival import LogRank, log_rank


@dataclass(frozen=True, slots=True, kw_only=True)
class Intensity:
    """How often people moved from one state to another, per unit of time spent there."""

    origin: str
    destination: str
    moves: int
    person_time: float
    rate: float
    conf_low: float
    conf_high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkovTest:
    """Whether the pace of a move depends on where people were at the landmark."""

    origin: str
    destination: str
    moves: int
    statistic: float
    df: int
    p_value: float


def transition_intensities(rows: Stays, conf_level: float = 0.95) -> tuple[Intensity, ...]:
    """Return moves per unit of time for each pair of states, with exact Poisson bounds.

    Weights are left out: counts of moves are counts of people's moves.
    """
    found = []
    for origin in np.unique(rows.state):
        inside = rows.state == origin
        time = float((rows.stop - rows.start)[inside].sum())
        for destination in np.unique(rows.next_state[inside & (rows.next_state != LOST)]):
            moves = int((rows.next_state[inside] == destination).sum())
            rate, low, high = poisson_rate(moves, time, conf_level)
            found.append(
                Intensity(
                    origin=rows.states[origin],
                    destination=rows.states[destination],
                    moves=moves,
                    person_time=time,
                    rate=rate,
                    conf_low=low,
                    conf_high=high,
                )
            )
    return tuple(found)


def markov_tests(rows: Stays, landmark: float) -> tuple[MarkovTest, ...]:
    """Test, for each move after the landmark, whether its pace depends on the state then.

    A log-rank test with late entry between people by their state at the landmark (after
    Titman & Putter 2022). A small p-value says that the product of transition matrices
    answers another question from a later start, and ``landmark_occupancy`` should be used.
    """
    at = (rows.start <= landmark) & (landmark < rows.stop)
    state_then = np.full(int(rows.person.max()) + 1, LOST)
    state_then[rows.person[at]] = rows.state[at]
    after = (rows.stop > landmark) & (state_then[rows.person] != LOST)
    found = []
    for origin in np.unique(rows.state[after]):
        inside = after & (rows.state == origin)
        for destination in np.unique(rows.next_state[inside & (rows.next_state != LOST)]):
            tested = log_rank(
                rows.stop[inside],
                rows.next_state[inside] == destination,
                state_then[rows.person[inside]],
                entry=np.maximum(rows.start[inside], landmark),
            )
            if isinstance(tested, LogRank):
                found.append(
                    MarkovTest(
                        origin=rows.states[origin],
                        destination=rows.states[destination],
                        moves=int(sum(tested.observed)),
                        statistic=tested.statistic,
                        df=tested.df,
                        p_value=tested.p_value,
                    )
                )
    return tuple(found)


def person_bootstrap(
    rows: Stays,
    statistic: Callable[[Stays], Floats],
    *,
    replicates: int = 500,
    seed: int = 1,
    conf_level: float = 0.95,
) -> tuple[Floats, Floats, Floats] | NotEstimable:
    """Return the standard error and percentile bounds of a statistic, drawing whole persons.

    Parameters
    ----------
    statistic : callable
        From stays to a fixed number of numbers; draws in which any is not a number are
        left out, and more than one in twenty of those refuses the answer.

    Returns
    -------
    (std_error, conf_low, conf_high) or NotEstimable
        ``too_few`` persons (below two) or ``unstable_bootstrap``.
    """
    n = int(rows.person.max()) + 1
    if n < 2:
        return NotEstimable("too_few")
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(replicates):
        times = rng.multinomial(n, np.full(n, 1 / n))
        value = np.asarray(statistic(replace(rows, weight=rows.weight * times[rows.person])))
        if np.isfinite(value).all():
            drawn.append(value)
    if len(drawn) < 0.95 * replicates or len(drawn) < 2:
        return NotEstimable("unstable_bootstrap")
    values = np.array(drawn)
    tail = (1 - conf_level) / 2
    low, high = np.quantile(values, [tail, 1 - tail], axis=0)
    return values.std(axis=0, ddof=1), low, high
