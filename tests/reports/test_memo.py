"""The memo is a draft that says what the page says and leaves the decision to others."""

from __future__ import annotations

from pathlib import Path

import docx
import pytest

from utfall.reports.site import build_site

from .conftest import comparison, document

pytestmark = pytest.mark.usefixtures("without_pdf")

VERDICTS = ("cannot_tell", "better_clear", "not_comparable")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    build_site(document(*map(comparison, VERDICTS)), tmp_path, charts=False)
    return tmp_path


def words_of(path: Path) -> str:
    return " ".join(paragraph.text for paragraph in docx.Document(str(path)).paragraphs)


def test_the_memo_says_what_the_page_says_and_proposes_nothing(site: Path) -> None:
    said = words_of(site / "one_not_comparable" / "tjansteskrivelse.docx")
    assert "går inte att jämföra rättvist" in said
    assert "Påhittade uppgifter" in said
    assert "[Förvaltningen skriver sitt förslag här." in said
    assert "Svarar inte på" in said


def test_a_reservation_is_not_listed_as_what_cannot_be_said(site: Path) -> None:
    memo = docx.Document(str(site / "one_better_clear" / "tjansteskrivelse.docx"))
    lines = [paragraph.text for paragraph in memo.paragraphs]
    first = lines.index("Förbehåll") + 1
    reservations = lines[first : lines.index("Det här kan man säga")]
    assert reservations
    cannot = lines[lines.index("Det här kan man inte säga") + 1 : lines.index("Underlag")]
    assert cannot
    assert not set(reservations) & set(cannot)


def test_two_memos_are_the_same_bytes(tmp_path: Path) -> None:
    for name in ("first", "second"):
        build_site(document(*map(comparison, VERDICTS)), tmp_path / name, charts=False)
    memos = sorted((tmp_path / "first").rglob("*.docx"))
    assert len(memos) == len(VERDICTS)
    for path in memos:
        other = tmp_path / "second" / path.relative_to(tmp_path / "first")
        assert path.read_bytes() == other.read_bytes()
        assert path.stat().st_size < 100_000
