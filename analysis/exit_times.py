"""Exit times: how many months sooner, or later, did one programme's people get there?

Three numbers beside the curves of exits: months spent where the outcome had been reached
(restricted time lost to it), months before any exit (restricted mean), and the share who got
there among those still in the programme at a landmark. Rows carry the weights that make the
two programmes alike; each programme's error treats them as fixed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from utfall.analysis.exit_curves import DAYS_PER_MONTH
from utfall.analysis.inference import Floats
from utfall.analysis.multistate import (
    Stays,
    exits_as_stays,
    landmark_occupancy,
    occupancy,
    stays,
)
from utfall.analysis.results import Estimate, NotEstimable
from utfall.analysis.survival import (
    Survival,
    difference_of_means,
    kaplan_meier,
    restricted_mean_difference,
)
from utfall.analysis.transitions import person_bootstrap, transition_intensities

#: Follow-up starts half a day before time zero, so that who leaves on the first day counts.
ORIGIN = -0.5 / DAYS_PER_MONTH


@dataclass(frozen=True, slots=True)
class Leavers:
    """When and where people of two programmes left.

    Attributes
    ----------
    months : (n,) ndarray
        Months from time zero to the exit or the last look, to the day.
    way : sequence of str or None
        Exit; None where somebody was still there at the last look.
    treated : (n,) ndarray of bool
    weight : (n,) ndarray
    """

    months: Floats
    way: Sequence[str | None]
    treated: NDArray[np.bool_]
    weight: Floats

    def of(self, arm: NDArray[np.bool_]) -> tuple[Floats, list[str | None], Floats]:
        """Return months, ways and weights of one programme."""
        ways = [way for way, inside in zip(self.way, arm, strict=True) if inside]
        return self.months[arm], ways, self.weight[arm]


@dataclass(frozen=True, slots=True)
class _Part:
    value: float
    error: float
    n: int


def months_reached(
    people: Leavers, way: str, horizon: float, conf_level: float = 0.95
) -> Estimate | NotEstimable:
    """Return how many months more were spent after leaving one way, up to the horizon.

    Area between the two cumulative incidences, every other exit competing.

    >>> there = np.array([True, True, False, False])
    >>> people = Leavers(
    ...     np.array([2.0, 12, 6, 12]), ["work", None, "work", None], there, np.ones(4)
    ... )
    >>> months_reached(people, "work", 12).estimate
    2.0
    """

    def part(rows: tuple[Floats, list[str | None], Floats]) -> _Part | NotEstimable:
        moves = exits_as_stays(rows[0], rows[1], _named(rows[1], way), weight=rows[2])
        if isinstance(moves, NotEstimable):
            return moves
        found = occupancy(
            moves, horizon, origin=ORIGIN, times=(0.0, horizon), conf_level=conf_level
        )
        if isinstance(found, NotEstimable):
            return found
        if np.isnan(found.stay).any():
            return NotEstimable("follow_up_too_short")
        place = found.states.index(way)
        return _Part(float(found.stay[place]), float(found.stay_error[place]), len(rows[0]))

    return _contrast(people, part, f"months reached by {horizon:.3g}; Aalen-Johansen", conf_level)


def reached_after_landmark(
    people: Leavers, way: str, landmark: float, horizon: float, conf_level: float = 0.95
) -> Estimate | NotEstimable:
    """Return how many more, of those still in the programme at the landmark, left that way.

    Who is still there is itself a result of the programme: this describes, and answers for
    no cause.
    """

    def part(rows: tuple[Floats, list[str | None], Floats]) -> _Part | NotEstimable:
        moves = exits_as_stays(rows[0], rows[1], _named(rows[1], way), weight=rows[2])
        if isinstance(moves, NotEstimable):
            return moves
        found = landmark_occupancy(
            moves, landmark, "still_there", horizon, conf_level, times=(horizon,)
        )
        if isinstance(found, NotEstimable):
            return found
        place = found.states.index(way)
        share, error = found.share[-1, place], found.std_error[-1, place]
        if np.isnan(share):
            return NotEstimable("follow_up_too_short")
        return _Part(float(share), float(error), int((rows[0] > landmark).sum()))

    name = f"share of those there at {landmark:.3g}, by {horizon:.3g}; landmark Aalen-Johansen"
    return _contrast(people, part, name, conf_level)


def pace(
    people: Leavers, way: str, horizon: float, conf_level: float = 0.95, *, draws: int = 400
) -> Estimate | NotEstimable:
    """Return the target's pace of leaving one way over the comparator's, people as they came.

    People per month still in the programme (:func:`transition_intensities`), follow-up cut at
    the horizon; percentiles over draws of persons. Weights play no part.
    """
    stop = np.minimum(people.months, horizon) - ORIGIN
    ways = [one if m <= horizon else None for one, m in zip(people.way, people.months, strict=True)]
    names = ["target", "comparator", *_named(people.way, way)]
    arms = np.where(people.treated, "target", "comparator").tolist()
    rows = stays(np.arange(len(stop)), arms, np.zeros(len(stop)), stop, ways, names)
    if isinstance(rows, NotEstimable):
        return rows
    rates = {one.origin: one.rate for one in transition_intensities(rows) if one.destination == way}
    if set(rates) != {"target", "comparator"}:
        return NotEstimable("no_events")
    reached = rows.next_state == rows.states.index(way)

    def log_ratio(drawn: Stays) -> Floats:
        # The intensities count people; a draw counts each as often as it was drawn.
        lived = [drawn.state == place for place in (0, 1)]
        time = [float((drawn.weight * drawn.stop)[arm].sum()) for arm in lived]
        moves = [float(drawn.weight[arm & reached].sum()) for arm in lived]
        if min(time) <= 0 or min(moves) <= 0:
            return np.array([np.nan])
        return np.array([np.log(moves[0] / time[0]) - np.log(moves[1] / time[1])])

    found = person_bootstrap(rows, log_ratio, replicates=draws, conf_level=conf_level)
    if isinstance(found, NotEstimable):
        return found
    error, low, high = (float(part[0]) for part in found)
    if error <= 1e-12:
        return NotEstimable("no_spread")
    return Estimate(
        estimate=rates["target"] / rates["comparator"],
        std_error=error,
        conf_low=float(np.exp(low)),
        conf_high=float(np.exp(high)),
        p_value=None,
        mean_target=rates["target"],
        mean_comparator=rates["comparator"],
        n_target=int(people.treated.sum()),
        n_comparator=int((~people.treated).sum()),
        method=f"ratio of transition intensities to {horizon:.3g}; percentiles over {draws} draws "
        "of persons, error of its logarithm",
    )


def months_before_any_exit(
    people: Leavers, horizon: float, conf_level: float = 0.95
) -> Estimate | NotEstimable:
    """Return how many months longer people stayed before any exit, up to the horizon."""
    curves: list[Survival] = []
    for arm in (people.treated, ~people.treated):
        months, ways, weight = people.of(arm)
        left = np.array([way is not None for way in ways], dtype=bool)
        # Half a day later: time 0 is no follow-up.
        curve = kaplan_meier(months - ORIGIN, left, weight=weight, conf_level=conf_level)
        if isinstance(curve, NotEstimable):
            return curve
        curves.append(curve)
    return restricted_mean_difference(curves[0], curves[1], horizon - ORIGIN, conf_level)


def _named(found: Sequence[str | None], way: str) -> list[str]:
    """Return every way out, the one that is asked about first."""
    return [way, *sorted({one for one in found if one is not None} - {way})]


def _contrast(
    people: Leavers,
    part: Callable[[tuple[Floats, list[str | None], Floats]], _Part | NotEstimable],
    name: str,
    conf_level: float,
) -> Estimate | NotEstimable:
    parts: list[_Part] = []
    for arm in (people.treated, ~people.treated):
        if not arm.any():
            return NotEstimable("one_arm")
        found = part(people.of(arm))
        if isinstance(found, NotEstimable):
            return found
        parts.append(found)
    one, zero = parts
    error = float(np.hypot(one.error, zero.error))
    if not np.isfinite(error) or min(one.error, zero.error) <= 1e-12:
        return NotEstimable("no_spread")
    return difference_of_means(
        (one.value, zero.value),
        (one.n, zero.n),
        error,
        conf_level,
        method=f"{name}; infinitesimal jackknife, weights fixed, normal",
    )
