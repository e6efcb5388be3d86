"""Ways: how many have left, and which way, as the months pass and some are still there?"""

from __future__ import annotations

import polars as pl

from utfall.analysis.questions.answer import Asked, Found, Frames, Need, Table, sentence
from utfall.analysis.questions.ask import Kind
from utfall.analysis.questions.cells import Cell, Modelled, Number, Share, Words, words
from utfall.analysis.questions.curves import DAYS_PER_MONTH, Waits, waits
from utfall.analysis.questions.doors import GOOD

_EXITS = Need(
    table="spells", columns=("end_date", "exit_reason"), why="q_record_exits", essential=True
)

NOT_SEEN = Modelled(None, None, None, 0, 0)
WAYS = ("good", "transfer", "other", "unknown")
TRANSFERS, UNKNOWN = ("R1", "R2"), ("F5",)


def ways_out(frames: Frames, asked: Asked) -> Found | None:
    """Return the share that left each way by every month, open cases counted while seen.

    The ways compete: who has gone on to another measure can no longer leave for work, and is
    not somebody still on the way there (Aalen-Johansen). Among those who have left already,
    the quick ways weigh too much.

    Settings: ``programme``, ``site`` (all where absent), ``months``, ``names``.
    """
    settings = asked.settings
    where = {"site": settings["site"]} if "site" in settings else {}
    rows = frames.of("episodes", programme=settings["programme"], **where)
    if rows is None:
        return None
    began = rows.filter(pl.col("has_started") & pl.col("is_first_referral"))
    months = [int(month) for month in settings["months"]]
    if not began.height:
        return None
    curves = left_ways(began, max(months))
    # Beyond the last month in which anybody was followed a curve says nothing.
    seen = [month for month in months if curves.table.still_there[month] is not None]
    last = seen[-1] if seen else months[0]
    good = curves.by(last)
    name = Words(asked.name(settings.get("site", settings["programme"])))
    ended = began.filter(pl.col("end_date").is_not_null())
    reached = ended.filter(pl.col("exit_code").is_in(GOOD)).height
    naive: Cell = Share(reached, ended.height)
    cells: tuple[tuple[Cell, ...], ...] = tuple(
        (
            words(str(month)),
            *(curves.by(month, place) if month in seen else NOT_SEEN for place in range(len(WAYS))),
            _still(curves, month),
        )
        for month in months
    )
    return Found(
        sentences=(
            sentence("q_ways_good", name=name, share=good, months=Number(last)),
            *((sentence("q_ways_naive", share=naive),) if ended.height else ()),
            *((sentence("q_ways_short"),) if last < max(months) else ()),
            sentence("q_ways_cannot"),
        ),
        tables=(
            Table(
                id="ways",
                title=sentence("q_ways_table", name=name),
                columns=(
                    "q_col_months_since",
                    *(f"q_col_way_{way}" for way in WAYS),
                    "q_col_there",
                ),
                rows=cells,
                parts="rows",
                is_curve=True,
            ),
        ),
        numbers=(("work_or_studies", good), ("of_those_who_left", naive)),
        status="answered" if last == max(months) else "partly",
    )


def left_ways(began: pl.DataFrame, horizon: int) -> Waits:
    """Return how exits of each way accumulate by months since the start."""
    code = pl.col("exit_code")
    exact = (
        pl.coalesce("end_date", "observed_until") - pl.col("start_date")
    ).dt.total_days() / DAYS_PER_MONTH
    timed = began.select(
        months=pl.when(pl.col("end_date").is_not_null())
        .then(exact.ceil())
        .otherwise(exact.floor())
        .clip(0)
        .cast(pl.Int64),
        way=pl.when(pl.col("end_date").is_null())
        .then(None)
        .when(code.is_in(GOOD))
        .then(pl.lit("good"))
        .when(code.is_in(TRANSFERS))
        .then(pl.lit("transfer"))
        .when(code.is_null() | code.is_in(UNKNOWN))
        .then(pl.lit("unknown"))
        .otherwise(pl.lit("other")),
    )
    return waits(timed["months"].to_list(), timed["way"].to_list(), WAYS, horizon)


def _still(curves: Waits, month: int) -> Modelled:
    left = curves.table.still_there[month]
    if left is None:
        return Modelled(None, None, None, curves.n, 0)
    return Modelled(left, None, None, curves.n, round(left * curves.n))


WAYS_OUT = Kind((_EXITS,), ways_out)
