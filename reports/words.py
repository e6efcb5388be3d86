"""Words: the sentences of the pages, from one catalogue, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import yaml

from utfall.analysis.vocabulary import Language
from utfall.analysis.wording import number_text

#: Kolada's sign for a number that is withheld to protect people.
PROTECTED = ".."


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return every sentence of the pages by its key."""
    content = resources.files("utfall.reports").joinpath("text/pages.yml").read_text("utf-8")
    return dict(yaml.safe_load(content))


class Words:
    """The catalogue in one language.

    Parameters
    ----------
    language : {"sv", "en"}
    """

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, key: str, **values: object) -> str:
        """Return the sentence of a key with its placeholders filled."""
        return catalogue()[key][self.language].format(**values)

    def text(self, both: Mapping[str, str] | None) -> str:
        """Return this language's side of a text of the results."""
        return "" if both is None else both[self.language]

    def count(self, value: float | None) -> str:
        """Return a number of people; ``..`` where it is protected."""
        return PROTECTED if value is None else number_text(value, self.language, "#,##0")

    def decimal(self, value: float | None) -> str:
        """Return a number with at most one decimal."""
        return PROTECTED if value is None else number_text(value, self.language, "#,##0.#")

    def amount(self, value: float, scale: str) -> str:
        """Return an estimate as printed: points of a hundred, or whole units."""
        return number_text(100 * value if scale == "share" else value, self.language, "#,##0")

    def signed(self, value: float | None, scale: str) -> str:
        """Return an estimate with its sign, or that it is not shown."""
        if value is None:
            return self("withheld")
        text = self.amount(value, scale)
        return text if text.startswith("\u2212") or text == "0" else f"+{text}"

    def percent(self, value: float | None) -> str:
        """Return a share in whole percent."""
        if value is None:
            return PROTECTED
        number = number_text(100 * value, self.language, "0")
        return f"{number}\u00a0%" if self.language == "sv" else f"{number}%"

    def side(self, value: float) -> str:
        """Return a bound of a risk difference as fewer or more of a hundred."""
        points = round(100 * value)
        if points == 0:
            return self("side_none")
        key = "side_more" if points > 0 else "side_fewer"
        return self(key, n=number_text(abs(points), self.language, "0"))


def is_money(comparison: Mapping[str, Any]) -> bool:
    """Return whether a comparison is of amounts rather than of shares."""
    return bool(comparison["scale"] != "share")
