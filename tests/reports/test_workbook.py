"""The workbook holds what the figures hold, as numbers, and no formula."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from utfall.reports.site import build_site

from .conftest import comparison, document

pytestmark = pytest.mark.usefixtures("without_pdf")

VERDICTS = ("cannot_tell", "better_clear", "not_comparable")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    build_site(document(*map(comparison, VERDICTS)), tmp_path, charts=False)
    return tmp_path


def sheet(path: Path, name: str) -> list[tuple[Any, ...]]:
    return list(load_workbook(path, read_only=True)[name].values)


def test_a_sheet_holds_the_rows_of_its_figure(site: Path) -> None:
    path = site / "data" / "one_better_clear_en.xlsx"
    rows = sheet(path, "1 ladder")
    plain = (site / "data" / "one_better_clear_ladder.csv").read_text(encoding="utf-8").splitlines()
    header = next(place for place, row in enumerate(rows) if row[0] == plain[0].split(",")[0])
    assert len(rows) - header == len(plain)
    assert any("0.12" in str(cell) for row in rows for cell in row)


def test_it_says_first_what_it_is(site: Path) -> None:
    said = " ".join(
        str(row[0]) for row in sheet(site / "data" / "one_cannot_tell_sv.xlsx", "Läs först")
    )
    assert "Vi kan inte avgöra" in said
    assert "Påhittade uppgifter" in said


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    hostile = comparison("better_clear")
    hostile["balance"][0]["term"] = "=HYPERLINK(1)"
    build_site(document(hostile), tmp_path, charts=False)
    with zipfile.ZipFile(tmp_path / "data" / "one_better_clear_sv.xlsx") as book:
        sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/")]
        assert len(sheets) > 5
        assert not any(b"<f>" in book.read(name) for name in sheets)


def test_two_workbooks_are_the_same_bytes(tmp_path: Path) -> None:
    for name in ("first", "second"):
        build_site(document(*map(comparison, VERDICTS)), tmp_path / name, charts=False)
    books = sorted((tmp_path / "first").rglob("*.xlsx"))
    assert len(books) == 2 * len(VERDICTS)
    for path in books:
        other = tmp_path / "second" / path.relative_to(tmp_path / "first")
        assert path.read_bytes() == other.read_bytes()
