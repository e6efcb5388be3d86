"""Conversion: does a cell become what it says, or nothing at all?"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest

from utfall.expectations.contract import Column, TableContract
from utfall.expectations.conversion import Converted, Notation, convert

NO_CELLS = [None, "", "  ", "\u00a0"]


def column(kind: str, **more: object) -> Column:
    return Column(name="c", duckdb_type=kind, description="A column.", **more)  # type: ignore[arg-type]


def converted(cells: list[str | None], of: Column, **notation: object) -> Converted:
    contract = TableContract(
        name="t", grain="g", purpose="p", is_required=False, columns=(of,), key=("c",), rules=()
    )
    text = pl.DataFrame({"c": pl.Series(cells, dtype=pl.String)}).with_row_index("source_row", 2)
    return convert(text, contract, Notation(**notation))  # type: ignore[arg-type]


def values(result: Converted) -> list[object]:
    return result.rows.get_column("c").to_list()


def rules(result: Converted) -> list[tuple[int, str]]:
    return result.broken.select("source_row", "rule").sort("source_row").rows()


@pytest.mark.parametrize(
    "kind", ["VARCHAR", "DATE", "INTEGER", "DOUBLE", "BOOLEAN", "TIMESTAMP", "DECIMAL(9,2)"]
)
def test_a_blank_is_nothing_and_no_fault(kind):
    result = converted(NO_CELLS, column(kind))
    assert values(result) == [None] * 4
    assert result.broken.is_empty()


def test_dates_are_read_as_declared_and_never_guessed():
    cells = ["2017-04-03", "20170403", "03/04/2017", "2017-02-30"]
    assert values(converted(cells, column("DATE"))) == [date(2017, 4, 3), None, None, None]
    result = converted(["03/04/2017"], column("DATE"), formats={"c": "%d/%m/%Y"})
    assert values(result) == [date(2017, 4, 3)]


def test_a_date_with_a_digit_lost_is_no_date():
    result = converted(["20171101", "2017111"], column("DATE"), formats={"c": "%Y%m%d"})
    assert values(result) == [date(2017, 11, 1), None]
    assert rules(result) == [(3, "date_unreadable")]


def test_a_spreadsheets_number_for_a_date_is_told_apart():
    assert rules(converted(["42779", "42779.0"], column("DATE"))) == [
        (2, "date_serial"),
        (3, "date_serial"),
    ]


def test_an_open_end_is_blank_only_where_an_end_may_be_open():
    ends = {"open_ends": frozenset({"9999-12-31"})}
    open_ended = converted(["9999-12-31"], column("DATE", is_open_ended=True), **ends)
    assert values(open_ended) == [None]
    assert open_ended.broken.is_empty()
    assert rules(converted(["9999-12-31"], column("DATE"), **ends)) == [(2, "date_implausible")]


def test_an_undeclared_open_end_is_implausible():
    result = converted(["2099-12-31"], column("DATE", is_open_ended=True))
    assert rules(result) == [(2, "date_implausible")]


@pytest.mark.parametrize(
    ("cell", "decimal", "expected"),
    [
        ("7600,50", ",", Decimal("7600.50")),
        ("7600.50", ".", Decimal("7600.50")),
        ("-12", ",", Decimal("-12.00")),
        ("7600.50", ",", None),
        ("7 600,50", ",", None),
        ("1e3", ".", None),
        ("NaN", ".", None),
    ],
)
def test_money_is_read_with_the_declared_mark_and_exactly(cell, decimal, expected):
    result = converted([cell], column("DECIMAL(9,2)"), decimal=decimal)
    assert values(result) == [expected]
    assert rules(result) == ([(2, "number_unreadable")] if expected is None else [])


def test_a_number_too_large_for_its_column_is_no_number():
    assert rules(converted(["1234567890"], column("DECIMAL(9,2)"))) == [(2, "number_unreadable")]


def test_half_a_child_is_no_whole_number():
    result = converted(["2", "2,5", "2.0", "02"], column("INTEGER"), decimal=",")
    assert values(result) == [2, None, None, 2]


def test_floating_numbers_may_carry_an_exponent():
    assert values(converted(["1e-05", "9930.0458984375"], column("DOUBLE"))) == [
        1e-05,
        9930.0458984375,
    ]


def test_codes_are_compared_without_case_blanks_or_composition():
    sex = column("VARCHAR", role="code", codes=("woman", "man"))
    result = converted([" k", "K", "M\u00a0", "X"], sex, codes={"c": {"k": "woman", "m": "man"}})
    assert values(result) == ["woman", "woman", "man", None]
    assert rules(result) == [(5, "code_unmapped")]


def test_a_blank_has_a_meaning_only_where_the_code_list_gives_it_one():
    education = column("VARCHAR", role="code", codes=("compulsory", "unknown"))
    told = {"c": {"2": "compulsory", "": "unknown"}}
    assert values(converted(["2", ""], education, codes=told)) == ["compulsory", "unknown"]
    untold = {"c": {"2": "compulsory"}}
    assert values(converted(["2", ""], education, codes=untold)) == ["compulsory", None]


def test_canonical_codes_need_no_code_list():
    sex = column("VARCHAR", role="code", codes=("woman", "man"))
    assert values(converted(["Woman", "man"], sex)) == ["woman", "man"]


def test_a_flag_with_a_code_list_takes_no_other_word():
    flags = {"c": {"j": "1", "n": "0"}}
    result = converted(["J", "N", "1", "?"], column("BOOLEAN"), codes=flags)
    assert values(result) == [True, False, None, None]
    assert rules(result) == [(4, "code_unmapped"), (5, "code_unmapped")]
    assert rules(converted(["ja"], column("BOOLEAN"))) == [(2, "flag_unreadable")]


def test_months_of_any_declared_format_are_written_alike():
    month = column("VARCHAR", role="month")
    result = converted(["201704", "201713"], month, formats={"c": "%Y%m"})
    assert values(result) == ["2017-04", None]
    assert rules(result) == [(3, "month_malformed")]


def test_times_are_read_with_and_without_seconds():
    cells = ["2017-04-03 10:15", "2017-04-03T10:15:30", "2017-04-03", "10:15"]
    result = converted(cells, column("TIMESTAMP"))
    assert values(result) == [
        datetime(2017, 4, 3, 10, 15),
        datetime(2017, 4, 3, 10, 15, 30),
        datetime(2017, 4, 3),
        None,
    ]
    assert rules(result) == [(5, "timestamp_unreadable")]


def test_names_of_programmes_lose_their_case():
    assert values(converted(["AMA "], column("VARCHAR", role="slug"))) == ["ama"]


def test_a_column_that_was_not_delivered_is_blank_in_its_type():
    contract = TableContract(
        name="t",
        grain="g",
        purpose="p",
        is_required=False,
        columns=(column("DATE"),),
        key=("c",),
        rules=(),
    )
    text = pl.DataFrame({"source_row": [2, 3]})
    rows = convert(text, contract, Notation()).rows
    assert rows.schema["c"] == pl.Date
    assert rows.get_column("c").null_count() == 2
