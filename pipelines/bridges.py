"""Bridges: which old pseudonym became which new one, when a source made its keys anew?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from utfall.analysis.problems import closest
from utfall.expectations.contract import load_contracts
from utfall.expectations.identifiers import identifier_faults
from utfall.expectations.rulebook import broken
from utfall.pipelines.declarations import Bridge, DeliveryHeader
from utfall.pipelines.mapping import TableMapping, nameable
from utfall.pipelines.readers import Unreadable
from utfall.pipelines.sheets import open_sheet

if TYPE_CHECKING:
    from utfall.pipelines.delivery import Delivery

_OLD, _NEW = "old", "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rekeyed:
    """What one bridge did: how many pseudonyms it renamed, and how many it did not know."""

    column: str
    renamed: int
    unknown: int


def read_bridge(path: Path, shown: str, header: DeliveryHeader, bridge: Bridge) -> pl.DataFrame:
    """Return a bridge's pairs, ``old`` and ``new``, each pseudonym once.

    Raises
    ------
    Unreadable
        The file cannot be read, holds identifiers, or makes two people of one or one of two.
    """
    table = TableMapping(file=bridge.file, columns={_OLD: bridge.old, _NEW: bridge.new})
    sheet = open_sheet(path, shown, header, table)
    places = {name: place for place, name in enumerate(sheet.header)}
    faults = list(identifier_faults(sheet.rows, shown, lambda name: nameable(name, places[name])))
    if set(sheet.header) != {bridge.old, bridge.new}:
        unknown = [nameable(name, places[name]) for name in sheet.header]
        missing = [name for name in (bridge.old, bridge.new) if name not in sheet.header]
        hint = closest(missing[0], unknown) if missing else ""
        faults.append(broken("bridge_columns", file=shown, row=sheet.header_row, hint=hint))
    if faults:
        raise Unreadable(*faults)
    pairs = sheet.rows.select(
        pl.col(bridge.old).str.strip_chars().alias(_OLD),
        pl.col(bridge.new).str.strip_chars().alias(_NEW),
        "source_row",
    )
    blank = pl.col(_OLD).is_null() | pl.col(_NEW).is_null()
    repeated = pl.col(_OLD).is_duplicated() | pl.col(_NEW).is_duplicated()
    malformed = ~pl.col(_NEW).str.contains(r"^[\w.:-]{1,64}$").fill_null(True)
    wrong = pairs.filter(blank | repeated | malformed)
    if wrong.height:
        row = int(wrong["source_row"][0])
        raise Unreadable(broken("bridge_ambiguous", file=shown, row=row, rows=wrong.height))
    return pairs.select(_OLD, _NEW)


def rekeyed(
    standing: Sequence[Delivery],
) -> tuple[list[Delivery], dict[tuple[str, str], tuple[Rekeyed, ...]]]:
    """Return deliveries with the pseudonyms of their source's last key.

    Parameters
    ----------
    standing : sequence of Delivery
        In the order in which they were extracted. A bridge speaks of every delivery of its
        source before the one that it came with.

    Returns
    -------
    list of Delivery
    dict
        By source and delivery: what its bridges did.
    """
    renamed = list(standing)
    told: dict[tuple[str, str], tuple[Rekeyed, ...]] = {}
    for place, one in enumerate(standing):
        if not one.bridges:
            continue
        earlier = [n for n in range(place) if standing[n].source == one.source]
        told[one.source, one.delivery] = tuple(
            _told(column, pairs, [renamed[n] for n in earlier])
            for column, pairs in one.bridges.items()
        )
        for n in earlier:
            renamed[n] = replace(renamed[n], tables=_renamed(renamed[n].tables, one.bridges))
    return renamed, told


def _renamed(
    tables: Mapping[str, pl.DataFrame], bridges: Mapping[str, pl.DataFrame]
) -> dict[str, pl.DataFrame]:
    """Return tables with every id column that a bridge speaks of renamed, the rest as it was."""
    return {
        name: rows.with_columns(
            pl.col(column).replace(pairs[_OLD], pairs[_NEW])
            for column, pairs in bridges.items()
            if column in rows.columns
        )
        for name, rows in tables.items()
    }


def _told(column: str, pairs: pl.DataFrame, earlier: Sequence[Delivery]) -> Rekeyed:
    parts = [
        rows.get_column(column)
        for one in earlier
        for rows in one.tables.values()
        if column in rows.columns
    ]
    ids = pl.concat(parts).drop_nulls().unique() if parts else pl.Series([], dtype=pl.String)
    known = int(ids.is_in(pairs[_OLD].to_list()).sum())
    return Rekeyed(column=column, renamed=known, unknown=ids.len() - known)


def is_bridgeable(column: str) -> bool:
    """Return whether some contract knows a column as a pseudonym.

    >>> is_bridgeable("person_id"), is_bridgeable("programme")
    (True, False)
    """
    return column in bridgeable()


def bridgeable() -> list[str]:
    """Return the columns that some contract knows as pseudonyms."""
    contracts = load_contracts().values()
    return sorted({one.name for known in contracts for one in known.columns if one.role == "id"})
