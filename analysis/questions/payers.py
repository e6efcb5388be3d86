"""Payers: where do people stand after a subsidised job, and who pays for them instead?"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from utfall.analysis.questions.answer import Asked, Found, Frames, Need, Table, sentence
from utfall.analysis.questions.ask import Kind
from utfall.analysis.questions.cells import Amount, Cell, Number, Share, words
from utfall.analysis.questions.savings import PAID

_INCOME = Need(
    table="income_months", columns=("month", "income_source"), why="q_record_income", essential=True
)
_EMPLOYED = Need(
    table="activities",
    columns=("activity", "start_date"),
    why="q_record_activities",
    essential=True,
)
_SHARED = Need(
    table="costs", columns=("item", "payer", "amount_sek", "price_year"), why="q_record_costs"
)
_CARE = Need(table="care", columns=("person_id", "month"), why="q_record_care", held=False)

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
    "other": words("någon annan", "somebody else"),
    "employer": words("arbetsgivaren", "the employer"),
}


#: Payers of whose costs no contract holds anything.
NOT_DELIVERED = ("region",)


def payers(frames: Frames, asked: Asked) -> Found | None:
    """Return who pays for a person before, during and after a subsidised job.

    Mean kronor a person and month, and what the person has to live on. The wage of the
    subsidised job is split as its declared costs are between payers, where they are
    delivered. The region pays care, of which nothing is delivered: unknown, and not nought.

    Settings: ``source``, ``activity``, ``items`` (costs of the activity by payer), ``names``.
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
    found = phased.group_by("phase", "payer", "state").agg(pl.col("amount_sek").sum())
    sums: dict[tuple[str, str], float] = {}
    shares = _shares_of_cost(frames, settings.get("items", ()))
    for phase, payer, state, amount in found.iter_rows():
        is_shared = state == settings["activity"] and shares
        for one, share in (shares if is_shared else {payer: 1.0}).items():
            sums[phase, one] = sums.get((phase, one), 0.0) + share * float(amount)

    def mean(phase: str, payer: str) -> Amount:
        return Amount(sums.get((phase, payer), 0.0) / (n * spans[phase]), n)

    def person(phase: str) -> Amount:
        had = sum(amount for (when, _), amount in sums.items() if when == phase)
        return Amount(had / (n * spans[phase]), n)

    rows: list[tuple[Cell, ...]] = []
    for payer, label in PAYERS.items():
        known = payer not in NOT_DELIVERED
        rows.append((label, *(mean(phase, payer) if known else Amount(None, n) for phase in spans)))
    rows.append(
        (words("personen har att leva på", "the person has to live on"), *map(person, spans))
    )
    return Found(
        sentences=(
            sentence(
                "q_pay_shift",
                before=mean("before", "municipality"),
                after=mean("after", "municipality"),
                funds=mean("after", "funds"),
            ),
            sentence("q_pay_person", before=person("before"), after=person("after")),
            sentence("q_pay_why"),
            sentence("q_pay_region"),
        ),
        tables=(
            Table(
                id="payers",
                title=sentence("q_pay_table"),
                columns=("q_col_payer", "q_col_was", "q_col_during", "q_col_became"),
                rows=tuple(rows),
            ),
        ),
        numbers=(
            ("municipality_before", mean("before", "municipality")),
            ("municipality_after", mean("after", "municipality")),
            ("funds_after", mean("after", "funds")),
            ("person_before", person("before")),
            ("person_after", person("after")),
        ),
    )


def _shares_of_cost(frames: Frames, items: Sequence[str]) -> dict[str, float]:
    """Return each payer's share of the declared costs of an activity; nothing if undeclared."""
    costs = frames.of("costs", item=list(items)) if items else None
    if costs is None:
        return {}
    total = float(costs["amount_sek"].cast(pl.Float64).sum())
    parts = costs.group_by("payer").agg(pl.col("amount_sek").cast(pl.Float64).sum()).sort("payer")
    return {payer: amount / total for payer, amount in parts.iter_rows()} if total > 0 else {}


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
                is_curve=True,
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


PAYERS_KIND = Kind((_INCOME, PAID, _EMPLOYED, _SHARED, _CARE), payers)
PATH_AFTER = Kind((_INCOME, PAID, _EMPLOYED), path)
