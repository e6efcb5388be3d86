"""Queueing: what becomes of the next person in the queue when there are places fewer?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from utfall.analysis.questions.answer import (
    Asked,
    Found,
    Frames,
    Need,
    Table,
    last_seen,
    sentence,
)
from utfall.analysis.questions.ask import Kind
from utfall.analysis.questions.cells import Amount, Cell, Count, Number, Quantile, Share, Words
from utfall.analysis.questions.cells import words as said
from utfall.analysis.questions.savings import PAID, mean_payout
from utfall.analysis.results import NotEstimable
from utfall.analysis.survival import kaplan_meier, waiting_time

_QUEUE = Need(
    table="queue",
    columns=("activity", "queued_on", "offered_on"),
    why="q_record_queue",
    essential=True,
)
_COSTS = Need(
    table="costs", columns=("item", "payer", "amount_sek", "price_year"), why="q_record_costs"
)

#: Months after joining the queue in which assistance is counted.
YEAR = 12


def queue(frames: Frames, asked: Asked) -> Found | None:
    """Return what places fewer cost in assistance, by those who would have been next.

    A place fewer is not a participant of the usual kind without it, but one more who waits
    in vain: their own months with assistance count, and not twelve for each.

    Settings: ``source``, ``activity``, ``programme`` and ``item`` (the saving), ``places``,
    ``names``.
    """
    settings = asked.settings
    waiting = frames.of("queue", source=settings["source"], activity=settings["activity"])
    paid = frames.of("assistance_months", source=settings["source"])
    mean, n_paid = mean_payout(frames, settings["source"])
    if waiting is None or paid is None or mean is None:
        return None
    last = paid["month"].str.to_date("%Y-%m").dt.month_end().max()
    waiting = waiting.with_columns(last=pl.lit(last)).filter(pl.col("queued_on") < pl.col("last"))
    in_vain = waiting.filter(
        pl.col("offered_on").is_null()
        & (pl.col("queued_on").dt.offset_by(f"{YEAR}mo") <= pl.col("last"))
    )
    if not in_vain.height:
        return None
    helped = months_helped(in_vain, paid)
    months = Quantile(helped, in_vain.height)
    places, each = int(settings["places"]), mean
    cost: Cell = Amount(places * helped * each, in_vain.height)
    most: Cell = Amount(places * YEAR * each, n_paid)
    saving = _saving(frames, settings)
    share: Cell = Amount(None if not saving else places * helped * each / saving, in_vain.height)
    name = Words(asked.name(settings["activity"]))
    without = Share(waiting.filter(pl.col("offered_on").is_null()).height, waiting.height)
    return Found(
        sentences=(
            sentence("q_queue_long", n=Count(waiting.height), share=without, name=name),
            sentence("q_queue_wait", median=_median_wait(waiting)),
            sentence("q_queue_next", months=months),
            *(
                (sentence("q_queue_cost", places=Number(places), cost=cost, share=share),)
                if saving
                else ()
            ),
            sentence("q_queue_naive", cost=most),
            sentence("q_queue_cannot"),
        ),
        tables=(
            Table(
                id="queue",
                title=sentence("q_queue_table", name=name),
                columns=("q_col_who", "q_col_people", "q_col_helped_months"),
                rows=(
                    (
                        said("utan plats, följda ett år", "without a place, followed a year"),
                        Count(in_vain.height),
                        months,
                    ),
                ),
            ),
        ),
        numbers=(("months", months), ("cost", cost), ("of_saving", share)),
        status="partly",
    )


def months_helped(people: pl.DataFrame, paid: pl.DataFrame) -> float:
    """Return the mean months with assistance in the year after joining the queue."""
    day = pl.col("month").str.to_date("%Y-%m")
    first = pl.col("queued_on").dt.month_start()
    within = (
        paid.select("person_id", "month")
        .unique()
        .join(people.select("person_id", "queued_on"), on="person_id")
        .filter((day > first) & (day <= first.dt.offset_by(f"{YEAR}mo")))
    )
    return within.height / people.height


def _median_wait(waiting: pl.DataFrame) -> Quantile:
    until = pl.coalesce("offered_on", "last")
    days = waiting.select((until - pl.col("queued_on")).dt.total_days().clip(lower_bound=1))
    curve = kaplan_meier(
        days.to_series().to_numpy().astype(float), waiting["offered_on"].is_not_null().to_numpy()
    )
    if isinstance(curve, NotEstimable):
        return Quantile(None, waiting.height)
    found = waiting_time(curve, 0.5)
    return Quantile(found.time, waiting.height, found.conf_low, found.conf_high)


def _saving(frames: Frames, settings: Mapping[str, Any]) -> float | None:

    costs = frames.of("costs", programme=settings["programme"], item=settings["item"])
    if costs is None:
        return None
    ours = costs.filter(pl.col("payer") == "municipality")
    return float(ours["amount_sek"].cast(pl.Float64).sum())


def waiting_list(frames: Frames, asked: Asked) -> Found | None:
    """Return how many stand in a queue at each year's end, and how long it takes to leave it.

    A queue that grows says that more ask than there are places for; those who never join it
    are not seen.

    Settings: ``source``, ``activity``, ``programme`` (of the people), ``names``.
    """
    waiting = frames.of(
        "queue", source=asked.settings["source"], activity=asked.settings["activity"]
    )
    last = last_seen(frames, asked.settings["programme"])
    if waiting is None:
        return None
    waiting = waiting.with_columns(last=pl.lit(last)).filter(pl.col("queued_on") < pl.col("last"))
    queued = waiting["queued_on"].min()
    if not isinstance(queued, date):
        return None
    ends = [date(year, 12, 31) for year in range(queued.year, last.year)]
    now, before = _standing(waiting, last), _standing(waiting, ends[-1]) if ends else 0
    name = Words(asked.name(asked.settings["activity"]))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (said(str(day)), Count(_joined_in(waiting, day.year)), Count(_standing(waiting, day)))
        for day in [*ends, last]
    )
    return Found(
        sentences=(
            sentence("q_list_now", name=name, n=Count(now), day=said(str(last))),
            sentence("q_list_then", n=Count(before)),
            sentence("q_queue_wait", median=_median_wait(waiting)),
            sentence("q_list_cannot"),
        ),
        tables=(
            Table(
                id="list",
                title=sentence("q_list_table", name=name),
                columns=("q_col_day", "q_col_joined", "q_col_standing"),
                rows=rows,
            ),
        ),
        numbers=(("standing", Count(now)), ("standing_before", Count(before))),
        status="partly",
    )


def _standing(waiting: pl.DataFrame, day: date) -> int:
    """Return how many had joined by a day and had no offer yet."""
    open_then = pl.col("offered_on").is_null() | (pl.col("offered_on") > day)
    return waiting.filter((pl.col("queued_on") <= day) & open_then).height


def _joined_in(waiting: pl.DataFrame, year: int) -> int:
    return waiting.filter(pl.col("queued_on").dt.year() == year).height


QUEUE = Kind((_QUEUE, PAID, _COSTS), queue)
WAITING_LIST = Kind((_QUEUE,), waiting_list)
