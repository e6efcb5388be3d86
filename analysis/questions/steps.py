"""Steps: where on the ladder are people, who moves up, and which step was closed?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import polars as pl
from scipy import optimize, special

from utfall.analysis.questions.answer import Asked, Found, Frames, Need, Table, sentence
from utfall.analysis.questions.ask import Kind
from utfall.analysis.questions.cells import Amount, Cell, Count, Rate, Ratio, Share, Words, words
from utfall.analysis.questions.curves import DAYS_PER_MONTH

_STEPS = Need(
    table="activities",
    columns=("activity", "start_date", "end_date"),
    why="q_record_activities",
    essential=True,
)
_GROUP = Need(table="referrals", columns=("obstacle_code",), why="q_record_obstacle")
_CLOSED = Need(table="capacity", columns=("places",), why="q_record_closed")


def ladder(frames: Frames, asked: Asked) -> Found | None:
    """Return where on the ladder people stand 12, 24 and 36 months after the referral.

    Only people seen for the whole time are counted at each point, so that nobody lost from
    view counts as standing still; moves back count like moves up.

    Settings: ``programme``, ``source``, ``steps`` (in order), ``sheltered``, ``months``.
    """
    settings = asked.settings
    people = _people(frames, asked)
    stays = _stays(frames, asked)
    if people is None or stays is None:
        return None
    steps, months = settings["steps"], settings["months"]
    columns: dict[int, dict[str, Share]] = {}
    for month in months:
        seen = (
            people.select("person_id", "referral_date", "observed_until")
            .filter(
                (pl.col("observed_until") - pl.col("referral_date")).dt.total_days()
                >= month * DAYS_PER_MONTH
            )
            .with_columns(
                at=pl.col("referral_date") + pl.duration(days=round(month * DAYS_PER_MONTH))
            )
        )
        if not seen.height:
            return None
        joined = seen.join(stays, on="person_id").filter(
            (pl.col("start_date") <= pl.col("at"))
            & (pl.col("end_date").is_null() | (pl.col("end_date") > pl.col("at")))
        )
        found = dict(joined.group_by("activity").agg(pl.col("person_id").n_unique()).iter_rows())
        columns[month] = {step: Share(found.get(step, 0), seen.height) for step in steps}
        inside = sum(found.get(step, 0) for step in steps)
        columns[month]["out"] = Share(seen.height - inside, seen.height)
    last = max(months)
    work = columns[last][steps[-1]]
    sheltered = Share(
        sum(columns[last][step].numerator for step in settings["sheltered"]), work.denominator
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (Words(asked.name(step)), *(columns[month][step] for month in months))
        for step in (*steps, "out")
    )
    return Found(
        sentences=(
            sentence("q_ladder_work", share=work, months=words(str(last))),
            sentence("q_ladder_shelter", share=sheltered),
            sentence("q_ladder_cannot"),
        ),
        tables=(
            Table(
                id="occupancy",
                title=sentence("q_ladder_table"),
                columns=("q_col_step", *(f"q_col_after_{month}" for month in months)),
                rows=rows,
                parts="columns",
                bars=len(months),
            ),
        ),
        numbers=(("work", work), ("sheltered", sheltered)),
    )


def shrunk(events: Sequence[int], exposure: Sequence[float]) -> list[float]:
    """Return rates drawn towards their common mean, more so the less each group was seen.

    Gamma-Poisson empirical Bayes: the spread between groups is the one under which counts
    like these are likeliest; where they vary no more than by chance, all become the mean.

    >>> [round(rate, 3) for rate in shrunk([10, 11, 9], [100.0, 100.0, 100.0])]
    [0.1, 0.1, 0.1]
    >>> [round(rate, 2) for rate in shrunk([5, 60, 1], [100.0, 100.0, 20.0])]
    [0.06, 0.59, 0.08]
    """
    y, t = np.array(events, dtype=float), np.array(exposure, dtype=float)
    mean = y.sum() / t.sum()

    def minus_likelihood(log_shape: float) -> float:
        shape = float(np.exp(log_shape))
        rate = shape / mean
        terms = (
            special.gammaln(y + shape)
            - special.gammaln(shape)
            + shape * np.log(rate / (rate + t))
            + y * np.log(t / (rate + t))
        )
        return -float(terms.sum())

    best = optimize.minimize_scalar(minus_likelihood, bounds=(-4.0, 12.0), method="bounded")
    shape = float(np.exp(best.x))
    return [float(rate) for rate in (y + shape) / (t + shape / mean)]


def moves_up(frames: Frames, asked: Asked) -> Found | None:
    """Return steps up per 100 person-months by group, drawn towards the mean of all.

    Settings: ``programme``, ``source``, ``steps``, ``by``, ``names``.
    """
    people, stays = _people(frames, asked), _stays(frames, asked)
    if people is None or stays is None:
        return None
    counted = _moves(stays, asked.settings["steps"]).join(
        people.select("person_id", group=pl.col(asked.settings["by"]).fill_null("unknown")),
        on="person_id",
    )
    sums = (
        counted.group_by("group")
        .agg(pl.col("up").sum(), pl.col("months").sum(), pl.col("person_id").n_unique().alias("n"))
        .sort("group")
        .to_dicts()
    )
    if len(sums) < 2:
        return None
    rates = shrunk([row["up"] for row in sums], [row["months"] for row in sums])
    total = sum(row["up"] for row in sums) / sum(row["months"] for row in sums)
    least = min(range(len(sums)), key=lambda i: rates[i])
    ratio: Cell = Amount(rates[least] / total, sums[least]["up"])
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            Words(asked.name(row["group"])),
            Count(row["n"]),
            Rate(row["up"], row["months"], per=100),
            Amount(100 * rate, row["up"]),
        )
        for row, rate in zip(sums, rates, strict=True)
    )
    return Found(
        sentences=(
            sentence("q_up_ratio", ratio=ratio),
            sentence("q_up_shrunk"),
            sentence("q_up_cannot"),
        ),
        tables=(
            Table(
                id="groups",
                title=sentence("q_up_table"),
                columns=("q_col_group", "q_col_people", "q_col_up", "q_col_up_shrunk"),
                rows=rows,
            ),
        ),
        numbers=(("least_ratio", ratio),),
        status="partly",
    )


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


def _moves(stays: pl.DataFrame, steps: Sequence[str]) -> pl.DataFrame:
    """Return, by person, steps up and the months in which one more step up was possible."""
    rank: Mapping[str, int] = {step: place for place, step in enumerate(steps)}
    ranked = stays.with_columns(
        rank=pl.col("activity").replace_strict(rank, default=None, return_dtype=pl.Int64)
    ).with_columns(was=pl.col("rank").shift(1).over("person_id"))
    open_rows = ranked.with_columns(
        months=pl.when(pl.col("rank") < len(steps) - 1)
        .then(
            (pl.coalesce("end_date", "observed_until") - pl.col("start_date")).dt.total_days()
            / DAYS_PER_MONTH
        )
        .otherwise(0.0)
        .clip(lower_bound=0.0),
        up=(pl.col("rank") > pl.col("was")).fill_null(value=False).cast(pl.Int64),
    )
    return open_rows.group_by("person_id").agg(pl.col("up").sum(), pl.col("months").sum())


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


LADDER = Kind((_STEPS,), ladder)
MOVES_UP = Kind((_STEPS, _GROUP), moves_up)
CLOSED_STEP = Kind((_STEPS, _CLOSED), closed_step)
