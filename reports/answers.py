"""Answers: one page for each source document, and one for what everybody claims."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from utfall.analysis.vocabulary import Language
from utfall.reports.answer_figures import bars_figure, curves_figure, funnel_figure
from utfall.reports.figure import Figure
from utfall.reports.ledger_figure import ledger_figure
from utfall.reports.page import Page, file_name
from utfall.reports.words import Words

#: Spelt out on every page that uses them; the words stand in the catalogue as ``abbr_…``.
ABBREVIATIONS = ("AMA", "LSS", "MIA", "OSA", "SFI", "SUS", "SoL", "VAC")

#: Stands before the words of a verdict, so that a long list can be run through.
CLAIM_MARKS = {
    "fits": "✓",
    "does_not_fit": "✕",
    "cannot_tell": "?",
    "informs": "•",
    "not_tried": "○",
    "not_comparable": "■",
    "not_answered": "–",
    "not_here": "–",
    "value": "–",
}


def questions_page(document: Mapping[str, Any], words: Words) -> Page | None:
    """Return the page that leads to every source document, or None where none is declared."""
    documents = document.get("documents", [])
    if not documents:
        return None
    return Page(
        id="questions",
        title=words("questions_heading"),
        template="questions.html.j2",
        values={
            "documents": [_summary(document, one, words.language) for one in documents],
            "abbreviations": abbreviations(
                [documents, [row["question"] for row in document["questions"]]], words
            ),
        },
    )


def document_pages(document: Mapping[str, Any], words: Words) -> list[Page]:
    """Return one page for each source document, with all its answers."""
    return [_document_page(document, one, words) for one in document.get("documents", [])]


def chapters(document: Mapping[str, Any], words: Words) -> list[dict[str, Any]]:
    """Return the source documents with all their answers, as the report prints them."""
    return [
        {
            "source": one,
            "answers": answers,
            "abbreviations": abbreviations([one, answers], words),
        }
        for one in document.get("documents", [])
        for answers in [[row for row in document["questions"] if row["document"] == one["id"]]]
    ]


def claims_page(document: Mapping[str, Any], words: Words) -> Page | None:
    """Return the ledger of claims, or None where the study keeps none."""
    claims = document.get("claims", [])
    if not claims:
        return None
    documents = document["documents"]
    return Page(
        id="claims",
        title=words("claims_heading"),
        template="claims.html.j2",
        values={
            "groups": [
                {"source": one, "claims": [c for c in claims if c["document"] == one["id"]]}
                for one in documents
                if any(c["document"] == one["id"] for c in claims)
            ],
            "marks": CLAIM_MARKS,
            "pages": _pages(document, words.language),
            "abbreviations": abbreviations([documents, claims], words),
        },
    )


def abbreviations(told: Any, words: Words) -> list[tuple[str, str]]:
    """Return the abbreviations that a page's texts use, spelt out, in alphabetical order.

    Parameters
    ----------
    told : nested lists and mappings
        What the page shows; texts in its language are searched for whole words.
    """
    text = " ".join(_texts(told, words.language))
    return [
        (short, words(f"abbr_{short}"))
        for short in ABBREVIATIONS
        if re.search(rf"\b{short}\b", text)
    ]


def _texts(told: Any, language: Language) -> Iterator[str]:
    """Yield the texts of one language in nested plain values."""
    if isinstance(told, Mapping):
        if isinstance(told.get(language), str):
            yield told[language]
            return
        told = list(told.values())
    if isinstance(told, list):
        for part in told:
            yield from _texts(part, language)


def _document_page(document: Mapping[str, Any], one: Mapping[str, Any], words: Words) -> Page:
    answers = [row for row in document["questions"] if row["document"] == one["id"]]
    claims = [c for c in document.get("claims", []) if c["document"] == one["id"]]
    figures: list[Figure] = []
    shown: list[dict[str, Any]] = []
    for answer in answers:
        tables = []
        for table in answer["tables"]:
            figure = (
                bars_figure(answer, table, words)
                or curves_figure(answer, table, words)
                or funnel_figure(answer, table, words)
                or ledger_figure(answer, table, words)
            )
            if figure is not None:
                figures.append(figure)
            tables.append({"table": table, "figure": figure.id if figure else None})
        shown.append({"answer": answer, "tables": tables})
    return Page(
        id=one["page"],
        title=words.text(one["title"]),
        template="document.html.j2",
        values={
            "source": one,
            "answers": shown,
            "claims": claims,
            "pages": _pages(document, words.language),
            "abbreviations": abbreviations([one, answers, claims], words),
        },
        figures=tuple(figures),
        in_menu=False,
    )


def _pages(document: Mapping[str, Any], language: Language) -> dict[str, str]:
    """Return where each answer or comparison stands, by what a claim rests on."""
    page = {one["id"]: file_name(one["page"], language) for one in document["documents"]}
    found = {
        answer["id"]: f"{page[answer['document']]}#{answer['id']}"
        for answer in document["questions"]
    }
    index = file_name("index", language)
    return found | {c["id"]: f"{c['id']}/{index}" for c in document["comparisons"]}


def _summary(
    document: Mapping[str, Any], one: Mapping[str, Any], language: Language
) -> dict[str, Any]:
    answers = [row for row in document["questions"] if row["document"] == one["id"]]
    return {
        "source": one,
        "file": file_name(one["page"], language),
        "answers": answers,
    }
