"""Mix: is a change in results a change in who came, or in how it went for each group?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from utfall.analysis.questions.answer import Asked, Found, Frames, Need, Table, sentence
from utfall.analysis.questions.ask import Kind
from utfall.analysis.questions.cells import Cell, Count, Points, Share, Words, words
from utfall.analysis.questions.places import goal_of

_NEEDS = (
    Need(table="referrals", columns=("obstacle_code",), why="q_record_obstacle", essential=True),
    Need(table="spells", columns=("end_date", "exit_reason"), why="q_record_exits", essential=True),
)


@dataclass(frozen=True, slots=True)
class Split:
    """A change in a share, split into who came and how it went (Kitagawa 1955)."""

    total: float
    mix: float
    rate: float


def kitagawa(before: Mapping[str, tuple[int, int]], after: Mapping[str, tuple[int, int]]) -> Split:
    """Split the change in a share between two periods.

    Parameters
    ----------
    before, after : mapping of group to (reached, people)
        Groups that nobody was in before or after take the other period's share, so that they
        add to the mix alone.

    Returns
    -------
    Split
        ``mix`` and ``rate`` add to ``total``.

    >>> found = kitagawa({"a": (40, 80), "b": (2, 20)}, {"a": (10, 20), "b": (8, 80)})
    >>> [round(x, 2) for x in (found.total, found.mix, found.rate)]
    [-0.24, -0.24, 0.0]
    """
    n_before, n_after = (sum(n for _, n in part.values()) for part in (before, after))
    mix = rate = 0.0
    for group in sorted(before.keys() | after.keys()):
        old, new = before.get(group, (0, 0)), after.get(group, (0, 0))
        weights = old[1] / n_before, new[1] / n_after
        shares = _shares(old, new)
        mix += (weights[1] - weights[0]) * (shares[0] + shares[1]) / 2
        rate += (shares[1] - shares[0]) * (weights[0] + weights[1]) / 2
    return Split(mix + rate, mix, rate)


def _shares(old: tuple[int, int], new: tuple[int, int]) -> tuple[float, float]:
    found = [reached / n if n else None for reached, n in (old, new)]
    first = found[0] if found[0] is not None else found[1]
    last = found[1] if found[1] is not None else found[0]
    return first or 0.0, last or 0.0


def drift(frames: Frames, asked: Asked) -> Found | None:
    """Split the change between two periods of referral into mix and results.

    Settings: ``programme``, ``by`` (column of the mart of episodes), ``outcome``, ``horizon``,
    ``before`` and ``after`` (first and last day of referral), ``names``.
    """
    settings = asked.settings
    episodes = frames.of("episodes", programme=settings["programme"])
    if episodes is None:
        return None
    known = episodes.filter(pl.col("is_first_referral")).join(
        frames["outcomes"].filter(
            (pl.col("outcome") == settings["outcome"])
            & (pl.col("horizon_days") == settings["horizon"])
            & pl.col("occurred").is_not_null()
        ),
        on="episode_id",
    )
    parts = [
        known.filter(pl.col("referral_date").is_between(*settings[when]))
        for when in ("before", "after")
    ]
    if not all(part.height for part in parts):
        return None
    groups = [_groups(part, settings["by"]) for part in parts]
    split = kitagawa(groups[0], groups[1])
    least = min(part.height for part in parts)
    events = min(int(part["occurred"].sum()) for part in parts)
    reach = _reaches(groups[0], groups[1])

    def points(value: float, half: float | None) -> Points:
        low, high = (None, None) if half is None else (value - half, value + half)
        return Points(value, low, high, least, events)

    # The parts add to the change as it is printed.
    total, mix = round(split.total, 2), round(split.mix, 2)
    change, came, went = (
        points(total, reach[0]),
        points(mix, None),
        points(total - mix, reach[1]),
    )
    name = Words(asked.name(settings["programme"]))
    return Found(
        sentences=(
            sentence("q_mix_total", name=name, goal=goal_of(asked), points=change),
            sentence("q_mix_parts", mix=came, rate=went),
            sentence("q_mix_cannot"),
        ),
        tables=(_mix_table(asked, groups, name),),
        numbers=(("total", change), ("mix", came), ("rate", went)),
        status="partly",
    )


def _reaches(
    before: Mapping[str, tuple[int, int]], after: Mapping[str, tuple[int, int]]
) -> tuple[float, float]:
    """Return half-widths of 95 % intervals for the change, and for the part within groups.

    Wald, binomial within each period, groups' sizes taken as given.
    """
    sizes = [sum(n for _, n in part.values()) for part in (before, after)]
    overall = [
        sum(x for x, _ in part.values()) / n for part, n in zip((before, after), sizes, strict=True)
    ]
    change = sum(p * (1 - p) / n for p, n in zip(overall, sizes, strict=True))
    within = 0.0
    for group in before.keys() & after.keys():
        (x0, n0), (x1, n1) = before[group], after[group]
        weight = (n0 / sizes[0] + n1 / sizes[1]) / 2
        p0, p1 = x0 / n0, x1 / n1
        within += weight**2 * (p0 * (1 - p0) / n0 + p1 * (1 - p1) / n1)
    return 1.96 * math.sqrt(change), 1.96 * math.sqrt(within)


def _mix_table(asked: Asked, groups: list[dict[str, tuple[int, int]]], name: Words) -> Table:
    before, after = groups
    rows: list[tuple[Cell, ...]] = [
        (
            Words(asked.name(group)),
            Count(before.get(group, (0, 0))[1]),
            Share(*before.get(group, (0, 0))),
            Count(after.get(group, (0, 0))[1]),
            Share(*after.get(group, (0, 0))),
        )
        for group in sorted(before.keys() | after.keys())
    ]
    sums = [(sum(x for x, _ in part.values()), sum(n for _, n in part.values())) for part in groups]
    rows.append(
        (
            words("alla", "all"),
            Count(sums[0][1]),
            Share(*sums[0]),
            Count(sums[1][1]),
            Share(*sums[1]),
        )
    )
    return Table(
        id="groups",
        title=sentence("q_mix_table", name=name),
        columns=("q_col_group", "q_col_n_before", "q_col_before", "q_col_n_after", "q_col_after"),
        rows=tuple(rows),
        has_total=True,
    )


def _groups(rows: pl.DataFrame, by: str) -> dict[str, tuple[int, int]]:
    counted = rows.group_by(pl.col(by).fill_null("unknown").alias("g")).agg(
        pl.col("occurred").sum().alias("reached"), pl.len().alias("n")
    )
    return {row["g"]: (int(row["reached"]), int(row["n"])) for row in counted.to_dicts()}


MIX = Kind(_NEEDS, drift)
