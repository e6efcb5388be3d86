"""The page about the data says what was checked and missing, and shows no protected number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from utfall.expectations.contract import load_contracts
from utfall.reports.data_quality import data_quality_page
from utfall.reports.site import build_site
from utfall.reports.words import Words, catalogue

from .conftest import comparison, document

QUALITY: dict[str, Any] = {
    "rows_in": 4000,
    "rows_loaded": 3990,
    "rows_quarantined": 10,
    "by_rule": [
        {"rule": "end_before_start", "table": "spells", "rows": None},
        {"rule": "a_rule_without_words", "table": "spells", "rows": 10},
    ],
    "tables": [
        {"table": "spells", "rows_in": 400, "rows_loaded": 390, "rows_quarantined": 10},
    ],
    "checks": [
        {
            **{"kahn": "plausibility", "rule": "end_before_start", "severity": "quarantine"},
            **{"judged": 3, "tables": 1},
        }
    ],
    "coverage": [
        {
            **{"source": "town", "delivery": "2020-02-01", "system": None},
            **{"extracted_on": "2020-02-01", "covers_from": "2015-01-01"},
            **{"covers_to": "2019-12-31", "covers": "all_referrals"},
            **{"covers_population": None, "code_list_version": None},
        }
    ],
    "missing": [
        {
            **{
                "column": "education",
                "label": {"sv": "utbildning", "en": "education"},
                "role": "covariate",
            },
            **{"programme": "ama", "year": year, "n": n, "share": share, "share_waiting": 0.0},
        }
        for year, n, share in ((None, 100, 0.31), (2015, None, None), (2016, 60, 0.35))
    ],
    "heaping": [
        {
            **{"programme": "ama", "column": "end_date", "kind": kind, "n": 100},
            **{"share": share, "expected": expected},
        }
        for kind, share, expected in (
            ("new_years_eve", 0.22, 0.003),
            ("month_end", 0.04, 0.033),
            ("month_start", None, 0.033),
        )
    ],
    "code_breaks": [
        {
            **{"source": "town", "column": "exit_code", "year": 2017, "n_before": 100},
            **{"n_after": 100, "moved": 0.44, "codes_new": 2, "codes_gone": 1},
        }
    ],
    "late": [
        {"programme": "ama", "period": "last_months", "n": 30, "share": 0.5},
        {"programme": "ama", "period": "year_before", "n": 90, "share": 0.06},
    ],
}


def page(tmp_path: Path, quality: dict[str, Any], language: str = "en") -> str:
    study = document(comparison("cannot_tell"), data_quality=quality)
    study["programmes"] = {"ama": {"name": {"sv": "Ama", "en": "Ama"}}}
    build_site(study, tmp_path, charts=False)
    name = "data_quality.html" if language == "sv" else "data_quality.en.html"
    return (tmp_path / name).read_text("utf-8")


def test_the_page_tells_what_is_missing_by_programme_and_year(tmp_path: Path) -> None:
    told = page(tmp_path, QUALITY)
    assert "Most often missing: education for Ama, 31%." in told
    assert "2016" in told
    assert "<td>35%</td>" in told
    assert "2015" not in told.replace("2015-01-01", "")


def test_the_page_tells_what_was_set_aside_and_by_which_rule(tmp_path: Path) -> None:
    told = page(tmp_path, QUALITY)
    assert "the end lies before the start" in told
    assert "a_rule_without_words" in told
    assert "<td>enrolments</td><td>..</td>" in told
    assert "plausibility" in told
    assert "the row is set aside" in told


def test_only_days_that_heap_are_told(tmp_path: Path) -> None:
    told = page(tmp_path, QUALITY)
    assert "<td>31 December</td><td>22%</td>" in told
    assert "last day of a month</td>" not in told
    calm = {**QUALITY, "heaping": QUALITY["heaping"][1:]}
    assert "No dates heap" in page(tmp_path, calm)


def test_new_code_lists_late_exits_and_coverage_are_told(tmp_path: Path) -> None:
    told = page(tmp_path, QUALITY)
    assert "exit reason, town, 2017: 44% moved between codes" in told
    assert "<td>50%</td><td>6%</td>" in told
    assert "everyone referred" in told
    assert "not stated" in told


def test_without_a_record_the_page_says_that_it_says_nothing(tmp_path: Path) -> None:
    told = page(tmp_path, {})
    assert "No checks are stored for this run" in told
    assert "<table>" not in told


def test_an_older_document_without_the_rows_still_has_its_page(tmp_path: Path) -> None:
    kept = ("rows_in", "rows_loaded", "rows_quarantined", "by_rule")
    told = page(tmp_path, {name: QUALITY[name] for name in kept}, "sv")
    assert "Vad som sorterades bort" in told


@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_rule_of_the_contracts_and_every_table_has_words(language: str) -> None:
    words = Words(language)  # type: ignore[arg-type]
    for contract in load_contracts().values():
        assert words(f"table_{contract.name}")
        for rule in contract.rules:
            assert words(f"rule_{rule.id}")
        for reference in contract.references:
            assert words(f"rule_{reference.id}")


def test_where_nothing_is_missing_the_page_says_so() -> None:
    study = document(
        comparison("cannot_tell"),
        data_quality={"missing": [{**QUALITY["missing"][0], "share": 0.0}]},
    )
    found = data_quality_page(study, Words("en"))
    assert found.values["worst"] == catalogue()["quality_nothing_missing"]["en"]
