"""Row rules: do we and Great Expectations read one declared rule the same way?"""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from utfall.expectations.contract import Reference, Rule, TableContract, load_contracts
from utfall.expectations.gate import Judged, judge
from utfall.expectations.row_rules import broken_rows, orphaned_rows, repeated_rows, violation

EXTRACTED = date(2018, 9, 30)
EVERY_RULE = [
    pytest.param(contract, rule, id=f"{contract.name}-{rule.column}-{rule.id}")
    for contract in (load_contracts()["persons"], load_contracts()["spells"])
    for rule in contract.rules
] + [
    pytest.param(load_contracts()["assistance_months"], rule, id="assistance_months-month")
    for rule in load_contracts()["assistance_months"].rules
    if rule.id == "after_extract"
]


def kept_and_broken(contract: TableContract, rule: Rule) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return two rows that keep a rule, and two of which one breaks it."""
    kept = {column.name: [None, None] for column in contract.columns}
    wrong = dict(kept)
    kwargs, column = rule.kwargs, contract.column(rule.column)
    match rule.expectation:
        case "expect_column_values_to_not_be_null":
            value = date(2017, 1, 1) if column.duckdb_type == "DATE" else 1
            filled = "1" if column.duckdb_type == "VARCHAR" else value
            kept |= {column.name: [filled, filled]}
            wrong |= {column.name: [filled, None]}
            if "row_condition" in kwargs:
                other = kwargs["row_condition"].removesuffix(".notnull()")
                kept |= {other: ["W1", None]}
                wrong |= {other: ["W1", "W1"]}
        case "expect_column_values_to_be_unique":
            kept |= {column.name: ["a", "b"]}
            wrong |= {column.name: ["a", "a"]}
        case "expect_column_values_to_match_regex":
            right = "2017-04" if column.role == "month" else "plain"
            kept |= {column.name: [right, None]}
            wrong |= {column.name: [right, "a b!"]}
        case "expect_column_values_to_be_in_set":
            kept |= {column.name: [kwargs["value_set"][0], None]}
            wrong |= {column.name: [kwargs["value_set"][0], "nonsense"]}
        case "expect_column_value_lengths_to_be_between":
            kept |= {column.name: ["short", None]}
            wrong |= {column.name: ["short", "x" * 500]}
        case "expect_column_values_to_be_between":
            high = kwargs["max_value"]
            edge, beyond = {
                "$extracted_on": (EXTRACTED, date(2018, 10, 1)),
                "$extracted_month": ("2018-09", "2018-10"),
                "$extracted_year": (2018, 2019),
            }.get(high) or (high, high + 1)
            kept |= {column.name: [edge, None]}
            wrong |= {column.name: [edge, beyond]}
        case "expect_column_pair_values_a_to_be_greater_than_b":
            a, b = kwargs["column_A"], kwargs["column_B"]
            is_date = column.duckdb_type == "DATE"
            early, late = (date(2016, 1, 1), date(2017, 1, 1)) if is_date else (1980, 1990)
            kept |= {a: [late, early], b: [late, early]}
            wrong |= {a: [late, early], b: [late, late]}
    schema = {column.name: column.polars_type for column in contract.columns}
    rows = [pl.DataFrame(cells, schema=schema, strict=False) for cells in (kept, wrong)]
    return rows[0], rows[1]


@pytest.mark.parametrize(("contract", "rule"), EVERY_RULE)
def test_great_expectations_agrees_on_what_breaks_a_rule(contract, rule):
    right, wrong = kept_and_broken(contract, rule)
    ours = [bool(rows.select(violation(rule, EXTRACTED).any()).item()) for rows in (right, wrong)]
    theirs = judge(
        Judged(table=name, rows=rows, rules=(rule,), extracted_on=EXTRACTED)
        for name, rows in (("right", right), ("wrong", wrong))
    )
    assert ours == [False, True]
    assert all(verdict.is_judged for verdict in theirs)
    assert [verdict.is_kept for verdict in theirs] == [True, False]


def table(**columns: list[object]) -> pl.DataFrame:
    frame = pl.DataFrame(columns)
    return frame.with_columns(source_row=pl.int_range(2, frame.height + 2, dtype=pl.Int32))


def test_a_broken_rule_names_row_column_and_rule_and_no_value():
    rule = load_contracts()["capacity"].rules[-2]
    assert rule.id == "number_out_of_range"
    rows = table(caseload=[1.0, -5.0])
    lines = broken_rows(rows, [rule], EXTRACTED)
    assert lines.rows() == [(3, "caseload", "number_out_of_range")]


def test_of_equal_rows_the_first_stays_and_of_contradicting_rows_none():
    contract = TableContract(
        name="t",
        grain="g",
        purpose="p",
        is_required=False,
        columns=tuple(load_contracts()["sites"].columns[:3]),
        key=("site", "programme"),
        rules=(),
    )
    rows = table(
        site=["a", "a", "b", "b", "c"],
        programme=["x"] * 5,
        municipality=["m", "m", "m", "n", "m"],
    )
    assert repeated_rows(rows, contract).rows() == [
        (3, "site", "duplicate_row"),
        (4, "site", "duplicate_key"),
        (5, "site", "duplicate_key"),
    ]


def test_a_row_that_refers_to_nobody_is_told_from_one_whose_parent_was_set_aside():
    reference = Reference(id="orphan_person", columns=("p",), table="persons", to=("person_id",))
    delivered = table(person_id=["a", "b"])
    kept = delivered.filter(pl.col("person_id") == "a")
    lines = orphaned_rows(table(p=["a", "b", "c", None]), reference, delivered, kept)
    assert lines.sort("source_row").rows() == [
        (3, "p", "parent_quarantined"),
        (4, "p", "orphan_person"),
    ]


def test_a_rule_that_we_cannot_read_is_no_rule():
    rule = Rule(id="r", column="c", expectation="expect_column_to_exist", kwargs={"column": "c"})
    with pytest.raises(ValueError, match="expect_column_to_exist"):
        violation(rule, EXTRACTED)


def test_a_set_of_known_ids_may_be_a_column_of_another_table():
    rule = Rule(
        id="r",
        column="n",
        expectation="expect_column_values_to_be_in_set",
        kwargs={"column": "n", "value_set": pl.Series(["a"])},
    )
    frame = pl.DataFrame({"n": ["a", "b", None]})
    found = frame.select(violation(rule, date(2020, 1, 1))).to_series().to_list()
    assert found == [False, True, False]
