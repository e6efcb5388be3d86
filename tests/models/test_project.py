"""Does the dbt project keep its own rules: words, lists and lengths?"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from utfall.analysis.protocol_file import load_protocol
from utfall.analysis.vocabulary import DisruptionKind
from utfall.expectations.contract import load_contracts
from utfall.pipelines.transform import PROJECT
from utfall.pipelines.warehouse import MART_KEYS

LAYERS = ("staging", "intermediate", "marts")
LONGEST_MODEL = 80


def declared(kind: str) -> Iterator[dict[str, Any]]:
    for path in sorted(PROJECT.glob("*/*.yml")):
        yield from yaml.safe_load(path.read_text(encoding="utf-8")).get(kind, [])


def seed(name: str) -> list[dict[str, str]]:
    with (PROJECT / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))


def sql_files() -> list[Path]:
    return [path for layer in LAYERS for path in sorted((PROJECT / layer).glob("*.sql"))]


def test_every_model_says_what_one_row_is():
    described = {model["name"]: model.get("description", "") for model in declared("models")}
    assert set(described) == {path.stem for path in sql_files()}
    assert not [name for name, text in described.items() if not text.startswith("One row per")]


def test_no_two_descriptions_are_the_same():
    texts = Counter(
        thing["description"].strip()
        for kind in ("models", "unit_tests", "seeds", "exposures")
        for thing in declared(kind)
    )
    assert [text for text, times in texts.items() if times > 1] == []


def test_every_mart_column_is_described_and_typed():
    for mart in declared("models"):
        if (PROJECT / "marts" / f"{mart['name']}.sql").exists():
            assert mart["config"]["contract"]["enforced"] is True
            for column in mart["columns"]:
                assert column["description"], (mart["name"], column["name"])
                assert column["data_type"], (mart["name"], column["name"])


@pytest.mark.parametrize("path", sql_files(), ids=lambda path: path.stem)
def test_models_fit_on_a_page(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODEL


def test_exit_codes_are_those_that_a_delivery_may_hold():
    codes = load_contracts()["spells"].column("exit_reason").codes
    assert {row["exit_code"] for row in seed("exit_codes")} == set(codes)


def test_followup_statuses_are_those_that_a_delivery_may_hold():
    codes = load_contracts()["followups"].column("status").codes
    assert {row["status"] for row in seed("followup_statuses")} == set(codes)


def test_disruption_kinds_are_those_of_the_vocabulary():
    mart = next(model for model in declared("models") if model["name"] == "disruptions")
    kind = next(column for column in mart["columns"] if column["name"] == "kind")
    accepted = kind["data_tests"][1]["accepted_values"]["arguments"]["values"]
    assert set(accepted) == set(get_args(DisruptionKind))


def test_no_code_counts_as_work_without_counting_as_work_or_studies():
    for row in seed("exit_codes"):
        if row["counts_as_work"] == "true":
            assert row["counts_as_work_or_studies"] == "true", row["exit_code"]


def test_every_protocol_is_an_exposure_and_every_mart_is_read_by_one():
    exposures = {one["name"]: one for one in declared("exposures")}
    protocols = {path.stem for path in (PROJECT.parent / "analysis" / "protocols").glob("*.yml")}
    kept = {"comparisons", "site", "questions"}
    assert set(exposures) == protocols | kept
    read = {ref[5:-2] for one in exposures.values() for ref in one["depends_on"]}
    assert read == set(MART_KEYS)


def test_a_protocol_is_exposed_to_the_marts_that_its_columns_come_from():
    columns = {
        mart["name"]: {column["name"] for column in mart["columns"]}
        for mart in declared("models")
        if mart["name"] in MART_KEYS
    }
    for one in declared("exposures"):
        path = PROJECT.parent / "analysis" / "protocols" / f"{one['name']}.yml"
        if not path.is_file():
            continue
        protocol = load_protocol(path)
        assert one["label"] == protocol.question.en
        exposed = set().union(*(columns[ref[5:-2]] for ref in one["depends_on"]))
        assert {covariate.name for covariate in protocol.covariates} <= exposed
        assert {condition.column for condition in protocol.population.keep} <= exposed
