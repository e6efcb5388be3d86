"""Warehouse: the study's DuckDB file — raw tables in, marts out, never half of either."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from utfall.analysis.errors import Busy, Fault, TransformFailed
from utfall.expectations.contract import load_contracts, load_flat_contract, raw_table_ddl

if TYPE_CHECKING:
    import polars as pl

    from utfall.pipelines.delivery import Delivery

#: How DuckDB says that disk or memory ran out; the last of them when it could not checkpoint.
_NO_ROOM = (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.FatalException)

#: What orders a mart, so that two reads of it are the same frame.
MART_KEYS = {
    "persons": ("person_id",),
    "episodes": ("episode_id",),
    "outcomes": ("episode_id", "outcome", "horizon_days"),
    "programme_months": ("programme", "site", "month"),
    "disruptions": ("disruption_id",),
    "labour_market": ("municipality", "month"),
    "referrals": ("episode_id",),
    "enrolments": ("enrolment_id",),
    "activities": ("activity_id",),
    "attendance_months": ("attendance_id",),
    "assistance_months": ("person_id", "month"),
    "income_months": ("income_id",),
    "applications": ("application_id",),
    "handovers": ("handover_id",),
    "screenings": ("screening_id",),
    "queue": ("queue_id",),
    "caseload_months": ("caseload_id",),
    "programme_versions": ("version_id",),
    "programme_years": ("programme_year_id",),
    "ladder_rungs": ("rung_id",),
    "costs": ("cost_id",),
    "flat_values": ("unit_id", "column_name"),
}

#: Raw tables that no delivery contract describes: the pipeline writes them itself.
OWN_TABLES = {
    "deliveries": (
        "source varchar, delivery varchar, system varchar, extracted_on date, "
        "covers_from date, covers_to date, covers varchar, covers_population varchar, "
        "code_list_version varchar, tables varchar"
    ),
    "events": (
        "event_id varchar, kind varchar, programme varchar, site varchar, starts_on date, "
        "ends_on date, capacity_share double, label_sv varchar, label_en varchar, "
        "source varchar, evidence_grade varchar"
    ),
    "run": "run_id varchar",
}


def build_raw(
    path: Path, deliveries: Sequence[Delivery], events: pl.DataFrame, run_id: str
) -> None:
    """Make the study's database anew from its deliveries, and put it in place when whole.

    A run killed at any moment leaves the former database or the new one: the new one is
    written aside, without marts, and takes the other's name in one step.

    Parameters
    ----------
    path : Path
        Where the database belongs.
    deliveries : sequence of Delivery
        What was let in; stored in the order of source and delivery, whatever order they
        come in.
    events : pl.DataFrame
        One row per dated event, with the columns of ``raw.events``.
    run_id : str
        Stamp of the run; marts are read only under the stamp of their raw tables.

    Raises
    ------
    Busy
        Another process has the database open.
    TransformFailed
        A table does not fit its declared columns.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(path.name + ".new")
    _remove(aside)
    _refuse_if_held(path)
    try:
        with _connected(aside) as connection:
            create_raw_tables(connection)
            for delivery in sorted(deliveries, key=lambda one: (one.source, one.delivery)):
                _store_delivery(connection, delivery)
            _insert(connection, "events", events.sort("event_id"))
            connection.execute("insert into raw.run values (?)", [run_id])
            connection.execute("checkpoint")
        # A killed run's log belongs to the old file and must not be replayed into the new one.
        _wal(path).unlink(missing_ok=True)
        aside.replace(path)
    finally:
        _remove(aside)


def raw_run_id(path: Path) -> str:
    """Return the stamp of the run that stored the raw tables.

    Raises
    ------
    Busy, TransformFailed
        The database is held, missing or not one of ours.
    """
    with _opened(path, read_only=True) as connection:
        return _stamp(connection, "raw", "the study has no raw tables yet")


def stamp_marts(path: Path) -> None:
    """Declare the marts whole, under the stamp of their raw tables; the last thing written.

    Raises
    ------
    Busy, TransformFailed
        The database is held, or a mart is missing.
    """
    with _opened(path) as connection:
        query = "select table_name from duckdb_tables() where schema_name = 'marts'"
        built = {name for (name,) in connection.execute(query).fetchall()}
        missing = sorted(set(MART_KEYS) - built)
        if missing:
            raise _unbuilt(f"marts are missing: {', '.join(missing)}")
        connection.execute("create table marts.run as select run_id from raw.run")
        connection.execute("checkpoint")


def unstamp_marts(path: Path) -> None:
    """Declare the marts unfinished, before they are built anew.

    Raises
    ------
    Busy, TransformFailed
        The database is held, missing, or holds no raw tables.
    """
    with _opened(path) as connection:
        _stamp(connection, "raw", "the study has no raw tables yet")
        connection.execute("drop table if exists marts.run")
        connection.execute("checkpoint")


def read_first_extract(path: Path) -> date | None:
    """Return the day of the earliest extract among the deliveries, None without deliveries.

    Raises
    ------
    Busy, TransformFailed
        The database is held, missing or not one of ours.
    """
    with _opened(path, read_only=True) as connection:
        found = connection.execute("select min(extracted_on) from raw.deliveries").fetchone()
    return found[0] if found else None


def read_coverage(path: Path) -> list[dict[str, str | None]]:
    """Return what each delivery declares of itself: days, population and code list as text."""
    names = (
        *("source", "delivery", "system", "extracted_on", "covers_from", "covers_to"),
        *("covers", "covers_population", "code_list_version"),
    )
    with _opened(path, read_only=True) as connection:
        columns = ", ".join(f"cast({name} as varchar)" for name in names)
        found = connection.execute(
            f"select {columns} from raw.deliveries order by source, delivery"
        ).fetchall()
    return [dict(zip(names, row, strict=True)) for row in found]


@contextmanager
def kept_open(path: Path) -> Iterator[None]:
    """Keep a database open while many of its tables are read.

    DuckDB shares an open database within a process; opened anew for every table, a study's
    was read in from the start some eighty times.

    Raises
    ------
    Busy, TransformFailed
        The database is held, missing or not one of ours.
    """
    with _opened(path, read_only=True):
        yield


def read_mart(path: Path, name: str) -> pl.DataFrame:
    """Return one mart, ordered by its key.

    Parameters
    ----------
    path : Path
        The study's database.
    name : str
        One of ``MART_KEYS``.

    Returns
    -------
    pl.DataFrame
        All rows and columns of the mart.

    Raises
    ------
    Busy
        Another process has the database open for writing.
    TransformFailed
        The marts are not built, or not from the raw tables that lie beside them.
    """
    if name not in MART_KEYS:
        raise ValueError(f"no such mart; there are {', '.join(MART_KEYS)}")
    key = ", ".join(MART_KEYS[name])
    with _opened(path, read_only=True) as connection:
        raw = _stamp(connection, "raw", "the study has no raw tables yet")
        if _stamp(connection, "marts", "the marts are not built") != raw:
            raise _unbuilt("the marts belong to an earlier run")
        mart: pl.DataFrame = connection.sql(f"select * from marts.{name} order by {key}").pl()
        return mart


def read_delivered(path: Path, table: str) -> pl.DataFrame:
    """Return one delivered table with the last word on each of its rows.

    Parameters
    ----------
    path : Path
        The study's database.
    table : str
        One of the contracts' tables.

    Returns
    -------
    pl.DataFrame
        Columns of the contract and ``source``; ordered by the contract's key.

    Raises
    ------
    Busy, TransformFailed
        The database is held, missing or not one of ours.
    """
    contract = load_contracts()[table]
    columns = ", ".join(f't."{name}"' for name in (*contract.names, "source"))
    key = ", ".join(f't."{name}"' for name in (*contract.key, "source"))
    query = (
        f"select {columns} from raw.{table} t join raw.deliveries d using (source, delivery) "
        f"qualify row_number() over (partition by {key} "
        f"order by d.extracted_on desc, t.delivery desc, t.source_row desc) = 1 order by {key}"
    )
    with _opened(path, read_only=True) as connection:
        rows: pl.DataFrame = connection.sql(query).pl()
        return rows


def create_raw_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create every raw table of the contracts, empty, in the schema ``raw``."""
    connection.execute("create schema raw")
    for contract in (*load_contracts().values(), load_flat_contract()):
        connection.execute(raw_table_ddl(contract))
    for table, columns in OWN_TABLES.items():
        connection.execute(f"create table raw.{table} ({columns})")


def _store_delivery(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> None:
    header = delivery.header
    connection.execute(
        "insert into raw.deliveries values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            delivery.source,
            delivery.delivery,
            header.system,
            header.extracted_on,
            header.covers_from,
            header.covers_to,
            header.covers,
            header.covers_population,
            header.code_list_version,
            ",".join(sorted(delivery.tables)),
        ],
    )
    for table in sorted(delivery.tables):
        _insert(connection, table, delivery.tables[table], delivery)


def _insert(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    rows: pl.DataFrame,
    delivery: Delivery | None = None,
) -> None:
    columns = ", ".join(f'"{column}"' for column in rows.columns)
    connection.register("delivered_rows", rows)
    try:
        connection.execute(
            f"insert into raw.{table} ({columns}) select {columns} from delivered_rows"
        )
    except _NO_ROOM:
        raise
    except duckdb.Error:
        # DuckDB repeats the row that it could not store; none of it may reach a message.
        place = f"{delivery.source}/{delivery.delivery}" if delivery else None
        raise TransformFailed(
            f"table {table} could not be stored",
            [
                Fault(
                    rule="raw_table",
                    file=place,
                    message=f"its columns or types are not those of raw.{table}",
                    way_out="`utfall check` the delivery; its contract lists columns and types",
                )
            ],
        ) from None
    finally:
        connection.unregister("delivered_rows")


@contextmanager
def _opened(path: Path, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database that exists; DuckDB would make a missing one."""
    if not path.exists():
        raise _unbuilt("the study has no database yet")
    with _connected(path, read_only=read_only) as connection:
        yield connection


@contextmanager
def _connected(path: Path, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    try:
        connection = duckdb.connect(str(path), read_only=read_only)
    except duckdb.Error as error:
        raise cannot_open(path, str(error)) from None
    try:
        yield connection
    except _NO_ROOM:
        raise _no_room(path) from None
    finally:
        connection.close()


def cannot_open(path: Path, complaint: str) -> Busy | TransformFailed:
    """Return the error that a database which does not open deserves.

    Parameters
    ----------
    path : Path
        The database; only its name is told.
    complaint : str
        DuckDB's words, which name the process that holds the file.

    Examples
    --------
    >>> error = cannot_open(Path("utfall.duckdb"), "Conflicting lock is held in x (PID 41)")
    >>> error.exit_code, str(error)
    (75, 'process 41 has the database open')
    """
    # Not any "lock": a damaged file is told of by its "block", and a folder may be named so.
    if re.search(r"\b(set|conflicting) lock\b", complaint.lower()):
        found = re.search(r"PID (\d+)", complaint)
        holder = f"process {found[1]}" if found else "another process"
        fault = Fault(
            rule="busy",
            file=path.name,
            message=f"{holder} has the database open",
            way_out="wait until it has finished, or end it, and run this again",
        )
        return Busy(f"{holder} has the database open", [fault])
    return _unbuilt("the study's database cannot be read")


def _stamp(connection: duckdb.DuckDBPyConnection, schema: str, otherwise: str) -> str:
    try:
        rows = connection.execute(f"select run_id from {schema}.run").fetchall()
    except duckdb.Error:
        raise _unbuilt(otherwise) from None
    if len(rows) != 1:
        raise _unbuilt(otherwise)
    return str(rows[0][0])


def _unbuilt(message: str) -> TransformFailed:
    fault = Fault(
        rule="warehouse_unbuilt",
        message=message,
        way_out="`utfall build` makes it again from the deliveries",
    )
    return TransformFailed(message, [fault])


def _no_room(path: Path) -> TransformFailed:
    fault = Fault(
        rule="warehouse_no_room",
        file=path.name,
        message="the database could not be read or written to its end",
        way_out="free disk space and memory, check that the folder can be written, and run again",
    )
    return TransformFailed("the study's database could not be written", [fault])


def _refuse_if_held(path: Path) -> None:
    # Missing or not readable is no obstacle: it is about to be replaced.
    with suppress(TransformFailed), _opened(path, read_only=True):
        pass


def _remove(path: Path) -> None:
    for leftover in (path, _wal(path)):
        leftover.unlink(missing_ok=True)


def _wal(path: Path) -> Path:
    return path.with_name(path.name + ".wal")
