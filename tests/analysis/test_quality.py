"""What is not recorded, heaped, recoded or late is measured as planted, and G0 tells the worst."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from utfall.analysis.cohort import blinded
from utfall.analysis.comparison import Context, compare
from utfall.analysis.disclosure import Rules, protect
from utfall.analysis.headline import as_printed
from utfall.analysis.protected_quality import protected_counts, quality_document
from utfall.analysis.quality import (
    EXPECTED,
    Quality,
    code_breaks,
    data_quality,
    heaps,
    is_not_recorded,
    late_rows,
    missing_rows,
    quality_gate,
)

from .conftest import people, plan

CLEAN = Quality(rows_in=1000, rows_loaded=1000)


def with_blanks(rows: pl.DataFrame, column: str, programme: str, every: int) -> pl.DataFrame:
    blank = (pl.col("programme") == programme) & (pl.int_range(pl.len()) % every == 0)
    return rows.with_columns(pl.when(blank).then(None).otherwise(pl.col(column)).alias(column))


def test_blanks_are_counted_by_programme_and_year_as_planted(rng: np.random.Generator) -> None:
    protocol = plan()
    covariate = protocol.covariates[0].name
    rows = with_blanks(people(rng, 600), covariate, protocol.target, 3)
    found = [row for row in missing_rows(rows, [protocol]) if row.column == covariate]
    arm = rows.filter(pl.col("programme") == protocol.target)
    in_all = next(row for row in found if row.programme == protocol.target and row.year is None)
    assert (in_all.n, in_all.n_missing) == (arm.height, arm[covariate].null_count())
    by_year = [row for row in found if row.programme == protocol.target and row.year is not None]
    assert sum(row.n for row in by_year) == in_all.n
    assert sum(row.n_missing for row in by_year) == in_all.n_missing > 0
    assert all(row.n_missing == 0 for row in found if row.programme == protocol.comparator)


def test_a_delivery_without_rows_is_no_missing_record() -> None:
    protocol = plan()
    nobody = blinded(people(np.random.default_rng(1), 20).clear(), protocol)
    empty = quality_gate(Quality(rows_in=0, rows_loaded=0), nobody, protocol)
    assert (empty.status, empty.reason.code) == ("NOT_EVALUATED", "g0_not_evaluated_empty")
    assert quality_gate(None, nobody, protocol).reason.code == "g0_not_evaluated"


def test_a_code_that_says_unknown_is_a_blank_and_a_plan_twice_is_told_once() -> None:

    rows = pl.DataFrame(
        {"a": ["unknown", None, "x", "unknowns"], "b": [1.0, None, float("nan"), 0]}
    )
    told = rows.select(
        *(is_not_recorded(name, rows.schema[name]).alias(name) for name in rows.columns)
    )
    assert told["a"].to_list() == [True, True, False, False]
    assert told["b"].to_list() == [False, True, True, False]


def test_two_protocols_that_read_one_column_tell_it_once(rng: np.random.Generator) -> None:
    rows, protocol = people(rng, 200), plan()
    once = list(missing_rows(rows, [protocol]))
    assert list(missing_rows(rows, [protocol, protocol])) == once


def spells(days: list[date], codes: list[str] | None = None, source: str = "town") -> pl.DataFrame:
    return pl.DataFrame(
        {
            "programme": ["ama"] * len(days),
            "source": [source] * len(days),
            "referral_date": days,
            "end_date": days,
            "exit_code": codes or ["W1"] * len(days),
            "observed_until": [date(2019, 12, 31)] * len(days),
        }
    )


def test_heaps_are_counted_beside_what_equal_days_would_give() -> None:
    days = [date(2017, 1, 1) + timedelta(days=n) for n in range(365)] + [date(2017, 12, 31)] * 35
    found = {(heap.column, heap.kind): heap for heap in heaps(spells(days))}
    eve = found["end_date", "new_years_eve"]
    assert (eve.n, eve.n_on) == (400, 36)
    assert found["end_date", "month_end"].n_on == 12 + 35
    assert found["end_date", "month_start"].n_on == 12
    assert eve.expected == EXPECTED["new_years_eve"] == pytest.approx(0.00274, abs=1e-5)


def two_years(before: dict[str, int], after: dict[str, int]) -> pl.DataFrame:
    parts = [
        spells([date(year, 6, 1)] * count, [code] * count)
        for year, codes in ((2016, before), (2017, after))
        for code, count in codes.items()
    ]
    return pl.concat(parts)


def test_a_new_list_of_codes_is_found_in_the_year_it_began() -> None:
    rows = two_years({"F5": 60, "W1": 40}, {"H1": 55, "W1": 45})
    (found,) = [one for one in code_breaks(rows) if one.column == "exit_code"]
    assert (found.year, found.n_before, found.n_after) == (2017, 100, 100)
    assert found.moved == pytest.approx(0.60)
    assert (found.n_new, found.n_gone) == (1, 1)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"F5": 60, "W1": 40}, {"F5": 52, "W1": 48}),
        ({"F5": 20, "W1": 20}, {"H1": 40}),
        ({"F5": 2000, "W1": 2000}, {"F5": 2300, "W1": 1900}),
        ({"W1": 100}, {"W1": 120}),
    ],
    ids=["chance", "too few", "sure but small", "one code"],
)
def test_chance_few_rows_and_small_moves_are_no_new_list(
    before: dict[str, int], after: dict[str, int]
) -> None:
    assert list(code_breaks(two_years(before, after))) == []


def test_exits_without_a_reason_are_counted_near_the_extract_and_before() -> None:
    near, before = [date(2019, 12, 1)] * 10, [date(2019, 3, 1)] * 20
    rows = spells(near + before, [None] * 6 + ["W1"] * 4 + [None] + ["W1"] * 19)  # type: ignore[list-item]
    found = {row.period: (row.n, row.n_missing) for row in late_rows(rows)}
    assert found == {"last_months": (10, 6), "year_before": (20, 1)}


def test_rows_without_dates_or_programmes_have_no_heaps_breaks_or_late_exits() -> None:
    flat = pl.DataFrame({"arm": ["a", "b"], "y": [1, 0]})
    assert list(heaps(flat)) == list(code_breaks(flat)) == list(late_rows(flat)) == []


def gate(rows: pl.DataFrame, quality: Quality | None = CLEAN, **thresholds: float) -> Any:
    protocol = plan()
    if thresholds:
        limits = protocol.thresholds.model_copy(update=thresholds)
        protocol = protocol.model_copy(update={"thresholds": limits})
    return quality_gate(quality, blinded(rows, protocol), protocol)


def test_g0_is_not_evaluated_without_a_record_of_the_delivery(rng: np.random.Generator) -> None:
    assert gate(people(rng, 300), None).status == "NOT_EVALUATED"


def test_g0_reserves_where_too_much_was_set_aside(rng: np.random.Generator) -> None:
    found = gate(people(rng, 300), Quality(rows_in=1000, rows_loaded=900))
    assert (found.status, found.reason.code) == ("RESERVE", "g0_reserve")
    assert (found.statistic, found.threshold) == (0.1, 0.05)


@pytest.mark.parametrize(("every", "status"), [(2, "RESERVE"), (10, "PASS")])
def test_g0_judges_the_worst_column_that_the_comparison_relies_on(
    rng: np.random.Generator, every: int, status: str
) -> None:
    protocol = plan()
    column = protocol.covariates[1].name
    rows = with_blanks(people(rng, 900), column, protocol.comparator, every)
    found = gate(rows)
    arm = rows.filter(pl.col("programme") == protocol.comparator)
    assert found.status == status
    assert found.statistic == pytest.approx(arm[column].null_count() / arm.height)
    told = dict(found.reason.values)
    assert told["column"].text == protocol.covariates[1].label.text
    assert told["programme"].text == protocol.comparator_name.text


def test_g0_may_be_told_to_be_stricter(rng: np.random.Generator) -> None:
    protocol = plan()
    rows = with_blanks(people(rng, 900), protocol.covariates[0].name, protocol.target, 10)
    assert gate(rows).status == "PASS"
    assert gate(rows, missing_share=0.01).status == "RESERVE"


def test_a_published_gate_is_made_of_protected_counts(rng: np.random.Generator) -> None:
    protocol = plan()
    rows = with_blanks(people(rng, 600), protocol.covariates[0].name, protocol.target, 5)
    found = compare(rows, protocol, context=Context(quality=CLEAN))
    exact = next(one for one in found.gates if one.id == "G0")
    shown = next(one for one in protect(found, Rules()).gates if one.id == "G0")
    share = dict(exact.reason.values)["share_missing"]
    assert exact.statistic == share.value
    target, whole = share.numerator, share.denominator
    assert target is not None
    assert whole is not None
    assert shown.statistic == round(5 * round(target / 5) / (5 * round(whole / 5)), 2)


def test_small_counts_leave_no_share_behind(rng: np.random.Generator) -> None:
    protocol = plan()
    rows = with_blanks(people(rng, 400), protocol.covariates[0].name, protocol.target, 60)
    measured = data_quality(rows, [protocol])
    exact, shown = quality_document(measured), quality_document(measured, Rules())
    redacted = 0
    for before, after in zip(exact["missing"], shown["missing"], strict=True):
        count = round(before["share"] * before["n"])
        if 0 < count <= 7 or 0 < before["n"] - count <= 7:
            assert after["share"] is None
            redacted += 1
        assert after["n"] is None or after["n"] % 5 == 0
    assert redacted


def test_counts_of_the_delivery_check_are_protected_by_table_and_rule() -> None:
    counted = {
        **{"rows_in": 1003, "rows_loaded": 1000, "rows_quarantined": 3},
        "tables": [
            {"table": "spells", "rows_in": 12, "rows_loaded": 9, "rows_quarantined": 3},
            {"table": "persons", "rows_in": 991, "rows_loaded": 991, "rows_quarantined": 0},
        ],
        "by_rule": [{"rule": "end_before_start", "table": "spells", "rows": 3}],
        "checks": [],
    }
    shown = protected_counts(counted, Rules())
    assert (shown["rows_in"], shown["rows_loaded"], shown["rows_quarantined"]) == (1000, 1000, None)
    assert shown["tables"][0] == {
        **{"table": "spells", "rows_in": 10, "rows_loaded": 10, "rows_quarantined": None}
    }
    assert shown["by_rule"][0]["rows"] is None
    assert protected_counts(counted, None) == counted
    assert protected_counts({}, Rules()) == {}


def test_every_published_number_is_as_printed(rng: np.random.Generator) -> None:
    shown = protect(compare(people(rng, 900, unknown=0.05), plan()), Rules())
    numbers = [
        *(getattr(rung, name) for rung in shown.ladder for name in ("estimate", "conf_low")),
        *(row.estimate for row in shown.sensitivity),
        *(getattr(shown.bounds, name) for name in ("low", "high", "conf_low", "conf_high")),
        *(shown.second_low, shown.second_high, shown.smallest_detectable),
    ]
    told = [number for number in numbers if number is not None]
    assert len(told) > 5
    assert [number for number in told if number != as_printed(number, shown.scale)] == []
    differences = [value for row in shown.balance for value in (row.before, row.after)]
    assert differences
    assert [value for value in differences if value is not None and value != round(value, 1)] == []
