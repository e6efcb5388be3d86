"""Fingerprints: do two sets of rows say the same, whatever their files, names and order?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date

import polars as pl

from utfall.expectations.contract import PROVENANCE, TableContract, load_contracts
from utfall.pipelines.declarations import DeliveryHeader

#: Stands for a blank: no cell can hold it, since NUL bytes turn a file down.
_BLANK = "\0"


def rows_sha256(rows: pl.DataFrame, contract: TableContract) -> str:
    """Return the hash of a table's rows in any order, without where they came from.

    Parameters
    ----------
    rows : pl.DataFrame
        Typed canonical rows.
    """
    names = [name for name in contract.names if name in rows.columns and name not in PROVENANCE]
    plain = rows.select(names)
    content = plain.sort(names, nulls_last=False).write_csv(null_value=_BLANK)
    return hashlib.sha256(content.encode()).hexdigest()


def tables_sha256(tables: Mapping[str, pl.DataFrame]) -> str:
    """Return the hash of several tables by name; one without rows counts as delivered."""
    contracts = load_contracts()
    return _digest(
        f"{name} {rows_sha256(tables[name], contracts[name])}" for name in sorted(tables)
    )


def coverage(header: DeliveryHeader) -> tuple[date | None, date, str | None, str | None]:
    """Return what a delivery speaks of: first and last day, which referrals, which people."""
    until = min(header.covers_to or header.extracted_on, header.extracted_on)
    return header.covers_from, until, header.covers, header.covers_population


def content_sha256(
    tables: Mapping[str, pl.DataFrame],
    header: DeliveryHeader,
    bridges: Mapping[str, pl.DataFrame],
) -> str:
    """Return the hash of what a delivery says: rows, bridges, whom and what time they cover.

    The day of extraction belongs to it: a later extract that says what an earlier one said
    may contradict one between the two.
    """
    pairs = (
        f"{column} {sorted(bridge.select('old', 'new').rows())!r}"
        for column, bridge in sorted(bridges.items())
    )
    said = repr((header.extracted_on, coverage(header)))
    return _digest([tables_sha256(tables), said, *pairs])


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
