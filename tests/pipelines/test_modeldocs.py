"""The models' documentation tells of columns and never of a row, and stays off the bundle."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from utfall.analysis.errors import TransformFailed
from utfall.expectations.contract import load_contracts, raw_schema
from utfall.pipelines.modeldocs import freshness, write_docs
from utfall.pipelines.study import event_columns
from utfall.pipelines.warehouse import MART_KEYS, build_raw

SECRET = "kept-to-itself"


def study_of(root: Path, extracted_on: date) -> Any:
    """Return a study that holds one person, extracted on a day."""
    work = root / ".utfall"
    header = SimpleNamespace(
        system="example",
        extracted_on=extracted_on,
        covers_from=None,
        covers_to=None,
        covers="all_referrals",
        covers_population=None,
        code_list_version=None,
    )
    row = {"person_id": SECRET, "source": "ama", "delivery": "d1", "source_row": 2}
    persons = pl.DataFrame([row], schema=raw_schema(load_contracts()["persons"]))
    delivery = SimpleNamespace(
        source="ama", delivery="d1", header=header, tables={"persons": persons}
    )
    study = SimpleNamespace(work=work, warehouse=work / "utfall.duckdb")
    build_raw(study.warehouse, [delivery], pl.DataFrame(schema=event_columns()), "run-1")
    return study


def test_a_delivery_of_another_decade_is_not_fresh(tmp_path: Path) -> None:
    age = freshness(study_of(tmp_path, date(2009, 3, 1)))
    assert (age.status, age.newest) == ("warn", "2009-03-01")
    assert [path.name for path in (tmp_path / ".utfall").iterdir()] == ["utfall.duckdb"]


def test_without_a_database_there_is_nothing_to_describe(tmp_path: Path) -> None:
    missing = SimpleNamespace(work=tmp_path, warehouse=tmp_path / "utfall.duckdb")
    with pytest.raises(TransformFailed):
        write_docs(missing)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_documentation_names_every_mart_and_no_row(tmp_path: Path) -> None:
    page = write_docs(study_of(tmp_path, date(2018, 3, 1)))
    assert page == tmp_path / ".utfall" / "docs" / "static_index.html"
    text = page.read_text(encoding="utf-8")
    assert all(f"model.utfall.{mart}" in text for mart in MART_KEYS)
    assert "One row per person handed over to another authority" in text
    assert SECRET not in text
