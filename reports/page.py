"""Page: one page of a study beside its results, and what its template needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from utfall.analysis.vocabulary import Language
from utfall.reports.figure import Figure
from utfall.reports.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page about the whole study.

    Attributes
    ----------
    id : str
        Start of its file names; never ``index``.
    title : str
        Its heading and its name in the menu, in the page's language.
    template : str
        File in ``templates/``.
    values : mapping
        What the template needs beside what every page gets.
    figures : tuple of Figure
        In page order; the template finds each as ``shown[figure.id]``, with its files.
    in_menu : bool
        False for a page that another page leads to.
    """

    id: str
    title: str
    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    figures: tuple[Figure, ...] = ()
    in_menu: bool = True


#: Makes a page of a protected document, or None where the study has nothing for it.
PageMaker = Callable[[Mapping[str, Any], Words], Page | None]


def file_name(page: str, language: Language) -> str:
    """Return the file of a page in one language.

    >>> file_name("about", "sv"), file_name("about", "en")
    ('about.html', 'about.en.html')
    """
    return f"{page}.html" if language == "sv" else f"{page}.{language}.html"
