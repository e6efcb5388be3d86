"""A number beside the protected store is found in every form in which a bundle can say it."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.reports.conftest import comparison, document
from tests.trust.made_up_bundles import made_up, protected
from utfall.analysis.errors import PublicationRefused
from utfall.pipelines.audit.bundle import audit_bundle, require_sound
from utfall.pipelines.audit.known import Known, Part
from utfall.pipelines.audit.outside import leaks_of
from utfall.pipelines.audit.pdf import lines_of
from utfall.pipelines.audit.readers import READERS
from utfall.pipelines.audit.sayings import Saying
from utfall.pipelines.bundle import ALLOWED
from utfall.pipelines.cli import app
from utfall.reports.charts import Album, chart_engine
from utfall.reports.exhibits import CHARTS, Exhibits, lay_out_explore
from utfall.reports.paper import can_print, print_here
from utfall.reports.site import build_site
from utfall.reports.told import tell
from utfall.reports.words import Words

Spoil = Callable[[Path], None]

#: A group of three stood there before it was hidden; no number of the results is like these.
FEW, SHARE = "3", "37.3"

#: A whole number in a cell of a sheet, not the place of a text.
NUMBER_CELL = r'(<c r="[B-Z]\d+"(?: s="\d+")?><v>)\d{2,}<'

needs_browser = pytest.mark.skipif(chart_engine() is None, reason="no browser to draw with")
needs_pango = pytest.mark.skipif(not can_print(), reason="Pango is not installed")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small bundle with one picture in it."""
    document = protected(made_up(3, 180)[1:])
    folder = tmp_path_factory.mktemp("bundle") / "built"
    folder.mkdir()
    build_site(document, folder, charts=False)
    if chart_engine() is not None:
        _draw_one(document, folder)
    return folder


def _draw_one(document: dict[str, object], folder: Path) -> None:
    lay_out_explore(folder)
    words, aside = Words("sv"), folder.parent / "aside"
    (aside / "data").mkdir(parents=True)
    comparison = document["comparisons"][0]  # type: ignore[index]
    told = tell(document, comparison, words, "sv", Exhibits(aside, "sv", None))
    figures = [one.figure for part in told.parts.values() for one in part]
    album = Album(folder / CHARTS)
    exhibits = Exhibits(folder, "sv", album)
    for figure in figures:
        if figure.id in ("flow", "years_target"):
            exhibits.show(figure, "border")
    album.draw()


@pytest.fixture
def copy(bundle: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundle, tmp_path / "built"))


def found_in(folder: Path) -> set[str]:
    """Return the files in which the attacker found something."""
    document = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    return {leak.file for leak in leaks_of(folder, document)}


def changed(name: str, pattern: str, new: str) -> Spoil:
    """Return what puts something in the place of the first match, which must be there."""

    def spoil(folder: Path) -> None:
        path = folder / name
        text, n = re.subn(pattern, new, path.read_text("utf-8-sig"), count=1)
        assert n == 1, name
        path.write_text(text, encoding="utf-8")

    return spoil


def repacked(name: str, part: str, pattern: str, new: str) -> Spoil:
    """Return what changes one part of an Office file."""

    def spoil(folder: Path) -> None:
        with zipfile.ZipFile(folder / name) as book:
            parts = {one: book.read(one) for one in book.namelist()}
        text, n = re.subn(pattern, new, parts[part].decode("utf-8"), count=1)
        assert n == 1, part
        parts[part] = text.encode("utf-8")
        with zipfile.ZipFile(folder / name, "w") as book:
            for one, content in parts.items():
                book.writestr(one, content)

    return spoil


def put(name: str, content: bytes) -> Spoil:
    def spoil(folder: Path) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)

    return spoil


def printed(name: str, text: str) -> Spoil:
    page = f'<html lang="sv"><title>Utfall</title><p>{text}</p></html>'

    def spoil(folder: Path) -> None:
        file = folder / name
        file.write_bytes(print_here({file: page}, folder)[file])

    return spoil


PLOT, PICTURE = "explore/border_flow.js", "charts/border_flow_sv_wide.svg"
YEARS = "charts/border_years_target_sv_wide.svg"

FORMS: dict[str, tuple[str, Spoil]] = {
    "a cell of a table": (
        "data/border_flow.csv",
        changed("data/border_flow.csv", r"\d+$", FEW),
    ),
    "a cell of a table for Excel": (
        "data/border_flow_sv.csv",
        changed("data/border_flow_sv.csv", r"\d+$", FEW),
    ),
    "a table that no figure has": (
        "data/extra.csv",
        put("data/extra.csv", b"step,n_target\nentry,3\n"),
    ),
    "a cell of a workbook": (
        "data/border_sv.xlsx",
        repacked("data/border_sv.xlsx", "xl/worksheets/sheet2.xml", NUMBER_CELL, r"\g<1>3<"),
    ),
    "a sentence of a page": (
        "border/index.html",
        changed("border/index.html", r"</h1>", "</h1><p>Bara 3 personer fick arbete.</p>"),
    ),
    "a share in a sentence": (
        "border/index.html",
        changed("border/index.html", r"</h1>", f"</h1><p>Andelen är {SHARE} procent.</p>"),
    ),
    "a cell on a page": (
        "border/who.html",
        changed("border/who.html", r"<td>\d+</td>", f"<td>{FEW}</td>"),
    ),
    "a description for those who cannot see": (
        "border/index.html",
        changed("border/index.html", r"</h1>", f'</h1><img src="" alt="Andel: {SHARE}">'),
    ),
    "an attribute that nobody sees": (
        "border/index.html",
        changed("border/index.html", r"<h1>", f'<h1 data-share="{SHARE}">'),
    ),
    "a comment on a page": (
        "border/index.html",
        changed("border/index.html", r"</h1>", f"</h1><!-- {SHARE} -->"),
    ),
    "a style that shows text": (
        "static/report.css",
        changed("static/report.css", r"\A", f'p::after {{ content: "{SHARE}" }}\n'),
    ),
    "a paragraph of the memo": (
        "border/tjansteskrivelse.docx",
        repacked(
            "border/tjansteskrivelse.docx",
            "word/document.xml",
            r"(<w:t[^>]*>)[^<]+",
            r"\1Bara 3 personer",
        ),
    ),
    "what the memo says of itself": (
        "border/tjansteskrivelse.docx",
        repacked(
            "border/tjansteskrivelse.docx",
            "docProps/core.xml",
            r"(<dc:title>)[^<]*",
            rf"\g<1>{SHARE}",
        ),
    ),
    "a description of the bundle": (
        "ro-crate-metadata.json",
        changed("ro-crate-metadata.json", r'"@graph"', f'"n": {SHARE}, "@graph"'),
    ),
    "a description of the data": (
        "dcat.jsonld",
        changed("dcat.jsonld", r"\{", f'{{"n": {SHARE},'),
    ),
    "the schema of the results": (
        "results.schema.json",
        changed("results.schema.json", r"\{", f'{{"description": "{SHARE}",'),
    ),
    "a picture of points": ("charts/x.png", put("charts/x.png", b"\x89PNG\r\n")),
    "a format nobody reads": ("data/rows.parquet", put("data/rows.parquet", b"PAR1")),
    "results under another name": ("data/more.json", put("data/more.json", b'{"n": 3}')),
    "an unknown script": ("explore/more.js", put("explore/more.js", b"window.n = 3;")),
    "a plain text": ("notes.txt", put("notes.txt", b"Bara 3 personer")),
}
PAPERS: dict[str, tuple[str, Spoil]] = {
    "a sheet": (
        "border/committee.sv.pdf",
        printed("border/committee.sv.pdf", "Bara 3 personer fick arbete."),
    ),
    "a sheet whose words are not text": (
        "border/committee.sv.pdf",
        put("border/committee.sv.pdf", b"%PDF-1.7\nno objects here\n%%EOF"),
    ),
}
DRAWN: dict[str, tuple[str, Spoil]] = {
    "data of an interactive chart": (PLOT, changed(PLOT, r'"x": \[0\.\d+\]', '"x": [0.0123]')),
    "data packed into letters": (
        PLOT,
        changed(PLOT, r'"x": \[[^\]]*\]', '"x": {"dtype": "i1", "bdata": "Aw=="}'),
    ),
    "a label of an interactive chart": (
        PLOT,
        changed(PLOT, r'"text": "\d+"', f'"text": "{FEW}"'),
    ),
    "a hover text": (PLOT, changed(PLOT, r'"type": "bar"', '"type": "bar", "hovertext": ["3"]')),
    "a label of a picture": (PICTURE, changed(PICTURE, r">\d+</text>", f">{FEW}</text>")),
    "the length of a bar": (PICTURE, changed(PICTURE, r"H(\d+)\.\d+V", r"H\g<1>.99V")),
    "the place of a point": (
        YEARS,
        changed(YEARS, r'(class="point" transform="translate\([\d.]+,)[\d.]+', r"\g<1>99.5"),
    ),
    "a box behind a picture": (
        YEARS,
        changed(YEARS, r"(data-index=\"0\"[^>]*d=\"M[\d.]+,)[\d.]+", r"\g<1>1"),
    ),
    "a comment in a picture": (PICTURE, changed(PICTURE, r"</svg>$", f"<!-- {SHARE} --></svg>")),
    "a picture in a picture": (
        PICTURE,
        changed(PICTURE, r"</svg>$", '<image href="data:image/png;base64,AA=="/></svg>'),
    ),
    "a picture of something else": (
        "charts/border_other_sv_wide.svg",
        put("charts/border_other_sv_wide.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
    ),
}


def test_a_bundle_made_of_the_store_says_nothing_beside_it(bundle: Path) -> None:
    assert found_in(bundle) == set()


@pytest.mark.parametrize("years", [{}, {"second_low": None, "second_high": None}])
@pytest.mark.parametrize("headline", ["better_clear", "cannot_tell"])
def test_an_answered_comparison_says_nothing_beside_the_store(
    tmp_path: Path, headline: str, years: dict[str, None]
) -> None:
    build_site(document(comparison(headline, **years)), tmp_path, charts=False)
    assert found_in(tmp_path) == set()


def test_the_last_row_of_the_ladder_may_say_no_other_interval(tmp_path: Path) -> None:
    build_site(document(comparison("better_clear")), tmp_path, charts=False)
    table = "data/one_better_clear_ladder.csv"
    changed(table, r"(with_years,[^,]*),[^,]*", r"\1,0.02")(tmp_path)
    assert table in found_in(tmp_path)


def test_a_sheet_has_the_number_of_its_place_and_no_other(copy: Path) -> None:
    repacked("data/border_sv.xlsx", "xl/workbook.xml", r'name="1 ', 'name="4711 ')(copy)
    assert "data/border_sv.xlsx" in found_in(copy)


@pytest.mark.parametrize("form", FORMS)
def test_a_number_beside_the_store_is_found(copy: Path, form: str) -> None:
    file, spoil = FORMS[form]
    spoil(copy)
    assert found_in(copy) >= {file}


@needs_pango
@pytest.mark.parametrize("form", PAPERS)
def test_a_number_on_paper_is_found(copy: Path, form: str) -> None:
    file, spoil = PAPERS[form]
    spoil(copy)
    assert found_in(copy) >= {file}


@needs_browser
@pytest.mark.parametrize("form", DRAWN)
def test_a_number_in_a_picture_is_found(copy: Path, form: str) -> None:
    file, spoil = DRAWN[form]
    spoil(copy)
    assert file in found_in(copy)


def test_a_size_that_no_file_has_is_found_in_the_manifest(copy: Path) -> None:
    files = [{"path": "results.json", "kind": "data", "bytes": 37, "sha256": "ab" * 32}]
    (copy / "manifest.json").write_text(json.dumps({"schema": "x", "files": files}))
    assert found_in(copy) == {"manifest.json"}
    (copy / "manifest.json").write_text(json.dumps({"schema": "x", "people": [3]}))
    assert found_in(copy) == {"manifest.json"}


def test_the_command_names_the_file_and_never_the_number(copy: Path) -> None:
    changed("border/index.html", r"</h1>", f"</h1><p>Andelen är {SHARE}.</p>")(copy)
    run = CliRunner().invoke(app, ["audit", str(copy)])
    assert run.exit_code == 14
    assert "border/index.html" in run.output
    assert SHARE not in run.output
    with pytest.raises(PublicationRefused) as refused:
        require_sound(copy)
    told = {(fault.rule, fault.file) for fault in refused.value.faults}
    assert ("audit_outside", "border/index.html") in told


def test_a_sound_bundle_passes_the_whole_audit(bundle: Path) -> None:
    found = audit_bundle(bundle)
    assert found.recovered == ()
    assert found.n_hidden > 0
    assert found.n_files == sum(one.is_file() for one in bundle.rglob("*"))


def test_every_kind_of_file_that_may_be_published_is_read_or_refused() -> None:
    """A kind that is allowed and that nobody reads would be a way around the attack."""
    drawn = {".svg", ".js"}
    refused_whole = {".png", ".json"}
    assert {kind for kind in READERS if kind.startswith(".")} | drawn | refused_whole == ALLOWED


@needs_pango
def test_the_reader_of_sheets_sees_every_number_that_another_reader_sees(bundle: Path) -> None:
    from pypdf import PdfReader

    for path in bundle.rglob("*.pdf"):
        mine = re.findall(r"\d+", "\n".join(lines_of(path.read_bytes())))
        theirs = [
            number
            for page in PdfReader(path).pages
            for number in re.findall(r"\d+", page.extract_text())
        ]
        assert theirs
        assert {one for one in theirs if theirs.count(one) > mine.count(one)} == set()


def test_open_research_data_have_nobody_to_protect(copy: Path) -> None:
    page = copy / "data/border_flow.csv"
    page.write_text(re.sub(r"\d+$", FEW, page.read_text("utf-8"), count=1), encoding="utf-8")
    results = copy / "results.json"
    document = json.loads(results.read_text("utf-8"))
    assert found_in(copy)
    document["study"]["disclosure"]["public_data"] = True
    results.write_text(json.dumps(document), encoding="utf-8")
    assert found_in(copy) == set()


def test_a_year_that_a_plan_speaks_of_is_no_number_of_people() -> None:
    known = Known()
    known.take_in(Part("alla som anvisades till AMA eller VAC åren 2014–2018"))

    def outside(text: str) -> bool:
        return known.outside(Saying("index.html", "1", (text,))) is not None

    assert not outside("Vilka: de som anvisades 2014–2018.")
    assert outside("Vilka: de som anvisades 2014–2017.")
    assert outside("Så många: 2018 personer.")
