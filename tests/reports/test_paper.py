"""Paper: the same bytes every time, tagged, one page for the committee, nothing withheld."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import BooleanObject, DecodedStreamObject, DictionaryObject, NameObject
from weasyprint.urls import FatalURLFetchingError

from utfall.reports.paper import Printing, can_print, print_apart, print_here
from utfall.reports.site import build_site

from .conftest import comparison, document
from .tagged import _fonts, faults_of

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


LINKED = '<h1>x</h1><p><a href="https://example.org/">where it leads</a></p>' + TABLE


def _unnamed(write: PdfWriter) -> None:
    write.root_object["/Metadata"].get_object().set_data(b"<rdf/>")


def _appended(write: PdfWriter, commands: bytes) -> None:
    page = write.pages[0]
    contents = page.get_contents()
    assert contents is not None
    whole = DecodedStreamObject()
    whole.set_data(contents.get_data() + b"\n" + commands)
    page[NameObject("/Contents")] = write._add_object(whole)


def _painted(write: PdfWriter) -> None:
    _appended(write, b"0 0 5 5 re f")


def _numbered_alike(write: PdfWriter) -> None:
    _appended(write, b"/P <</MCID 0>> BDC EMC")


def _within(write: PdfWriter) -> None:
    _appended(write, b"/Artifact BMC /P <</MCID 999>> BDC EMC EMC")


def _letters(write: PdfWriter) -> list[DictionaryObject]:
    return list(_fonts(write.pages[0]["/Resources"], set()))


def _fontless(write: PdfWriter) -> None:
    for font in _letters(write):
        drawn = font["/DescendantFonts"][0].get_object()
        del drawn["/FontDescriptor"].get_object()["/FontFile2"]


def _unreadable(write: PdfWriter) -> None:
    for font in _letters(write):
        del font["/ToUnicode"]


def _out_of_order(write: PdfWriter) -> None:
    del write.pages[0]["/Tabs"]


def _mute_link(write: PdfWriter) -> None:
    del write.pages[0]["/Annots"][0].get_object()["/Contents"]


def _loose_link(write: PdfWriter) -> None:
    del write.pages[0]["/Annots"][0].get_object()["/StructParent"]


def _suspicious(write: PdfWriter) -> None:
    write.root_object["/MarkInfo"][NameObject("/Suspects")] = BooleanObject(True)


@pytest.mark.parametrize(
    ("spoil", "faults"),
    [
        (
            _unnamed,
            ["does not say which standard it keeps", "no title among its properties"],
        ),
        (_suspicious, ["suspects its own tags"]),
        (_painted, ["painted outside the structure"]),
        (_numbered_alike, ["two pieces of content with one number"]),
        (_within, ["an artifact and content within each other"]),
        (_fontless, ["a font that is not in the file"]),
        (_unreadable, ["letters that cannot be read back"]),
        (_out_of_order, ["the keyboard does not follow the structure"]),
        (_mute_link, ["a link that does not say where it leads"]),
        (_loose_link, ["a link outside the structure"]),
    ],
)
def test_a_file_that_breaks_a_point_of_the_standard_is_found(
    spoil: Callable[[PdfWriter], None], faults: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "x.pdf"
    file.write_bytes(
        print_here({file: f'<html lang="sv"><title>x</title>{LINKED}'}, tmp_path)[file]
    )
    assert faults_of(file, "sv") == []
    write = PdfWriter(clone_from=file)
    spoil(write)
    write.write(file)
    assert faults_of(file, "sv") == faults


ROWS = "".join(f"<tr><th scope=row>{year}</th><td>20</td></tr>" for year in range(2010, 2015))


@pytest.mark.parametrize("lines", [38, 40, 42, 44])
def test_a_short_table_stands_on_one_sheet_with_its_title(lines: int, tmp_path: Path) -> None:
    styles = ""
    for name in ("report.css", "paper.css"):
        style = resources.files("utfall.reports").joinpath("static", name)
        (tmp_path / name).write_bytes(style.read_bytes())
        styles += f'<link rel="stylesheet" href="{name}">'
    table = (
        '<div class="together"><table><caption>Rubrik</caption><thead><tr><th scope=col>År</th>'
        f"<th scope=col>Antal</th></tr></thead><tbody>{ROWS}</tbody></table></div>"
    )
    file = tmp_path / "x.pdf"
    text = f'<html lang="sv"><title>x</title>{styles}<h1>x</h1>{"<p>x</p>" * lines}{table}'
    file.write_bytes(print_here({file: text}, tmp_path)[file])
    assert faults_of(file, "sv") == []
    sheets = [sheet.extract_text() for sheet in PdfReader(file).pages]
    (held,) = [sheet for sheet in sheets if "Rubrik" in sheet]
    assert all(str(year) in held for year in range(2010, 2015))


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
