"""Yearly: how many leave for work each year, how fast do places turn over, and does it last?"""

from __future__ import annotations

from datetime import date

import polars as pl

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
from utfall.analysis.questions.cells import (
    Band,
    Cell,
    Chance,
    Count,
    Number,
    Rate,
    Ratio,
    Words,
    words,
)

_EXITS = Need(
    table="spells", columns=("end_date", "exit_reason"), why="q_record_exits", essential=True
)
_PLACES = Need(table="capacity", columns=("places",), why="q_record_places")


def self_support_by_year(frames: Frames, asked: Asked) -> Found | None:
    """Count those who left for work each year, beside what chance alone does to such a count.

    Settings: ``programme``, ``codes`` (exits that count), ``names``.
    """
    episodes = frames.of("episodes", programme=asked.settings["programme"])
    if episodes is None:
        return None
    entered = _by_year(episodes.filter(pl.col("has_started")), "start_date")
    # A year in which hardly anybody was taken in is no ordinary year of the programme.
    few = max(entered.values(), default=0) / 4
    years = [year for year in _full_years(episodes) if entered.get(year, 0) >= few]
    disturbed = _disturbed_years(frames, asked.settings["programme"], years)
    left = _by_year(episodes.filter(pl.col("exit_code").is_in(asked.settings["codes"])), "end_date")
    usual = [year for year in years if year not in disturbed]
    total = sum(left.get(year, 0) for year in usual)
    if not usual:
        return None
    rows = tuple(
        (
            words(str(year)),
            Count(left.get(year, 0)),
            Chance(left.get(year, 0)),
            Count(entered.get(year, 0)),
            words("ja", "yes") if year in disturbed else words("nej", "no"),
        )
        for year in years
    )
    a_year: Cell = Rate(total, len(usual), coarse=False)
    band: Cell = Band(total / len(usual), total)
    name = Words(asked.name(asked.settings["programme"]))
    return Found(
        sentences=(
            sentence("q_year_usual", name=name, rate=a_year, years=Number(len(usual))),
            sentence("q_year_band", band=band),
            *(
                (sentence("q_year_disturbed", years=words(_listed(disturbed))),)
                if disturbed
                else ()
            ),
            sentence("q_year_cannot"),
        ),
        tables=(
            Table(
                id="years",
                title=sentence("q_year_table", name=name),
                columns=("q_col_year", "q_col_left", "q_col_chance", "q_col_began", "q_col_hit"),
                rows=rows,
                bars=1,
            ),
        ),
        numbers=(("a_year", a_year), ("band", band)),
    )


def turnover(frames: Frames, asked: Asked) -> Found | None:
    """Return all exits per place and year: what *genomströmning* means.

    Held against another programme it is a ratio of all exits alone, which is no outcome.

    Settings: ``programme``, ``other`` (another programme, or absent), ``names``.
    """
    by_year = _exits_by_year(frames, asked.settings["programme"])
    if by_year is None:
        return None
    name = Words(asked.name(asked.settings["programme"]))
    exits, places = int(by_year["n_exits"].sum()), float(by_year["places"].sum())
    all_years: Cell = Rate(exits, places, per=12)
    other = _over_other(frames, asked)
    good: Cell = Rate(int(by_year["n_exits_work_or_studies"].sum()), places, per=12)
    rows = tuple(
        (
            words(row["year"]),
            Count(row["n_exits"]),
            Number(round(row["places"] / row["months"])),
            Rate(row["n_exits"], row["places"], per=12),
            Rate(row["n_exits_work_or_studies"], row["places"], per=12),
        )
        for row in by_year.to_dicts()
    )
    return Found(
        sentences=(
            sentence("q_turn_all", name=name, rate=all_years),
            sentence("q_turn_good", rate=good),
            *((other[0],) if other else ()),
            sentence("q_turn_cannot"),
        ),
        tables=(
            Table(
                id="turnover",
                title=sentence("q_turn_table", name=name),
                columns=(
                    "q_col_year",
                    "q_col_all_exits",
                    "q_col_places",
                    "q_col_per_place",
                    "q_col_good_per_place",
                ),
                rows=rows,
            ),
        ),
        numbers=(
            ("turnover", all_years),
            ("to_work_or_studies", good),
            *((("over_other", other[1]),) if other else ()),
        ),
    )


def _exits_by_year(frames: Frames, programme: str) -> pl.DataFrame | None:
    """Return exits and place-months by year, of the months whose places are known."""
    months = frames.of("programme_months", programme=programme)
    if months is None:
        return None
    by_year = (
        months.filter(pl.col("places").is_not_null())
        .group_by(year=pl.col("month").str.slice(0, 4))
        .agg(
            pl.col("n_exits").sum(),
            pl.col("n_exits_work_or_studies").sum(),
            pl.col("places").sum(),
            pl.len().alias("months"),
        )
        .filter(pl.col("places") > 0)
        .sort("year")
    )
    return by_year if by_year.height else None


def _over_other(frames: Frames, asked: Asked) -> tuple[Sentence, Ratio] | None:
    """Return exits per place over another programme's, and the sentence that says so.

    Years in which either had lost places are left out: fewer places make more exits each.
    """
    programme, other = asked.settings["programme"], str(asked.settings.get("other", ""))
    both = [_exits_by_year(frames, one) for one in (programme, other)]
    if any(rows is None for rows in both):
        return None
    years = [int(year) for rows in both if rows is not None for year in rows["year"]]
    disturbed = [
        str(year) for one in (programme, other) for year in _disturbed_years(frames, one, years)
    ]
    sums = [
        (int(rows["n_exits"].sum()), float(rows["places"].sum()))
        for found in both
        if found is not None and (rows := found.filter(~pl.col("year").is_in(disturbed))).height
    ]
    if len(sums) < 2:
        return None
    ratio = Ratio(*sums[0], *sums[1])
    return sentence("q_turn_other", ratio=ratio, other=Words(asked.name(other))), ratio


def recovery(frames: Frames, asked: Asked) -> Found | None:
    """Compare results per place before, during and after a declared disruption.

    Settings: ``programme``, ``disruption``, ``names``.
    """
    months = frames.of("programme_months", programme=asked.settings["programme"])
    events = frames.of("disruptions", disruption_id=asked.settings["disruption"])
    if months is None or events is None:
        return None
    event = events.to_dicts()[0]
    first, last = event["starts_on"], event["ends_on"] or date(9999, 12, 30)
    counted = months.filter(pl.col("places").is_not_null()).with_columns(
        period=pl.when(pl.col("month") < f"{first:%Y-%m}")
        .then(pl.lit("before"))
        .when(pl.col("month") <= f"{last:%Y-%m}")
        .then(pl.lit("during"))
        .otherwise(pl.lit("after"))
    )
    sums = {
        row["period"]: (int(row["exits"]), float(row["places"]), int(row["months"]))
        for row in counted.group_by("period")
        .agg(
            exits=pl.col("n_exits_work_or_studies").sum(),
            places=pl.col("places").sum(),
            months=pl.col("month").n_unique(),
        )
        .to_dicts()
    }
    if not {"before", "during", "after"} <= sums.keys():
        return None
    before, during, after = (sums[one] for one in ("before", "during", "after"))
    back: Cell = Ratio(after[0], after[1], before[0], before[1])
    while_hit: Cell = Ratio(during[0], during[1], before[0], before[1])
    name = Words(asked.name(asked.settings["programme"]))
    label = words(event["label_sv"], event["label_en"])
    return Found(
        sentences=(
            sentence("q_back_after", name=name, ratio=back),
            sentence("q_back_during", ratio=while_hit),
            sentence("q_back_cannot"),
        ),
        tables=(
            Table(
                id="periods",
                title=sentence("q_back_table", name=name, event=label),
                columns=("q_col_period", "q_col_months", "q_col_left_good", "q_col_good_per_place"),
                rows=tuple(
                    (label_of, Number(months_in), Count(exits), Rate(exits, places, per=12))
                    for label_of, (exits, places, months_in) in (
                        (words("före", "before"), before),
                        (words("under", "during"), during),
                        (words("efter", "after"), after),
                    )
                ),
            ),
        ),
        numbers=(
            ("after_over_before", back),
            ("during_over_before", while_hit),
            ("places_left", Number(during[1] / during[2] / (before[1] / before[2]), decimals=2)),
        ),
        status="partly",
    )


def _full_years(episodes: pl.DataFrame) -> list[int]:
    """Return the years in which people both came and were seen, after a first year of filling.

    The earliest twentieth of the referrals, such as of staff who stand in the list, are no
    sign that a programme took people in.
    """
    first = episodes["referral_date"].quantile(0.05)
    last = episodes.filter(pl.col("has_started"))["start_date"].max()
    seen = episodes["observed_until"].max()
    if not (isinstance(first, date) and isinstance(last, date) and isinstance(seen, date)):
        return []
    seen_whole = seen.year if (seen.month, seen.day) == (12, 31) else seen.year - 1
    return list(range(first.year + 1, min(last.year, seen_whole) + 1))


def _disturbed_years(frames: Frames, programme: str, years: list[int]) -> list[int]:
    """Return the years of which a loss of capacity covers at least a month."""
    events = frames.of("disruptions", programme=programme, kind="capacity")
    spans = [] if events is None else [(e["starts_on"], e["ends_on"]) for e in events.to_dicts()]
    return [
        year
        for year in years
        if any(
            (min(last or date.max, date(year, 12, 31)) - max(first, date(year, 1, 1))).days >= 30
            for first, last in spans
        )
    ]


def _by_year(rows: pl.DataFrame, column: str) -> dict[int, int]:
    counted = rows.group_by(year=pl.col(column).dt.year()).len()
    return {int(row["year"]): int(row["len"]) for row in counted.drop_nulls().to_dicts()}


def _listed(years: list[int]) -> str:
    return ", ".join(str(year) for year in years)


YEARLY = Kind((_EXITS,), self_support_by_year)
TURNOVER = Kind((_EXITS, _PLACES), turnover)
RECOVERY = Kind((_EXITS, _PLACES), recovery)
