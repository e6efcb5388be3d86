"""Gate: do the rows that are about to be used keep every rule that was declared?"""

from __future__ import annotations

import datetime
import logging
import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import polars as pl

from utfall.expectations.contract import Rule
from utfall.expectations.row_rules import violation, with_parameters

#: Above this many rows the violations are counted first and Great Expectations judges the
#: counts: the same declared rules, one pass for all tables instead of one pandas copy per rule.
MOST_ROWS = 500

#: Ends the name of a column of months as numbers.
_NUMBERED = " as a number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What Great Expectations found of one rule in one table. Holds no value.

    Attributes
    ----------
    is_kept : bool
        No row breaks the rule.
    is_judged : bool
        False where the expectation itself failed to run; such a rule counts as not kept.
    """

    table: str
    rule: str
    column: str
    expectation: str
    kahn: str
    is_kept: bool
    is_judged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One table and the rules that it is held against.

    Attributes
    ----------
    rows : pl.DataFrame
        Typed rows; more columns than the rules name do no harm.
    """

    table: str
    rows: pl.DataFrame
    rules: tuple[Rule, ...]
    extracted_on: datetime.date


def judge(tables: Iterable[Judged], *, most_rows: int = MOST_ROWS) -> tuple[Verdict, ...]:
    """Have Great Expectations judge tables against their declared rules.

    Parameters
    ----------
    tables : iterable of Judged
        All in one call: the library takes seconds to load, and is loaded here.
    most_rows : int
        Tables with more rows are judged by their number of violations per rule.

    Returns
    -------
    tuple of Verdict
        One per table and rule, in the order given.
    """
    judged = [table for table in tables if table.rows.height and table.rules]
    if not judged:
        return ()
    source = _quiet_context().data_sources.add_pandas("utfall")
    results: dict[tuple[int, int], _Result] = {}
    large = {n: table for n, table in enumerate(judged) if table.rows.height > most_rows}
    results |= _judged_by_counts(source, large)
    for number, table in enumerate(judged):
        if number not in large:
            results |= _judged_by_rows(source, number, table)
    return tuple(
        _verdict(table, rule, results.get((number, place), _UNJUDGED))
        for number, table in enumerate(judged)
        for place, rule in enumerate(table.rules)
    )


class _Result(NamedTuple):
    is_kept: bool
    is_judged: bool


_UNJUDGED = _Result(is_kept=False, is_judged=False)


def _judged_by_rows(source: Any, number: int, table: Judged) -> dict[tuple[int, int], _Result]:
    """Return the result of each rule on a table's rows; rules on columns it lacks have none."""
    has = set(table.rows.columns)
    places = [place for place, rule in enumerate(table.rules) if has.issuperset(_columns(rule))]
    if not places:
        return {}
    rules = [table.rules[place] for place in places]
    batch = _batch(source, f"{number}_{table.table}", _in_pandas(table.rows, rules))
    declared = [_declared(rule, table.extracted_on) for rule in rules]
    found = _validated(batch, declared, "BOOLEAN_ONLY")
    return {
        (number, place): _Result(bool(item.success), not _raised(item.exception_info))
        for place, item in zip(places, found, strict=True)
    }


def _judged_by_counts(source: Any, tables: Mapping[int, Judged]) -> dict[tuple[int, int], _Result]:
    """Return the result of each rule on large tables, from their violations: one expectation.

    The list of what was unexpected is asked for here, and holds numbers of rules and counts.
    """
    counts = [
        (number, place, count)
        for number, table in tables.items()
        for place, count in enumerate(_violations(table, table.rules))
    ]
    counted = [(number, place, count) for number, place, count in counts if count is not None]
    if not counted:
        return {}
    schema = {"table": pl.Int64, "rule": pl.Int64, "violations": pl.Int64}
    frame = pl.DataFrame(counted, schema=schema, orient="row").to_pandas()
    none = {"column": "violations", "min_value": 0, "max_value": 0}
    (item,) = _validated(
        _batch(source, "violations", frame),
        [_expectation("expect_column_values_to_be_between", none)],
        {
            "result_format": "COMPLETE",
            "unexpected_index_column_names": ["table", "rule"],
            "include_unexpected_rows": False,
            "return_unexpected_index_query": False,
        },
    )
    is_judged = not _raised(item.exception_info)
    listed = item.result.get("unexpected_index_list") or []
    broken = {(int(entry["table"]), int(entry["rule"])) for entry in listed}
    # A no without a list of what was unexpected condemns every rule.
    is_listed = bool(item.success) or bool(broken)
    return {
        (number, place): _Result(is_listed and (number, place) not in broken, is_judged)
        for number, place, _ in counted
    }


def _violations(table: Judged, rules: Sequence[Rule]) -> list[int | None]:
    """Return how many rows break each rule; None where that cannot be said."""
    try:
        counts = table.rows.select(
            violation(rule, table.extracted_on).sum().alias(str(place))
            for place, rule in enumerate(rules)
        )
    except pl.exceptions.PolarsError:
        return [None] if len(rules) == 1 else [_violations(table, [rule])[0] for rule in rules]
    return [int(count) for count in counts.row(0)]


def kept(verdicts: Sequence[Verdict]) -> bool:
    """Return whether every rule was judged and kept."""
    return all(verdict.is_kept and verdict.is_judged for verdict in verdicts)


def load_library() -> None:
    """Load Great Expectations, quietly; what is judged later need not wait for it."""
    _quiet_context()


def _quiet_context() -> Any:
    """Return a context that writes nothing, shows no bars and calls nobody."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    _hush()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig

        _hush()
        context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context


def _hush() -> None:
    """Silence every logger of the library that exists.

    Some of its modules set a level of their own when they are imported: quieting the parent
    alone, or quieting once, lets them speak on.
    """
    for name in ("great_expectations", *logging.root.manager.loggerDict):
        if name.split(".")[0] == "great_expectations":
            logging.getLogger(name).setLevel(logging.CRITICAL)


def _batch(source: Any, name: str, frame: Any) -> Any:
    asset = source.add_dataframe_asset(name)
    return asset.add_batch_definition_whole_dataframe("whole").get_batch({"dataframe": frame})


def _in_pandas(rows: pl.DataFrame, rules: Sequence[Rule]) -> Any:
    """Return the columns that rules speak of as a pandas frame."""
    used = sorted({name for rule in rules for name in _columns(rule)})
    decimals = [name for name in used if isinstance(rows.schema[name], pl.Decimal)]
    months = [str(rule.kwargs["column"]) for rule in rules if _bounds_months(rule)]
    numbered = (_month_number(pl.col(name)).alias(f"{name}{_NUMBERED}") for name in months)
    found = rows.select(used).with_columns(numbered)
    return found.cast(dict.fromkeys(decimals, pl.Float64)).to_pandas()


def _bounds_months(rule: Rule) -> bool:
    return rule.kwargs.get("max_value") == "$extracted_month"


def _month_number(month: pl.Expr) -> pl.Expr:
    """Return months as numbers: the library compares numbers and times, not text."""
    return month.str.slice(0, 4).cast(pl.Int64) * 12 + month.str.slice(5).cast(pl.Int64)


def _declared(rule: Rule, extracted_on: datetime.date) -> Any:
    """Return a rule as the expectation that it was declared as."""
    import pandas as pd

    kwargs = with_parameters(rule.kwargs, extracted_on)
    if _bounds_months(rule):
        kwargs["column"] += _NUMBERED
        kwargs["max_value"] = extracted_on.year * 12 + extracted_on.month
    for name, value in kwargs.items():
        if isinstance(value, datetime.date):
            kwargs[name] = pd.Timestamp(value)
        elif isinstance(value, pl.Series):
            kwargs[name] = value.to_list()
    return _expectation(rule.expectation, kwargs)


def _columns(rule: Rule) -> list[str]:
    kwargs = rule.kwargs
    condition = str(kwargs.get("row_condition") or "").removesuffix(".notnull()")
    named = [kwargs.get("column"), kwargs.get("column_A"), kwargs.get("column_B"), condition]
    return [name for name in (*named, *kwargs.get("column_list", ())) if name]


def _expectation(kind: str, kwargs: Mapping[str, Any]) -> Any:
    from great_expectations.expectations.registry import get_expectation_impl
    from great_expectations.expectations.row_conditions import Column

    arguments = dict(kwargs)
    if condition := arguments.pop("row_condition", None):
        arguments["row_condition"] = Column(condition.removesuffix(".notnull()")).is_not_null()
    return get_expectation_impl(kind)(**arguments)


def _validated(batch: Any, expectations: Sequence[Any], result_format: Any) -> list[Any]:
    """Return the results in the order of the expectations; the library reorders them."""
    from great_expectations import ExpectationSuite

    for number, expectation in enumerate(expectations):
        expectation.meta = {"number": number}
    suite = ExpectationSuite(name="utfall", expectations=list(expectations))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = batch.validate(suite, result_format=result_format)
    found = {item.expectation_config.meta["number"]: item for item in result.results}
    return [found[number] for number in range(len(expectations))]


def _verdict(table: Judged, rule: Rule, result: _Result) -> Verdict:
    return Verdict(
        table=table.table,
        rule=rule.id,
        column=rule.column,
        expectation=rule.expectation,
        kahn=rule.kahn,
        is_kept=result.is_kept and result.is_judged,
        is_judged=result.is_judged,
    )


def _raised(info: Mapping[str, Any] | None) -> bool:
    """Return whether an expectation failed to run; an error there looks like a plain no."""
    if not info:
        return False
    if "raised_exception" in info:
        return bool(info["raised_exception"])
    return any(_raised(part) if isinstance(part, Mapping) else True for part in info.values())
