"""Coordination: where did all participants go, who was asked, and what do they live on?"""

from __future__ import annotations

import polars as pl

from utfall.analysis.questions.answer import Asked, Found, Frames, Need, Table, sentence
from utfall.analysis.questions.ask import Kind
from utfall.analysis.questions.cells import (
    Cell,
    Count,
    Share,
    Words,
    words,
)
from utfall.analysis.questions.doors import GOOD

_EXITS = Need(
    table="spells", columns=("end_date", "exit_reason"), why="q_record_exits", essential=True
)
_ASKED = Need(
    table="screenings", columns=("asked_on", "asked_by"), why="q_record_screenings", essential=True
)
_INCOME = Need(
    table="income_months", columns=("month", "income_source"), why="q_record_income", essential=True
)
_TRANSFERS = ("R1", "R2")
_UNKNOWN = ("F5",)


def destinations(frames: Frames, asked: Asked) -> Found | None:
    """Return where everybody is, the unaccounted for among them, and what that leaves open.

    Settings: ``programme``, ``names``.
    """
    rows = frames.of("episodes", programme=asked.settings["programme"])
    if rows is None:
        return None
    began = rows.filter(pl.col("has_started") & pl.col("is_first_referral"))
    code = pl.col("exit_code")
    fate = began.select(
        pl.when(pl.col("end_date").is_null())
        .then(pl.lit("there"))
        .when(code.is_in(GOOD))
        .then(pl.lit("good"))
        .when(code.is_in(_TRANSFERS))
        .then(pl.lit("transfer"))
        .when(code.is_null() | code.is_in(_UNKNOWN))
        .then(pl.lit("unknown"))
        .otherwise(pl.lit("other"))
        .alias("fate")
    )["fate"]
    n = {key: int((fate == key).sum()) for key in _PLACES}
    total = began.height
    rest = total - n["good"] - n["transfer"]
    good, transfer, unaccounted = (Share(part, total) for part in (n["good"], n["transfer"], rest))
    most = Share(n["good"] + n["unknown"] + n["there"], total)
    name = Words(asked.name(asked.settings["programme"]))
    shown: list[tuple[Cell, ...]] = [
        (label, Count(n[key]), Share(n[key], total)) for key, label in _PLACES.items()
    ]
    shown.append((words("alla", "all"), Count(total), Share(total, total)))
    return Found(
        sentences=(
            sentence("q_dest_good", name=name, good=good, transfer=transfer),
            sentence("q_dest_rest", share=unaccounted),
            sentence("q_dest_bounds", least=good, most=most),
            sentence("q_dest_cannot"),
        ),
        tables=(
            Table(
                id="destinations",
                title=sentence("q_dest_table", name=name),
                columns=("q_col_what", "q_col_people", "q_col_share"),
                rows=tuple(shown),
                has_total=True,
                bars=2,
            ),
        ),
        numbers=(
            ("work_or_studies", good),
            ("transferred", transfer),
            ("unaccounted", unaccounted),
            ("at_most", most),
        ),
    )


_PLACES = {
    "good": words("arbete eller studier", "work or studies"),
    "transfer": words("vidare till annan insats", "on to another measure"),
    "other": words("annat avslut", "another exit"),
    "unknown": words("okänt avslut", "unknown exit"),
    "there": words("är kvar", "still there"),
}


def coverage(frames: Frames, asked: Asked) -> Found | None:
    """Return who was asked, and by whom; never what they answered, and never by site.

    Settings: ``programme``, ``source``, ``unit``, ``names``.
    """
    asked_people = frames.of("screenings", source=asked.settings["source"])
    rows = frames.of("episodes", programme=asked.settings["programme"])
    if asked_people is None or rows is None:
        return None
    n = asked_people["person_id"].n_unique()
    began = rows.filter(pl.col("has_started"))["person_id"].n_unique()
    by_unit = asked_people.filter(pl.col("asked_by") == asked.settings["unit"])
    share: Cell = Share(by_unit["person_id"].n_unique(), n)
    covered: Cell = Share(n, began)
    name = Words(asked.name(asked.settings["programme"]))
    return Found(
        sentences=(
            sentence("q_cover_asked", name=name, share=covered),
            sentence("q_cover_by", name=name, share=share),
            sentence("q_cover_cannot"),
            sentence("q_cover_site"),
        ),
        numbers=(("asked", covered), ("asked_by_unit", share)),
        status="partly",
    )


def before_after(frames: Frames, asked: Asked) -> Found | None:
    """Return main source of income before and after, in the four classes of SUS.

    Settings: ``programme``, ``names``.
    """
    incomes = frames.get("income_months")
    episodes = frames.of("episodes", programme=asked.settings["programme"])
    if incomes is None or episodes is None:
        return None
    ended = episodes.filter(pl.col("has_started") & pl.col("end_date").is_not_null())
    classed = incomes.with_columns(
        day=pl.col("month").str.to_date("%Y-%m"),
        group=pl.col("income_source").replace_strict(_SUS, default="other"),
    ).join(ended.select("person_id", "start_date", "end_date"), on="person_id")
    before = (
        classed.filter(pl.col("day") < pl.col("start_date"))
        .sort("day")
        .unique("person_id", keep="last", maintain_order=True)
    )
    after = (
        classed.filter(pl.col("day") > pl.col("end_date"))
        .sort("day")
        .unique("person_id", keep="first", maintain_order=True)
    )
    pairs = before.select("person_id", was="group").join(
        after.select("person_id", became="group"), on="person_id"
    )
    if not pairs.height:
        return None
    n = pairs.height
    rows: list[tuple[Cell, ...]] = []
    for key, label in _SUS_NAMES.items():
        was, became = (int((pairs[c] == key).sum()) for c in ("was", "became"))
        rows.append((label, Count(was), Share(was, n), Count(became), Share(became, n)))
    rows.append((words("alla", "all"), Count(n), Share(n, n), Count(n), Share(n, n)))
    working = Share(int((pairs["became"] == "work").sum()), n)
    name = Words(asked.name(asked.settings["programme"]))
    return Found(
        sentences=(
            sentence("q_sus_work", name=name, share=working),
            sentence("q_sus_cannot"),
        ),
        tables=(
            Table(
                id="sus",
                title=sentence("q_sus_table", name=name),
                columns=(
                    "q_col_what",
                    "q_col_n_before",
                    "q_col_share_before",
                    "q_col_n_after",
                    "q_col_share_after",
                ),
                rows=tuple(rows),
                has_total=True,
            ),
        ),
        numbers=(("working", working),),
        status="partly",
    )


_SUS = {"wage": "work", "student_aid": "studies", "unemployment_insurance": "seeking"}
_SUS_NAMES = {
    "work": words("förvärvsarbete", "employment"),
    "studies": words("studier", "studies"),
    "seeking": words("aktivt arbetssökande", "actively seeking work"),
    "other": words("övriga", "others"),
}

DESTINATIONS = Kind((_EXITS,), destinations)
COVERAGE = Kind((_ASKED,), coverage)
BEFORE_AFTER = Kind((_INCOME,), before_after)
