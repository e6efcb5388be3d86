"""Months: assistance paid, hours given, places open and unemployment, month by month."""

from __future__ import annotations

import numpy as np
import polars as pl

from utfall.pipelines.simulation.assignment import Fire, as_day
from utfall.pipelines.simulation.courses import DAYS_PER_MONTH, WORK_OR_STUDIES
from utfall.pipelines.simulation.handling import NEVER
from utfall.pipelines.simulation.parameters import Settings
from utfall.pipelines.simulation.people import Array, Columns
from utfall.pipelines.simulation.records import dates, month_index, months
from utfall.pipelines.simulation.towns import Town

#: First letter of the enrolments of key staff, who are employed and not in training.
STAFF_LETTER = "k"
_FIRST_YEAR = 2013


def unemployment_at(municipality: Array, month: Array, settings: Settings) -> Array:
    """Return unemployment in per cent, one decimal, by municipality and month.

    Yearly averages are joined by straight lines from midsummer to midsummer, then given a
    season.

    Parameters
    ----------
    municipality : array of str
        Names in the table ``unemployment``.
    month : array of int
        Months since January 1970.
    """
    level = np.zeros(month.size)
    for name, averages in settings.table("unemployment").items():
        here = municipality == name
        years = _FIRST_YEAR + np.arange(len(averages)) + 0.5
        level[here] = np.interp(1970 + (month[here] + 0.5) / 12, years, averages)
    return np.asarray(np.round(level * np.array(settings["unemployment_season"])[month % 12], 1))


def labour_market_rows(settings: Settings) -> pl.DataFrame:
    """Return table ``labour_market``: one row a municipality and month."""
    first, last = _span(settings)
    index = np.arange(first, last + 1)
    names = np.array(list(settings.table("unemployment")))
    where, when = np.repeat(names, index.size), np.tile(index, names.size)
    return pl.DataFrame(
        {
            "municipality": where,
            "month": months(when),
            "unemployed_pct": unemployment_at(where, when, settings),
        }
    )


def _span(settings: Settings) -> tuple[int, int]:
    days = np.array(
        [as_day(settings.day("history_from")), as_day(settings.day("extracted_on")) - 1]
    )
    first, last = month_index(days)
    return int(first), int(last)


def runs(first: Array, count: Array) -> tuple[Array, Array]:
    """Return, for runs of months, whose each month is and which month it is.

    >>> [part.tolist() for part in runs(np.array([5, 9]), np.array([2, 1]))]
    [[0, 0, 1], [5, 6, 9]]
    """
    owner = np.repeat(np.arange(count.size), count)
    offset = np.arange(owner.size) - np.repeat(np.cumsum(count) - count, count)
    return owner, np.repeat(first, count) + offset


def assisted_months(
    rng: np.random.Generator, people: Columns, settings: Settings, *, earliest: int, latest: int
) -> tuple[Array, Array]:
    """Return whose each month with assistance is, and which month, between two months."""
    n = people["day"].size
    zero = month_index(people["day"])
    assisted = people["benefit_months"] > 0
    long_term = people["benefit_months"] == 12
    before = people["benefit_months"] + np.where(long_term, rng.geometric(0.12, n), 0)
    before = np.minimum(before, zero - earliest)
    succeeded = np.isin(people["exit_cause"], WORK_OR_STUDIES)
    freed = month_index(people["day"] + people["exit_after"])
    horizon = zero + int(settings.number("assistance_months_after"))
    stop = np.minimum(horizon, np.minimum(latest + 1, month_index(people["gone"])))
    after = np.where(succeeded, np.minimum(stop, freed), stop) - zero
    back = assisted & succeeded & (rng.random(n) < settings.number("back_on_assistance"))
    again_from = freed + rng.integers(2, 10, n)
    again = np.where(back, np.minimum(stop - again_from, rng.integers(2, 7, n)), 0)
    pieces = [
        runs(zero - before, np.where(assisted, before, 0)),
        runs(zero, np.where(assisted, np.maximum(after, 0), 0)),
        runs(again_from, np.maximum(again, 0)),
    ]
    return (
        np.concatenate([piece[0] for piece in pieces]),
        np.concatenate([piece[1] for piece in pieces]),
    )


def assistance_rows(rng: np.random.Generator, people: Columns, settings: Settings) -> pl.DataFrame:
    """Return table ``assistance_months``: one row a person and month with assistance.

    The months before the first referral are as many as the person's covariate says; after
    work or studies began they stop, for good or for a while.
    """
    earliest, latest = _span(settings)
    owner, month = assisted_months(rng, people, settings, earliest=earliest, latest=latest)
    n = people["day"].size
    law = settings.table("assistance_amount")
    usual = law["base"] + law["per_child"] * people["children"] + rng.normal(0, law["sd"], n)
    amount = np.maximum(usual[owner] + rng.normal(0, 400, owner.size), 500).round(0)
    return pl.DataFrame(
        {
            "person_id": people["person_id"][owner],
            "household_id": people["household_id"][owner],
            "month": months(month),
            "amount_sek": amount,
            "obstacle_code": _obstacle_by_month(people, owner, month, settings),
        }
    ).sort("person_id", "month")


def _obstacle_by_month(people: Columns, owner: Array, month: Array, settings: Settings) -> Array:
    """Return what stood on file each month; some turn out to be ill after they were referred."""
    law = settings.table("found_ill")
    # Draws of their own, so that nothing else is drawn otherwise.
    rng = np.random.default_rng([people["day"].size, 41])
    is_found = (people["obstacle"] != "sick") & (rng.random(people["day"].size) < law["share"])
    after = rng.geometric(1 / law["months"], people["day"].size)
    since = month_index(people["day"]) + after
    return np.where(is_found[owner] & (month >= since[owner]), "sick", people["obstacle"][owner])


def attendance_rows(
    rng: np.random.Generator,
    spells: pl.DataFrame,
    fire: Fire | None,
    settings: Settings,
    town: Town,
) -> pl.DataFrame:
    """Return table ``attendance_months``: hours given, one row an enrolment and month.

    Where the service was poorer, every month in the window gives the same share of hours.
    """
    if not settings["with_dose"] or spells.is_empty():
        return pl.DataFrame(
            schema={
                "person_id": pl.String,
                "spell_id": pl.String,
                "month": pl.String,
                "hours_given": pl.Float64,
            }
        )
    last_seen = as_day(settings.day("extracted_on")) - 1
    start = spells["start_date"].cast(pl.Int32).to_numpy().astype(int)
    end = spells["end_date"].cast(pl.Int32).fill_null(last_seen).to_numpy().astype(int)
    first = month_index(start)
    owner, month = runs(first, month_index(end) - first + 1)
    month_start = month.astype("datetime64[M]").astype("datetime64[D]").astype(int)
    month_stop = (month + 1).astype("datetime64[M]").astype("datetime64[D]").astype(int)
    enrolled = np.minimum(month_stop, end[owner] + 1) - np.maximum(month_start, start[owner])
    full = spells["planned_hours"].to_numpy()[owner] * enrolled / 7
    share = np.ones(owner.size)
    if fire is not None:
        in_target = (spells["programme"] == town.target).to_numpy()[owner]
        share = np.where(in_target & fire.covers(month_start + 14), fire.service_share, 1.0)
    weeks = settings.number("dose_weeks")
    if weeks:
        in_target = (spells["programme"] == town.target).to_numpy()[owner]
        given_until = start[owner] + round(7 * weeks)
        given = np.clip(given_until - np.maximum(month_start, start[owner]), 0, enrolled)
        share = np.where(in_target, share * given / np.maximum(enrolled, 1), share)
    law = settings.table("attendance")
    hours = np.round(full * share * rng.beta(law["a"], law["b"], owner.size), 1)
    ids = spells["spell_id"].to_numpy(), spells["person_id"].to_numpy()
    return pl.DataFrame(
        {
            "person_id": ids[1][owner],
            "spell_id": ids[0][owner],
            "month": months(month),
            "hours_given": hours,
        }
    ).sort("spell_id", "month")


def capacity_rows(
    spells: pl.DataFrame, fire: Fire | None, settings: Settings, town: Town
) -> pl.DataFrame:
    """Return table ``capacity``: places, open days, posts and cases a post by month.

    Fewer taken in shows as fewer places; less service shows as fewer open days and posts.
    """
    first = month_index(np.array([as_day(settings.day("first_entry"))]))[0]
    index = np.arange(first, _span(settings)[1] + 1)
    mid = index.astype("datetime64[M]").astype("datetime64[D]").astype(int) + 14
    starts = index.astype("datetime64[M]")
    weekdays = np.busday_count(starts.astype("datetime64[D]"), (starts + 1).astype("datetime64[D]"))
    parts = []
    for arm, programme, site in (
        ("target", town.target, town.site_target),
        ("comparator", town.comparator, town.site_comparator),
    ):
        hit = fire is not None and arm == "target"
        burnt = fire.covers(mid) if fire is not None and hit else np.zeros(index.size, dtype=bool)
        intake = np.where(burnt, fire.intake_share if fire else 1.0, 1.0)
        service = np.where(burnt, fire.service_share if fire else 1.0, 1.0)
        fte = np.round(settings.table("staffing")[arm] * service, 1)
        own = spells.filter(pl.col("programme") == programme)
        enrolled = _enrolled(own, mid)
        parts.append(
            pl.DataFrame(
                {
                    "programme": np.full(index.size, programme),
                    "site": np.full(index.size, site),
                    "month": months(index),
                    "places": np.round(settings.table("places")[arm] * intake).astype(int),
                    "open_days": np.round(weekdays * service).astype(int),
                    "fte": fte,
                    "caseload": np.round(enrolled / fte, 1),
                }
            )
        )
    return pl.concat(parts)


def _enrolled(spells: pl.DataFrame, days: Array) -> Array:
    start = np.sort(spells["start_date"].cast(pl.Int32).to_numpy())
    end = np.sort(spells["end_date"].drop_nulls().cast(pl.Int32).to_numpy())
    return np.searchsorted(start, days, side="right") - np.searchsorted(end, days, side="left")


def activity_rows(
    rng: np.random.Generator, spells: pl.DataFrame, settings: Settings
) -> pl.DataFrame:
    """Return table ``activities``: a training place, then practice; key staff are employed."""
    staff = spells.filter(pl.col("spell_id").str.starts_with(STAFF_LETTER))
    spells = spells.filter(~pl.col("spell_id").str.starts_with(STAFF_LETTER))
    n = spells.height
    last_seen = as_day(settings.day("extracted_on")) - 1
    start = spells["start_date"].cast(pl.Int32).to_numpy().astype(int)
    end = spells["end_date"].cast(pl.Int32).fill_null(NEVER).to_numpy().astype(int)
    law = settings.table("training_place")
    scale = law["mean"] * DAYS_PER_MONTH / law["shape"]
    training = np.ceil(rng.gamma(law["shape"], scale, n)).astype(int)
    moved_on = start + training < np.minimum(end, last_seen + 1)
    first = _stage(
        spells, "training_place", "constructed", start, np.where(moved_on, start + training, end)
    )
    then = _stage(spells, "practice", "regular", start + training, end).filter(pl.Series(moved_on))
    employed = staff.select(
        "spell_id",
        "person_id",
        activity=pl.lit("subsidised"),
        workplace_kind=pl.lit("constructed"),
        subsidy=pl.lit("lonebidrag"),
        start_date="start_date",
        end_date="end_date",
    )
    return pl.concat([first, then, employed]).sort("spell_id", "start_date")


def _stage(
    spells: pl.DataFrame, activity: str, kind: str, begins: Array, ends: Array
) -> pl.DataFrame:
    return spells.select(
        "spell_id",
        "person_id",
        activity=pl.lit(activity),
        workplace_kind=pl.lit(kind),
        subsidy=pl.lit(None, dtype=pl.String),
        start_date=dates(begins),
        end_date=dates(ends),
    )


def site_rows(town: Town) -> pl.DataFrame:
    """Return table ``sites``: one row a site."""
    blank = pl.Series([None, None], dtype=pl.Date)
    return pl.DataFrame(
        {
            "site": [town.site_target, town.site_comparator],
            "programme": [town.target, town.comparator],
            "municipality": [town.name, town.name],
            "district": pl.Series([None, None], dtype=pl.String)
            if town.needs_decision
            else pl.Series([town.site_target, None], dtype=pl.String),
            "opened_on": blank,
            "closed_on": blank,
        }
    )
