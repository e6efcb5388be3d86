"""Routines: do people come when they are expected, and what hinders them in the end?"""

from __future__ import annotations

import polars as pl

from utfall.analysis.questions.answer import Asked, Found, Frames, Need, Table, sentence
from utfall.analysis.questions.ask import Kind
from utfall.analysis.questions.cells import Amount, Cell, Count, Number, Quantile, Share, Words
from utfall.analysis.questions.curves import DAYS_PER_MONTH
from utfall.analysis.results import NotEstimable
from utfall.analysis.survival import kaplan_meier, waiting_time

_HOURS = Need(
    table="attendance_months",
    columns=("spell_id", "month", "hours_given"),
    why="q_record_hours",
    essential=True,
)
_PLANNED = Need(table="spells", columns=("planned_hours",), why="q_record_planned", essential=True)
_WELL = Need(table="followups", columns=("daily_life",), why="q_record_daily_life", held=False)
_MONTHLY = Need(
    table="assistance_months",
    columns=("month", "obstacle_code"),
    why="q_record_obstacle_monthly",
    essential=True,
)

#: Days of a month, and of the week that planned hours are given for.
_WEEKS = DAYS_PER_MONTH / 7


def attendance(frames: Frames, asked: Asked) -> Found | None:
    """Return the part of their planned hours that people were there, by month after the start.

    The month of the start and the last one are cut short and left out. Being there is one
    side of a daily routine; how somebody feels is not seen.

    Settings: ``programme``, ``source``, ``activity`` (of those who began in it), ``months``
    (after the start), ``told`` (the month that the sentence names), ``names``.
    """
    settings = asked.settings
    spells = frames.of("spells", programme=settings["programme"], source=settings["source"])
    hours = frames.of("attendance_months", source=settings["source"])
    began = frames.of("activities", source=settings["source"], activity=settings["activity"])
    if spells is None or hours is None or began is None:
        return None
    month = pl.col("month").str.to_date("%Y-%m")
    first, last = (pl.col(name).dt.month_start() for name in ("start_date", "end_date"))
    whole = (
        spells.filter(pl.col("planned_hours") > 0)
        .join(began.select("spell_id").unique(), on="spell_id")
        .join(hours.select("spell_id", "month", "hours_given"), on="spell_id")
        .filter((month > first) & (last.is_null() | (month < last)))
        .with_columns(
            since=(month.dt.year() - first.dt.year()) * 12
            + (month.dt.month().cast(pl.Int32) - first.dt.month().cast(pl.Int32)),
            part=pl.col("hours_given").cast(pl.Float64)
            / (pl.col("planned_hours").cast(pl.Float64) * _WEEKS),
        )
    )
    rows: list[tuple[Cell, ...]] = []
    numbers: list[tuple[str, Cell]] = []
    for since in settings["months"]:
        parts = whole.filter(pl.col("since") == since)
        mean = parts["part"].mean()
        cell = Amount(100 * mean if isinstance(mean, float) else None, parts.height)
        rows.append((Number(since), Count(parts.height), cell))
        numbers.append((f"month_{since}", cell))
    if not whole.height:
        return None
    name, start = Words(asked.name(settings["activity"])), settings["told"]
    return Found(
        sentences=(
            sentence(
                "q_there_part",
                name=name,
                part=dict(numbers)[f"month_{start}"],
                months=Number(start),
            ),
            sentence("q_there_stay"),
            sentence("q_there_cannot"),
        ),
        tables=(
            Table(
                id="attendance",
                title=sentence("q_there_table", name=name),
                columns=("q_col_months_since", "q_col_people", "q_col_hours_part"),
                rows=tuple(rows),
            ),
        ),
        numbers=tuple(numbers),
        status="partly",
    )


def new_obstacle(frames: Frames, asked: Asked) -> Found | None:
    """Return how many turn out to have another obstacle after the start, and how soon.

    Those who begin with the obstacle already on file cannot turn out to have it; those who
    never do are followed as long as their months with assistance last.

    Settings: ``programme``, ``obstacle`` (the one that turns up), ``days`` (looked ahead),
    ``soon`` (what counts as soon), ``names``.
    """
    settings = asked.settings
    rows = frames.of("episodes", programme=settings["programme"])
    paid = frames.get("assistance_months")
    if rows is None or paid is None or not paid["obstacle_code"].count():
        return None
    begun = rows.filter(
        pl.col("is_first_referral")
        & pl.col("has_started")
        & (pl.col("obstacle_code").fill_null("") != settings["obstacle"])
    ).select("person_id", "start_date")
    month = pl.col("month").str.to_date("%Y-%m")
    seen = paid.join(begun, on="person_id").filter(month > pl.col("start_date"))
    people = (
        seen.group_by("person_id")
        .agg(
            pl.col("start_date").first(),
            changed=month.filter(pl.col("obstacle_code") == settings["obstacle"]).min(),
            last=month.max().dt.month_end(),
        )
        .sort("person_id")
    )
    if not people.height:
        return None
    until = pl.coalesce("changed", "last")
    days = people.select((until - pl.col("start_date")).dt.total_days().clip(lower_bound=1))
    wait = days.to_series().to_numpy().astype(float)
    is_changed = people["changed"].is_not_null()
    late = ~is_changed.to_numpy() | (wait > float(settings["days"]))
    known = people.filter(pl.Series(~late) | pl.Series(wait >= float(settings["days"])))
    found = int((~late).sum())
    curve = kaplan_meier(wait[~late], (~late)[~late]) if found else None
    median = (
        Quantile(None, found)
        if curve is None or isinstance(curve, NotEstimable)
        else Quantile((at := waiting_time(curve, 0.5)).time, found, at.conf_low, at.conf_high)
    )
    soon = Share(int((wait[~late] <= float(settings["soon"])).sum()), found)
    turned: Cell = Share(found, known.height)
    name, obstacle = (Words(asked.name(settings[key])) for key in ("programme", "obstacle"))
    limit, near = Number(settings["days"]), Number(settings["soon"])
    return Found(
        sentences=(
            sentence("q_turn_up", name=name, share=turned, obstacle=obstacle, days=limit),
            sentence("q_turn_when", median=median, soon=soon, near=near),
            sentence("q_turn_up_cannot"),
        ),
        numbers=(("turned_up", turned), ("median_days", median), ("soon", soon)),
        status="partly",
    )


ATTENDANCE = Kind((_HOURS, _PLANNED, _WELL), attendance)
NEW_OBSTACLE = Kind((_MONTHLY,), new_obstacle)
