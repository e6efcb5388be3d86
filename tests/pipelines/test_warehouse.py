"""Is the database always whole, whoever kills or holds it, and does it keep its rows to itself?"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import polars as pl
import pytest

from utfall.analysis.errors import Busy, TransformFailed
from utfall.expectations.contract import load_contracts, raw_schema
from utfall.pipelines.warehouse import (
    MART_KEYS,
    build_raw,
    cannot_open,
    raw_run_id,
    read_mart,
    stamp_marts,
    unstamp_marts,
)

EVENTS = pl.DataFrame(
    schema={
        "event_id": pl.String,
        "kind": pl.String,
        "programme": pl.String,
        "site": pl.String,
        "starts_on": pl.Date,
        "ends_on": pl.Date,
        "capacity_share": pl.Float64,
        "label_sv": pl.String,
        "label_en": pl.String,
        "source": pl.String,
        "evidence_grade": pl.String,
    }
)


def delivered(source: str, person_ids: list[str]) -> Any:
    """Return a delivery of persons and of nothing else."""
    persons = pl.DataFrame(
        [
            {
                "person_id": person_id,
                "source": source,
                "delivery": "2018-07-01",
                "source_file": "persons.csv",
                "source_row": place + 2,
            }
            for place, person_id in enumerate(person_ids)
        ],
        schema=raw_schema(load_contracts()["persons"]),
    )
    header = SimpleNamespace(
        system="example",
        extracted_on=date(2018, 7, 1),
        covers_from=date(2016, 1, 1),
        covers_to=None,
        covers="all_referrals",
        covers_population="residents",
        code_list_version=None,
    )
    return SimpleNamespace(
        source=source, delivery="2018-07-01", header=header, tables={"persons": persons}
    )


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchall()


def make_mart(path: Path) -> None:
    """Put a mart into the database as dbt would, without its stamp."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        for mart in MART_KEYS:
            connection.execute(f"create table marts.{mart} as select * from raw.persons")


def python(script: str, path: Path) -> int:
    """Run a script on the database in a process of its own and return how it ended."""
    return subprocess.run([sys.executable, "-c", script, str(path)], timeout=30).returncode


@contextmanager
def held(path: Path) -> Iterator[int]:
    """Let another process hold the database open for writing."""
    script = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        try:
            yield holder.pid
        finally:
            holder.communicate("\n", timeout=10)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".utfall" / "utfall.duckdb"


def test_raw_tables_hold_what_was_delivered_under_the_stamp_of_the_run(path):
    build_raw(path, [delivered("vac", ["p2"]), delivered("ama", ["p1"])], EVENTS, "run-1")
    assert raw_run_id(path) == "run-1"
    assert rows(path, "select source, person_id from raw.persons") == [("ama", "p1"), ("vac", "p2")]
    assert rows(path, "select source, extracted_on, covers_to, tables from raw.deliveries") == [
        ("ama", date(2018, 7, 1), None, "persons"),
        ("vac", date(2018, 7, 1), None, "persons"),
    ]


def test_a_table_that_was_not_delivered_exists_and_is_empty(path):
    build_raw(path, [delivered("ama", ["p1"])], EVENTS, "run-1")
    counts = {
        table: rows(path, f"select count(*) from raw.{table}")[0][0]
        for (table,) in rows(path, "select table_name from duckdb_tables()")
    }
    assert set(load_contracts()) <= set(counts)
    assert {"deliveries", "events", "flat_values", "run"} <= set(counts)
    assert {table for table, n in counts.items() if n} == {"persons", "deliveries", "run"}


def test_a_finished_database_leaves_no_log_and_nothing_half_made(path):
    build_raw(path, [delivered("ama", ["p1"])], EVENTS, "run-1")
    assert [file.name for file in path.parent.iterdir()] == ["utfall.duckdb"]


@pytest.mark.parametrize(
    "moment", ["warehouse.create_raw_tables", "warehouse._insert", "os.replace"]
)
def test_a_run_killed_at_any_step_leaves_the_former_database(path, moment):
    build_raw(path, [delivered("ama", ["p1"])], EVENTS, "run-1")
    before = path.read_bytes()
    killed = python(
        "import os, signal, sys; from pathlib import Path; import polars as pl;"
        "from utfall.pipelines import warehouse;"
        f"{moment} = lambda *_: os.kill(os.getpid(), signal.SIGKILL);"
        "events = pl.DataFrame(schema={'event_id': pl.String});"
        "warehouse.build_raw(Path(sys.argv[1]), [], events, 'run-2')",
        path,
    )
    assert killed == -signal.SIGKILL
    assert path.read_bytes() == before
    build_raw(path, [delivered("ama", ["p1", "p2"])], EVENTS, "run-3")
    assert raw_run_id(path) == "run-3"
    assert rows(path, "select count(*) from raw.persons") == [(2,)]
    assert [file.name for file in path.parent.iterdir()] == ["utfall.duckdb"]


def test_the_log_of_a_killed_run_is_not_replayed_into_the_next(path):
    build_raw(path, [delivered("ama", ["p1"])], EVENTS, "run-1")
    python(
        "import duckdb, os, sys; connection = duckdb.connect(sys.argv[1]);"
        "connection.execute(\"insert into raw.run values ('half a run')\"); os._exit(0)",
        path,
    )
    log = path.with_name("utfall.duckdb.wal")
    assert log.exists()
    build_raw(path, [delivered("ama", ["p1"])], EVENTS, "run-2")
    assert not log.exists()
    assert raw_run_id(path) == "run-2"


def test_a_database_that_cannot_be_read_is_made_again(path):
    path.parent.mkdir()
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(TransformFailed, match="cannot be read"):
        raw_run_id(path)
    build_raw(path, [delivered("ama", ["p1"])], EVENTS, "run-1")
    assert raw_run_id(path) == "run-1"


def test_who_holds_the_database_is_named(path):
    build_raw(path, [delivered("ama", ["p1"])], EVENTS, "run-1")
    with held(path) as pid:
        for attempt in (
            lambda: build_raw(path, [], EVENTS, "run-2"),
            lambda: read_mart(path, "persons"),
            lambda: unstamp_marts(path),
        ):
            with pytest.raises(Busy) as refusal:
                attempt()
            assert f"process {pid}" in str(refusal.value)
            assert refusal.value.exit_code == 75
            assert str(path.parent) not in str(refusal.value.faults[0])
    assert raw_run_id(path) == "run-1"


@pytest.mark.parametrize("place", [100, 4196, -100_000])
def test_a_database_with_a_scratch_is_held_by_nobody_and_is_made_again(tmp_path, place):
    """Even in a folder whose name speaks of a lock."""
    path = tmp_path / "set of locks" / "utfall.duckdb"
    build_raw(path, [delivered("ama", ["p1"])], EVENTS, "run-1")
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    build_raw(path, [delivered("ama", ["p1"])], EVENTS, "run-2")
    assert raw_run_id(path) == "run-2"


def test_words_about_a_damaged_block_are_no_lock():
    complaint = "Corrupt database file: computed checksum 1 does not match 2 in block at location 3"
    assert isinstance(cannot_open(Path("utfall.duckdb"), complaint), TransformFailed)


def test_marts_are_read_in_the_order_of_their_key(path):
    build_raw(path, [delivered("ama", ["p3", "p1", "p2"])], EVENTS, "run-1")
    make_mart(path)
    stamp_marts(path)
    assert read_mart(path, "persons")["person_id"].to_list() == ["p1", "p2", "p3"]


def test_marts_without_a_stamp_are_not_read(path):
    build_raw(path, [delivered("ama", ["p1"])], EVENTS, "run-1")
    make_mart(path)
    with pytest.raises(TransformFailed, match="not built"):
        read_mart(path, "persons")
    stamp_marts(path)
    assert read_mart(path, "persons").height == 1
    unstamp_marts(path)
    with pytest.raises(TransformFailed, match="not built"):
        read_mart(path, "persons")


def test_marts_under_another_stamp_than_their_raw_tables_are_not_read(path):
    build_raw(path, [delivered("ama", ["p1"])], EVENTS, "run-1")
    make_mart(path)
    stamp_marts(path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("update raw.run set run_id = 'run-2'")
    with pytest.raises(TransformFailed, match="earlier run"):
        read_mart(path, "persons")


def test_new_raw_tables_take_the_old_marts_away(path):
    build_raw(path, [delivered("ama", ["p1"])], EVENTS, "run-1")
    make_mart(path)
    stamp_marts(path)
    build_raw(path, [delivered("ama", ["p1"])], EVENTS, "run-2")
    with pytest.raises(TransformFailed, match="not built"):
        read_mart(path, "persons")


def test_marts_are_not_stamped_while_one_is_missing(path):
    build_raw(path, [delivered("ama", ["p1"])], EVENTS, "run-1")
    make_mart(path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("drop table marts.outcomes")
    with pytest.raises(TransformFailed, match="missing: outcomes"):
        stamp_marts(path)


def test_a_full_disk_leaves_the_former_database_and_no_rest(path):
    build_raw(path, [delivered("ama", ["p1"])], EVENTS, "run-1")
    before = path.read_bytes()
    script = (
        "import resource, sys; from pathlib import Path; import polars as pl;"
        "from utfall.analysis.errors import TransformFailed;"
        "from utfall.pipelines import warehouse; import signal;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000));"
        "events = pl.DataFrame(schema={'event_id': pl.String})\n"
        "try: warehouse.build_raw(Path(sys.argv[1]), [], events, 'run-2')\n"
        "except TransformFailed as error: sys.exit('disk' in error.faults[0].way_out and 42)"
    )
    assert python(script, path) == 42
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["utfall.duckdb"]


def test_a_missing_database_says_how_to_make_one(path):
    with pytest.raises(TransformFailed, match="no database yet") as refusal:
        read_mart(path, "persons")
    assert "utfall build" in refusal.value.faults[0].way_out


def test_a_row_that_does_not_fit_is_not_repeated_in_the_message(path, capfd):
    strange = delivered("ama", ["p1"])
    strange.tables["persons"] = strange.tables["persons"].with_columns(
        birth_year=pl.lit("born-in-secret")
    )
    with pytest.raises(TransformFailed) as refusal:
        build_raw(path, [strange], EVENTS, "run-1")
    told = str(refusal.value) + "".join(str(fault) for fault in refusal.value.faults)
    assert "table persons" in told
    assert "ama/2018-07-01" in told
    assert "secret" not in told + "".join(capfd.readouterr())
    assert refusal.value.__cause__ is None
    assert not path.exists()


def test_every_mart_has_a_key_to_be_ordered_by():
    with pytest.raises(ValueError, match="no such mart"):
        read_mart(Path("unused.duckdb"), "people")
    assert all(MART_KEYS.values())
