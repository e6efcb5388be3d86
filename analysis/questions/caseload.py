"""Caseload: do many cases slow exits, or do slow exits make many cases?"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from utfall.analysis.questions.answer import Asked, Found, Frames, Need, Table, sentence
from utfall.analysis.questions.ask import Kind
from utfall.analysis.questions.cells import (
    Cell,
    Count,
    Number,
    Points,
    Quantile,
    Rate,
    Ratio,
    words,
)
from utfall.analysis.questions.curves import DAYS_PER_MONTH, stays

_CASES = Need(
    table="caseworkers",
    columns=("caseworker_id", "month", "cases"),
    why="q_record_caseload",
    essential=True,
)
_WHOSE = Need(table="spells", columns=("caseworker_id",), why="q_record_whose", essential=True)
_DEGREE = Need(
    table="caseworkers", columns=("higher_education",), why="q_record_degree", essential=True
)

Floats = NDArray[np.float64]


def littles_law(inflow: float, duration: float) -> float:
    """Return the stock that an inflow and a mean stay add up to.

    >>> littles_law(20.0, 14.0)
    280.0
    """
    return inflow * duration


def within_month_slope(month: NDArray[np.int64], x: Floats, y: Floats) -> tuple[float, float]:
    """Return the slope of y on x within months, and its error clustered on months.

    What moves all caseworkers alike in a month drops out (fixed effects for months).

    >>> month = np.array([1, 1, 2, 2])
    >>> x, y = np.array([1.0, 2.0, 11.0, 12.0]), np.array([5.0, 6.0, 1.0, 2.0])
    >>> round(within_month_slope(month, x, y)[0], 6)
    1.0
    """
    names, place = np.unique(month, return_inverse=True)
    counts = np.bincount(place)
    dx = x - (np.bincount(place, x) / counts)[place]
    dy = y - (np.bincount(place, y) / counts)[place]
    spread = float(dx @ dx)
    if spread <= 0 or x.size < 3:
        return float("nan"), float("nan")
    slope = float(dx @ dy) / spread
    # With a single month every row is its own cluster (HC1).
    groups = place if names.size > 1 else np.arange(x.size)
    scores = np.bincount(groups, dx * (dy - slope * dx))
    error = float(np.sqrt((scores @ scores) * scores.size / (scores.size - 1))) / spread
    return slope, error


def caseload(frames: Frames, asked: Asked) -> Found | None:
    """Return cases a post, and how exits move with the cases of the month before.

    Settings: ``programme``, ``source``, ``names``.
    """
    stock = frames.of("caseworkers", source=asked.settings["source"])
    spells = frames.of("spells", programme=asked.settings["programme"])
    if stock is None or spells is None or spells["caseworker_id"].null_count() == spells.height:
        return None
    per = stock["cases"].mean()
    panel = _panel(stock, spells)
    if not isinstance(per, float) or not panel.height:
        return None
    lagged, same = _slope(panel, "cases_before"), _slope(panel, "cases")
    seen = frames["episodes"]["observed_until"].max()
    timed = spells.with_columns(last_seen=pl.lit(seen if isinstance(seen, date) else date.max))
    mean_stay = stays(timed, per=DAYS_PER_MONTH).quantile(0.5)
    load: Cell = Quantile(round(per), spells.height)
    monthly = (
        panel.group_by("month").agg(pl.col("cases").sum(), pl.col("exits").sum()).sort("month")
    )
    thirds = np.array_split(np.argsort(monthly["exits"].to_numpy(), kind="stable"), 3)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            label,
            Number(len(part)),
            Count(int(monthly["exits"].to_numpy()[part].sum())),
            Count(round(float(monthly["cases"].to_numpy()[part].mean()))),
        )
        for label, part in zip(
            (
                words("få avslut", "few exits"),
                words("mellan", "between"),
                words("många avslut", "many exits"),
            ),
            thirds,
            strict=True,
        )
    )
    return Found(
        sentences=(
            sentence("q_load_per", load=load),
            sentence("q_load_law", stay=mean_stay),
            sentence("q_load_same", points=same),
            sentence("q_load_lagged", points=lagged),
            sentence("q_load_cannot"),
        ),
        tables=(
            Table(
                id="months",
                title=sentence("q_load_table"),
                columns=("q_col_month_kind", "q_col_months", "q_col_all_exits", "q_col_stock"),
                rows=rows,
            ),
        ),
        numbers=(("cases_per_post", load), ("lagged", lagged), ("same_month", same)),
        status="partly",
    )


def _panel(stock: pl.DataFrame, spells: pl.DataFrame) -> pl.DataFrame:
    """Return caseworker-months with cases, cases a month before, and exits of the month."""
    # Those who came during the month were not among the cases that it began with.
    present = pl.col("start_date").dt.strftime("%Y-%m") < pl.col("end_date").dt.strftime("%Y-%m")
    exits = (
        spells.filter(pl.col("end_date").is_not_null() & present)
        .group_by("caseworker_id", month=pl.col("end_date").dt.strftime("%Y-%m"))
        .agg(exits=pl.len())
    )
    ordered = stock.sort("caseworker_id", "month").with_columns(
        cases_before=pl.col("cases").shift(1).over("caseworker_id")
    )
    joined = ordered.join(exits, on=["caseworker_id", "month"], how="left").with_columns(
        pl.col("exits").fill_null(0)
    )
    return joined.filter(pl.col("cases_before") > 0)


def _slope(panel: pl.DataFrame, column: str) -> Points:
    """Return the change in the monthly share of exits for ten cases more, within months.

    ``cases`` compares whole months, as a table of averages would, and mixes cause and effect.
    """
    share = (panel["exits"] / panel["cases_before"]).to_numpy().astype(float)
    tens = panel[column].to_numpy().astype(float) / 10
    codes = np.unique(panel["month"].to_numpy(), return_inverse=True)[1].astype(np.int64)
    if column == "cases":
        mean = np.bincount(codes, share) / np.bincount(codes)
        load = np.bincount(codes, tens) / np.bincount(codes)
        share, tens, codes = mean, load, np.zeros(mean.size, dtype=np.int64)
    slope, error = within_month_slope(codes, tens, share)
    n, events = int(panel["cases_before"].sum()), int(panel["exits"].sum())
    if np.isnan(slope):
        return Points(None, None, None, n, events)
    return Points(slope, slope - 1.96 * error, slope + 1.96 * error, n, events)


def skilled(frames: Frames, asked: Asked) -> Found | None:
    """Return exits a case-month for caseworkers with a degree, over the others'.

    Settings: ``programme``, ``source``, ``codes``, ``names``.
    """
    stock = frames.of("caseworkers", source=asked.settings["source"])
    spells = frames.of("spells", programme=asked.settings["programme"])
    if stock is None or spells is None or spells["caseworker_id"].null_count() == spells.height:
        return None
    good = spells.filter(pl.col("exit_reason").is_in(asked.settings["codes"]))
    exits = good.group_by("caseworker_id", month=pl.col("end_date").dt.strftime("%Y-%m")).agg(
        exits=pl.len()
    )
    joined = stock.join(exits, on=["caseworker_id", "month"], how="left").with_columns(
        pl.col("exits").fill_null(0)
    )
    sums = {
        bool(row["higher_education"]): (int(row["exits"]), float(row["cases"]))
        for row in joined.filter(pl.col("higher_education").is_not_null())
        .group_by("higher_education")
        .agg(pl.col("exits").sum(), pl.col("cases").sum())
        .to_dicts()
    }
    if len(sums) < 2:
        return None
    ratio: Cell = Ratio(sums[True][0], sums[True][1], sums[False][0], sums[False][1])
    workers = stock["caseworker_id"].n_unique()
    return Found(
        sentences=(
            sentence("q_skill_ratio", ratio=ratio),
            sentence("q_skill_few", n=Number(workers)),
            sentence("q_skill_cannot"),
        ),
        tables=(
            Table(
                id="degree",
                title=sentence("q_skill_table"),
                columns=("q_col_who", "q_col_left_good", "q_col_per_100"),
                rows=tuple(
                    (label, Count(sums[key][0]), Rate(sums[key][0], sums[key][1], per=100))
                    for key, label in (
                        (True, words("högskola", "degree")),
                        (False, words("annan", "other")),
                    )
                ),
            ),
        ),
        numbers=(("ratio", ratio),),
        status="partly",
    )


CASELOAD = Kind((_CASES, _WHOSE), caseload)
SKILLED = Kind((_CASES, _DEGREE, _WHOSE), skilled)
