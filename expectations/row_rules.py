"""Row rules: which rows break a declared rule, told without Great Expectations?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import polars as pl

from utfall.expectations.contract import Reference, Rule, TableContract

#: One row per broken rule: the row of the file, the canonical column, the rule's code.
BROKEN = {"source_row": pl.Int32, "column": pl.String, "rule": pl.String}


def violation(rule: Rule, extracted_on: date) -> pl.Expr:
    """Return the expression that is true where a row breaks a rule.

    The rule is declared in the words of Great Expectations; a gate that runs those words
    on the rows that are left must find none, so the two readings watch each other.

    Raises
    ------
    ValueError
        The expectation has no reading here.

    Examples
    --------
    >>> rule = Rule(
    ...     id="r",
    ...     column="n",
    ...     expectation="expect_column_values_to_be_between",
    ...     kwargs={"column": "n", "max_value": 3},
    ... )
    >>> frame = pl.DataFrame({"n": [1, 4, None]})
    >>> frame.select(violation(rule, date(2020, 1, 1))).to_series().to_list()
    [False, True, False]
    """
    kwargs = with_parameters(rule.kwargs, extracted_on)
    return _read(rule.expectation, kwargs).fill_null(False)


def with_parameters(kwargs: Mapping[str, Any], extracted_on: date) -> dict[str, Any]:
    """Return an expectation's arguments with the day, month or year of extraction filled in."""
    known = {
        "$extracted_on": extracted_on,
        "$extracted_month": f"{extracted_on:%Y-%m}",
        "$extracted_year": extracted_on.year,
    }
    return {
        name: known.get(value, value) if isinstance(value, str) else value
        for name, value in kwargs.items()
    }


def _read(expectation: str, kwargs: Mapping[str, Any]) -> pl.Expr:
    return _condition(kwargs) & _breaks(expectation, kwargs)


def _breaks(expectation: str, kwargs: Mapping[str, Any]) -> pl.Expr:
    match expectation:
        case "expect_column_values_to_not_be_null":
            return pl.col(kwargs["column"]).is_null()
        case "expect_column_values_to_be_in_set":
            known = kwargs["value_set"]
            members = known.implode() if isinstance(known, pl.Series) else known
            return ~pl.col(kwargs["column"]).is_in(members)
        case "expect_column_values_to_match_regex":
            return ~pl.col(kwargs["column"]).str.contains(kwargs["regex"])
        case "expect_column_values_to_be_between":
            return _outside(pl.col(kwargs["column"]), kwargs)
        case "expect_column_value_lengths_to_be_between":
            return _outside(pl.col(kwargs["column"]).str.len_chars(), kwargs)
        case "expect_column_pair_values_to_be_equal":
            return pl.col(kwargs["column_A"]) != pl.col(kwargs["column_B"])
        case "expect_column_pair_values_a_to_be_greater_than_b":
            return pl.col(kwargs["column_A"]) < pl.col(kwargs["column_B"])
        case "expect_column_values_to_be_unique":
            return pl.col(kwargs["column"]).is_duplicated()
        case "expect_compound_columns_to_be_unique":
            return pl.struct(kwargs["column_list"]).is_duplicated()
    raise ValueError(f"{expectation} has no reading as a row rule")


def _outside(value: pl.Expr, kwargs: Mapping[str, Any]) -> pl.Expr:
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    below = value < low if low is not None else pl.lit(False)
    above = value > high if high is not None else pl.lit(False)
    return below | above


def _condition(kwargs: Mapping[str, Any]) -> pl.Expr:
    condition = kwargs.get("row_condition")
    if condition is None:
        return pl.lit(True)
    return pl.col(str(condition).removesuffix(".notnull()")).is_not_null()


def broken_rows(rows: pl.DataFrame, rules: Iterable[Rule], extracted_on: date) -> pl.DataFrame:
    """Return which rows break which of some rules, one line per row and rule.

    Parameters
    ----------
    rows : pl.DataFrame
        Typed canonical columns and ``source_row``.

    Returns
    -------
    pl.DataFrame
        ``source_row, column, rule``, without any value.
    """
    judged = list(rules)
    masks = rows.select(
        violation(rule, extracted_on).alias(str(number)) for number, rule in enumerate(judged)
    )
    parts = [
        marked(rows, masks.get_column(str(number)), rule.column, rule.id)
        for number, rule in enumerate(judged)
        if masks.get_column(str(number)).any()
    ]
    return pl.concat(parts) if parts else pl.DataFrame(schema=BROKEN)


def marked(rows: pl.DataFrame, mask: pl.Series, column: str, rule: str) -> pl.DataFrame:
    """Return the rows of a mask as lines of broken rules."""
    return rows.filter(mask).select(
        pl.col("source_row").cast(pl.Int32), column=pl.lit(column), rule=pl.lit(rule)
    )


def repeated_rows(rows: pl.DataFrame, contract: TableContract) -> pl.DataFrame:
    """Return rows that repeat an earlier one, and rows whose key another row contradicts.

    Of equal rows the first stays. Of rows that share a key and differ none stays, since
    nothing says which of them is right.
    """
    if not rows.select(pl.struct(contract.key).is_duplicated().any()).item():
        return pl.DataFrame(schema=BROKEN)
    earlier = ~rows.select(pl.struct(contract.names).is_first_distinct()).to_series()
    once = rows.filter(~earlier)
    contradicted = once.select(pl.struct(contract.key).is_duplicated()).to_series()
    column = contract.key[0]
    return pl.concat(
        [
            marked(rows, earlier, column, "duplicate_row"),
            marked(once, contradicted, column, "duplicate_key"),
        ]
    )


def orphaned_rows(
    rows: pl.DataFrame, reference: Reference, delivered: pl.DataFrame, kept: pl.DataFrame
) -> pl.DataFrame:
    """Return rows that refer to no row of a parent table.

    Parameters
    ----------
    delivered : pl.DataFrame
        The parent table as it was delivered.
    kept : pl.DataFrame
        What was left of it; a row that refers to one set aside is set aside as well, under
        a rule of its own.
    """
    columns = list(reference.columns)
    known = rows.select("source_row", *columns).drop_nulls(columns)
    never = _without(known, reference, delivered)
    set_aside = never.clear()
    if kept.height < delivered.height:
        left = known.join(never.select("source_row"), on="source_row", how="anti")
        set_aside = _without(left, reference, kept)
    column = columns[0]
    return pl.concat(
        [
            marked(never, _all(never), column, reference.id),
            marked(set_aside, _all(set_aside), column, "parent_quarantined"),
        ]
    )


def _without(rows: pl.DataFrame, reference: Reference, parent: pl.DataFrame) -> pl.DataFrame:
    keys = parent.select(reference.to)
    return rows.join(keys, left_on=reference.columns, right_on=reference.to, how="anti")


def _all(rows: pl.DataFrame) -> pl.Series:
    return pl.repeat(True, rows.height, eager=True)
