"""Orphans: which rows refer to a row that no delivery of their source holds any longer?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import polars as pl

from utfall.analysis.errors import DeliveryRefused, Fault
from utfall.expectations.contract import Reference, TableContract, load_contracts
from utfall.expectations.row_rules import BROKEN, orphaned_rows
from utfall.expectations.rulebook import broken
from utfall.expectations.screening import summed, without
from utfall.pipelines.admission import QUARANTINE, Count
from utfall.pipelines.delivery import Delivery

#: Share of a table's rows that may be set aside because another delivery changed.
MOST = 0.2


def rejudged(standing: Sequence[Delivery]) -> list[Delivery]:
    """Return deliveries without the rows whose reference no delivery of the source keeps.

    A delivery is read by itself: what it refers to may lie in another, which may be corrected
    later. So references are held once more against all that stands.

    Parameters
    ----------
    standing : sequence of Delivery
        With the rows on which each has the last word.

    Raises
    ------
    DeliveryRefused
        More than a fifth of a table would be set aside: the correction rather than the table
        is at fault.
    """
    settled = list(standing)
    for source in sorted({one.source for one in standing}):
        places = [n for n, one in enumerate(standing) if one.source == source]
        for n, one in zip(places, _of_source([settled[n] for n in places]), strict=True):
            settled[n] = one
    return settled


def _of_source(held: list[Delivery]) -> list[Delivery]:
    faults: list[Fault] = []
    for name, contract in load_contracts().items():
        before = {n: one.tables[name] for n, one in enumerate(held) if name in one.tables}
        lines = {n: _orphans(rows, contract, held) for n, rows in before.items()}
        lost = sum(one["source_row"].n_unique() for one in lines.values())
        total = sum(rows["source_row"].len() for rows in before.values())
        if lost > MOST * total:
            faults += _too_many(held, name, lines, lost, total)
        for n, found in lines.items():
            if found.height:
                held[n] = _without(held[n], name, found)
    if faults:
        raise DeliveryRefused("the deliveries contradict each other; nothing was stored", faults)
    return held


def _orphans(rows: pl.DataFrame, contract: TableContract, held: Sequence[Delivery]) -> pl.DataFrame:
    """Return the rows of one delivery's table that refer to nothing that stands."""
    lines = [pl.DataFrame(schema=BROKEN)]
    for reference in contract.references:
        parents = _parents(reference, held)
        if parents is not None:
            left = without(rows, pl.concat(lines))
            lines.append(orphaned_rows(left, reference, parents, parents))
    return pl.concat(lines)


def _parents(reference: Reference, held: Sequence[Delivery]) -> pl.DataFrame | None:
    """Return the keys that can be referred to, None where no delivery holds the table."""
    columns = list(reference.to)
    found = [
        one.tables[reference.table].select(columns) for one in held if reference.table in one.tables
    ]
    return pl.concat(found).unique() if found else None


def _too_many(
    held: Sequence[Delivery], name: str, lines: dict[int, pl.DataFrame], lost: int, total: int
) -> Iterator[Fault]:
    for n, found in lines.items():
        if found.is_empty():
            continue
        file = str(held[n].tables[name]["source_file"][0])
        yield broken(
            "quarantine_limit",
            file=file,
            rows_quarantined=lost,
            rows_in=total,
            limit=f"{100 * MOST:.0f}",
        )
        for rule, column, row, rows in summed(found):
            yield broken(rule, file=file, row=row, column=column, rows=rows)


def _without(one: Delivery, name: str, lines: pl.DataFrame) -> Delivery:
    """Return a delivery with some rows of one table set aside, and counted as such."""
    rows = one.tables[name]
    lost = lines["source_row"].n_unique()
    origin = rows.select("source_row", file=pl.col("source_file")).unique()
    told = lines.join(origin, on="source_row").select(
        pl.col("file"),
        pl.col("source_row").cast(pl.Int32).alias("row"),
        pl.col("column"),
        pl.col("rule"),
        pl.lit(name).alias("table"),
    )
    return replace(
        one,
        tables=one.tables | {name: without(rows, lines)},
        quarantine=pl.concat([one.quarantine, told.select(*QUARANTINE)]),
        counts=tuple(
            _counted(count, lost) if count.table == name else count for count in one.counts
        ),
    )


def _counted(count: Count, lost: int) -> Count:
    return replace(
        count,
        rows_loaded=count.rows_loaded - lost,
        rows_quarantined=count.rows_quarantined + lost,
    )
