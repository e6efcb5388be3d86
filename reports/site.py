"""Site: one protected results document in, a bundle of pages, pictures and tables out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from utfall.analysis.document import canonical_json
from utfall.analysis.vocabulary import LANGUAGES, Language
from utfall.reports.charts import Album, chart_engine
from utfall.reports.exhibits import (
    CHARTS,
    EXPLORE,
    Exhibit,
    Exhibits,
    lay_out,
    lay_out_explore,
)
from utfall.reports.page import Page, file_name
from utfall.reports.pages import PARTS, Numbered, benchmark_of, parts_of, proof_of
from utfall.reports.study_pages import pages_of
from utfall.reports.verdict import set_aside, verdict
from utfall.reports.withheld import require_protected
from utfall.reports.words import Words, is_money

#: A mark beside each status, so that none is told by colour alone.
STATUS_ICONS = {
    "PASS": "✓",
    "RESERVE": "!",
    "FAIL": "✕",
    "NOT_EVALUATED": "?",
    "NOT_APPLICABLE": "–",
}


def build_site(document: Mapping[str, Any], out: Path, *, charts: bool = True) -> list[Path]:
    """Write every page of a study.

    Parameters
    ----------
    document : mapping
        A protected results document; nothing else is ever read.
    out : Path
        An empty folder.
    charts : bool
        Draw static pictures; without them, or without a browser, the tables stand open.

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
    album = Album(out / CHARTS) if charts and chart_engine() else None
    if album:
        lay_out_explore(out)
    for language in LANGUAGES:
        exhibits = Exhibits(out, language, album)
        _overview(document, out, language)
        for comparison in document["comparisons"]:
            _result(document, comparison, out, exhibits, language)
        for page in pages_of(document, _words(document, language)):
            _study_page(document, page, out, exhibits, language)
        for exhibit in exhibits.shown:
            _explore_page(document, exhibit, out, language)
    if album:
        album.draw()
    return sorted(path for path in out.rglob("*") if path.is_file())


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("utfall.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _words(document: Mapping[str, Any], language: Language) -> Words:
    return Words(language, document["study"]["disclosure"]["threshold"])


def _shared(
    document: Mapping[str, Any], language: Language, root: str, *, page: str = "index"
) -> dict[str, Any]:
    words = _words(document, language)
    other: Language = "en" if language == "sv" else "sv"
    return {
        "w": words,
        "language": language,
        "root": root,
        "page": page,
        "page_file": file_name("index", language),
        "other_file": file_name(page, other),
        "other_language": other,
        "about_file": file_name("about", language),
        "menu": [
            {"id": one.id, "title": one.title, "file": file_name(one.id, language)}
            for one in pages_of(document, words)
        ],
        "document": document,
        "study": document["study"],
        "verdict_of": lambda comparison: verdict(comparison, words),
        "is_money": is_money,
    }


def _overview(document: Mapping[str, Any], out: Path, language: Language) -> None:
    page = _environment().get_template("overview.html.j2").render(**_shared(document, language, ""))
    (out / file_name("index", language)).write_text(page, encoding="utf-8")


def _result(
    document: Mapping[str, Any],
    comparison: Mapping[str, Any],
    out: Path,
    exhibits: Exhibits,
    language: Language,
) -> None:
    """Write the pages of one comparison: its answer first, then what it rests on."""
    words = _words(document, language)
    benchmark = benchmark_of(document, comparison, words)
    parts = parts_of(document, comparison, words, first=2 if benchmark else 1)
    show = partial(exhibits.show, owner=comparison["id"])
    folder = out / comparison["id"]
    folder.mkdir(exist_ok=True)
    for part, figures in parts.items():
        values = {
            **_shared(document, language, "../", page=part),
            "part": part,
            "parts": [
                {"id": name, "title": words(f"part_{name}"), "file": file_name(name, language)}
                for name in PARTS
            ],
            "comparison": comparison,
            "verdict": verdict(comparison, words),
            "figures": [show(one.figure, number=one.number) for one in figures],
        }
        if part == "index":
            values |= {
                "aside": set_aside(document, comparison, words),
                "needed": list(
                    dict.fromkeys(words.text(line["why"]) for line in comparison["needed"])
                ),
                "proofs": {
                    gate["id"]: _proof(gate["id"], parts, language) for gate in comparison["gates"]
                },
                "icons": STATUS_ICONS,
                "benchmark": benchmark,
                "benchmark_shown": show(benchmark.figure, number=1) if benchmark else None,
            }
        name = "result" if part == "index" else f"part_{part}"
        page = _environment().get_template(f"{name}.html.j2").render(**values)
        (folder / file_name(part, language)).write_text(page, encoding="utf-8")


def _study_page(
    document: Mapping[str, Any], page: Page, out: Path, exhibits: Exhibits, language: Language
) -> None:
    text = (
        _environment()
        .get_template(page.template)
        .render(
            **_shared(document, language, "", page=page.id),
            title=page.title,
            shown={figure.id: exhibits.show(figure, page.id) for figure in page.figures},
            **page.values,
        )
    )
    (out / file_name(page.id, language)).write_text(text, encoding="utf-8")


def _proof(
    gate: str, parts: Mapping[str, list[Numbered]], language: Language
) -> dict[str, Any] | None:
    """Return the figure that shows what a check found: its address and its number."""
    proof = proof_of(gate, parts)
    if proof is None:
        return None
    page = "" if proof.part == "index" else file_name(proof.part, language)
    return {"address": f"{page}#figure-{proof.figure}", "number": proof.number}


def _explore_page(
    document: Mapping[str, Any], exhibit: Exhibit, out: Path, language: Language
) -> None:
    """Write the page on which a figure answers to the pointer; none where it was not drawn."""
    if exhibit.explore is None:
        return
    page = exhibit.explore.removesuffix(".html").removesuffix(".en")
    text = (
        _environment()
        .get_template("explore.html.j2")
        .render(**_shared(document, language, "../", page=page), shown=exhibit)
    )
    (out / EXPLORE / exhibit.explore).write_text(text, encoding="utf-8")
