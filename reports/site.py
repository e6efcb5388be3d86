"""Site: one protected results document in, a bundle of pages, pictures and tables out."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from utfall.analysis.document import canonical_json
from utfall.analysis.vocabulary import LANGUAGES, Language
from utfall.reports.answers import chapters
from utfall.reports.charts import Album, chart_engine
from utfall.reports.exhibits import (
    CHARTS,
    DATA,
    EXPLORE,
    Exhibit,
    Exhibits,
    lay_out,
    lay_out_explore,
)
from utfall.reports.memo import write_memo
from utfall.reports.metadata import write_metadata
from utfall.reports.page import Page, file_name
from utfall.reports.pages import PARTS
from utfall.reports.paper import Printing, can_print, print_apart, print_here
from utfall.reports.robust import robust_lines
from utfall.reports.study_pages import pages_of
from utfall.reports.told import Told, tell
from utfall.reports.typography import kept_together
from utfall.reports.verdict import verdict
from utfall.reports.withheld import require_protected
from utfall.reports.words import Words, is_money
from utfall.reports.workbook import write_workbook

#: A mark beside each status, so that none is told by colour alone.
STATUS_ICONS = {
    "PASS": "✓",
    "RESERVE": "!",
    "FAIL": "✕",
    "NOT_EVALUATED": "?",
    "NOT_APPLICABLE": "–",
}


def build_site(
    document: Mapping[str, Any], out: Path, *, charts: bool = True, papers: bool = True
) -> list[Path]:
    """Write every page of a study.

    Parameters
    ----------
    document : mapping
        A protected results document; nothing else is ever read.
    out : Path
        An empty folder.
    charts : bool
        Draw static pictures; without them, or without a browser, the tables stand open.
    papers : bool
        Write PDF, Word and Excel files as well; PDF only where the machine can lay it out.

    Returns
    -------
    list of Path
        Every file written.

    Raises
    ------
    PublicationRefused
        The document is not protected, or shows what its checks withheld.
    """
    require_protected(document)
    lay_out(out)
    (out / "results.json").write_text(canonical_json(document), encoding="utf-8")
    draws = charts and chart_engine() is not None
    if draws:
        lay_out_explore(out)
    # Each edition is drawn by a browser of its own as soon as its pages are written, and all
    # but the last are printed by a process of their own; waited for on threads, since the
    # caller may run inside an event loop.
    with ThreadPoolExecutor(max_workers=2 * len(LANGUAGES)) as waiting:
        begun = []
        for language in LANGUAGES:
            album = Album(out / CHARTS) if draws else None
            edition = _Edition(document, out, language, album, papers)
            edition.write_pages()
            begun.append((edition, waiting.submit(album.draw) if album else None))
        *others, last = begun
        ends = [waiting.submit(_finish, *other, print_apart) for other in others]
        _finish(*last, print_here)
        for end in ends:
            end.result()
    write_metadata(document, out)
    return sorted(path for path in out.rglob("*") if path.is_file())


def _finish(edition: _Edition, drawing: Future[None] | None, printed: Printing) -> None:
    """Wait for an edition's pictures, then write the papers that hold them."""
    if drawing:
        drawing.result()
    if edition.papers:
        edition.write_papers(printed)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("utfall.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class _Edition:
    """The site in one language."""

    def __init__(
        self,
        document: Mapping[str, Any],
        out: Path,
        language: Language,
        album: Album | None,
        papers: bool,
    ) -> None:
        self.document = document
        self.out = out
        self.language = language
        self.papers = papers
        self.words = Words(language, document["study"]["disclosure"]["threshold"])
        self.exhibits = Exhibits(out, language, album)
        self.study_pages = pages_of(document, self.words)
        self.answers = [
            tell(document, comparison, self.words, language, self.exhibits)
            for comparison in document["comparisons"]
        ]

    def write_pages(self) -> None:
        """Write the overview, each comparison's pages, the study's, and the interactive ones."""
        self._write("overview", "index")
        for told in self.answers:
            for part in PARTS:
                self._write_part(told, part)
        for page in self.study_pages:
            self._write_study_page(page)
        for exhibit in self.exhibits.shown:
            self._write_explore_page(exhibit)

    def write_papers(self, printed: Printing) -> None:
        """Write what a reader takes along: numbers in Excel, the draft memo, and PDF files."""
        for told in self.answers:
            write_workbook(self.document, told, self.out / DATA, self.words)
            if self.language == "sv":
                write_memo(self.document, told, self.out / told.comparison["id"], self.words)
        if not can_print():
            return
        report = self._text(
            "paper_report",
            answers=[_values(told) for told in self.answers],
            chapters=chapters(self.document, self.words),
        )
        pages = {self.out / f"report.{self.language}.pdf": report}
        for told in self.answers:
            name = self.out / told.comparison["id"] / f"committee.{self.language}.pdf"
            pages[name] = self._text("paper_committee", **_values(told))
        for file, content in printed(pages, self.out).items():
            file.write_bytes(content)

    def _write_part(self, told: Told, part: str) -> None:
        """Write one page of a comparison: its answer, or something that the answer rests on."""
        self._write(
            "result" if part == "index" else f"part_{part}",
            part,
            folder=told.comparison["id"],
            **_values(told),
            part=part,
            parts=[
                {
                    "id": one,
                    "title": self.words(f"part_{one}"),
                    "file": file_name(one, self.language),
                }
                for one in PARTS
            ],
            figures=told.parts[part],
        )

    def _write_study_page(self, page: Page) -> None:
        shown = {figure.id: self.exhibits.show(figure, page.id) for figure in page.figures}
        template = page.template.removesuffix(".html.j2")
        self._write(template, page.id, title=page.title, shown=shown, **page.values)

    def _write_explore_page(self, exhibit: Exhibit) -> None:
        """Write the page on which a figure answers to the pointer; none where it is not drawn."""
        if exhibit.explore is not None:
            page = exhibit.explore.removesuffix(".html").removesuffix(".en")
            self._write("explore", page, folder=EXPLORE, shown=exhibit)

    def _write(self, template: str, page: str, folder: str = "", **values: Any) -> None:
        """Write one page; ``folder`` is its own below the bundle, none for the first pages."""
        root = "../" if folder else ""
        path = self.out / folder / file_name(page, self.language)
        path.parent.mkdir(exist_ok=True)
        path.write_text(self._text(template, root=root, page=page, **values), encoding="utf-8")

    def _text(self, template: str, *, root: str = "", page: str = "index", **values: Any) -> str:
        """Return a page; ``root`` leads from it to the bundle's first page."""
        other: Language = "en" if self.language == "sv" else "sv"
        shared = {
            "w": self.words,
            "language": self.language,
            "root": root,
            "page": page,
            "page_file": file_name("index", self.language),
            "other_file": file_name(page, other),
            "other_language": other,
            "about_file": file_name("about", self.language),
            "claims_file": file_name("claims", self.language),
            "menu": [
                {"id": one.id, "title": one.title, "file": file_name(one.id, self.language)}
                for one in self.study_pages
                if one.in_menu
            ],
            "document": self.document,
            "study": self.document["study"],
            "verdict_of": lambda comparison: verdict(comparison, self.words),
            "is_money": is_money,
            "robust_lines": robust_lines,
            "papers": self.papers,
            "prints": self.papers and can_print(),
        }
        html = _environment().get_template(f"{template}.html.j2").render(**shared, **values)
        return kept_together(html, on_paper=template.startswith("paper_"))


def _values(told: Told) -> dict[str, Any]:
    """Return what every template about one comparison may use."""
    return {
        "told": told,
        "comparison": told.comparison,
        "verdict": told.verdict,
        "icons": STATUS_ICONS,
    }
