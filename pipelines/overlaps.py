"""Overlaps: which rows of an earlier delivery does a later one repeat, and which change?"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from utfall.expectations.contract import TableContract


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How many rows of one table one delivery added, changed, repeated or took away.

    Attributes
    ----------
    first_row : int or None
        Row of the file, the first that changes something.
    """

    table: str
    added: int
    changed: int
    repeated: int
    removed: int = 0
    first_row: int | None = None
    file: str | None = None


def compared(
    rows: pl.DataFrame, before: pl.DataFrame, contract: TableContract
) -> tuple[Change, pl.DataFrame]:
    """Return what rows change of those before them, and the rows that change one.

    Parameters
    ----------
    rows, before : pl.DataFrame
        Typed canonical rows with their origin, each key once.

    Returns
    -------
    Change
    pl.DataFrame
        Origin of each changed row, and ``delivery_before`` that said otherwise.
    """
    key = list(contract.key)
    others = [name for name in contract.names if name not in key]
    origin = ["source_file", "source_row", "delivery"]
    joined = rows.join(
        before.select(*key, *others, "delivery").with_columns(_known=True),
        on=key,
        how="left",
        nulls_equal=True,
        suffix="_before",
    )
    known = pl.col("_known").fill_null(False)
    differs = pl.any_horizontal(
        pl.lit(False), *(pl.col(name).ne_missing(pl.col(f"{name}_before")) for name in others)
    )
    changed = joined.filter(known & differs).select(*origin, "delivery_before").sort("source_row")
    n_known = int(joined.select(known.sum()).item())
    return (
        Change(
            table=contract.name,
            added=rows.height - n_known,
            changed=changed.height,
            repeated=n_known - changed.height,
            removed=before.height - n_known,
            first_row=int(changed["source_row"][0]) if changed.height else None,
            file=str(changed["source_file"][0]) if changed.height else None,
        ),
        changed,
    )


def overlaid(rows: pl.DataFrame, before: pl.DataFrame, contract: TableContract) -> pl.DataFrame:
    """Return the rows before with later ones in their place: the last word on a key counts."""
    kept = before.join(rows.select(contract.key), on=contract.key, how="anti", nulls_equal=True)
    return pl.concat([kept, rows])
