"""Admission: what of a screened delivery enters, counted so that no row is lost?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from utfall.analysis.errors import Fault
from utfall.expectations.gate import Judged, Verdict, judge
from utfall.expectations.rulebook import broken
from utfall.expectations.screening import (
    Screened,
    count_rules,
    raw_rows,
    reference_rules,
    summed,
)

#: One row per rule that a row was set aside for; never a value.
QUARANTINE = {
    "file": pl.String,
    "row": pl.Int32,
    "column": pl.String,
    "rule": pl.String,
    "table": pl.String,
}


@dataclass(frozen=True, slots=True)
class File:
    """Where a table was read from.

    Attributes
    ----------
    shown : str
        The file as messages name it.
    rows_in : int
        Its rows, which the reader held against an independent count.
    columns : mapping
        Canonical to local column.
    """

    shown: str
    rows_in: int
    columns: Mapping[str, str]

    def local(self, canonical: str) -> str:
        """Return a column as the file names it."""
        return self.columns.get(canonical, canonical)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Where the rows of one file went; one about a household counts once, whoever lived there."""

    table: str
    file: str
    rows_in: int
    rows_loaded: int
    rows_quarantined: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """What may enter, what was set aside, and what turns the delivery down after all."""

    tables: dict[str, pl.DataFrame]
    quarantine: pl.DataFrame
    counts: tuple[Count, ...]
    verdicts: tuple[Verdict, ...]
    faults: tuple[Fault, ...]


def admit(
    screened: Mapping[str, Screened],
    files: Mapping[str, File],
    *,
    source: str,
    delivery: str,
    extracted_on: date,
    limit: float,
) -> Admitted:
    """Return the rows that enter, once Great Expectations agrees that they may.

    Parameters
    ----------
    screened : mapping
        Settled tables by name, parents before children.
    files : mapping
        Where each was read from.
    limit : float
        Share of a table's rows, in [0, 1], that may be set aside.

    Notes
    -----
    The rows to set aside were found by our own reading of the declared rules; the gate
    runs the same rules as Great Expectations reads them on what is left. Where the two
    differ the delivery is turned down.
    """
    tables = {
        name: raw_rows(table, source=source, delivery=delivery, file=files[name].shown)
        for name, table in screened.items()
    }
    counts = tuple(
        Count(
            table=name,
            file=files[name].shown,
            rows_in=files[name].rows_in,
            rows_loaded=rows.get_column("source_row").n_unique(),
            rows_quarantined=screened[name].broken.get_column("source_row").n_unique(),
        )
        for name, rows in tables.items()
    )
    rules = {
        name: (*table.contract.rules, *reference_rules(table, screened))
        for name, table in screened.items()
    }
    judged = [
        Judged(table=name, rows=rows, rules=rules[name], extracted_on=extracted_on)
        for name, rows in tables.items()
    ]
    verdicts = judge([counted(counts, limit, extracted_on), *judged])
    faults = [*_limit_faults(screened, files, counts, limit), *_gate_faults(verdicts, files)]
    return Admitted(
        tables=tables,
        quarantine=_quarantine(screened, files),
        counts=counts,
        verdicts=verdicts,
        faults=tuple(faults),
    )


def counted(counts: tuple[Count, ...], limit: float, extracted_on: date) -> Judged:
    """Return the counts of all tables as a table with rules of its own."""
    rows = pl.DataFrame(
        {
            "rows_in": [count.rows_in for count in counts],
            "rows_accounted": [count.rows_loaded + count.rows_quarantined for count in counts],
            "share_quarantined": [
                count.rows_quarantined / max(count.rows_in, 1) for count in counts
            ],
        }
    )
    return Judged(
        table="deliveries", rows=rows, rules=count_rules(limit), extracted_on=extracted_on
    )


def _limit_faults(
    screened: Mapping[str, Screened],
    files: Mapping[str, File],
    counts: tuple[Count, ...],
    limit: float,
) -> Iterator[Fault]:
    """Yield tables with too much set aside, and the rules that did it."""
    for count in counts:
        if count.rows_quarantined <= limit * count.rows_in:
            continue
        file = files[count.table]
        yield broken(
            "quarantine_limit",
            file=count.file,
            rows_quarantined=count.rows_quarantined,
            rows_in=count.rows_in,
            limit=f"{100 * limit:.0f}",
        )
        for rule, column, row, rows in summed(screened[count.table].broken):
            yield broken(rule, file=count.file, row=row, column=file.local(column), rows=rows)


def _gate_faults(verdicts: tuple[Verdict, ...], files: Mapping[str, File]) -> Iterator[Fault]:
    for verdict in verdicts:
        if verdict.is_kept or (verdict.rule == "quarantine_limit" and verdict.is_judged):
            continue
        file = files.get(verdict.table)
        yield broken(
            "gate_failed" if verdict.is_judged else "gate_error",
            file=file.shown if file else None,
            column=file.local(verdict.column) if file else verdict.column,
            name=verdict.rule,
        )


def _quarantine(screened: Mapping[str, Screened], files: Mapping[str, File]) -> pl.DataFrame:
    parts = [pl.DataFrame(schema=QUARANTINE)]
    for name, table in screened.items():
        local = files[name].columns
        parts.append(
            table.broken.select(
                file=pl.lit(files[name].shown),
                row=pl.col("source_row").cast(pl.Int32),
                column=pl.col("column").replace(dict(local)),
                rule=pl.col("rule"),
                table=pl.lit(name),
            )
        )
    return pl.concat(parts).sort("file", "row", "column", "rule")
