"""The validation page: every requirement with its measure, in the reader's language."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import pytest

from utfall.reports.validation import validation_page
from utfall.reports.words import Words

SV, EN = Words("sv"), Words("en")


@pytest.fixture(scope="module")
def committed() -> dict[str, Any]:
    path = resources.files("utfall.analysis").joinpath("validation.json")
    return dict(json.loads(path.read_text(encoding="utf-8")))


def line(**changes: Any) -> dict[str, Any]:
    return {
        "case": "S3",
        "noise": 0.0,
        "measure": "coverage",
        "direction": "between",
        "limit": 0.93,
        "upper": 0.97,
        "value": 0.951,
        "error": 0.02,
        "n": 120,
        "verdict": "met",
        "reason": "",
        **changes,
    }


def rows(committed: dict[str, Any], words: Words, *lines: dict[str, Any]) -> list[dict[str, str]]:
    page = validation_page({"validation": {**committed, "lines": list(lines)}}, words)
    assert page is not None
    return [row for world in page.values["worlds"] for row in world["lines"]]


def test_without_a_validation_there_is_no_page() -> None:
    assert validation_page({"validation": {}}, SV) is None
    assert validation_page({}, SV) is None


def test_a_requirement_is_told_with_its_limits_its_error_and_its_trials(
    committed: dict[str, Any],
) -> None:
    (row,) = rows(committed, EN, line())
    assert row["required"] == "the interval holds the truth – 93% to 97%"
    assert row["measured"] == "95% ± 2% of 120 trials"
    assert row["verdict"] == "It holds."
    assert row["reason"] == ""


def test_a_shortfall_is_told_with_its_reason(committed: dict[str, Any]) -> None:
    short = line(measure="better_clear", verdict="falls_short", reason="told elsewhere")
    (row,) = rows(committed, EN, short)
    assert row["verdict"] == "It falls short."
    assert "more sites or years" in row["reason"]


def test_noise_and_ratios_are_told_in_their_own_units(committed: dict[str, Any]) -> None:
    noisy = line(measure="second_coverage", noise=0.05, direction="at_least", upper=None)
    ratio = line(
        measure="bounds_width_ratio", case="S7", direction="at_most", limit=1.1, upper=None,
        value=0.95, error=None,
    )  # fmt: skip
    first, second = rows(committed, EN, noisy, ratio)
    assert "swing by 5 in 100" in first["required"]
    assert second["required"].endswith("at most 1.1")
    assert second["measured"] == "0.95 in 120 trials"


@pytest.mark.parametrize("words", [SV, EN], ids=["sv", "en"])
def test_everything_that_is_committed_has_words_in_both_languages(
    committed: dict[str, Any], words: Words
) -> None:
    page = validation_page({"validation": committed}, words)
    assert page is not None
    told = [row for world in page.values["worlds"] for row in world["lines"]]
    assert len(told) == len(committed["lines"])
    short = sum(row["verdict"] == "falls_short" for row in committed["lines"])
    assert sum(bool(row["reason"]) for row in told) >= short
    counted = sum(row["n"] for row in committed["confusion"])
    assert counted <= committed["replicates"]
    assert len(page.values["thresholds"]) == len(committed["thresholds"])


def test_swinging_years_are_told_by_world_and_degree(committed: dict[str, Any]) -> None:
    told = [
        {"case": "S3", "noise": 0.03, "worlds": 40, "value": 0.975, "n": 40, "verdict": "met",
         "wrong": 0.0},
        {"case": "S3", "noise": 0.05, "worlds": 40, "value": 0.5, "n": 40,
         "verdict": "falls_short", "wrong": 0.15},
        {"case": "S4", "noise": 0.03, "worlds": 40, "value": None, "n": 0, "verdict": None,
         "wrong": None},
    ]  # fmt: skip
    page = validation_page({"validation": {**committed, "noise": told}}, EN)
    assert page is not None
    assert page.values["levels"] == ["3 in 100", "5 in 100"]
    # A world that is refused has no interval to judge.
    assert page.values["swings"] == [{"id": "S3", "cells": ["98% of 40", "50% of 40, too seldom"]}]
    assert page.values["claims"] == [{"id": "S3", "cells": ["0% of 40", "15% of 40"]}]


def test_a_wrong_direction_is_told_with_and_without_swinging_years(
    committed: dict[str, Any],
) -> None:
    found = {
        **committed,
        "hedging": {**committed["hedging"], "wrong": 0.003},
        "lines": [line(case="noise", measure="type_one", noise=0.05, value=0.023)],
    }
    page = validation_page({"validation": found}, EN)
    assert page is not None
    assert "in 0.3% of the worlds where site-years do not swing" in page.values["hedging"]
    assert "Where site-years swing by 5 in 100 it is claimed in 2.3%." in page.values["hedging"]


def test_every_state_of_the_code_that_answered_is_named(committed: dict[str, Any]) -> None:
    for codes, told in ((["e" * 64, "f" * 64], "hashes e"), (["f" * 64], "with the hash f")):
        page = validation_page({"validation": {**committed, "code": codes}}, EN)
        assert page is not None
        assert told in page.values["code"]
