"""Caseload: do many cases slow exits, or do slow exits make many cases?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from utfall.analysis.clusters import randomisation_test, wild_cluster_test
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
    Cell,
    Count,
    Number,
    Points,
    Quantile,
    Rate,
    Times,
    words,
)
from utfall.analysis.questions.curves import DAYS_PER_MONTH
from utfall.analysis.results import NotEstimable
from utfall.analysis.survival import kaplan_meier, restricted_mean

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
    lagged, same = _lagged(panel), _slope(panel)
    timed = spells.with_columns(last_seen=pl.lit(last_seen(frames, asked.settings["programme"])))
    law = _little(timed, stock)
    longer = _one_month_longer(law, stock)
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
            *((sentence("q_load_law", **law),) if law else ()),
            sentence("q_load_same", points=same),
            sentence("q_load_lagged", points=lagged),
            *((sentence("q_load_longer", more=longer),) if longer else ()),
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
        numbers=(
            ("cases_per_post", load),
            ("lagged", lagged),
            ("same_month", same),
            *((("more_if_longer", longer),) if longer else ()),
        ),
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


def _little(timed: pl.DataFrame, stock: pl.DataFrame) -> dict[str, Cell]:
    """Return how many come a month, how long they stay, their product, and the cases seen.

    Over the months that caseloads were delivered for. Empty where nobody was followed long
    enough for a mean stay.
    """
    first, last = stock["month"].min(), stock["month"].max()
    months = stock["month"].n_unique()
    begun = pl.col("start_date").dt.strftime("%Y-%m")
    came = timed.filter(begun.is_between(pl.lit(first), pl.lit(last)))
    if not came.height:
        return {}
    until = pl.coalesce("end_date", "last_seen")
    days = came.select((until - pl.col("start_date")).dt.total_days().clip(lower_bound=1))
    curve = kaplan_meier(
        days.to_series().to_numpy() / DAYS_PER_MONTH, came["end_date"].is_not_null().to_numpy()
    )
    if isinstance(curve, NotEstimable):
        return {}
    stay = restricted_mean(curve, float(curve.times[-1]))
    if isinstance(stay, NotEstimable):
        return {}
    seen = stock.group_by("month").agg(pl.col("cases").sum())["cases"].mean()
    inflow = came.height / months
    return {
        "inflow": Quantile(inflow, came.height),
        "stay": Quantile(stay.mean, came.height),
        "product": Quantile(littles_law(inflow, stay.mean), came.height),
        "seen": Quantile(float(seen) if isinstance(seen, float) else None, came.height),
    }


def _one_month_longer(law: Mapping[str, Cell], stock: pl.DataFrame) -> Quantile | None:
    """Return the cases more on every desk if each case lasts a month longer (Little's law)."""
    inflow = law.get("inflow")
    desks = stock.group_by("month").agg(pl.col("caseworker_id").n_unique())["caseworker_id"].mean()
    if not (isinstance(inflow, Quantile) and inflow.value and isinstance(desks, float)):
        return None
    return Quantile(littles_law(inflow.value, 1.0) / desks, inflow.n)


def _slope(panel: pl.DataFrame) -> Points:
    """Return the change in a year's exits of 100 for ten cases more, from month to month.

    As a table of monthly averages would have it: cause and effect are mixed.
    """
    share, tens, codes = _columns(panel, "cases")
    mean = np.bincount(codes, share) / np.bincount(codes)
    load = np.bincount(codes, tens) / np.bincount(codes)
    slope, error = within_month_slope(np.zeros(mean.size, dtype=np.int64), load, mean)
    n, events = int(panel["cases_before"].sum()), int(panel["exits"].sum())
    if np.isnan(slope):
        return Points(None, None, None, n, events)
    ends = (slope - 1.96 * error, slope + 1.96 * error)
    return Points(12 * slope, 12 * ends[0], 12 * ends[1], n, events)


def _lagged(panel: pl.DataFrame) -> Points:
    """Return the same between caseworkers of a month, by the cases of the month before.

    Caseworkers are few and have their own habits: the bounds flip whole caseworkers (wild
    cluster restricted bootstrap), and are not given below six of them.
    """
    share, tens, codes = _columns(panel, "cases_before")
    counts = np.bincount(codes)
    y = share - (np.bincount(codes, share) / counts)[codes]
    x = tens - (np.bincount(codes, tens) / counts)[codes]
    workers = panel["caseworker_id"].to_numpy()
    design = np.column_stack([np.ones(x.size), x])
    found = wild_cluster_test(y, design, workers, 1)
    n, events = int(panel["cases_before"].sum()), int(panel["exits"].sum())
    if isinstance(found, NotEstimable):
        return Points(None, None, None, n, events)
    low, high = (None if end is None else 12 * end for end in (found.conf_low, found.conf_high))
    return Points(12 * found.estimate, low, high, n, events)


def _columns(panel: pl.DataFrame, column: str) -> tuple[Floats, Floats, NDArray[np.int64]]:
    share = (panel["exits"] / panel["cases_before"]).to_numpy().astype(float)
    tens = panel[column].to_numpy().astype(float) / 10
    codes = np.unique(panel["month"].to_numpy(), return_inverse=True)[1].astype(np.int64)
    return share, tens, codes


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
    ratio, chance = _between_workers(joined, sums)
    workers = stock["caseworker_id"].n_unique()
    return Found(
        sentences=(
            sentence("q_skill_ratio", ratio=ratio),
            sentence("q_skill_chance", chance=chance, n=Number(workers))
            if chance is not None
            else sentence("q_skill_few", n=Number(workers)),
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
        # Without bounds that count the caseworkers, no claim is held against the ratio.
        numbers=(("ratio", ratio),) if chance is not None else (),
        status="partly",
    )


def _between_workers(
    joined: pl.DataFrame, sums: Mapping[bool, tuple[int, float]]
) -> tuple[Times, Number | None]:
    """Return the ratio between caseworkers' own rates, and how often chance gives as large a one.

    The caseworkers are what education was given to: their rates are compared, by every other
    way the degrees could have fallen on them.
    """
    rates = (
        joined.filter(pl.col("higher_education").is_not_null())
        .group_by("caseworker_id")
        .agg(pl.col("higher_education").first(), pl.col("exits").sum(), pl.col("cases").sum())
        .filter(pl.col("cases") > 0)
        .sort("caseworker_id")
    )
    # Half an exit keeps a caseworker without any on the scale of ratios.
    values = np.log((rates["exits"].to_numpy() + 0.5) / rates["cases"].to_numpy())
    found = randomisation_test(values, rates["higher_education"].to_numpy().astype(bool))
    events = min(count for count, _ in sums.values())
    n = sum(count for count, _ in sums.values())
    plain = (sums[True][0] / sums[True][1]) / max(sums[False][0] / sums[False][1], 1e-9)
    if isinstance(found, NotEstimable):
        return Times(plain, None, None, n, events), None
    low, high = (
        None if end is None else float(np.exp(end)) for end in (found.conf_low, found.conf_high)
    )
    ratio = Times(float(np.exp(found.estimate)), low, high, n, events)
    return ratio, Number(round(100 * found.p_value))


CASELOAD = Kind((_CASES, _WHOSE), caseload)
SKILLED = Kind((_CASES, _DEGREE, _WHOSE), skilled)
