"""Flat: does one sheet go through the same checks as a delivery of many tables?"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.refusals import refusal
from utfall.analysis.errors import DeliveryRefused
from utfall.expectations.contract import load_flat_contract, raw_schema
from utfall.pipelines.flat import read_flat

FLAT: dict[str, Any] = {
    "file": "sheet.csv",
    "source": "nsw",
    "delivery": "2024-11",
    "unit": "unit",
    "columns": {
        "programme": {"column": "treat", "codes": {"1": "training", "0": "control"}},
        "age": {"column": "age", "kind": "number"},
        "town": {"column": "ort", "kind": "text"},
    },
}
SHEET = "unit,treat,age,ort\nu-a,1,31.5,Norr\nu-b,0,,Söder\nu-c,1,47,\n"


@pytest.fixture
def read(tmp_path):
    """Return a function that writes a sheet and reads it as a flat study does."""

    def read(sheet: str = SHEET, beside: dict[str, str] | None = None, **changes: object):
        folder = tmp_path / "data" / "raw" / "nsw" / "2024-11"
        folder.mkdir(parents=True)
        for name, text in {"sheet.csv": sheet, **(beside or {})}.items():
            (folder / name).write_text(text, encoding="utf-8")
        return read_flat(tmp_path, FLAT | changes)

    return read


def told(read, *args: object, **changes: object) -> list[tuple[str, int | None, str | None]]:
    refused = refusal(DeliveryRefused, lambda: read(*args, **changes))
    return [(fault.rule, fault.row, fault.column) for fault in refused.faults]


def test_a_sheet_becomes_one_row_per_unit_and_column(read):
    delivery = read()
    rows = delivery.tables["flat_values"]
    assert rows.schema == raw_schema(load_flat_contract())
    assert rows.select("unit_id", "column_name", "number", "text").rows() == [
        ("u-a", "age", 31.5, None),
        ("u-a", "programme", None, "training"),
        ("u-a", "town", None, "Norr"),
        ("u-b", "age", None, None),
        ("u-b", "programme", None, "control"),
        ("u-b", "town", None, "Söder"),
        ("u-c", "age", 47.0, None),
        ("u-c", "programme", None, "training"),
        ("u-c", "town", None, None),
    ]
    assert rows.get_column("source_row").unique().sort().to_list() == [2, 3, 4]
    assert all(verdict.is_kept for verdict in delivery.verdicts)


def test_the_deliverys_name_gives_its_day_unless_another_is_said(read):
    assert read().header.extracted_on == date(2024, 11, 30)


def test_a_name_that_is_no_day_needs_one(read):
    assert told(read, delivery="first") == [("flat_invalid", None, "flat.extracted_on")]


def test_without_a_unit_rows_are_told_apart_by_their_number(read):
    columns = {name: column for name, column in FLAT["columns"].items() if name != "town"}
    rows = read("treat,age\n1,30\n0,40\n", unit=None, columns=columns).tables["flat_values"]
    assert rows.get_column("unit_id").unique().sort().to_list() == ["0000001", "0000002"]


def test_a_broken_row_is_set_aside_with_all_its_columns(read):
    broken = SHEET + "".join(f"u{number},0,{number},Norr\n" for number in range(20, 40))
    delivery = read(broken.replace("u-b,0,,", "u-b,0,old,"))
    assert delivery.quarantine.select("row", "column", "rule").rows() == [
        (3, "age", "number_unreadable")
    ]
    assert "u-b" not in delivery.tables["flat_values"].get_column("unit_id").to_list()
    (count,) = delivery.counts
    assert (count.rows_in, count.rows_loaded, count.rows_quarantined) == (23, 22, 1)


@pytest.mark.parametrize(
    ("sheet", "expected"),
    [
        (SHEET.replace("u-b,0,", "u-b,2,"), ("code_unmapped", 3, "treat")),
        (SHEET.replace("u-b", "880209-0501"), ("identifier_personal_number", 3, "unit")),
        (SHEET.replace("Norr", "nn@example.org"), ("identifier_email", 2, "ort")),
        (SHEET.replace(",ort", ",place"), ("column_missing", 1, "ort")),
        ("unit,treat,age,ort\n", ("rows_none", None, None)),
        (SHEET.replace("u-b,0,", "u-b,0,,"), ("row_long", 3, None)),
    ],
)
def test_a_bad_sheet_is_refused_like_any_file(read, sheet, expected):
    assert expected in told(read, sheet)


def test_a_delivery_file_beside_the_sheet_says_how_it_is_written(read):
    declared = (
        "source: nsw\nextracted_on: 2024-10-01\npurpose: follow_up\n"
        "delimiter: ;\ndecimal: ','\ncovers_to: 2024-09-30\n"
    )
    delivery = read(
        SHEET.replace(".", "§").replace(",", ";").replace("§", ","),
        beside={"delivery.yml": declared},
    )
    assert delivery.header.covers_to == date(2024, 9, 30)
    ages = delivery.tables["flat_values"].filter(pl.col("column_name") == "age")
    assert ages.get_column("number").to_list() == [31.5, None, 47.0]


def test_settings_that_describe_no_sheet_are_told_by_key(tmp_path: Path):
    with pytest.raises(DeliveryRefused) as refused:
        read_flat(tmp_path, {"file": "a.csv", "columns": {"Age in years": {"column": "age"}}})
    columns = {fault.column for fault in refused.value.faults}
    assert {"flat.source", "flat.delivery"} <= columns


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"file": "uttag_880209-0501.csv"}, "identifier_in_file_name"),
        ({"file": "absent.csv"}, "file_missing"),
        ({"file": "../2024-11/sheet.csv"}, "file_missing"),
        ({"purpose": "research"}, "ethics_id_missing"),
    ],
)
def test_a_sheet_that_may_not_be_opened_is_refused_before_it_is_read(read, changes, rule):
    beside = {"uttag_880209-0501.csv": SHEET}
    assert [fault[0] for fault in told(read, SHEET, beside, **changes)] == [rule]
