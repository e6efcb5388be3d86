"""Gate: do the rows that are about to be used keep every rule that was declared?"""

from __future__ import annotations

import datetime
import logging
import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from utfall.expectations.contract import Rule
from utfall.expectations.row_rules import violation, with_parameters

#: Above this many rows the violations are counted first and Great Expectations judges the
#: counts: the same declared rules, one pass instead of one pandas copy per rule.
MOST_ROWS = 20_000


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
    context = _quiet_context()
    source = context.data_sources.add_pandas("utfall")
    verdicts: list[Verdict] = []
    for number, table in enumerate(judged):
        asset = source.add_dataframe_asset(f"{number}_{table.table}")
        whole = asset.add_batch_definition_whole_dataframe("whole")
        held = _with_held_columns(table)
        if not held.rules:
            verdicts += [_verdict(table, rule, None) for rule in table.rules]
            continue
        by_counts = table.rows.height > most_rows
        frame, expectations = _counted(held) if by_counts else _whole(held)
        found = _validated(whole.get_batch({"dataframe": frame}), expectations)
        results = {id(rule): result for rule, result in zip(held.rules, found, strict=True)}
        verdicts += [_verdict(table, rule, results.get(id(rule))) for rule in table.rules]
    return tuple(verdicts)


def _with_held_columns(table: Judged) -> Judged:
    """Return a table with only the rules on columns that it has; the others stay unjudged."""
    has = set(table.rows.columns)
    return replace(
        table, rules=tuple(rule for rule in table.rules if has.issuperset(_columns(rule)))
    )


def kept(verdicts: Sequence[Verdict]) -> bool:
    """Return whether every rule was judged and kept."""
    return all(verdict.is_kept and verdict.is_judged for verdict in verdicts)


def _quiet_context() -> Any:
    """Return a context that writes nothing, shows no bars and calls nobody."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig

        context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    return context


def _whole(table: Judged) -> tuple[Any, list[Any]]:
    """Return the rows in pandas and one expectation per rule, as declared."""
    import pandas as pd

    used = sorted({name for rule in table.rules for name in _columns(rule)})
    decimals = [name for name in used if isinstance(table.rows.schema[name], pl.Decimal)]
    frame = table.rows.select(used).cast(dict.fromkeys(decimals, pl.Float64)).to_pandas()
    expectations = []
    for rule in table.rules:
        kwargs = {
            name: pd.Timestamp(value) if isinstance(value, datetime.date) else value
            for name, value in with_parameters(rule.kwargs, table.extracted_on).items()
        }
        expectations.append(_expectation(rule.expectation, kwargs))
    return frame, expectations


def _counted(table: Judged) -> tuple[Any, list[Any]]:
    """Return one row of violations per rule, and the expectation that each is none."""
    counts = table.rows.select(
        violation(rule, table.extracted_on).sum().cast(pl.Int64).alias(f"rule_{number}")
        for number, rule in enumerate(table.rules)
    )
    expectations = [
        _expectation(
            "expect_column_values_to_be_between",
            {"column": name, "min_value": 0, "max_value": 0},
        )
        for name in counts.columns
    ]
    return counts.to_pandas(), expectations


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


def _validated(batch: Any, expectations: Sequence[Any]) -> list[Any]:
    """Return the results in the order of the expectations; the library reorders them."""
    from great_expectations import ExpectationSuite

    for number, expectation in enumerate(expectations):
        expectation.meta = {"number": number}
    suite = ExpectationSuite(name="utfall", expectations=list(expectations))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = batch.validate(suite, result_format="BOOLEAN_ONLY")
    found = {item.expectation_config.meta["number"]: item for item in result.results}
    return [found.get(number) for number in range(len(expectations))]


def _verdict(table: Judged, rule: Rule, result: Any | None) -> Verdict:
    return Verdict(
        table=table.table,
        rule=rule.id,
        column=rule.column,
        expectation=rule.expectation,
        kahn=rule.kahn,
        is_kept=result is not None and bool(result.success),
        is_judged=result is not None and not _raised(result.exception_info),
    )


def _raised(info: Mapping[str, Any] | None) -> bool:
    """Return whether an expectation failed to run; an error there looks like a plain no."""
    if not info:
        return False
    if "raised_exception" in info:
        return bool(info["raised_exception"])
    return any(_raised(part) if isinstance(part, Mapping) else True for part in info.values())
