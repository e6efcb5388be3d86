"""Cycle: did results change with the labour market, once the same kinds of people are counted?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from utfall.analysis.gates import SMALLEST_ARM
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
from utfall.analysis.questions.cells import (
    Cell,
    Count,
    Modelled,
    Number,
    Points,
    Share,
    Words,
    words,
)
from utfall.analysis.questions.places import goal_of, known_outcomes

_EXITS = Need(
    table="spells", columns=("end_date", "exit_reason"), why="q_record_exits", essential=True
)
_MARKET = Need(
    table="labour_market",
    columns=("municipality", "month", "unemployed_pct"),
    why="q_record_market",
    essential=True,
)
_OBSTACLE = Need(
    table="referrals", columns=("obstacle_code",), why="q_record_obstacle", essential=True
)
_DISTRICT = Need(table="persons", columns=("district",), why="q_record_district", essential=True)

#: Other districts below which one district's change cannot be told from chance.
FEWEST_DISTRICTS = 4


@dataclass(frozen=True, slots=True)
class Half:
    """People referred while unemployment was low, or high, by group.

    Attributes
    ----------
    reached, n : mapping of group to count
    unemployed : float
        Mean per cent at the referrals.
    """

    reached: dict[str, int]
    n: dict[str, int]
    unemployed: float

    @property
    def share(self) -> Share:
        """Return the share as it was, whoever came."""
        return Share(sum(self.reached.values()), sum(self.n.values()))


def by_cycle(frames: Frames, asked: Asked) -> Found | None:
    """Hold results in a weak labour market against those in a strong one, at a common mix.

    More people with obstacles may come in one of them; each group's own share is weighted as
    the groups are in both together (direct standardisation). It describes one programme. What
    it adds at either time takes a fair comparison at either time.

    Settings: ``programme``, ``other`` (another programme, or absent), ``by``, ``outcome``,
    ``horizon``, ``names``.
    """
    joined = _with_market(frames, asked)
    if joined is None or joined["unemployed_pct"].n_unique() < 2:
        return None
    middle = float(np.median(joined["unemployed_pct"].to_numpy()))
    strong, weak = _halves(joined, middle, asked.settings["by"])
    if not strong.n or not weak.n:
        return None
    common = at_common_mix(strong, weak)
    if common is None:
        return None
    least = min(part.share.denominator for part in (strong, weak))
    events = min(part.share.numerator for part in (strong, weak))
    raw = _plain_gap(weak.share, strong.share, least, events)
    gap, error = common[1][0] - common[0][0], math.hypot(common[0][1], common[1][1])
    adjusted = Points(gap, gap - 1.96 * error, gap + 1.96 * error, least, events)
    name = Words(asked.name(asked.settings["programme"]))
    against = _against_other(frames, asked, (strong, weak), middle)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            label,
            Number(part.unemployed, decimals=1),
            Count(part.share.denominator),
            part.share,
            Modelled(
                value,
                max(value - 1.96 * spread, 0.0),
                min(value + 1.96 * spread, 1.0),
                part.share.denominator,
                part.share.numerator,
            ),
        )
        for label, part, (value, spread) in (
            (words("låg arbetslöshet", "low unemployment"), strong, common[0]),
            (words("hög arbetslöshet", "high unemployment"), weak, common[1]),
        )
    )
    return Found(
        sentences=(
            sentence("q_cycle_raw", name=name, goal=goal_of(asked), points=raw),
            sentence("q_cycle_mix", points=adjusted),
            *((against[0],) if against else ()),
            sentence("q_cycle_cannot"),
        ),
        tables=(
            Table(
                id="cycle",
                title=sentence("q_cycle_table", name=name),
                columns=(
                    "q_col_market",
                    "q_col_unemployed",
                    "q_col_people",
                    "q_col_reached",
                    "q_col_common_mix",
                ),
                rows=rows,
            ),
        ),
        numbers=(
            ("raw", raw),
            ("common_mix", adjusted),
            *((("against_other", against[1]),) if against else ()),
        ),
        status="partly",
    )


def _with_market(frames: Frames, asked: Asked) -> pl.DataFrame | None:
    """Return those whose outcome is known, with unemployment where and when they were referred."""
    known, market = known_outcomes(frames, asked), frames.get("labour_market")
    if known is None or market is None:
        return None
    joined = known.with_columns(month=pl.col("referral_date").dt.strftime("%Y-%m")).join(
        market.select("municipality", "month", pl.col("unemployed_pct").cast(pl.Float64)),
        on=["municipality", "month"],
    )
    return joined if joined.height else None


def _halves(joined: pl.DataFrame, middle: float, by: str) -> tuple[Half, Half]:
    """Return those referred while unemployment was low, and high."""
    is_high = pl.col("unemployed_pct") > middle
    return _half(joined.filter(~is_high), by), _half(joined.filter(is_high), by)


def _against_other(
    frames: Frames, asked: Asked, own: tuple[Half, Half], middle: float
) -> tuple[Sentence, Points] | None:
    """Return how much more one programme changed than another, the same kinds of people in all.

    What a downturn does to both alike drops out (difference in differences); what else changed
    in one of them alone does not.
    """
    other = asked.settings.get("other")
    if other is None:
        return None
    asked_other = replace(asked, settings={**asked.settings, "programme": other})
    joined = _with_market(frames, asked_other)
    if joined is None:
        return None
    theirs = _halves(joined, middle, asked.settings["by"])
    cells = at_one_mix([*own, *theirs])
    if cells is None:
        return None
    (a, ea), (b, eb), (c, ec), (d, ed) = cells
    change, error = (b - a) - (d - c), math.hypot(ea, eb, ec, ed)
    parts = [half.share for half in (*own, *theirs)]
    least = min(part.denominator for part in parts)
    events = min(part.numerator for part in parts)
    points = Points(change, change - 1.96 * error, change + 1.96 * error, least, events)
    names = [Words(asked.name(code)) for code in (asked.settings["programme"], other)]
    return sentence("q_cycle_against", name=names[0], other=names[1], points=points), points


def _half(rows: pl.DataFrame, by: str) -> Half:
    counted = (
        rows.group_by(pl.col(by).fill_null("unknown").alias("g"))
        .agg(pl.col("occurred").sum(), pl.len())
        .sort("g")
    )
    mean = rows["unemployed_pct"].mean()
    return Half(
        reached={row["g"]: int(row["occurred"]) for row in counted.to_dicts()},
        n={row["g"]: int(row["len"]) for row in counted.to_dicts()},
        unemployed=float(mean) if isinstance(mean, float) else 0.0,
    )


def at_common_mix(one: Half, other: Half) -> list[tuple[float, float]] | None:
    """Return both shares, with their errors, as if the same kinds of people had come.

    Groups that came in one only cannot be held against anything and are left out of both.

    >>> easy, hard = (
    ...     Half({"a": 40, "b": 2}, {"a": 80, "b": 20}, 6.0),
    ...     Half({"a": 10, "b": 8}, {"a": 20, "b": 80}, 8.0),
    ... )
    >>> [round(share, 3) for share, _ in at_common_mix(easy, hard) or ()]
    [0.3, 0.3]
    """
    return at_one_mix([one, other])


def at_one_mix(halves: Sequence[Half]) -> list[tuple[float, float]] | None:
    """Return every part's share, with its error, at the mix of all of them together.

    None where no group came in all.
    """
    groups = sorted(set.intersection(*({*half.n} for half in halves)))
    total = sum(half.n[g] for half in halves for g in groups)
    if not total:
        return None
    found = []
    for half in halves:
        value = variance = 0.0
        for group in groups:
            weight = sum(part.n[group] for part in halves) / total
            share = half.reached[group] / half.n[group]
            # Two of each added keep a group in which nobody or everybody did from being certain.
            drawn = (half.reached[group] + 2) / (half.n[group] + 4)
            value += weight * share
            variance += weight**2 * drawn * (1 - drawn) / half.n[group]
        found.append((value, math.sqrt(variance)))
    return found


def _plain_gap(one: Share, other: Share, n: int, events: int) -> Points:
    p, q = (share.numerator / share.denominator for share in (one, other))
    error = math.sqrt(p * (1 - p) / one.denominator + q * (1 - q) / other.denominator)
    return Points(p - q, p - q - 1.96 * error, p - q + 1.96 * error, n, events)


def closing(frames: Frames, asked: Asked) -> Found | None:
    """Hold a district's change when its unit closed against the change in every other one.

    One district that closed is one case: the chance is that of drawing it among the
    districts. What else changed there at the same time cannot be kept apart.

    Settings: ``district``, ``closed_on``, ``outcome``, ``horizon``, ``days`` (before and
    after; 365), ``names``.
    """
    settings = asked.settings
    episodes = frames.get("episodes")
    if episodes is None or "outcomes" not in frames or "district" not in episodes.columns:
        return None
    day, days = settings["closed_on"], int(settings.get("days", 365))
    known = episodes.filter(pl.col("is_first_referral") & pl.col("district").is_not_null()).join(
        frames["outcomes"].filter(
            (pl.col("outcome") == settings["outcome"])
            & (pl.col("horizon_days") == settings["horizon"])
            & pl.col("occurred").is_not_null()
        ),
        on="episode_id",
    )
    since = (pl.col("referral_date") - pl.lit(day)).dt.total_days()
    # People referred shortly before it closed were followed past it.
    before = since.is_between(-days - int(settings["horizon"]), -int(settings["horizon"]))
    changes = _changes(known.with_columns(before=before, after=since.is_between(0, days)))
    own = changes.pop(settings["district"], None)
    if own is None or len(changes) < FEWEST_DISTRICTS:
        return None
    others = float(np.mean([gap for gap, _ in changes.values()]))
    gaps = np.array([own[0], *(gap for gap, _ in changes.values())])
    away = np.abs(gaps - np.array([_mean_without(gaps, i) for i in range(gaps.size)]))
    chance = float(np.mean(away >= away[0] - 1e-12))
    n, events = own[1]
    cell = Points(own[0] - others, None, None, n, events)
    name = Words(asked.name(settings["district"]))
    return Found(
        sentences=(
            sentence(
                "q_close_raw",
                name=name,
                goal=goal_of(asked),
                points=Points(own[0], None, None, n, events),
            ),
            sentence("q_close_beside", points=cell),
            sentence(
                "q_close_chance",
                chance=Number(round(100 * chance)),
                districts=Number(len(changes) + 1),
            ),
            sentence("q_close_cannot"),
        ),
        numbers=(("beside_others", cell), ("chance", Number(chance, decimals=2))),
        status="partly",
    )


def _changes(known: pl.DataFrame) -> dict[str, tuple[float, tuple[int, int]]]:
    """Return each district's change in its share, with the smaller period's people and events.

    Districts with few people in either period are left out: their changes are mostly chance.
    """
    found = {}
    for (district,), rows in known.sort("district").group_by("district", maintain_order=True):
        parts = [rows.filter(pl.col(when))["occurred"] for when in ("before", "after")]
        if all(part.len() >= SMALLEST_ARM for part in parts):
            shares = [float(part.sum()) / part.len() for part in parts]
            smaller = min(part.len() for part in parts), min(int(part.sum()) for part in parts)
            found[str(district)] = (shares[1] - shares[0], smaller)
    return found


def _mean_without(values: np.ndarray, place: int) -> float:
    return float(np.delete(values, place).mean())


BY_CYCLE = Kind((_EXITS, _MARKET, _OBSTACLE), by_cycle)
CLOSING = Kind((_EXITS, _DISTRICT), closing)
