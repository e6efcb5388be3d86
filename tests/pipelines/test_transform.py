"""When the marts cannot be built, is it said which and why, without a word of the rows?"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import polars as pl
import pytest

from utfall.analysis.errors import TransformFailed
from utfall.expectations.contract import load_contracts, raw_schema
from utfall.pipelines import transform
from utfall.pipelines.transform import build_marts
from utfall.pipelines.warehouse import build_raw, read_mart

SECRET = "kept-to-itself"
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


@pytest.fixture
def study(tmp_path: Path) -> Any:
    """A study whose only referral is of somebody who was not delivered."""
    work = tmp_path / ".utfall"
    study = SimpleNamespace(work=work, warehouse=work / "utfall.duckdb")
    referral = {
        "referral_id": SECRET,
        "person_id": SECRET,
        "programme": "ama",
        "site": "fabriken",
        "referral_date": date(2017, 1, 10),
        "source": "ama",
        "delivery": "d1",
        "source_file": "referrals.csv",
        "source_row": 2,
    }
    header = SimpleNamespace(
        system="example",
        extracted_on=date(2018, 7, 1),
        covers_from=None,
        covers_to=None,
        covers="all_referrals",
        covers_population=None,
        code_list_version=None,
    )
    referrals = pl.DataFrame([referral], schema=raw_schema(load_contracts()["referrals"]))
    orphan = SimpleNamespace(
        source="ama", delivery="d1", header=header, tables={"referrals": referrals}
    )
    build_raw(study.warehouse, [orphan], EVENTS, "run-1")
    return study


def test_a_broken_promise_is_named_and_its_rows_are_not(study, capfd):
    folder, settings = Path.cwd(), dict(os.environ)
    with pytest.raises(TransformFailed) as refusal:
        build_marts(study)
    faults = {fault.message: fault for fault in refusal.value.faults}
    broken = next(message for message in faults if "person who was delivered" in message)
    assert "relationships_episodes_person_id" in broken
    assert faults[broken].rows == 1
    assert faults[broken].file == "models/marts/episodes.yml"
    assert refusal.value.exit_code == 12

    told = str(refusal.value) + "".join(faults) + "".join(capfd.readouterr())
    assert SECRET not in told
    written = [
        file for file in study.work.rglob("*") if file.is_file() and "duckdb" not in file.name
    ]
    assert written, "dbt keeps its parsed project here"
    assert not [file for file in written if SECRET.encode() in file.read_bytes()]

    assert Path.cwd() == folder
    assert dict(os.environ) == settings
    with pytest.raises(TransformFailed, match="not built"):
        read_mart(study.warehouse, "episodes")
    with duckdb.connect(str(study.warehouse)) as connection:
        assert connection.execute("select count(*) from raw.referrals").fetchone() == (1,)


def test_a_model_that_cannot_be_built_is_named(study, capfd):
    with duckdb.connect(str(study.warehouse)) as connection:
        connection.execute(f"alter table raw.events add column {SECRET.replace('-', '_')} integer")
        connection.execute("alter table raw.events drop column kind")
    with pytest.raises(TransformFailed) as refusal:
        build_marts(study)
    named = {fault.rule: fault for fault in refusal.value.faults}
    assert named["model_stg_events"].file == "models/staging/stg_events.sql"
    told = "".join(str(fault) for fault in named.values()) + "".join(capfd.readouterr())
    assert SECRET.replace("-", "_") not in told
    assert "Binder" not in told


def test_marts_need_raw_tables(tmp_path):
    empty = SimpleNamespace(work=tmp_path, warehouse=tmp_path / "utfall.duckdb")
    with pytest.raises(TransformFailed, match="no database yet"):
        build_marts(empty)
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_was_cut_short_is_never_taken_for_whole(study, monkeypatch):
    stopped = SimpleNamespace(success=False, exception=None, result=SimpleNamespace(results=[]))
    monkeypatch.setattr(transform, "invoke_dbt", lambda *_: stopped)
    with pytest.raises(TransformFailed) as refusal:
        build_marts(study)
    assert "cut short" in refusal.value.faults[0].message


def test_the_gap_that_a_study_declares_reaches_the_models(study, monkeypatch):
    said: list[list[str]] = []
    monkeypatch.setattr(transform, "_run_dbt", lambda _, command: said.append(command) or [])
    for declared in (45, None):
        with pytest.raises(TransformFailed):
            build_marts(study, join_gap_days=declared)
    assert [command[-2:] for command in said] == [
        ["--vars", '{"join_gap_days": 45}'],
        ["--vars", "{}"],
    ]


def test_a_broken_key_is_told_in_words():
    node = SimpleNamespace(
        description="", test_metadata=SimpleNamespace(name="is_key"), column_name="episode_id"
    )
    assert transform._meaning(node) == "two rows share one episode_id, or it is blank"
