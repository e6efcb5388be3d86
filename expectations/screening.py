"""Screening: which rows of a delivery are set aside, and when is the whole turned down?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from utfall.expectations.contract import Rule, TableContract, raw_schema
from utfall.expectations.conversion import Notation, convert
from utfall.expectations.row_rules import broken_rows, orphaned_rows, repeated_rows

#: Rules of conversion that say that the whole file is not what it was declared to be.
REFUSING = frozenset({"code_unmapped"})


@dataclass(frozen=True, kw_only=True)
class Screened:
    """One table, converted and held against the rules that need no other table.

    Attributes
    ----------
    delivered : pl.DataFrame
        Every row, typed, with ``source_row``.
    broken : pl.DataFrame
        ``source_row, column, rule`` of what sets a row aside.
    refusing : pl.DataFrame
        The same of what turns the file down.
    """

    contract: TableContract
    delivered: pl.DataFrame
    broken: pl.DataFrame
    refusing: pl.DataFrame

    @cached_property
    def kept(self) -> pl.DataFrame:
        """Return the rows that break nothing."""
        return without(self.delivered, self.broken)

    @property
    def refused(self) -> Iterator[tuple[str, str, int, int]]:
        """Return rule, column, first row and number of rows of what turns the file down."""
        return summed(self.refusing)


def without(rows: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of a table that no line of broken rules names."""
    if lines.is_empty():
        return rows
    return rows.join(lines.select("source_row").unique(), on="source_row", how="anti")


def screen(
    text: pl.DataFrame, contract: TableContract, notation: Notation, extracted_on: date
) -> Screened:
    """Return a table in its types, and what each row of it breaks by itself.

    Parameters
    ----------
    text : pl.DataFrame
        Canonical columns as text, and ``source_row``.

    Notes
    -----
    A cell that could not be read is reported once, not also as blank. Keys are compared
    among the rows that are otherwise right, so that a row repeated because it was mended
    does not fall with the one that it mends.
    """
    converted = convert(text, contract, notation)
    rules = [rule for rule in contract.rules if rule.id != "duplicate_key"]
    by_rule = broken_rows(converted.rows, rules, extracted_on)
    by_rule = by_rule.join(converted.broken, on=["source_row", "column"], how="anti")
    lines = pl.concat([converted.broken, by_rule])
    severe = REFUSING | {rule.id for rule in rules if rule.severity == "refuse"}
    is_severe = pl.col("rule").is_in(list(severe))
    lines, refusing = lines.filter(~is_severe), lines.filter(is_severe)
    repeated = repeated_rows(without(converted.rows, lines), contract)
    return Screened(
        contract=contract,
        delivered=converted.rows,
        broken=pl.concat([lines, repeated]).sort("source_row", "column", "rule"),
        refusing=refusing.sort("source_row", "column", "rule"),
    )


def settle(tables: Mapping[str, Screened]) -> dict[str, Screened]:
    """Return the tables with rows that refer to nobody set aside as well.

    Parameters
    ----------
    tables : mapping
        By name, parents before children. A reference to a table that the delivery does not
        hold is not judged here.
    """
    settled: dict[str, Screened] = {}
    for name, table in tables.items():
        lines = [table.broken]
        for reference in table.contract.references:
            if reference.table in settled:
                parent = settled[reference.table]
                left = without(table.delivered, pl.concat(lines))
                lines.append(orphaned_rows(left, reference, parent.delivered, parent.kept))
        settled[name] = Screened(
            contract=table.contract,
            delivered=table.delivered,
            broken=pl.concat(lines).sort("source_row", "column", "rule"),
            refusing=table.refusing,
        )
    return settled


def raw_rows(table: Screened, *, source: str, delivery: str, file: str) -> pl.DataFrame:
    """Return the rows that may enter, as the raw table has them: typed, with their origin."""
    origin = {"source": source, "delivery": delivery, "source_file": file}
    rows = table.kept.sort("source_row", maintain_order=True).with_columns(
        pl.lit(value, dtype=pl.String).alias(name) for name, value in origin.items()
    )
    schema = raw_schema(table.contract)
    return rows.select(pl.col(name).cast(kind) for name, kind in schema.items())


def summed(lines: pl.DataFrame) -> Iterator[tuple[str, str, int, int]]:
    """Yield rule, column, first row and number of rows of broken rules."""
    by_rule = lines.group_by("rule", "column").agg(
        first=pl.col("source_row").min(), rows=pl.col("source_row").n_unique()
    )
    yield from (
        by_rule.sort("first", "column", "rule")
        .select("rule", "column", "first", "rows")
        .iter_rows()
    )


def reference_rules(table: Screened, parents: Mapping[str, Screened]) -> tuple[Rule, ...]:
    """Return a table's references as rules on its own columns, for the gate.

    Only references of one column: the expectation compares one column with a set.
    """
    rules = []
    for reference in table.contract.references:
        if reference.table in parents and len(reference.columns) == 1:
            (column,), (to,) = reference.columns, reference.to
            known = parents[reference.table].kept.get_column(to).drop_nulls().unique()
            rules.append(
                Rule(
                    id=reference.id,
                    column=column,
                    expectation="expect_column_values_to_be_in_set",
                    kwargs={"column": column, "value_set": known},
                    kahn="conformance",
                )
            )
    return tuple(rules)


def count_rules(limit: float) -> tuple[Rule, ...]:
    """Return the rules that the counts of all tables keep: nothing lost, little set aside.

    Parameters
    ----------
    limit : float
        Share of a table's rows, in [0, 1], that may be set aside.
    """
    return (
        Rule(
            id="records_lost",
            column="rows_in",
            expectation="expect_column_pair_values_to_be_equal",
            kwargs={"column_A": "rows_in", "column_B": "rows_accounted"},
            severity="refuse",
            kahn="completeness",
        ),
        Rule(
            id="quarantine_limit",
            column="share_quarantined",
            expectation="expect_column_values_to_be_between",
            kwargs={"column": "share_quarantined", "max_value": limit},
            severity="refuse",
        ),
    )
