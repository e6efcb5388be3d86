"""The method page: each check with its statistic, limit and error rates, or that none is known."""

from __future__ import annotations

from typing import Any

import pytest

from utfall.reports.method import UNITS, foreseen, method_page, number
from utfall.reports.words import Words

from .conftest import both, comparison

SV, EN = Words("sv"), Words("en")
ONE = comparison("better_clear")


def document(**changes: Any) -> dict[str, Any]:
    method = {
        "id": ONE["id"],
        "sentence": both("We compare."),
        "sha256": "a" * 64,
        "locked_at": None,
        "changes": [],
        "versions": [],
        "definitions": [],
        "limits": [],
        "assumptions": [],
        "checklist": [],
    }
    return {"comparisons": [ONE], "methods": [method], "gate_rates": {}, **changes}


def test_a_document_without_methods_has_no_page() -> None:
    assert method_page({"comparisons": [ONE]}, SV) is None


def test_every_gate_stands_there_and_unmeasured_rates_say_so() -> None:
    page = method_page(document(), SV)
    assert page is not None
    (method,) = page.values["methods"]
    assert [gate["id"] for gate in method["gates"]] == [gate["id"] for gate in ONE["gates"]]
    assert {gate["rates"] for gate in method["gates"]} == {"inte mätt ännu"}


def test_measured_rates_stand_beside_their_gate() -> None:
    gate = ONE["gates"][0]["id"]
    rates = {gate: {"sensitivity": 0.97, "false_alarm": 0.04, "worlds": 300}}
    page = method_page(document(gate_rates=rates), EN)
    assert page is not None
    told = page.values["methods"][0]["gates"][0]["rates"]
    assert "97%" in told
    assert "4%" in told
    assert "300" in told


@pytest.mark.parametrize(
    ("gate", "value", "told"),
    [
        ("G4", 0.03, "3 in 100"),
        ("G5", 68.0, "68 days"),
        ("G7", 0.09, "9%"),
        ("G9", 1.0, "at least 1 a side"),
        ("G12", 52.1, "52.1 weeks"),
        ("G14", 2.0, "2 missing"),
        ("G1", None, "–"),
    ],
)
def test_a_number_has_the_unit_of_its_gate(gate: str, value: float | None, told: str) -> None:
    assert number(value, gate, ONE, EN) == told


def test_every_gate_with_a_number_has_a_unit() -> None:
    assert {f"G{i}" for i in range(15)} - set(UNITS) == {"G1"}


def test_a_share_met_in_time_is_no_number_of_weeks() -> None:
    late = {**ONE["gates"][0], "id": "G12", "statistic": 0.7, "threshold": 0.8}
    weeks = {**late, "statistic": 3.0, "threshold": 26.0}
    answers = [{**ONE, "gates": [late, weeks]}]
    page = method_page(document(comparisons=answers), EN)
    assert page is not None
    first, second = page.values["methods"][0]["gates"]
    assert (first["statistic"], first["threshold"]) == ("70%", "80%")
    assert (second["statistic"], second["threshold"]) == ("3 weeks", "26 weeks")


def test_what_could_be_foreseen_stands_before_the_checks() -> None:
    seen = {
        "n_target": 120, "n_comparator": 95, "months": 40, "smallest": 0.19, "half_width": 0.13,
        "reachable": ["better_clear", "better_uncertain", "cannot_tell"],
    }  # fmt: skip
    one = comparison("better_clear", foresight=seen)
    told = foreseen(one, EN)
    assert "120 people were counted in AMA and 95 in VAC" in told[0]
    assert "19 percentage points" in told[0]
    assert "may not be enough" in told[1]
    enough = {**seen, "reachable": [*seen["reachable"], "no_meaningful_difference"]}
    assert "enough people to show" in foreseen({**one, "foresight": enough}, EN)[1]
    few = {**seen, "smallest": None}
    assert foreseen({**one, "foresight": few}, SV) == [SV("method_foreseen_few")]
    assert foreseen(comparison("better_clear", foresight=None), EN) == []
