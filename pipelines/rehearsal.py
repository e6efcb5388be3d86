"""Rehearsal: the marts of a simulated world, in memory, by the very SQL that a study runs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from utfall.analysis.errors import TransformFailed
from utfall.pipelines.study import event_columns
from utfall.pipelines.transform import invoke_dbt
from utfall.pipelines.warehouse import MART_KEYS, build_raw, create_raw_tables


@dataclass(frozen=True, slots=True)
class Statement:
    """One model: where it goes and the query that makes it."""

    schema: str
    name: str
    query: str


class Rehearsal:
    """Marts of many worlds, one after the other, without a file between them.

    A full run spends its seconds on starting programs, not on people; two thousand
    replicates need the models compiled once and run as they are. The SQL is dbt's own
    output, so that nothing is written a second time here.

    Parameters
    ----------
    database : str
        Name that the compiled SQL gives the database.
    statements : sequence of Statement
        In the order in which they depend on each other.
    seeds : mapping of name to DataFrame
        Lookup tables of the project.
    """

    def __init__(
        self, database: str, statements: Sequence[Statement], seeds: Mapping[str, pl.DataFrame]
    ) -> None:
        self._database = database
        self._statements = tuple(statements)
        self._seeds = dict(seeds)

    def marts(
        self,
        tables: Mapping[str, pl.DataFrame],
        *,
        delivery: Mapping[str, Any],
        events: pl.DataFrame,
    ) -> dict[str, pl.DataFrame]:
        """Return every mart of one world.

        Parameters
        ----------
        tables : mapping of name to DataFrame
            Canonical tables with canonical columns and codes.
        delivery : mapping
            Columns of ``raw.deliveries``.
        events : DataFrame
            The disruption register, in the columns of ``raw.events``.
        """
        with self._connected() as connection:
            self._fill(connection, tables, delivery, events)
            for statement in self._statements:
                connection.execute(
                    f"create table {statement.schema}.{statement.name} as {statement.query}"
                )
            return {
                name: connection.sql(f"select * from marts.{name} order by {', '.join(keys)}").pl()
                for name, keys in MART_KEYS.items()
            }

    @contextmanager
    def _connected(self) -> Iterator[duckdb.DuckDBPyConnection]:
        connection = duckdb.connect(":memory:", config={"threads": 1})
        try:
            connection.execute(f"attach ':memory:' as \"{self._database}\"")
            connection.execute(f'use "{self._database}"')
            for schema in ("staging", "intermediate", "marts", "seeds"):
                connection.execute(f"create schema {schema}")
            yield connection
        finally:
            connection.close()

    def _fill(
        self,
        connection: duckdb.DuckDBPyConnection,
        tables: Mapping[str, pl.DataFrame],
        delivery: Mapping[str, Any],
        events: pl.DataFrame,
    ) -> None:
        create_raw_tables(connection)
        provenance = {"source": delivery["source"], "delivery": delivery["delivery"]}
        for name, rows in sorted(tables.items()):
            _insert(
                connection,
                name,
                rows.with_columns(
                    *(pl.lit(value).alias(column) for column, value in provenance.items()),
                    pl.lit(f"{name}.csv").alias("source_file"),
                    pl.int_range(2, pl.len() + 2).alias("source_row"),
                ),
            )
        _insert(connection, "deliveries", pl.DataFrame([dict(delivery)]))
        _insert(connection, "events", events)
        for name, rows in self._seeds.items():
            connection.register("seed_rows", rows)
            connection.execute(f"create table seeds.{name} as select * from seed_rows")
            connection.unregister("seed_rows")


def rehearse() -> Rehearsal:
    """Compile the models once, against an empty database, and return them ready to run.

    Raises
    ------
    TransformFailed
        The models could not be compiled.
    """
    with tempfile.TemporaryDirectory() as folder:
        place = _Place(Path(folder))
        build_raw(place.warehouse, [], pl.DataFrame(schema=event_columns()), "rehearsal")
        if not invoke_dbt(place, ["seed"]).success:
            raise TransformFailed("the lookup tables could not be read")
        compiled = invoke_dbt(place, ["compile"])
        if not compiled.success:
            raise TransformFailed("the models could not be compiled")
        nodes = [result.node for result in compiled.result.results]
        models = [node for node in nodes if str(node.resource_type) == "model"]
        return Rehearsal(place.warehouse.stem, _ordered(models), _seeds(place.warehouse, nodes))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a throw-away study would keep its database."""

    work: Path

    @property
    def warehouse(self) -> Path:
        return self.work / "utfall.duckdb"


def _ordered(models: Sequence[Any]) -> list[Statement]:
    """Return the models so that each comes after those that it reads."""
    waiting = {
        model.unique_id: {name for name in model.depends_on.nodes if name.startswith("model.")}
        for model in models
    }
    by_id = {model.unique_id: model for model in models}
    return [
        Statement(by_id[name].schema, by_id[name].name, by_id[name].compiled_code)
        for name in TopologicalSorter(waiting).static_order()
    ]


def _seeds(warehouse: Path, nodes: Sequence[Any]) -> dict[str, pl.DataFrame]:
    names = [node.name for node in nodes if str(node.resource_type) == "seed"]
    connection = duckdb.connect(str(warehouse), read_only=True)
    try:
        found = names or [
            row[0]
            for row in connection.execute(
                "select table_name from information_schema.tables where table_schema = 'seeds'"
            ).fetchall()
        ]
        return {name: connection.sql(f"select * from seeds.{name}").pl() for name in found}
    finally:
        connection.close()


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame) -> None:
    columns = ", ".join(f'"{column}"' for column in rows.columns)
    connection.register("drawn_rows", rows)
    connection.execute(f"insert into raw.{table} ({columns}) select {columns} from drawn_rows")
    connection.unregister("drawn_rows")
