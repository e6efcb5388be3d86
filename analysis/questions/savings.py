"""Savings: what does it take for a cut to pay, and could it be seen at all?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from utfall.analysis.counts import smallest_detectable_difference
from utfall.analysis.questions.answer import (
    Asked,
    Found,
    Frames,
    Need,
    Sentence,
    Table,
    sentence,
)
from utfall.analysis.questions.ask import Kind
from utfall.analysis.questions.cells import Amount, Cell, Count, Number, Words, words
from utfall.analysis.questions.curves import DAYS_PER_MONTH

_COSTS = Need(
    table="costs",
    columns=("item", "payer", "amount_sek", "price_year"),
    why="q_record_costs",
    essential=True,
)
#: What households were paid, month by month.
PAID = Need(
    table="assistance_months",
    columns=("household_id", "month", "amount_sek"),
    why="q_record_paid",
    essential=True,
)
_STOCK = Need(
    table="caseworkers",
    columns=("caseworker_id", "month", "cases"),
    why="q_record_caseload",
    essential=True,
)
_EMPLOYED = Need(
    table="activities",
    columns=("activity", "start_date", "subsidy"),
    why="q_record_activities",
    essential=True,
)


def household_months(saving: float, payout: float) -> float:
    """Return how many household-months of assistance equal a saving.

    >>> [round(household_months(1_550_000, p * 1000)) for p in (6, 8, 10, 12, 15)]
    [258, 194, 155, 129, 103]
    >>> [round(household_months(732_000, p * 1000), 1) for p in (6, 8, 10, 12, 15)]
    [122.0, 91.5, 73.2, 61.0, 48.8]
    """
    return saving / payout


#: Who pays a declared cost.
PAYERS = {
    "municipality": words("kommunen", "the municipality"),
    "state": words("staten", "the state"),
    "region": words("regionen", "the region"),
}


def break_even(frames: Frames, asked: Asked) -> Found | None:
    """Return the household-months at which a saving is gone, by what a month costs.

    Settings: ``programme``, ``item``, ``payouts`` (kronor), ``source`` (of payments), ``names``.
    """
    settings = asked.settings
    costs = frames.of("costs", programme=settings["programme"], item=settings["item"])
    if costs is None:
        return None
    ours = costs.filter(pl.col("payer") == "municipality")
    saving = float(ours["amount_sek"].cast(pl.Float64).sum())
    prices = ours["price_year"].max()
    mean, n = mean_payout(frames, settings["source"])
    own = None if mean is None else household_months(saving, mean)
    months: Cell = Amount(own, n)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            Number(payout),
            Number(household_months(saving, payout), decimals=1),
            Number(household_months(saving, payout) / 12, decimals=1),
        )
        for payout in settings["payouts"]
    )
    return Found(
        sentences=(
            sentence(
                "q_even_own",
                saving=Number(saving),
                payout=Amount(mean, n),
                months=months,
                prices=words(str(prices)),
            ),
            sentence("q_even_why"),
            sentence("q_even_cannot"),
        ),
        tables=(
            Table(
                id="payouts",
                title=sentence("q_even_table", saving=Number(saving)),
                columns=("q_col_payout", "q_col_household_months", "q_col_household_years"),
                rows=rows,
                bars=1,
            ),
        ),
        numbers=(("household_months", months), ("saving", Number(saving))),
    )


def mean_payout(frames: Frames, source: str) -> tuple[float | None, int]:
    """Return the mean paid to a household in a month, and the households behind it."""
    paid = frames.of("assistance_months", source=source)
    if paid is None:
        return None, 0
    months = paid.group_by(
        pl.coalesce("household_id", "person_id").alias("household"), "month"
    ).agg(pl.col("amount_sek").cast(pl.Float64).sum())
    mean = months["amount_sek"].mean()
    return (float(mean) if isinstance(mean, float) else None), months["household"].n_unique()


def chance_of_loss(frames: Frames, asked: Asked) -> Found | None:
    """Return how often a cut costs more than it saves, when assumptions vary as declared.

    A scenario: extra months of assistance a case are drawn from a declared triangle, cases
    from the caseload seen, payouts from the households seen.

    Settings: ``programme``, ``item``, ``posts``, ``extra_months`` [least, likely, most],
    ``price_index`` (prices of the saving over those of the payments), ``draws``, ``seed``,
    ``source``, ``names``.
    """
    settings = asked.settings
    costs = frames.of("costs", programme=settings["programme"], item=settings["item"])
    stock = frames.of("caseworkers", source=settings["source"])
    mean, n = mean_payout(frames, settings["source"])
    if costs is None or stock is None or mean is None:
        return None
    saving = float(
        costs.filter(pl.col("payer") == "municipality")["amount_sek"].cast(pl.Float64).sum()
    )
    rng = np.random.default_rng(int(settings["seed"]))
    draws = int(settings["draws"])
    cases = stock["cases"].drop_nulls().to_numpy()
    least, likely, most = settings["extra_months"]
    extra = rng.triangular(least, likely, most, draws)
    load = rng.choice(cases, draws) * int(settings["posts"])
    payout = mean * float(settings["price_index"]) * rng.normal(1.0, 0.05, draws)
    lost = float((extra * load * payout > saving).mean())
    index = float(settings["price_index"])
    touched = max(float(np.mean(cases)) * settings["posts"], 1.0)
    level = household_months(saving, mean * index) / touched
    chance: Cell = Number(round(100 * lost))
    months = frames["assistance_months"].filter(pl.col("source") == settings["source"])["month"]
    paid_years = [str(month)[:4] for month in (months.min(), months.max())]
    return Found(
        sentences=(
            sentence("q_loss_label"),
            _prices(words(str(costs["price_year"].max())), paid_years, index),
            sentence("q_loss_level", months=Amount(level, n)),
            sentence(
                "q_loss_chance",
                chance=chance,
                least=Number(least, decimals=1),
                most=Number(most, decimals=1),
            ),
            sentence("q_loss_cannot"),
        ),
        numbers=(("loss", chance), ("level", Amount(level, n))),
        status="partly",
    )


def _prices(prices: Words, years: Sequence[str], index: float) -> Sentence:
    """Say in which prices the saving and the payments are, and how they were put together."""
    first, last = words(years[0]), words(years[1])
    if index == 1.0:
        return sentence("q_loss_same_prices", prices=prices, first=first, last=last)
    number = Number(index, decimals=2)
    return sentence("q_loss_prices", prices=prices, first=first, last=last, index=number)


def precision(frames: Frames, asked: Asked) -> Found | None:
    """Return the smallest difference that a small cut could show; usually far too large.

    Settings: ``posts``, ``source``, ``share`` (who reach the outcome in a year), ``matters``
    (the smallest difference that would matter to a decision, a share), ``names``.
    """
    stock = frames.of("caseworkers", source=asked.settings["source"])
    if stock is None:
        return None
    load = stock["cases"].mean()
    workers = stock["caseworker_id"].n_unique()
    if not isinstance(load, float):
        return None
    posts = int(asked.settings["posts"])
    touched, others = load * posts, load * max(workers - posts, 1)
    smallest = smallest_detectable_difference(touched, others, float(asked.settings["share"]))
    matters = float(asked.settings.get("matters", 0.05))
    is_seen = smallest <= matters
    cell: Cell = Number(round(100 * smallest))
    return Found(
        sentences=(
            sentence("q_see_smallest", smallest=cell, n=Count(round(touched))),
            sentence(
                "q_see_enough" if is_seen else "q_see_verdict", matters=Number(round(100 * matters))
            ),
            sentence("q_see_cannot"),
        ),
        numbers=(("smallest", cell),),
    )


def job_cost(frames: Frames, asked: Asked) -> Found | None:
    """Return how many months of assistance a year of employment in a programme costs.

    The costs are declared for all the jobs together; those who hold them are few, so that a
    cost for each is shown only where they are not.

    Settings: ``programme``, ``item``, ``activity``, ``source``, ``names``.
    """
    settings = asked.settings
    costs = frames.of("costs", programme=settings["programme"], item=settings["item"])
    jobs = frames.of("activities", source=settings["source"], activity=settings["activity"])
    mean, n = mean_payout(frames, settings["source"])
    if costs is None or jobs is None or not mean:
        return None
    year = int(costs["year"].max())  # type: ignore[arg-type]
    rows: list[tuple[Cell, ...]] = []
    amounts: dict[str, float] = {}
    last = costs.filter(pl.col("year") == year)
    paid = last.group_by("payer").agg(pl.col("amount_sek").cast(pl.Float64).sum()).sort("payer")
    for payer, amount in paid.iter_rows():
        amounts[payer] = float(amount)
        label = PAYERS.get(payer, words(payer))
        rows.append((label, Number(amount), Amount(household_months(amount, mean), n)))
    ours = amounts.get("municipality", 0.0)
    held = _job_months(jobs, year)
    each = ours / held if held > 0 else None
    ratio: Cell = Amount(None if each is None else each / mean, min(n, jobs.height))
    months: Cell = Amount(household_months(ours, mean), n)
    return Found(
        sentences=(
            sentence(
                "q_job_year",
                year=words(str(year)),
                cost=Number(ours),
                prices=words(str(last["price_year"].max())),
            ),
            sentence("q_job_months", months=months, help=Amount(mean, n)),
            sentence("q_job_each", ratio=ratio),
            sentence("q_job_cannot"),
        ),
        tables=(
            Table(
                id="payers",
                title=sentence("q_job_table", year=words(str(year))),
                columns=("q_col_payer", "q_col_kronor", "q_col_household_months"),
                rows=tuple(rows),
            ),
        ),
        numbers=(("cost_ratio", ratio), ("household_months", months)),
        status="partly",
    )


def _job_months(jobs: pl.DataFrame, year: int) -> float:
    """Return the months of a year in which the jobs were held, all jobs together."""
    first, last = pl.date(year, 1, 1), pl.date(year, 12, 31)
    days = jobs.select(
        (
            pl.min_horizontal(pl.coalesce("end_date", last), last)
            - pl.max_horizontal(pl.col("start_date"), first)
        )
        .dt.total_days()
        .clip(lower_bound=0)
    ).to_series()
    return float(days.sum()) / DAYS_PER_MONTH


BREAK_EVEN = Kind((_COSTS, PAID), break_even)
CHANCE_OF_LOSS = Kind((_COSTS, PAID, _STOCK), chance_of_loss)
PRECISION = Kind((_STOCK,), precision)
JOB_COST = Kind((_COSTS, PAID, _EMPLOYED), job_cost)
