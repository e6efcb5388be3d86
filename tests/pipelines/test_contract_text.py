"""The contract in words, the templates and dbt's sources say what the contracts say."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from utfall.expectations.contract import load_contracts
from utfall.pipelines.contract_text import (
    FILES,
    TEMPLATES,
    contract_text,
    dbt_sources,
    uses,
    write_templates,
)
from utfall.pipelines.examples import write_example
from utfall.pipelines.warehouse import OWN_TABLES

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_table_and_column_is_told_once_with_its_codes(language):
    text = contract_text(language)
    sections = dict(zip(load_contracts(), (part for part in text.split("\n## ")[1:]), strict=True))
    for name, contract in load_contracts().items():
        rows = [line for line in sections[name].splitlines() if line.startswith("| `")]
        assert len(rows) == len(contract.columns)
        for column, row in zip(contract.columns, rows, strict=True):
            assert row.startswith(f"| `{column.name}`{'*' if column.is_required else ''} |")
            assert all(f"`{code}`" in row for code in column.codes)
            assert all(cell.strip() for cell in row.split("|")[1:4])


def test_the_swedish_words_are_swedish_and_all_are_used():
    words = yaml.safe_load((ROOT / "pipelines/contract_words.yml").read_text("utf-8"))
    columns = {column.name for one in load_contracts().values() for column in one.columns}
    assert set(words["columns"]) == columns
    assert set(words["tables"]) == set(load_contracts())
    english = {column.description for one in load_contracts().values() for column in one.columns}
    assert not english & set(words["columns"].values())


def test_a_column_says_which_questions_need_it():
    assert "turnover" in uses()["capacity", "places"]
    row = next(line for line in contract_text("sv").splitlines() if line.startswith("| `places`"))
    assert "genomströmning" in row
    for table, column in uses():
        if table in load_contracts():
            assert column in load_contracts()[table].names


def test_a_new_study_holds_the_contract_and_an_empty_file_for_every_table(tmp_path):
    write_templates(tmp_path)
    folder = tmp_path / TEMPLATES
    names = {f"{name}.csv" for name in load_contracts()}
    assert {path.name for path in folder.iterdir()} == names | set(FILES.values())
    for name, contract in load_contracts().items():
        content = (folder / f"{name}.csv").read_text("utf-8")
        assert content == ";".join(contract.names) + "\n"


@pytest.mark.parametrize(("example", "has"), [("vallentuna", True), ("nsw", False)])
def test_only_a_study_of_tables_gets_templates(tmp_path, example, has):
    write_example(tmp_path / "study", example)
    assert (tmp_path / "study" / TEMPLATES).is_dir() == has


def test_dbt_reads_the_tables_that_the_contracts_declare():
    written = (ROOT / "models/staging/_sources.yml").read_text("utf-8")
    assert written == dbt_sources()
    (source,) = yaml.safe_load(written)["sources"]
    tables = {table["name"]: table for table in source["tables"]}
    assert set(tables) == set(load_contracts()) | (set(OWN_TABLES) - {"run"}) | {"flat_values"}
    for name, contract in load_contracts().items():
        columns = [column["name"] for column in tables[name]["columns"]]
        assert columns == list(contract.names)
