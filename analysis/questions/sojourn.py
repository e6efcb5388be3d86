"""Sojourn: how long do people stay in one activity, asked of those who enter and those met?"""

from __future__ import annotations

from datetime import date

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
from utfall.analysis.questions.cells import Cell, Count, Share, Words, words
from utfall.analysis.questions.curves import DAYS_PER_MONTH, Waits, stays, waits
from utfall.analysis.questions.doors import GOOD

_ACTIVITIES = Need(
    table="activities",
    columns=("activity", "start_date", "end_date"),
    why="q_record_activities",
    essential=True,
)
_KIND = Need(table="activities", columns=("workplace_kind", "subsidy"), why="q_record_employed")


def stuck(frames: Frames, asked: Asked) -> Found | None:
    """Compare stays among those who entered with those met on one day.

    A list of one day holds long stays in proportion to their length: it meets a person who
    stays ten months ten times as often as one who stays a month.

    Settings: ``programme``, ``activity``, ``employed`` (activity of those who hold a job
    there), ``census`` (the day), ``months`` (what counts as long), ``names``.
    """
    settings = asked.settings
    rows = activity_stays(frames, settings["programme"])
    if rows is None:
        return None
    census, long_stay = settings["census"], int(settings.get("months", 24))
    entrants = rows.filter(pl.col("activity") == settings["activity"])
    employed = rows.filter(pl.col("activity") == settings["employed"])
    if not entrants.height:
        return None
    curve = stays(entrants, per=DAYS_PER_MONTH)
    entered: Cell = curve.still(long_stay)
    year: Cell = curve.still(12)
    met = _met(pl.concat([entrants, employed]), census, long_stay)
    met_entrants = _met(entrants, census, long_stay)
    met_employed = _met(employed, census, long_stay)
    name = Words(asked.name(settings["activity"]))
    day = words(f"{census:%Y-%m-%d}")
    median = curve.quantile(0.5)
    went = onward(frames, entrants)
    return Found(
        sentences=(
            sentence("q_stuck_entrants", name=name, share=entered),
            sentence("q_stuck_median", median=median),
            sentence("q_stuck_onward", share=went.by(12)),
            sentence("q_stuck_snapshot", day=day, share=met),
            sentence("q_stuck_why"),
            *((sentence("q_stuck_employed", n=Count(employed.height)),) if employed.height else ()),
            sentence("q_stuck_cannot"),
        ),
        tables=(
            Table(
                id="stays",
                title=sentence("q_stuck_table", name=name),
                columns=("q_col_who", "q_col_people", "q_col_long"),
                rows=(
                    (words("alla som började", "all who began"), Count(entrants.height), entered),
                    (
                        words("på plats en dag, alla", "there on one day, all"),
                        Count(met.denominator),
                        met,
                    ),
                    (
                        words("på plats en dag, utan anställda", "there on one day, not employed"),
                        Count(met_entrants.denominator),
                        met_entrants,
                    ),
                    (
                        words("på plats en dag, anställda", "there on one day, employed"),
                        Count(met_employed.denominator),
                        met_employed,
                    ),
                ),
                bars=2,
            ),
            Table(
                id="onward",
                title=sentence("q_stuck_onward_table", name=name),
                columns=("q_col_months", "q_col_onward", "q_col_left_otherwise"),
                rows=tuple(
                    (words(str(month)), went.by(month), went.by(month, 1)) for month in (3, 6, 12)
                ),
            ),
        ),
        numbers=(
            ("entrants_long", entered),
            ("snapshot_long", met),
            ("median_months", median),
            ("still_after_a_year", year),
        ),
    )


def onward(frames: Frames, entrants: pl.DataFrame) -> Waits:
    """Return how those who entered left: to a next step or an outcome, or otherwise.

    A next step is another activity of the same enrolment that began no earlier than the
    first one ended; without one, the enrolment's own exit says which way it was.
    """
    starts = frames["activities"].select("spell_id", "source", later="start_date")
    followed = (
        entrants.join(starts, on=["spell_id", "source"])
        .filter(pl.col("later") >= pl.col("end_date"))
        .select("spell_id", "source", "start_date", has_next=pl.lit(value=True))
        .unique()
    )
    spells = frames["spells"].select("spell_id", "source", "exit_reason")
    rows = entrants.join(followed, on=["spell_id", "source", "start_date"], how="left").join(
        spells, on=["spell_id", "source"], how="left"
    )
    is_onward = pl.col("has_next").fill_null(value=False) | pl.col("exit_reason").is_in(GOOD)
    days = (pl.coalesce("end_date", "last_seen") - pl.col("start_date")).dt.total_days()
    timed = rows.select(
        months=(days / DAYS_PER_MONTH).ceil().clip(0).cast(pl.Int64),
        way=pl.when(pl.col("end_date").is_null())
        .then(None)
        .when(is_onward.fill_null(value=False))
        .then(pl.lit("onward"))
        .otherwise(pl.lit("other")),
    )
    months = timed["months"].to_list()
    return waits(months, timed["way"].to_list(), ["onward", "other"], max([*months, 12]))


def activity_stays(frames: Frames, programme: str) -> pl.DataFrame | None:
    """Return a programme's activities with the last day that the person was seen."""
    spells = frames.of("spells", programme=programme)
    activities = frames.get("activities")
    if spells is None or activities is None:
        return None
    seen = last_seen(frames, programme)
    rows = activities.join(spells.select("spell_id", "source").unique(), on=["spell_id", "source"])
    rows = rows.with_columns(last_seen=pl.lit(seen)).filter(pl.col("start_date") <= seen)
    return rows if rows.height else None


def _met(rows: pl.DataFrame, census: date, months: int) -> Share:
    """Return the share of those there on a day whose whole stay was that long.

    Stays that go on count by what is seen of them, so the day should lie well before the end.
    """
    there = rows.filter(
        (pl.col("start_date") <= census)
        & (pl.col("end_date").is_null() | (pl.col("end_date") > census))
    )
    stay = (pl.coalesce("end_date", "last_seen") - pl.col("start_date")).dt.total_days()
    return Share(there.filter(stay > months * DAYS_PER_MONTH).height, there.height)


STUCK = Kind((_ACTIVITIES, _KIND), stuck)
