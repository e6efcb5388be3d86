"""Rehearsal: the marts of a simulated world, in memory, by the very SQL that a study runs."""

from __future__ import annotations

import re
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What one delivery holds, and what its study has registered.

    Attributes
    ----------
    tables : mapping of name to DataFrame
        Canonical tables with canonical columns and codes.
    delivery : mapping
        Columns of ``raw.deliveries``.
    events : DataFrame
        The disruption register, in the columns of ``raw.events``.
    """

    tables: Mapping[str, pl.DataFrame]
    delivery: Mapping[str, Any]
    events: pl.DataFrame


#: Columns that set apart the people, places and programmes of worlds that share a database.
_OWN = (
    "person_id",
    "household_id",
    "referral_id",
    "spell_id",
    "caseworker_id",
    "programme",
    "site",
    "source",
    "event_id",
)
#: Tables that are the same in every world of a town, and belong to none of them.
_COMMON = ("labour_market",)
_MARK = r"w(\d{3})~"


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
        given = {
            **{name: _placed(name, rows, delivery) for name, rows in tables.items()},
            "deliveries": pl.DataFrame([dict(delivery)]),
            "events": events,
        }
        return self._made(given, tuple(MART_KEYS))

    def many(
        self,
        drawn: Sequence[Drawn],
        wanted: Sequence[str],
        *,
        where: Mapping[str, str] | None = None,
    ) -> list[dict[str, pl.DataFrame]]:
        """Return some marts of several worlds of one town, made in one pass.

        A statement costs the same milliseconds for one world as for twenty. Every id, programme
        and place carries the mark of its world on the way in and loses it on the way out, so
        that no world sees another; the labour market is the town's and goes in once.

        Parameters
        ----------
        drawn : sequence of Drawn
            Worlds with the same settings, at most 1000.
        wanted : sequence of str
            Names of marts; only the models that they read are run.
        where : mapping of name to str, optional
            Condition on the rows that are returned of a mart, in SQL.
        """
        given: dict[str, list[pl.DataFrame]] = {}
        for number, one in enumerate(drawn):
            mark = f"w{number:03d}~"
            tables = {
                **{name: _placed(name, rows, one.delivery) for name, rows in one.tables.items()},
                "deliveries": pl.DataFrame([dict(one.delivery)]),
                "events": one.events,
            }
            for name, rows in tables.items():
                if number and name in _COMMON:
                    continue
                if number and name == "events":
                    # An event of no programme concerns all of them, and is one event.
                    rows = rows.filter(pl.col("programme").is_not_null())
                given.setdefault(name, []).append(_marked(rows, mark))
        made = self._made({name: pl.concat(rows) for name, rows in given.items()}, wanted, where)
        apart = {name: _apart(name, rows, len(drawn)) for name, rows in made.items()}
        return [
            {name: parts[number] for name, parts in apart.items()} for number in range(len(drawn))
        ]

    def _made(
        self,
        given: Mapping[str, pl.DataFrame],
        wanted: Sequence[str],
        where: Mapping[str, str] | None = None,
    ) -> dict[str, pl.DataFrame]:
        read = self._read_by(wanted)
        # What only a mart with a condition reads is left to the query of that mart, which then
        # makes no row that the condition would throw away: half of the time of a world.
        at_once = self._read_by([name for name in wanted if name not in (where or {})])
        with self._connected() as connection:
            self._fill(connection, given)
            for statement in self._statements:
                if statement.name in read:
                    kind = "table" if statement.name in at_once else "view"
                    connection.execute(
                        f"create {kind} {statement.schema}.{statement.name} as {statement.query}"
                    )
            return {
                name: connection.sql(
                    f"select * from marts.{name} where {(where or {}).get(name, 'true')} "
                    f"order by {', '.join(MART_KEYS[name])}"
                ).pl()
                for name in wanted
            }

    def _read_by(self, wanted: Sequence[str]) -> frozenset[str]:
        """Return the models that some marts read, at any remove, with the marts themselves."""
        queries = {statement.name: statement.query for statement in self._statements}
        found: set[str] = set()
        waiting = list(wanted)
        while waiting:
            name = waiting.pop()
            if name in queries and name not in found:
                found.add(name)
                waiting += re.findall(r'"(?:staging|intermediate|marts)"\."(\w+)"', queries[name])
        return frozenset(found)

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
        self, connection: duckdb.DuckDBPyConnection, given: Mapping[str, pl.DataFrame]
    ) -> None:
        create_raw_tables(connection)
        for name, rows in sorted(given.items()):
            _insert(connection, name, rows)
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


def _placed(name: str, rows: pl.DataFrame, delivery: Mapping[str, Any]) -> pl.DataFrame:
    """Return a table's rows with where they came from."""
    return rows.with_columns(
        pl.lit(delivery["source"]).alias("source"),
        pl.lit(delivery["delivery"]).alias("delivery"),
        pl.lit(f"{name}.csv").alias("source_file"),
        pl.int_range(2, pl.len() + 2).alias("source_row"),
    )


def _marked(rows: pl.DataFrame, mark: str) -> pl.DataFrame:
    """Return rows whose ids, programmes and places carry the mark of their world."""
    # A register without a place has a column without a type.
    named = [name for name in _OWN if name in rows.columns and rows.schema[name] == pl.String]
    is_own = pl.col("programme").is_not_null() if "event_id" in rows.columns else pl.lit(True)
    return rows.with_columns(
        pl.when(is_own).then(pl.lit(mark) + pl.col(name)).otherwise(pl.col(name)).alias(name)
        for name in named
    )


def _apart(name: str, rows: pl.DataFrame, count: int) -> list[pl.DataFrame]:
    """Return each world's rows of a mart, without the marks; what belongs to none, to all."""
    texts = [column for column, kind in rows.schema.items() if kind == pl.String]
    plain = rows.with_columns(pl.col(column).str.replace_all(_MARK, "") for column in texts)
    if name in _COMMON:
        return [plain.sort(MART_KEYS[name])] * count
    keys = [column for column in texts if column in (*MART_KEYS[name], *_OWN)]
    marked = pl.coalesce(pl.col(column).str.extract(_MARK) for column in keys)
    numbered = plain.with_columns(rows.select(_world=marked.cast(pl.Int64)))
    return [
        numbered.filter((pl.col("_world") == number) | pl.col("_world").is_null())
        .drop("_world")
        .sort(MART_KEYS[name])
        for number in range(count)
    ]


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame) -> None:
    columns = ", ".join(f'"{column}"' for column in rows.columns)
    connection.register("drawn_rows", rows)
    connection.execute(f"insert into raw.{table} ({columns}) select {columns} from drawn_rows")
    connection.unregister("drawn_rows")
