"""Handovers: how long do other authorities take to answer, and does it go worse meanwhile?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl

from utfall.analysis.counts import wilson_interval
from utfall.analysis.cox import cox
from utfall.analysis.questions.answer import Asked, Found, Frames, Need, Table, sentence
from utfall.analysis.questions.ask import Kind
from utfall.analysis.questions.cells import (
    Cell,
    Count,
    Number,
    Points,
    Quantile,
    Share,
    Times,
    Words,
    words,
)
from utfall.analysis.questions.curves import DAYS_PER_MONTH
from utfall.analysis.questions.doors import GOOD
from utfall.analysis.results import NotEstimable
from utfall.analysis.survival import Survival, kaplan_meier, waiting_time

_EXITS = Need(
    table="spells", columns=("end_date", "exit_reason"), why="q_record_exits", essential=True
)
_SENT = Need(
    table="handovers",
    columns=("authority", "sent_date", "answered_date"),
    why="q_record_handovers",
    essential=True,
)
_OFFERS = Need(
    table="handovers", columns=("employer_offer", "offer_withdrawn"), why="q_record_offers"
)


def handovers(frames: Frames, asked: Asked) -> Found | None:
    """Return how long authorities take to answer; cases without an answer are still waiting.

    Settings: ``source`` (of the hand-overs), ``names`` (also of authorities).
    """
    sent = frames.of("handovers", source=asked.settings["source"])
    if sent is None:
        return None
    timed = _timed(frames, sent)
    rows: list[tuple[Cell, ...]] = []
    for authority in sorted(timed["authority"].unique().to_list()):
        part = timed.filter(pl.col("authority") == authority)
        rows.append((Words(asked.name(authority)), *_row(_answers(part))))
    everyone = _answers(timed)
    rows.append((words("alla", "all"), *_row(everyone)))
    offers = timed.filter(pl.col("employer_offer").fill_null(value=False))
    lost: Cell = Share(int(offers["offer_withdrawn"].fill_null(value=False).sum()), offers.height)
    median, p90 = everyone.within(0.5), everyone.within(0.9)
    at, low, high = (
        None if days is None else days / DAYS_PER_MONTH
        for days in (median.value, median.low, median.high)
    )
    months = Quantile(at, everyone.n, low, high)
    return Found(
        sentences=(
            sentence("q_hand_median", median=median, p90=p90),
            sentence("q_hand_open", n=Count(everyone.n_open)),
            sentence("q_hand_max"),
            *((sentence("q_hand_offers", share=lost),) if offers.height else ()),
        ),
        tables=(
            Table(
                id="authorities",
                title=sentence("q_hand_table"),
                columns=(
                    "q_col_authority",
                    "q_col_sent",
                    "q_col_open",
                    "q_col_median",
                    "q_col_p90",
                ),
                rows=tuple(rows),
                has_total=True,
                bars=3,
            ),
        ),
        numbers=(("median_months", months), ("p90_days", p90), ("offers_withdrawn", lost)),
    )


def _timed(frames: Frames, sent: pl.DataFrame) -> pl.DataFrame:
    """Return hand-overs with the day up to which each was seen: an answer, an exit, or the end."""
    people = (
        frames["episodes"]
        .group_by("person_id")
        .agg(seen=pl.coalesce("end_date", "observed_until").max())
    )
    return sent.join(people, on="person_id").with_columns(
        days=(pl.coalesce("answered_date", "seen") - pl.col("sent_date"))
        .dt.total_days()
        .clip(lower_bound=0)
    )


@dataclass(frozen=True, slots=True)
class _Answers:
    """How long hand-overs wait for an answer."""

    curve: Survival | NotEstimable
    n: int
    n_open: int

    def within(self, share: float) -> Quantile:
        """Return the days by which that share had an answer, with its interval."""
        if isinstance(self.curve, NotEstimable):
            return Quantile(None, self.n)
        found = waiting_time(self.curve, share)
        return Quantile(found.time, self.n, found.conf_low, found.conf_high)


def _answers(timed: pl.DataFrame) -> _Answers:
    is_answered = timed["answered_date"].is_not_null().to_numpy()
    return _Answers(
        kaplan_meier(timed["days"].to_numpy(), is_answered),
        timed.height,
        int((~is_answered).sum()),
    )


def _row(found: _Answers) -> tuple[Cell, ...]:
    return Count(found.n), Count(found.n_open), found.within(0.5), found.within(0.9)


def lag(frames: Frames, asked: Asked) -> Found | None:
    """Compare later work among those still waiting at a landmark with those who had an answer.

    Sorting people by how long they ended up waiting gives those who waited long a time in
    which they could not have left; the landmark asks only what was known that day.

    Settings: ``programme``, ``source``, ``landmark`` and ``horizon`` (days), ``names``.
    """
    settings = asked.settings
    sent = frames.of("handovers", source=settings["source"])
    episodes = frames.of("episodes", programme=settings["programme"])
    if sent is None or episodes is None:
        return None
    first = sent.sort("sent_date").unique("person_id", keep="first", maintain_order=True)
    joined = first.join(episodes.filter(pl.col("has_started")), on="person_id", suffix="_of")
    joined = joined.with_columns(
        left=(pl.col("end_date") - pl.col("sent_date")).dt.total_days(),
        seen=(pl.col("observed_until") - pl.col("sent_date")).dt.total_days(),
        waited=(pl.col("answered_date") - pl.col("sent_date")).dt.total_days(),
        good=pl.col("exit_code").is_in(GOOD).fill_null(value=False),
    )
    at, horizon = int(settings["landmark"]), int(settings["horizon"])
    there = joined.filter(
        (pl.col("left").is_null() | (pl.col("left") > at)) & (pl.col("seen") >= at + horizon)
    )
    reached = pl.col("good") & (pl.col("left") <= at + horizon)
    waiting = there.filter(pl.col("waited").is_null() | (pl.col("waited") > at))
    answered = there.filter(pl.col("waited") <= at)
    long_wait = joined.filter((pl.col("seen") >= horizon) & (pl.col("waited") > at))
    naive_rest = joined.filter(pl.col("seen") >= horizon).join(
        long_wait.select("person_id"), on="person_id", how="anti"
    )
    in_time = pl.col("good") & (pl.col("left") <= horizon)
    shares = [
        Share(part.filter(when).height, part.height)
        for part, when in (
            (waiting, reached),
            (answered, reached),
            (long_wait, in_time),
            (naive_rest, in_time),
        )
    ]
    if any(share.denominator == 0 for share in shares):
        return None
    pace = _pace_while_waiting(joined)
    difference = difference_of(shares[0], shares[1])
    naive = difference_of(shares[2], shares[3])
    limit = Number(at)
    return Found(
        sentences=(
            sentence("q_lag_difference", points=difference, days=limit),
            sentence("q_lag_pace", times=pace),
            sentence("q_lag_naive", points=naive),
            sentence("q_lag_cannot"),
        ),
        tables=(
            Table(
                id="landmark",
                title=sentence("q_lag_table", days=limit),
                columns=("q_col_who", "q_col_people", "q_col_good_later"),
                rows=(
                    (
                        words("väntade fortfarande", "still waited"),
                        Count(shares[0].denominator),
                        shares[0],
                    ),
                    (
                        words("hade fått svar", "had an answer"),
                        Count(shares[1].denominator),
                        shares[1],
                    ),
                ),
            ),
        ),
        numbers=(("difference", difference), ("pace", pace), ("naive", naive)),
        status="partly",
    )


def _pace_while_waiting(joined: pl.DataFrame) -> Times:
    """Return how many times as fast people leave for work while they wait for an answer.

    Waiting is known day by day: everybody waits from the hand-over and stops on the day of
    the answer (Cox, obstacle and authority beside it). So nobody's early days are credited to
    a wait that was yet to come.
    """
    last = pl.min_horizontal("left", "seen")
    timed = joined.with_columns(
        last=last,
        happened=pl.col("good") & pl.col("left").is_not_null() & (pl.col("left") <= pl.col("seen")),
    ).filter(pl.col("last") > 0)
    change = pl.min_horizontal(pl.coalesce("waited", "last"), "last").clip(lower_bound=0)
    kept = ("person_id", "obstacle_code", "authority")
    waiting = timed.select(
        *kept,
        start=pl.lit(0.0),
        stop=change.cast(pl.Float64),
        event=pl.col("happened") & (change >= pl.col("last")),
        waits=pl.lit(1.0),
    )
    after = timed.select(
        *kept,
        start=change.cast(pl.Float64),
        stop=pl.col("last").cast(pl.Float64),
        event="happened",
        waits=pl.lit(0.0),
    )
    rows = pl.concat([waiting, after]).filter(pl.col("stop") > pl.col("start"))
    dummies = [
        (rows[column] == value).fill_null(value=False).cast(pl.Float64)
        for column in ("obstacle_code", "authority")
        for value in sorted(rows[column].drop_nulls().unique().to_list())[1:]
    ]
    x = np.column_stack([part.to_numpy() for part in (rows["waits"], *dummies)])
    found = cox(
        rows["stop"].to_numpy(), rows["event"].to_numpy(), x, start=rows["start"].to_numpy()
    )
    sides = [rows.filter(pl.col("waits") == side) for side in (0.0, 1.0)]
    n = min(side["person_id"].n_unique() for side in sides)
    events = min(int(side["event"].sum()) for side in sides)
    if isinstance(found, NotEstimable):
        return Times(None, None, None, n, events)
    ratio = [
        math.exp(float(part[0])) for part in (found.coefficients, found.conf_low, found.conf_high)
    ]
    return Times(ratio[0], ratio[1], ratio[2], n, events)


def difference_of(one: Share, other: Share) -> Points:
    """Return the difference between two shares, with a Newcombe interval from Wilson's.

    >>> found = difference_of(Share(10, 40), Share(10, 40))
    >>> found.value, round(found.low, 2), round(found.high, 2)
    (0.0, -0.19, 0.19)
    """
    p, q = one.numerator / one.denominator, other.numerator / other.denominator
    low_p, high_p = wilson_interval(one.numerator, one.denominator)
    low_q, high_q = wilson_interval(other.numerator, other.denominator)
    below = math.hypot(p - low_p, high_q - q)
    above = math.hypot(high_p - p, q - low_q)
    smaller = min((one, other), key=lambda share: share.denominator)
    events = min(one.numerator, other.numerator)
    return Points(p - q, p - q - below, p - q + above, smaller.denominator, events)


HANDOVERS = Kind((_SENT, _OFFERS), handovers)
LAG = Kind((_SENT, _EXITS), lag)
