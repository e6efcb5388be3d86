"""About: where the numbers come from, and how anybody makes them again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from utfall.reports.page import Page
from utfall.reports.words import Words


def about_page(document: Mapping[str, Any], words: Words) -> Page:
    """Return the page about the run: its deliveries, protocols and way to repeat it."""
    return Page(
        id="about",
        title=words("about_page_heading"),
        template="about.html.j2",
        values={"deliveries": document["deliveries"], "quality": document["data_quality"]},
    )
