"""Trials: was a method tried at all where it was given up, and what did two structures cost?"""

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
from utfall.analysis.questions.cells import (
    Amount,
    Cell,
    Count,
    Number,
    Quantile,
    Share,
    Words,
    words,
)

_VERSIONS = Need(
    table="programme_versions",
    columns=("from", "to", "planned_from"),
    why="q_record_versions",
    essential=True,
)
_HOURS = Need(table="attendance_months", columns=("hours_given",), why="q_record_hours")
_SITES = Need(table="sites", columns=("site", "programme"), why="q_record_sites", essential=True)
_COSTS = Need(
    table="costs",
    columns=("programme", "amount_sek", "year"),
    why="q_record_costs",
    essential=True,
)


def pilots(frames: Frames, asked: Asked) -> Found | None:
    """Return how long a method ran at each site; a site without it did not try it.

    That a site gave the method up is a fact about the site, and about the method only where
    it had been in use for long enough to show anything.

    Settings: ``programme``, ``weeks`` (what counts as tried), ``names``.
    """
    programme = asked.settings["programme"]
    sites = frames.of("sites", programme=programme)
    versions = frames.of("programme_versions", programme=programme)
    if sites is None or versions is None:
        return None
    last = last_seen(frames, programme)
    needed = int(asked.settings["weeks"])
    began = frames.of("episodes", programme=programme)
    tried = 0
    rows: list[tuple[Cell, ...]] = []
    numbers: list[tuple[str, Cell]] = []
    for site in sorted(sites["site"].unique().to_list()):
        ran = versions.filter(pl.col("site") == site)
        weeks = sum(((row["to"] or last) - row["from"]).days // 7 for row in ran.to_dicts())
        people = (
            0
            if began is None
            else began.filter((pl.col("site") == site) & pl.col("has_started")).height
        )
        begins, ends = ran["from"].min(), None if ran["to"].null_count() else ran["to"].max()
        is_tried = weeks >= needed
        tried += is_tried
        planned = ran["planned_from"].min()
        rows.append(
            (
                Words(asked.name(site)),
                words(str(planned) if isinstance(planned, date) else "–"),
                words(str(begins) if isinstance(begins, date) else "–"),
                words(str(ends) if isinstance(ends, date) else "–"),
                Number(weeks),
                Count(people),
                _hours_each(frames, began, site),
                words("ja", "yes") if is_tried else words("nej", "no"),
            )
        )
        numbers.append((f"{site}_weeks", Number(weeks)))
    share: Cell = Number(tried / len(rows), decimals=2)
    return Found(
        sentences=(
            sentence(
                "q_pilot_tried", tried=Number(tried), sites=Number(len(rows)), weeks=Number(needed)
            ),
            sentence("q_pilot_not_tried" if tried < len(rows) else "q_pilot_all_tried"),
            sentence("q_pilot_why"),
        ),
        tables=(
            Table(
                id="sites",
                title=sentence("q_pilot_table"),
                columns=(
                    "q_col_site",
                    "q_col_planned",
                    "q_col_from",
                    "q_col_until",
                    "q_col_weeks",
                    "q_col_began",
                    "q_col_hours_each",
                    "q_col_tried",
                ),
                rows=tuple(rows),
            ),
        ),
        numbers=(("tried", share), *numbers),
    )


#: Hours were never delivered for anybody there.
NOT_GIVEN = words("–")


def _hours_each(frames: Frames, began: pl.DataFrame | None, site: str) -> Cell:
    """Return mean hours a person and month at a site: what was given, not only for how long."""
    hours = frames.get("attendance_months")
    if hours is None or began is None:
        return NOT_GIVEN
    people = began.filter((pl.col("site") == site) & pl.col("has_started"))["person_id"]
    own = hours.filter(pl.col("person_id").is_in(people.implode()))
    if not own.height:
        return NOT_GIVEN
    mean = own["hours_given"].cast(pl.Float64).mean()
    return Quantile(float(mean) if isinstance(mean, float) else None, own["person_id"].n_unique())


def shared_cost(frames: Frames, asked: Asked) -> Found | None:
    """Return what the people in two programmes cost in the second of them: a scenario.

    Average cost a participant, times those in both; an average says little of what one
    participant fewer would save.

    Settings: ``programme``, ``other``, ``year``, ``names``.
    """
    settings = asked.settings
    year = int(settings["year"])
    spent = {
        programme: frames.of("costs", programme=programme)
        for programme in (settings["programme"], settings["other"])
    }
    episodes = frames.of("episodes", programme=[settings["programme"], settings["other"]])
    if episodes is None or any(rows is None for rows in spent.values()):
        return None
    served = {
        programme: episodes.filter(
            (pl.col("programme") == programme)
            & pl.col("has_started")
            & (pl.col("start_date").dt.year() == year)
        )
        for programme in spent
    }
    each: dict[str, float] = {}
    for programme, rows in spent.items():
        if rows is None or not served[programme].height:
            return None
        total = float(rows.filter(pl.col("year") == year)["amount_sek"].cast(pl.Float64).sum())
        each[programme] = total / served[programme].height
    first, second = (set(served[programme]["person_id"]) for programme in spent)
    both = len(first & second)
    cheaper = min(each, key=lambda programme: each[programme])
    cost: Cell = Amount(both * each[cheaper], both)
    rows_shown = tuple(
        (
            Words(asked.name(programme)),
            Count(served[programme].height),
            Amount(each[programme], served[programme].height),
        )
        for programme in spent
    )
    return Found(
        sentences=(
            sentence("q_two_label"),
            sentence("q_two_shared", share=Share(both, len(first | second)), year=words(str(year))),
            sentence("q_two_cost", cost=cost),
            sentence("q_two_cannot"),
        ),
        tables=(
            Table(
                id="each",
                title=sentence("q_two_table", year=words(str(year))),
                columns=("q_col_programme", "q_col_began", "q_col_cost_each"),
                rows=rows_shown,
            ),
        ),
        numbers=(("shared", cost),),
        status="partly",
    )


PILOTS = Kind((_VERSIONS, _SITES, _HOURS), pilots)
SHARED_COST = Kind((_COSTS,), shared_cost)
