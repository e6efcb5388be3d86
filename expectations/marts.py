"""Marts: may the analysis rely on what the transformations made?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files

import polars as pl
import yaml

from utfall.analysis.errors import Fault, TransformFailed
from utfall.expectations.contract import Rule
from utfall.expectations.gate import Judged, Verdict, judge
from utfall.expectations.row_rules import violation
from utfall.expectations.rulebook import broken

#: No mart rule names the day of extraction.
_NO_DAY = date(1970, 1, 1)


@cache
def mart_rules() -> dict[str, tuple[Rule, ...]]:
    """Return what each mart must keep, by its name."""
    text = (files("utfall.expectations") / "marts.yml").read_text(encoding="utf-8")
    return {
        mart: tuple(
            Rule(
                id=rule,
                column=kwargs.get("column") or kwargs.get("column_A") or kwargs["column_list"][0],
                expectation=expectation,
                kwargs=kwargs,
                severity="refuse",
            )
            for rule, expectation, kwargs in entries
        )
        for mart, entries in yaml.safe_load(text).items()
    }


def judge_marts(marts: Mapping[str, pl.DataFrame]) -> tuple[Verdict, ...]:
    """Have Great Expectations judge marts.

    Parameters
    ----------
    marts : mapping
        By name; marts without rows or rules are passed over, and so are missing ones.
    """
    return judge(
        Judged(table=name, rows=marts[name], rules=rules, extracted_on=_NO_DAY)
        for name, rules in mart_rules().items()
        if name in marts
    )


def require_marts(marts: Mapping[str, pl.DataFrame]) -> tuple[Verdict, ...]:
    """Return the verdicts on marts that the analysis may rely on.

    Raises
    ------
    TransformFailed
        A mart breaks a rule; the fault says which, in how many rows, and in no row's words.
    """
    verdicts = judge_marts(marts)
    faults = [_fault(verdict, marts) for verdict in verdicts if not verdict.is_kept]
    if faults:
        raise TransformFailed("the marts cannot be relied on", faults)
    return verdicts


def _fault(verdict: Verdict, marts: Mapping[str, pl.DataFrame]) -> Fault:
    place = f"marts.{verdict.table}"
    if not verdict.is_judged:
        return broken("gate_error", file=place, column=verdict.column, name=verdict.rule)
    rows = sum(
        int(marts[verdict.table].select(violation(rule, _NO_DAY).sum()).item())
        for rule in mart_rules()[verdict.table]
        if (rule.id, rule.column) == (verdict.rule, verdict.column)
    )
    return broken(
        "mart_broken", file=place, column=verdict.column, rows=max(rows, 1), name=verdict.rule
    )
