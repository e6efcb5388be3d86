"""Marts leave as Parquet for one machine, with a notebook that runs on them."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest

from utfall.analysis.errors import UsageError
from utfall.pipelines.examples import write_world
from utfall.pipelines.export import NOTEBOOK, export_marts
from utfall.pipelines.stages import run_plainly, working
from utfall.pipelines.study import Study, load_study
from utfall.pipelines.warehouse import MART_KEYS, read_mart


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("world") / "study"
    write_world(folder, "null", seed=3, size=60)
    made = load_study(folder)
    with working(made):
        run_plainly(made, lambda _: None, until="build")
    return made


def test_every_mart_is_written_as_it_stands(study: Study) -> None:
    files = export_marts(study)
    assert {path.stem for path in files} == set(MART_KEYS)
    for path in files:
        assert pl.read_parquet(path).equals(read_mart(study.warehouse, path.stem))


def test_rows_about_people_are_not_put_where_things_are_published(study: Study) -> None:
    for place in (study.root / "reports" / "built", study.root / "data" / "raw", study.root):
        with pytest.raises(UsageError) as refused:
            export_marts(study, place)
        assert refused.value.faults[0].rule == "export_place"
    assert not list(study.root.glob("*.parquet"))


def test_the_notebook_runs_and_asks_the_comparisons_again(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = export_marts(study)[0].parent
    monkeypatch.chdir(folder)
    notebook = json.loads((folder / NOTEBOOK).read_text(encoding="utf-8"))
    names: dict[str, Any] = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            assert not cell["outputs"]
            exec(compile("".join(cell["source"]), NOTEBOOK, "exec"), names)
    assert names["referred"]["people"].sum() > 60
    assert {one.id for one in names["answers"]} == {path.stem for path in study.protocol_paths}
