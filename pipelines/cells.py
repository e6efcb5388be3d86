"""Cells: how many people share every column of one specification? One pass of SQL tells."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    import duckdb

#: Rows from which a pass of SQL is worth its start; fewer are counted where they lie.
FEWEST_ROWS = 10_000


def sql_cells(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the distinct rows of a specification's columns, with the people behind each.

    DuckDB reads the columns where they lie (Arrow) and groups them on every core; nothing but
    the cells comes back. Counts are whole numbers, so that threads move no digit.

    Parameters
    ----------
    rows : DataFrame
        The columns that one formula uses, one row per person.

    Returns
    -------
    DataFrame
        The same columns and ``people``, in no particular order.

    >>> sql_cells(pl.DataFrame({"arm": [1.0, 1.0, 0.0]})).sort("arm")["people"].to_list()
    [1, 2]
    """
    if rows.height < FEWEST_ROWS:
        return rows.group_by(pl.all()).len("people")
    database = _database()
    database.register("specification", rows.to_arrow())
    try:
        cells = database.sql("SELECT *, count(*) AS people FROM specification GROUP BY ALL")
        return pl.DataFrame(cells.to_arrow_table())
    finally:
        database.unregister("specification")


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """Return this process's database in memory, made once."""
    import duckdb

    database = duckdb.connect(":memory:")
    database.execute("SET preserve_insertion_order = false")
    return database
