"""Study pages: which pages does a study have beside its results, and in which order?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from utfall.reports.about import about_page
from utfall.reports.answers import claims_page, document_pages, questions_page
from utfall.reports.data_quality import data_quality_page
from utfall.reports.method import method_page
from utfall.reports.page import Page, PageMaker
from utfall.reports.validation import validation_page
from utfall.reports.words import Words

#: In the order of the menu.
STUDY_PAGES: tuple[PageMaker, ...] = (
    questions_page,
    claims_page,
    data_quality_page,
    method_page,
    validation_page,
    about_page,
)


def pages_of(document: Mapping[str, Any], words: Words) -> list[Page]:
    """Return the pages that this study has something for."""
    made = (make(document, words) for make in STUDY_PAGES)
    found = [page for page in made if page is not None]
    return [*found, *document_pages(document, words)]
