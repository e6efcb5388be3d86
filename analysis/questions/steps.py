"""Steps: who moves up on the ladder, and which step was closed?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from utfall.analysis.counts import poisson_interval
from utfall.analysis.mixed import mixed_logit
from utfall.analysis.questions.answer import Asked, Found, Frames, Need, Table, sentence
from utfall.analysis.questions.ask import Kind
from utfall.analysis.questions.cells import (
    Cell,
    Count,
    Number,
    Rate,
    Ratio,
    Times,
    Words,
    words,
)
from utfall.analysis.questions.curves import DAYS_PER_MONTH
from utfall.analysis.results import NotEstimable
from utfall.analysis.sites import Pooled, partial_pooling

_STEPS = Need(
    table="activities",
    columns=("activity", "start_date", "end_date"),
    why="q_record_activities",
    essential=True,
)
_GROUP = Need(table="referrals", columns=("obstacle_code",), why="q_record_obstacle")
#: Chance above which groups are not held to differ.
DOUBT = 0.05
_CLOSED = Need(table="capacity", columns=("places",), why="q_record_closed")


def moves_up(frames: Frames, asked: Asked) -> Found | None:
    """Return steps up by group, against what people on the same steps take in all groups.

    A group that stands on high steps has fewer left to take, so each group's steps are held
    against those expected of all who stood where they did; ratios of small groups are drawn
    towards 1. Whether groups differ at all is asked of a logit with one intercept a group.

    Settings: ``programme``, ``source``, ``steps``, ``by`` (column known at the referral),
    ``bands`` (where ``by`` is a number: the first value of each band but the lowest), ``names``.
    """
    settings = asked.settings
    people, stays = _people(frames, asked), _stays(frames, asked)
    if people is None or stays is None or not _is_told(people, settings["by"]):
        return None
    grouped = people.select("person_id", group=_group_of(settings))
    moved = _months_on_steps(stays, settings["steps"]).join(grouped, on="person_id")
    sums = _against_all(moved)
    if len(sums) < 2 or not sum(row["up"] for row in sums):
        return None
    counts = np.array([max(row["up"], 0.5) for row in sums])
    ratios = counts / np.array([row["expected"] for row in sums])
    drawn = partial_pooling(np.log(ratios), 1 / np.sqrt(counts), margin=float(np.log(1.25)))
    bounds = _bounds(sums, ratios, drawn)
    cells = [
        Times(*bounds[i], row["n"], row["up"] if row["up"] < row["n"] else row["n"] // 2)
        for i, row in enumerate(sums)
    ]
    least: Cell = min(cells, key=lambda cell: cell.value or 0.0)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            Words(asked.name(row["group"])),
            Count(row["n"]),
            Rate(row["up"], row["months"], per=100),
            cell,
        )
        for row, cell in zip(sums, cells, strict=True)
    )
    chance = _chance_of_groups(moved)
    told = "q_up_alike" if chance is None or chance > DOUBT else "q_up_differ"
    return Found(
        sentences=(
            sentence("q_up_ratio", ratio=least),
            sentence("q_up_one_group" if chance is None else told),
            sentence("q_up_shrunk"),
            sentence("q_up_cannot"),
        ),
        tables=(
            Table(
                id="groups",
                title=sentence("q_up_table"),
                columns=("q_col_group", "q_col_people", "q_col_up", "q_col_up_against_all"),
                rows=rows,
            ),
        ),
        numbers=(
            ("least_ratio", least),
            *((("chance", Number(chance, decimals=2)),) if chance is not None else ()),
        ),
        status="partly",
    )


def _is_told(people: pl.DataFrame, column: str) -> bool:
    return column in people.columns and people[column].null_count() < people.height


def _group_of(settings: Mapping[str, Any]) -> pl.Expr:
    """Return the group that each person is counted in, unknown where it is not known."""
    column, bands = pl.col(settings["by"]), settings.get("bands")
    if not bands:
        return column.cast(pl.String).fill_null("unknown")
    labels = [f"from_{edge}" for edge in (0, *bands)]
    found = column.cast(pl.Float64).cut(
        [float(edge) for edge in bands], labels=labels, left_closed=True
    )
    return found.cast(pl.String).fill_null("unknown")


def _months_on_steps(stays: pl.DataFrame, steps: Sequence[str]) -> pl.DataFrame:
    """Return, by person and step that has one above it, months there and steps up from it."""
    rank: Mapping[str, int] = {step: place for place, step in enumerate(steps)}
    place = pl.col("activity").replace_strict(rank, default=None, return_dtype=pl.Int64)
    until = pl.coalesce("end_date", "observed_until")
    ranked = stays.with_columns(rank=place).filter(pl.col("rank").is_not_null())
    return (
        ranked.with_columns(then=pl.col("rank").shift(-1).over("person_id"))
        .filter(pl.col("rank") < len(steps) - 1)
        .with_columns(
            months=((until - pl.col("start_date")).dt.total_days() / DAYS_PER_MONTH).clip(0.0),
            up=(pl.col("then") > pl.col("rank")).fill_null(value=False).cast(pl.Int64),
        )
        .group_by("person_id", "rank")
        .agg(pl.col("up").sum(), pl.col("months").sum())
        .sort("person_id", "rank")
    )


def _against_all(moved: pl.DataFrame) -> list[dict[str, Any]]:
    """Return steps up by group beside those expected at the pace of all on the same steps."""
    pace = moved.group_by("rank").agg(pace=pl.col("up").sum() / pl.col("months").sum())
    return (
        moved.join(pace, on="rank")
        .group_by("group")
        .agg(
            pl.col("up").sum(),
            pl.col("months").sum(),
            expected=(pl.col("pace") * pl.col("months")).sum(),
            n=pl.col("person_id").n_unique(),
        )
        .filter((pl.col("months") > 0) & (pl.col("expected") > 0))
        .sort("group")
        .to_dicts()
    )


def _bounds(
    sums: Sequence[Mapping[str, Any]], ratios: NDArray[np.float64], drawn: Pooled | NotEstimable
) -> list[tuple[float, float, float]]:
    """Return ratios with their bounds, drawn towards 1 where there are groups enough for it."""
    if isinstance(drawn, NotEstimable):
        exact = [poisson_interval(row["up"]) for row in sums]
        return [
            (float(ratio), low / row["expected"], high / row["expected"])
            for ratio, row, (low, high) in zip(ratios, sums, exact, strict=True)
        ]
    parts = (np.exp(part).tolist() for part in (drawn.shrunk, drawn.conf_low, drawn.conf_high))
    return list(zip(*parts, strict=True))


def _chance_of_groups(moved: pl.DataFrame) -> float | None:
    """Return how often groups that are alike would differ as much, steps held equal."""
    cells = (
        moved.group_by("group", "rank")
        .agg(pl.col("up").sum(), months=pl.col("months").sum().round().cast(pl.Int64))
        .filter(pl.col("months") > 0)
        .sort("group", "rank")
    )
    ranks = sorted(set(cells.filter(pl.col("up") > 0)["rank"].to_list()))
    cells = cells.filter(pl.col("rank").is_in(ranks))
    design = np.column_stack([cells["rank"].to_numpy() == rank for rank in ranks]).astype(float)
    found = mixed_logit(
        np.minimum(cells["up"].to_numpy(), cells["months"].to_numpy()),
        cells["months"].to_numpy(),
        design,
        cells["group"].to_numpy(),
    )
    return None if isinstance(found, NotEstimable) else found.p_value


def closed_step(frames: Frames, asked: Asked) -> Found | None:
    """Compare moves to one step while it was closed with moves to the other steps.

    Settings: ``programme``, ``source``, ``steps``, ``step``, ``disruption``, ``names``.
    """
    stays = _stays(frames, asked)
    events = frames.of("disruptions", disruption_id=asked.settings["disruption"])
    if stays is None or events is None:
        return None
    event = events.to_dicts()[0]
    steps, step = asked.settings["steps"], asked.settings["step"]
    below = stays.filter(pl.col("activity").is_in(steps[: steps.index(step)]))
    window = (event["starts_on"], event["ends_on"] or date.max)
    inside, outside = _exposure(below, window)
    to_step = stays.filter(pl.col("activity") == step)
    # Moves on from the step itself become fewer as it empties; they are not its neighbours.
    others = _upward(stays, steps).filter(
        (pl.col("activity") != step) & (pl.col("was") < steps.index(step))
    )
    during = _count_in(to_step, window)
    ratio: Cell = Ratio(during, inside, to_step.height - during, outside)
    beside = _count_in(others, window)
    other: Cell = Ratio(beside, inside, others.height - beside, outside)
    name = Words(asked.name(step))
    return Found(
        sentences=(
            sentence("q_shut_step" if during else "q_shut_none", name=name, ratio=ratio)
            if during
            else sentence("q_shut_none", name=name),
            sentence("q_shut_others", ratio=other),
            sentence("q_shut_why"),
        ),
        tables=(
            Table(
                id="moves",
                title=sentence("q_shut_table", event=words(event["label_sv"], event["label_en"])),
                columns=("q_col_what", "q_col_closed_rate", "q_col_open_rate"),
                rows=(
                    (
                        name,
                        Rate(during, inside, per=100),
                        Rate(to_step.height - during, outside, per=100),
                    ),
                    (
                        words("andra steg uppåt", "other steps up"),
                        Rate(beside, inside, per=100),
                        Rate(others.height - beside, outside, per=100),
                    ),
                ),
            ),
        ),
        numbers=(("during_over_open", ratio), ("others", other)),
        status="partly",
    )


def _people(frames: Frames, asked: Asked) -> pl.DataFrame | None:
    rows = frames.of("episodes", programme=asked.settings["programme"])
    return None if rows is None else rows.filter(pl.col("is_first_referral"))


def _stays(frames: Frames, asked: Asked) -> pl.DataFrame | None:
    """Return stays on steps with the last day seen, in the order of each person."""
    rows = frames.of("activities", source=asked.settings["source"])
    if rows is None:
        return None
    seen = frames["episodes"].group_by("person_id").agg(pl.col("observed_until").max())
    return rows.join(seen, on="person_id").sort("person_id", "start_date")


def _upward(stays: pl.DataFrame, steps: Sequence[str]) -> pl.DataFrame:
    rank = {step: place for place, step in enumerate(steps)}
    ranked = stays.with_columns(
        rank=pl.col("activity").replace_strict(rank, default=None, return_dtype=pl.Int64)
    ).with_columns(was=pl.col("rank").shift(1).over("person_id"))
    return ranked.filter(pl.col("rank") > pl.col("was"))


def _count_in(rows: pl.DataFrame, window: tuple[date, date]) -> int:
    return rows.filter(pl.col("start_date").is_between(*window)).height


def _exposure(stays: pl.DataFrame, window: tuple[date, date]) -> tuple[float, float]:
    """Return person-months on lower steps inside and outside a window."""
    until = pl.coalesce("end_date", "observed_until")
    inside = pl.min_horizontal(until, pl.lit(window[1])) - pl.max_horizontal(
        pl.col("start_date"), pl.lit(window[0])
    )
    days = stays.select(
        all=(until - pl.col("start_date")).dt.total_days().clip(lower_bound=0),
        within=inside.dt.total_days().clip(lower_bound=0),
    )
    within = float(days["within"].sum()) / DAYS_PER_MONTH
    return within, float(days["all"].sum()) / DAYS_PER_MONTH - within


MOVES_UP = Kind((_STEPS, _GROUP), moves_up)
CLOSED_STEP = Kind((_STEPS, _CLOSED), closed_step)
