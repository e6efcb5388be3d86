"""About: where the numbers come from, how anybody makes them again, and who can use the pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from utfall.reports.metadata import CATALOGUE_FILE, CRATE_FILE, SCHEMA_FILE
from utfall.reports.page import Page
from utfall.reports.words import Words


def about_page(document: Mapping[str, Any], words: Words) -> Page:
    """Return the page about the run: its deliveries and protocols, and the way to repeat it.

    It holds the draft of the accessibility statement that the law asks of a public body
    (lag 2018:1937 om tillgänglighet till digital offentlig service).
    """
    study = document["study"]
    return Page(
        id="about",
        title=words("about_page_heading"),
        template="about.html.j2",
        values={
            "deliveries": document["deliveries"],
            "quality": document["data_quality"],
            "contact": study.get("contact"),
            "revisions": sorted(
                study.get("revisions") or [], key=lambda one: one["on"], reverse=True
            ),
            "machine_files": [CRATE_FILE, CATALOGUE_FILE, SCHEMA_FILE],
        },
    )
