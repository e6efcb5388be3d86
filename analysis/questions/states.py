"""States: on which step do people stand as the months pass, and does the way there matter?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter

import numpy as np
import polars as pl

from utfall.analysis.multistate import (
    Occupancy,
    Stays,
    landmark_occupancy,
    occupancy,
    stays,
)
from utfall.analysis.questions.answer import (
    Asked,
    Found,
    Frames,
    Need,
    Sentence,
    Table,
    sentence,
)
from utfall.analysis.questions.ask import Kind
from utfall.analysis.questions.cells import Amount, Cell, Modelled, Share, Words, words
from utfall.analysis.questions.curves import DAYS_PER_MONTH
from utfall.analysis.results import NotEstimable
from utfall.analysis.transitions import markov_tests

_STEPS = Need(
    table="activities",
    columns=("activity", "start_date", "end_date"),
    why="q_record_activities",
    essential=True,
)

#: Where people are who are on no step: before the first, between two, or after the last.
OUT = "out"
#: Chance below which the way to a step is held to matter, all moves tried together.
DOUBT = 0.05
#: Months after which people are asked where they went from where they stood.
LANDMARK = 12.0


def ladder(frames: Frames, asked: Asked) -> Found | None:
    """Return the share of people on each step over time, everybody followed as far as seen.

    Moves back count like moves up, and people followed for a short time count for as long
    as they were (Aalen & Johansen 1978); where all stood when last seen would mix the two.

    Settings: ``programme``, ``source``, ``steps`` (in order, the last is regular work),
    ``sheltered``, ``months``, ``names``.
    """
    settings = asked.settings
    paths = people_s_paths(frames, asked)
    if paths is None:
        return None
    rows, work = _coded(paths, [*settings["steps"], OUT]), settings["steps"][-1]
    if isinstance(rows, NotEstimable):
        return None
    months = [float(month) for month in settings["months"]]
    found = occupancy(rows, months[-1], times=[0.0, *months])
    grouped = _grouped(paths, settings["sheltered"])
    together = occupancy(grouped, months[-1], times=[0.0, *months])
    if isinstance(found, NotEstimable) or isinstance(together, NotEstimable):
        return None
    n = int(rows.person.max()) + 1
    at_work = at(found, work, len(months), n)
    sheltered = at(together, "sheltered_group", len(months), n)
    last = paths.group_by("person_id").agg(pl.col("state").last())
    seen_last: Cell = Share(last.filter(pl.col("state") == work).height, last.height)
    month = words(f"{months[-1]:g}")
    tables = [_occupied(asked, rows, found, months, n)]
    onward, doubt = _onward(asked, rows, grouped, months[-1]), _doubt(rows)
    tables += [onward] if onward is not None else []
    return Found(
        sentences=(
            sentence("q_ladder_work", share=at_work, months=month),
            sentence("q_ladder_shelter", share=sheltered),
            sentence("q_ladder_last_seen", share=seen_last),
            *((doubt,) if doubt is not None and onward is not None else ()),
            sentence("q_ladder_cannot"),
        ),
        tables=tuple(tables),
        numbers=(("work", at_work), ("sheltered", sheltered), ("last_seen", seen_last)),
    )


def at(found: Occupancy, state: str, place: int, n: int) -> Modelled:
    """Return the share in a state at one of the times reported, with its bounds."""
    column = found.states.index(state)
    value, low, high = (
        float(part[place, column]) for part in (found.share, found.conf_low, found.conf_high)
    )
    if np.isnan(value):
        return Modelled(None, None, None, n, 0)
    return Modelled(value, low, high, n, round(value * n))


def people_s_paths(frames: Frames, asked: Asked) -> pl.DataFrame | None:
    """Return each person's stays from the referral to the last look, without gaps.

    Returns
    -------
    DataFrame or None
        ``person_id``, ``state``, ``start`` and ``stop`` in months after the referral, and
        ``next_state`` (null where the stay was going on). Where two activities overlap the
        earlier one is kept until it ends.
    """
    settings = asked.settings
    episodes = frames.of("episodes", programme=settings["programme"])
    activities = frames.of("activities", source=settings["source"])
    if episodes is None or activities is None:
        return None
    people = episodes.filter(pl.col("is_first_referral")).select(
        "person_id", "referral_date", "observed_until"
    )

    def months_to(day: pl.Expr) -> pl.Expr:
        return (day - pl.col("referral_date")).dt.total_days() / DAYS_PER_MONTH

    timed = (
        people.join(activities, on="person_id", how="left")
        .select(
            "person_id",
            "activity",
            since=months_to(pl.col("start_date")),
            until=months_to(pl.col("end_date")),
            last=months_to(pl.col("observed_until")),
        )
        .filter(pl.col("last") > 0)
        .sort("person_id", "since")
    )
    steps = set(settings["steps"])
    paths: list[tuple[str, str, float, float, str | None]] = []
    for person, part in groupby(timed.iter_rows(), key=itemgetter(0)):
        own = [(state, since, until, last) for _, state, since, until, last in part]
        paths += [(person, *stay) for stay in _without_gaps(own, steps)]
    if not paths:
        return None
    names = ["person_id", "state", "start", "stop", "next_state"]
    return pl.DataFrame(paths, schema=names, orient="row")


Row = tuple[str | None, float | None, float | None, float]


def _without_gaps(
    rows: Sequence[Row], steps: set[str]
) -> list[tuple[str, float, float, str | None]]:
    """Return one person's stays with times on no step filled in and equal neighbours joined.

    >>> _without_gaps(
    ...     [("practice", 2.0, 5.0, 9.0), ("regular", 5.0, None, 9.0)], {"practice", "regular"}
    ... )
    [('out', 0.0, 2.0, 'practice'), ('practice', 2.0, 5.0, 'regular'), ('regular', 5.0, 9.0, None)]
    """
    last, here = rows[0][3], 0.0
    kept: list[tuple[str, float, float]] = []
    for activity, since, until, _ in rows:
        first, end = max(since or 0.0, here), min(last if until is None else until, last)
        if activity not in steps or end <= first:
            continue
        if first > here:
            kept.append((OUT, here, first))
        kept.append((str(activity), first, end))
        here = end
    if here < last:
        kept.append((OUT, here, last))
    joined: list[tuple[str, float, float]] = []
    for state, first, end in kept:
        if joined and joined[-1][0] == state:
            joined[-1] = (state, joined[-1][1], end)
        else:
            joined.append((state, first, end))
    following = [*(state for state, _, _ in joined[1:]), None]
    return [(*stay, then) for stay, then in zip(joined, following, strict=True)]


def _coded(paths: pl.DataFrame, states: Sequence[str]) -> Stays | NotEstimable:
    return stays(
        paths["person_id"].to_numpy(),
        paths["state"].to_list(),
        paths["start"].to_numpy(),
        paths["stop"].to_numpy(),
        paths["next_state"].to_list(),
        states,
    )


def _grouped(paths: pl.DataFrame, sheltered: Sequence[str]) -> Stays:
    """Return the paths with all sheltered steps as one state; moves among them stay in it."""
    names: Mapping[str, str] = dict.fromkeys(sheltered, "sheltered_group")
    recoded = paths.with_columns(pl.col("state", "next_state").replace(names))
    states = sorted(set(recoded["state"].to_list()) | {"sheltered_group"})
    found = _coded(recoded, states)
    if isinstance(found, NotEstimable):  # the same rows were estimable under finer names
        raise AssertionError(found.code)
    return found


def _occupied(
    asked: Asked, rows: Stays, found: Occupancy, months: Sequence[float], n: int
) -> Table:
    ever = [len(np.unique(rows.person[rows.state == place])) for place in range(len(found.states))]
    cells: tuple[tuple[Cell, ...], ...] = tuple(
        (
            Words(asked.name(state)),
            *(at(found, state, 1 + place, n) for place in range(len(months))),
            Amount(None if np.isnan(found.stay[i]) else float(found.stay[i]), ever[i]),
        )
        for i, state in enumerate(found.states)
    )
    return Table(
        id="occupancy",
        title=sentence("q_ladder_table"),
        columns=("q_col_step", *(f"q_col_after_{m:g}" for m in months), "q_col_months_there"),
        rows=cells,
        parts="columns",
        bars=len(months),
    )


def _onward(asked: Asked, rows: Stays, grouped: Stays, horizon: float) -> Table | None:
    """Return where those who stood on each step after a year were at the end."""
    work = asked.settings["steps"][-1]
    shown: list[tuple[Cell, ...]] = []
    for state in asked.settings["steps"][:-1]:
        place = rows.states.index(state)
        there = rows.person[
            (rows.start <= LANDMARK) & (rows.stop > LANDMARK) & (rows.state == place)
        ]
        found = landmark_occupancy(rows, LANDMARK, state, horizon)
        chosen = np.isin(grouped.person, there) & (grouped.stop > LANDMARK)
        both = occupancy(grouped.keep(chosen), horizon, origin=LANDMARK) if chosen.any() else None
        if isinstance(found, NotEstimable) or both is None or isinstance(both, NotEstimable):
            continue
        n = len(there)
        shown.append(
            (
                Words(asked.name(state)),
                at(found, work, len(found.times) - 1, n),
                at(both, "sheltered_group", len(both.times) - 1, n),
            )
        )
    if len(shown) < 2:
        return None
    return Table(
        id="onward",
        title=sentence("q_onward_table", months=words(f"{horizon:g}")),
        columns=("q_col_step_then", "q_col_then_work", "q_col_then_sheltered"),
        rows=tuple(shown),
    )


def _doubt(rows: Stays) -> Sentence | None:
    """Return whether the next step depends on where people stood after a year."""
    tests = markov_tests(rows, LANDMARK)
    if not tests:
        return None
    smallest = min(1.0, len(tests) * min(test.p_value for test in tests))
    return sentence("q_path_matters" if smallest < DOUBT else "q_path_forgotten")


LADDER = Kind((_STEPS,), ladder)
