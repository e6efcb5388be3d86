"""Contracts: is what may enter declared once, for checks, types and raw tables alike?"""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import polars as pl
import pytest
import yaml

from utfall.expectations.contract import (
    PROVENANCE,
    empty_table,
    load_contracts,
    load_flat_contract,
    raw_schema,
    raw_table_ddl,
)

CONTRACTS = load_contracts()
ALL = [*CONTRACTS.values(), load_flat_contract()]
FILES = sorted((Path(__file__).parents[2] / "expectations" / "contracts").glob("*.yml"))

EIGHTEEN = (
    "persons referrals spells sites activities attendance_months assistance_months income_months "
    "followups applications handovers screenings capacity caseworkers queue programme_versions "
    "labour_market costs"
)


def test_all_eighteen_tables_have_a_contract_and_three_are_required():
    assert set(CONTRACTS) == set(EIGHTEEN.split())
    required = [name for name, contract in CONTRACTS.items() if contract.is_required]
    assert required == ["persons", "referrals", "spells"]


@pytest.mark.parametrize("contract", ALL, ids=lambda contract: contract.name)
def test_duckdb_takes_the_rows_of_a_contract_as_they_are_typed(contract):
    connection = duckdb.connect()
    connection.execute("create schema raw")
    connection.execute(raw_table_ddl(contract))
    rows = pl.DataFrame({name: [None] for name in raw_schema(contract)}, raw_schema(contract))
    connection.register("rows", rows)
    connection.execute(f'insert into raw."{contract.name}" select * from rows')
    back = connection.sql(f'select * from raw."{contract.name}"').pl()
    assert back.schema == empty_table(contract).schema
    assert back.columns[-4:] == list(PROVENANCE)


@pytest.mark.parametrize("contract", ALL, ids=lambda contract: contract.name)
def test_every_row_can_be_told_from_every_other(contract):
    assert contract.key
    assert set(contract.key) <= set(contract.names)
    assert [rule.id for rule in contract.rules].count("duplicate_key") == 1


@pytest.mark.parametrize("contract", ALL, ids=lambda contract: contract.name)
def test_every_rule_speaks_of_columns_that_exist(contract):
    for rule in contract.rules:
        named = [rule.kwargs.get(key) for key in ("column", "column_A", "column_B")]
        named += list(rule.kwargs.get("column_list", ()))
        assert {name for name in named if name} <= set(contract.names)


def test_every_reference_leads_to_columns_of_the_parent_that_come_first():
    order = list(CONTRACTS)
    for contract in CONTRACTS.values():
        for reference in contract.references:
            parent = CONTRACTS[reference.table]
            assert set(reference.columns) <= set(contract.names)
            assert set(reference.to) <= set(parent.names)
            assert order.index(parent.name) < order.index(contract.name)


def test_money_is_never_a_floating_number():
    for contract in CONTRACTS.values():
        for column in contract.columns:
            assert column.duckdb_type != "DOUBLE"
            if column.name.startswith("amount"):
                assert column.duckdb_type.startswith("DECIMAL")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_contract_files_are_written_in_the_open_standard(path):
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert (document["apiVersion"], document["kind"]) == ("v3.1.0", "DataContract")
    assert {"id", "version", "status", "description", "schema"} <= set(document)
    (table,) = document["schema"]
    assert table["name"] == path.stem
    for item in table["properties"]:
        assert item["description"].endswith((".", "…"))
        assert item["logicalType"] in {
            "string", "date", "timestamp", "number", "integer", "boolean",
        }  # fmt: skip
        for quality in item.get("quality", ()):
            assert quality["severity"] in {"quarantine", "refuse"}
            kahn = {entry["property"]: entry["value"] for entry in quality["customProperties"]}
            assert kahn["kahn"] in {"conformance", "completeness", "plausibility"}


def test_patterns_are_anchored_so_that_no_part_of_a_cell_escapes_them():
    for contract in ALL:
        for rule in contract.rules:
            if "regex" in rule.kwargs:
                assert re.fullmatch(r"\^.*\$", rule.kwargs["regex"])


def test_the_exit_codes_are_those_of_the_crosswalk():
    folder = Path(__file__).parents[2] / "models" / "seeds"
    crosswalk = pl.read_csv(folder / "exit_codes.csv").get_column("exit_code").to_list()
    assert list(CONTRACTS["spells"].column("exit_reason").codes) == crosswalk


def test_an_unknown_column_is_a_key_error():
    with pytest.raises(KeyError):
        CONTRACTS["persons"].column("shoe_size")
