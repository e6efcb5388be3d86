"""Paper: the same bytes every time, tagged, one page for the committee, nothing withheld."""

from __future__ import annotations

from pathlib import Path

import pytest
from pypdf import PdfReader
from weasyprint.urls import FatalURLFetchingError

from utfall.reports.paper import Printing, can_print, print_apart, print_here
from utfall.reports.site import build_site

from .conftest import comparison, document
from .tagged import faults_of

VERDICTS = ("cannot_tell", "better_clear", "not_comparable")

pytestmark = pytest.mark.skipif(not can_print(), reason="Pango is not installed")


def words_of(path: Path) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(path).pages)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("paper")
    build_site(document(*map(comparison, VERDICTS)), folder, charts=False)
    return folder


def test_two_builds_give_the_same_pages(site: Path, tmp_path: Path) -> None:
    build_site(document(*map(comparison, VERDICTS)), tmp_path, charts=False)
    papers = sorted(site.rglob("*.pdf"))
    assert len(papers) == 2 + 2 * len(VERDICTS)
    for path in papers:
        assert path.read_bytes() == (tmp_path / path.relative_to(site)).read_bytes()


def test_a_committee_gets_one_page_in_its_language(site: Path) -> None:
    for language in ("sv", "en"):
        for path in site.glob(f"*/committee.{language}.pdf"):
            read = PdfReader(path)
            assert len(read.pages) == 1, path
            assert read.trailer["/Root"]["/Lang"] == language
            assert "/StructTreeRoot" in read.trailer["/Root"]


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_screen_reader_finds_headings_and_what_every_cell_is_about(
    site: Path, language: str
) -> None:
    papers = sorted(site.rglob(f"*.{language}.pdf"))
    assert len(papers) == 1 + len(VERDICTS)
    assert {path.name: faults_of(path, language) for path in papers} == {
        path.name: [] for path in papers
    }


TABLE = """<table><thead><tr><th scope="col">År</th><th scope="col">Antal</th></tr></thead>
<tbody><tr><th scope="row">2016</th><td>20</td></tr></tbody></table>"""


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("<h1>x</h1>" + TABLE, None),
        ("<h1>x</h1><h3>y</h3>", "H3 follows H1"),
        ("<h2>x</h2>", "does not begin with a heading"),
        ('<h1>x</h1><img src="x.svg" alt="x">', "a picture without a text"),
        ("<h1>x</h1>" + TABLE.replace(' scope="row"', ""), "a cell under ['/Column']"),
        (
            "<h1>x</h1><table><tr><th scope=row>2016</th><td>20</td></tr></table>",
            "a cell under ['/Row']",
        ),
    ],
)
def test_tags_that_mislead_are_found(body: str, fault: str | None, tmp_path: Path) -> None:
    (tmp_path / "x.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9"/>')
    file = tmp_path / "x.pdf"
    page = f'<html lang="sv"><title>x</title>{body}'
    file.write_bytes(print_here({file: page}, tmp_path)[file])
    assert faults_of(file, "sv") == ([fault] if fault else [])


def test_the_page_says_what_the_site_says_and_that_it_is_made_up(site: Path) -> None:
    said = words_of(site / "one_cannot_tell" / "committee.sv.pdf")
    assert "Vi kan inte avgöra om fler når" in said
    assert "Påhittade uppgifter" in said
    assert "Svarar inte på" in said


def test_a_withheld_number_is_on_no_sheet(tmp_path: Path) -> None:
    build_site(document(comparison("not_comparable")), tmp_path, charts=False)
    for path in tmp_path.rglob("*.en.pdf"):
        said = words_of(path)
        assert "cannot be compared fairly" in said
        for number in ("+12", "40 after", "+3", "+21", "270"):
            assert number not in said


@pytest.mark.parametrize("printed", [print_here, print_apart])
def test_a_page_for_paper_asks_for_nothing_from_outside(printed: Printing, tmp_path: Path) -> None:
    page = '<html lang="en"><title>x</title><img src="http://192.0.2.1/x.svg" alt="x">'
    with pytest.raises(FatalURLFetchingError):
        printed({tmp_path / "out.pdf": page}, tmp_path)


def test_a_process_of_its_own_prints_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "x.css").write_text("p { color: #123456 }", encoding="utf-8")
    pages = {
        tmp_path / f"{name}.pdf": f'<html lang="sv"><title>{name}</title>'
        f'<link rel="stylesheet" href="x.css"><p>Så många kom {name} på plats.</p>'
        for name in ("ett", "två")
    }
    apart = print_apart(pages, tmp_path)
    assert apart == print_here(pages, tmp_path)
    assert list(apart) == list(pages)
    assert len(set(apart.values())) == len(pages)
    assert [path.name for path in tmp_path.iterdir()] == ["x.css"]
