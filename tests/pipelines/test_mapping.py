"""Mapping: does a source's own language become ours only where it was declared?"""

from __future__ import annotations

import pytest

from utfall.expectations.contract import load_contracts
from utfall.pipelines.mapping import SourceMapping, TableMapping, header_faults, mapping_faults

CAPACITY = {
    "file": "kapacitet.csv",
    "columns": {"programme": "verksamhet", "site": "enhet", "month": "manad", "places": "platser"},
}


def mapping(**changes: object) -> SourceMapping:
    return SourceMapping.model_validate(
        {"source": "town", "tables": {"capacity": CAPACITY | changes}}
    )


def told(declared: SourceMapping) -> list[tuple[str, str | None]]:
    return [(fault.rule, fault.column) for fault in mapping_faults(declared, "mapping.yml")]


def test_a_mapping_that_keeps_to_the_contract_has_no_fault():
    assert told(mapping()) == []


def test_all_that_is_wrong_is_told_at_once():
    faults = told(
        mapping(
            file="../secret.csv",
            columns={"programme": "verksamhet", "site": "verksamhet", "rooms": "rum"},
            codes={"programme": {"AMA": "A M A"}},
            constants={"month": "2017-01"},
            months="%m",
        )
    )
    assert faults == [
        ("mapping_path", "capacity.file"),
        ("mapping_column_unknown", "capacity.columns.rooms"),
        ("mapping_code_unknown", "capacity.codes.programme"),
        ("mapping_column_twice", "capacity.columns.verksamhet"),
        ("mapping_format", "capacity.month"),
    ]


def test_a_required_column_may_be_a_constant():
    columns = {name: local for name, local in CAPACITY["columns"].items() if name != "programme"}
    assert told(mapping(columns=columns)) == [
        ("mapping_column_required", "capacity.columns.programme")
    ]
    assert told(mapping(columns=columns, constants={"programme": "ama"})) == []


def test_a_misspelt_table_gets_a_hint():
    declared = SourceMapping.model_validate({"source": "town", "tables": {"capcity": CAPACITY}})
    (fault,) = mapping_faults(declared, "mapping.yml")
    assert "did you mean capacity?" in fault.message


def test_formats_hold_for_all_columns_or_for_one():
    spells = load_contracts()["spells"]
    table = TableMapping(
        file="a.csv",
        columns={},
        dates={"start_date": "%Y%m%d"},
        timestamps="%Y-%m-%d %H:%M",
    )
    assert table.formats(spells) == {
        "start_date": "%Y%m%d",
        "first_meeting_at": "%Y-%m-%d %H:%M",
    }


def header_told(*header: str) -> list[tuple[str, str | None, str]]:
    _, faults = header_faults(header, TableMapping.model_validate(CAPACITY), "a.csv")
    return [(fault.rule, fault.column, fault.message) for fault in faults]


def test_columns_are_found_by_name_in_any_order_and_case():
    table = TableMapping.model_validate(CAPACITY)
    read, faults = header_faults(["PLATSER", "Manad", "enhet", "verksamhet"], table, "a.csv")
    assert faults == []
    assert read == {
        "PLATSER": "places",
        "Manad": "month",
        "enhet": "site",
        "verksamhet": "programme",
    }


def test_a_renamed_column_is_missing_and_unknown_and_hints_at_itself():
    (missing, unknown) = header_told("verksamhet", "enhet", "manader", "platser")
    assert missing[:2] == ("column_missing", "manad")
    assert "did you mean manader?" in missing[2]
    assert unknown[:2] == ("column_unknown", "manader")
    assert "did you mean manad?" in unknown[2]


def test_a_first_row_of_data_is_not_repeated_as_if_it_were_a_header():
    (only,) = header_told("AMA", "Fabriken", "2017-01", "60")
    assert only[:2] == ("header_missing", None)
    told_unknown = header_told("verksamhet", "enhet", "manad", "platser", "Anna 880209")
    assert told_unknown[0][:2] == ("column_unknown", "column 5")


@pytest.mark.parametrize("limit", [-0.1, 0.6])
def test_the_share_that_may_be_set_aside_is_kept_small(limit):
    with pytest.raises(ValueError, match="quarantine_limit"):
        SourceMapping.model_validate({"source": "t", "tables": {}, "quarantine_limit": limit})


LATER = {"from": "2017-01-01", "dated_by": "month", "codes": {"2": "ama"}}


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"later_codes": {"programme": [LATER]}}, "mapping_lists_order"),
        ({"codes": {"programme": {"1": "ama"}}, "later_codes": {"programme": [LATER, LATER]}},
         "mapping_lists_order"),
        ({"codes": {"programme": {"1": "ama"}},
          "later_codes": {"programme": [LATER | {"dated_by": "site"}]}}, "mapping_lists_undated"),
        ({"codes": {"programme": {"1": "ama"}},
          "later_codes": {"programme": [LATER | {"codes": {"1": "A M A"}}]}},
         "mapping_code_unknown"),
        ({"also": {"places": "fte"}}, "mapping_also"),
        ({"also": {"site": "programme"}}, "mapping_also"),
        ({"also": {"sites": "programme"}}, "mapping_column_unknown"),
    ],
)  # fmt: skip
def test_code_lists_and_shared_cells_that_cannot_be_used_are_told(changes, rule):
    assert rule in {fault[0] for fault in told(mapping(**changes))}


def test_a_required_column_may_be_read_from_the_cell_of_another():
    columns = {name: local for name, local in CAPACITY["columns"].items() if name != "programme"}
    assert told(mapping(columns=columns, also={"programme": "site"})) == []
