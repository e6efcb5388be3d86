"""Savings: what does it take for a cut to pay, who pays instead, and could it be seen at all?"""

from __future__ import annotations

import numpy as np
import polars as pl

from utfall.analysis.counts import smallest_detectable_difference
from utfall.analysis.questions.answer import Asked, Found, Frames, Need, Table, sentence
from utfall.analysis.questions.ask import Kind
from utfall.analysis.questions.cells import Amount, Cell, Count, Number, Share, words
from utfall.analysis.questions.curves import DAYS_PER_MONTH

_COSTS = Need(
    table="costs",
    columns=("item", "payer", "amount_sek", "price_year"),
    why="q_record_costs",
    essential=True,
)
_PAID = Need(
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
_INCOME = Need(
    table="income_months", columns=("month", "income_source"), why="q_record_income", essential=True
)
_EMPLOYED = Need(
    table="activities",
    columns=("activity", "start_date", "subsidy"),
    why="q_record_activities",
    essential=True,
)

#: Who pays each source of income; what is in nobody's budget is the person's own.
PAYER = {
    "assistance": "municipality",
    "osa": "municipality",
    "unemployment_insurance": "funds",
    "sickness": "state",
    "student_aid": "state",
    "wage": "employer",
}
PAYERS = {
    "municipality": words("kommunen", "the municipality"),
    "state": words("staten", "the state"),
    "funds": words("a-kassan och staten", "insurance funds and the state"),
    "region": words("regionen", "the region"),
    "employer": words("arbetsgivaren", "the employer"),
}


def household_months(saving: float, payout: float) -> float:
    """Return how many household-months of assistance eat up a saving.

    >>> [round(household_months(1_550_000, p * 1000)) for p in (6, 8, 10, 12, 15)]
    [258, 194, 155, 129, 103]
    >>> [round(household_months(732_000, p * 1000), 1) for p in (6, 8, 10, 12, 15)]
    [122.0, 91.5, 73.2, 61.0, 48.8]
    """
    return saving / payout


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
    mean, n = _mean_payout(frames, settings["source"])
    own = None if mean is None else household_months(saving, mean)
    months: Cell = Amount(own, n)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            words(f"{payout / 1000:g} tkr", f"SEK {payout / 1000:g}k"),
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
            ),
        ),
        numbers=(("household_months", months), ("saving", Number(saving))),
    )


def _mean_payout(frames: Frames, source: str) -> tuple[float | None, int]:
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
    ``price_index``, ``draws``, ``seed``, ``source``, ``names``.
    """
    settings = asked.settings
    costs = frames.of("costs", programme=settings["programme"], item=settings["item"])
    stock = frames.of("caseworkers", source=settings["source"])
    mean, n = _mean_payout(frames, settings["source"])
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
    level = household_months(saving, mean) / max(float(np.mean(cases)) * settings["posts"], 1.0)
    chance: Cell = Number(round(100 * lost))
    return Found(
        sentences=(
            sentence("q_loss_label"),
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


def payers(frames: Frames, asked: Asked) -> Found | None:
    """Return who pays for a person before, during and after a subsidised job.

    Mean kronor a person and month. That a column is empty means that nothing was delivered.

    Settings: ``source``, ``activity``, ``names``.
    """
    settings = asked.settings
    phases = months_around(frames, settings["source"], settings["activity"])
    if phases is None:
        return None
    phased = phases.with_columns(
        phase=pl.when(pl.col("k") < 0)
        .then(pl.lit("before"))
        .when(pl.col("k") < 24)
        .then(pl.lit("during"))
        .otherwise(pl.lit("after")),
        payer=pl.col("state").replace_strict(PAYER, default="other"),
    )
    n = phases["person_id"].n_unique()
    spans = {"before": 6, "during": 24, "after": 12}
    sums = {
        (row["phase"], row["payer"]): float(row["amount_sek"])
        for row in phased.group_by("phase", "payer").agg(pl.col("amount_sek").sum()).to_dicts()
    }

    def mean(phase: str, payer: str) -> Amount:
        return Amount(sums.get((phase, payer), 0.0) / (n * spans[phase]), n)

    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (label, *(mean(phase, payer) for phase in spans)) for payer, label in PAYERS.items()
    )
    return Found(
        sentences=(
            sentence(
                "q_pay_shift",
                before=mean("before", "municipality"),
                after=mean("after", "municipality"),
                funds=mean("after", "funds"),
            ),
            sentence("q_pay_why"),
        ),
        tables=(
            Table(
                id="payers",
                title=sentence("q_pay_table"),
                columns=("q_col_payer", "q_col_was", "q_col_during", "q_col_became"),
                rows=rows,
            ),
        ),
        numbers=(
            ("municipality_before", mean("before", "municipality")),
            ("municipality_after", mean("after", "municipality")),
            ("funds_after", mean("after", "funds")),
        ),
    )


def path(frames: Frames, asked: Asked) -> Found | None:
    """Return where people stand as the months pass after a subsidised job began.

    Unemployment insurance is not work: the cost has moved to another payer.

    Settings: ``source``, ``activity``, ``months``, ``names``.
    """
    settings = asked.settings
    around = months_around(frames, settings["source"], settings["activity"])
    if around is None:
        return None
    n = around["person_id"].n_unique()
    by_month = {
        (int(row["k"]), row["state"]): int(row["len"])
        for row in around.group_by("k", "state").len().to_dicts()
    }
    last = max(settings["months"])

    def share(month: int, *states: str) -> Share:
        return Share(sum(by_month.get((month, state), 0) for state in states), n)

    def nothing(month: int) -> Share:
        return Share(n - sum(by_month.get((month, s), 0) for s in _STATES), n)

    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (words(str(month)), *(share(month, state) for state in _STATES), nothing(month))
        for month in settings["months"]
    )
    work, insured = share(last, "wage"), share(last, "unemployment_insurance")
    helped = share(last, "assistance")
    off: Cell = Share(n - helped.numerator, n)
    return Found(
        sentences=(
            sentence("q_osa_off", share=off, months=Number(last)),
            sentence("q_osa_work", work=work, insured=insured),
            sentence("q_osa_why"),
        ),
        tables=(
            Table(
                id="states",
                title=sentence("q_osa_table"),
                columns=("q_col_month", *(f"q_col_state_{s}" for s in _STATES), "q_col_state_none"),
                rows=rows,
                parts="rows",
            ),
        ),
        numbers=(("work", work), ("a_kassa", insured), ("off_assistance", off)),
    )


_STATES = ("osa", "wage", "unemployment_insurance", "assistance")


def months_around(frames: Frames, source: str, activity: str) -> pl.DataFrame | None:
    """Return what each person lived on, by months since an activity began; full view only.

    Returns
    -------
    DataFrame or None
        ``person_id``, ``k`` (months, from -6 to 35), ``state`` and ``amount_sek``; people
        whose 36 months all lie before the last month delivered.
    """
    begun = frames.of("activities", source=source, activity=activity)
    incomes, helped = (
        frames.of(name, source=source) for name in ("income_months", "assistance_months")
    )
    if begun is None or incomes is None or helped is None:
        return None
    paid = pl.concat(
        [
            incomes.select(
                "person_id",
                "month",
                pl.col("income_source").alias("state"),
                pl.col("amount_sek").cast(pl.Float64),
            ),
            helped.select(
                "person_id",
                "month",
                pl.lit("assistance").alias("state"),
                pl.col("amount_sek").cast(pl.Float64),
            ),
        ]
    ).with_columns(index=_month_number(pl.col("month").str.to_date("%Y-%m")))
    last = paid["index"].max()
    starts = (
        begun.group_by("person_id")
        .agg(pl.col("start_date").min())
        .with_columns(first=_month_number(pl.col("start_date")))
    )
    followed = starts.filter(pl.col("first") + 35 <= last)
    joined = paid.join(followed, on="person_id").with_columns(k=pl.col("index") - pl.col("first"))
    kept = joined.filter(pl.col("k").is_between(-6, 35))
    return kept.select("person_id", "k", "state", "amount_sek") if kept.height else None


def _month_number(day: pl.Expr) -> pl.Expr:
    return day.dt.year().cast(pl.Int64) * 12 + day.dt.month().cast(pl.Int64)


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
    """Return what a month of employment in a programme costs, against a month of assistance.

    Settings: ``programme``, ``item``, ``activity``, ``source``, ``names``.
    """
    settings = asked.settings
    costs = frames.of("costs", programme=settings["programme"], item=settings["item"])
    jobs = frames.of("activities", source=settings["source"], activity=settings["activity"])
    mean, n = _mean_payout(frames, settings["source"])
    if costs is None or jobs is None or not mean:
        return None
    first, last = costs["year"].min(), costs["year"].max()
    days = 0
    for row in jobs.to_dicts():
        opened = max(row["start_date"].toordinal(), _ordinal(first, 1, 1))
        closed = _ordinal(last, 12, 31)
        if row["end_date"] is not None:
            closed = min(closed, row["end_date"].toordinal())
        days += max(closed - opened, 0)
    months = days / DAYS_PER_MONTH
    if months <= 0:
        return None
    each = float(costs["amount_sek"].cast(pl.Float64).sum()) / months
    ratio: Cell = Amount(each / mean, min(n, jobs.height))
    return Found(
        sentences=(
            sentence("q_job_month", job=Amount(each, jobs.height), help=Amount(mean, n)),
            sentence("q_job_cannot"),
        ),
        numbers=(("cost_ratio", ratio),),
        status="partly",
    )


def _ordinal(year: object, month: int, day: int) -> int:
    from datetime import date

    return date(int(str(year)), month, day).toordinal()


BREAK_EVEN = Kind((_COSTS, _PAID), break_even)
CHANCE_OF_LOSS = Kind((_COSTS, _PAID, _STOCK), chance_of_loss)
PAYERS_KIND = Kind((_INCOME, _PAID, _EMPLOYED), payers)
PATH_AFTER = Kind((_INCOME, _PAID, _EMPLOYED), path)
PRECISION = Kind((_STOCK,), precision)
JOB_COST = Kind((_COSTS, _PAID, _EMPLOYED), job_cost)
