"""Columnar: do the columns of a Parquet file hold plain values, and is every row of it read?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from utfall.expectations.rulebook import broken
from utfall.pipelines.mapping import nameable
from utfall.pipelines.readers import (
    LARGEST_FILE,
    Sheet,
    Unreadable,
    first_bytes,
    header_faults_of,
    sized,
)

#: Columns of a repeated value pack to almost nothing, so only the unpacked size is bounded.
LARGEST_UNPACKED = 4 * 1024**3
_MARK, _ENCRYPTED = b"PAR1", b"PARE"

_WHOLE = (pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64)
_BROKEN = (pl.Float32, pl.Float64, pl.Decimal)
_TEXT = (pl.String, pl.Categorical, pl.Enum, pl.Null)


def read_columnar(path: Path, shown: str, *, decimal: str, limit: int = LARGEST_FILE) -> Sheet:
    """Return the columns of a Parquet file as text, its rows numbered from 1.

    Days become ``YYYY-MM-DD``, moments ``YYYY-MM-DD HH:MM:SS``, yes and no 1 and 0.

    Parameters
    ----------
    path : Path
    shown : str
        The file's name as faults show it.
    decimal : str
        Decimal mark that numbers are written with.
    limit : int
        Largest size in bytes.

    Raises
    ------
    Unreadable
        The file is no Parquet file, is damaged, or has columns of lists, bytes or moments
        of another time zone.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    _look_at_bytes(path, shown, limit)
    expected = count_rows(path, shown)
    try:
        footer = pq.read_metadata(path)
        groups = range(footer.num_row_groups)
        if sum(footer.row_group(n).total_byte_size for n in groups) > LARGEST_UNPACKED:
            raise Unreadable(broken("workbook_bursts", file=shown, limit=sized(LARGEST_UNPACKED)))
        _look_at_schema(pq.read_schema(path), shown)
        rows = pl.DataFrame(pl.from_arrow(pq.read_table(path)))
    except (pa.ArrowException, pl.exceptions.PolarsError, OSError, ValueError, MemoryError):
        # Their messages would repeat names and values of the file.
        raise Unreadable(broken("parquet_damaged", file=shown)) from None
    if rows.height != expected:
        raise Unreadable(broken("records_lost", file=shown, rows=abs(rows.height - expected)))
    header = tuple(name.strip() for name in rows.columns)
    text = [
        _as_text(series, decimal).alias(name)
        for name, series in zip(header, rows.iter_columns(), strict=True)
    ]
    numbers = pl.int_range(1, rows.height + 1, dtype=pl.Int32, eager=True)
    frame = pl.DataFrame([*text, numbers.alias("source_row")])
    return Sheet(header, frame, header_row=None, is_typed=True)


def count_rows(path: Path, shown: str) -> int:
    """Return how many rows a file says that it holds, as DuckDB reads its footer.

    Another library than the one that reads the rows, so that it cannot share its mistake.

    Raises
    ------
    Unreadable
        The footer cannot be read.
    """
    import duckdb

    query = "select num_rows from parquet_file_metadata(?)"
    try:
        with duckdb.connect(":memory:") as connection:
            found = connection.execute(query, [str(path)]).fetchone()
    except duckdb.Error:
        found = None
    if found is None or not 0 <= found[0] < 2**31:
        raise Unreadable(broken("parquet_damaged", file=shown))
    return int(found[0])


def _look_at_bytes(path: Path, shown: str, limit: int) -> None:
    first = first_bytes(path, shown, limit)
    if first.startswith(_ENCRYPTED):
        raise Unreadable(broken("workbook_locked", file=shown))
    if not first.startswith(_MARK):
        raise Unreadable(broken("format_mismatch", file=shown, name="a Parquet file"))


def _look_at_schema(schema: Any, shown: str) -> None:
    """Refuse names that are none, and columns that hold more than one plain value a row."""
    faults = list(header_faults_of([name.strip() for name in schema.names], shown, None))
    kinds = (
        pl.DataFrame(pl.from_arrow(schema.remove_metadata().empty_table())).schema
        if not faults
        else {}
    )
    for place, (name, kind) in enumerate(kinds.items()):
        if not _is_plain(kind):
            named = nameable(name, place)
            faults.append(broken("column_not_plain", file=shown, column=named))
    if faults:
        raise Unreadable(*faults)


def _is_plain(kind: pl.DataType) -> bool:
    if isinstance(kind, pl.Datetime):
        return kind.time_zone is None
    return kind == pl.Boolean or kind == pl.Date or isinstance(kind, (*_WHOLE, *_BROKEN, *_TEXT))


def _as_text(series: pl.Series, decimal: str) -> pl.Series:
    kind = series.dtype
    if isinstance(kind, pl.Datetime):
        whole = series.dt.truncate("1s").dt.strftime("%Y-%m-%d %H:%M:%S")
        return whole.str.strip_suffix(" 00:00:00")
    if isinstance(kind, pl.Date):
        return series.dt.strftime("%Y-%m-%d")
    if isinstance(kind, pl.Boolean):
        return series.cast(pl.Int8).cast(pl.String)
    if isinstance(kind, _BROKEN):
        return _numbers(series, decimal)
    text = series.cast(pl.String)
    return text.set(text == "", None) if text.len() else text


def _numbers(series: pl.Series, decimal: str) -> pl.Series:
    """Return numbers as digits; whole ones without a decimal mark, as a clerk writes them."""
    text = series.cast(pl.String)
    text = text.str.replace(r"^(-?\d+)\.0+$", "$1")
    return text.str.replace(".", decimal, literal=True)
