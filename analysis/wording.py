"""Wording: the sentences that gates and ladders speak, in Swedish and English side by side."""

from __future__ import annotations

from functools import cache
from importlib import resources

import yaml
from babel.numbers import format_decimal

from utfall.analysis.results import Quantity, Reason
from utfall.analysis.vocabulary import Language, Text

#: Files of sentences; no code stands in two of them.
CATALOGUES = ("wording.yml", "plan_wording.yml", "methods_wording.yml", "questions/wording.yml")

#: What stands in place of a count that protection took away (Kolada's sign for secrecy).
PROTECTED = ".."


@cache
def catalogue() -> dict[str, Text]:
    """Return every sentence of the package by its code."""
    here = resources.files("utfall.analysis")
    return {
        code: Text(str(entry["sv"]), str(entry["en"]))
        for name in CATALOGUES
        for code, entry in yaml.safe_load(here.joinpath(name).read_text("utf-8")).items()
    }


def say(reason: Reason) -> Text:
    """Return a reason's sentence with its quantities written out.

    Raises
    ------
    KeyError
        The code or a placeholder is not in the catalogue: a fault of ours, never of data.
    """
    sentence = catalogue()[reason.code]
    return Text(_filled(sentence.sv, reason, "sv"), _filled(sentence.en, reason, "en"))


def label(code: str) -> Text:
    """Return a fixed label of the catalogue."""
    return catalogue()[code]


def written(quantity: Quantity, language: Language) -> str:
    """Return one quantity as a reader of the language writes it.

    >>> written(Quantity("share", 0.425), "en")
    '42%'
    >>> written(Quantity("points", -0.042), "sv")
    '−4'
    """
    if quantity.kind == "text":
        return quantity.text.in_language(language) if quantity.text else ""
    if quantity.value is None:
        return PROTECTED
    if quantity.kind == "share":
        number = number_text(100 * quantity.value, language, "0")
        return f"{number}\u00a0%" if language == "sv" else f"{number}%"
    if quantity.kind == "points":
        return number_text(100 * quantity.value, language, "0")
    pattern = "#,##0.###" if quantity.kind == "number" else "#,##0"
    return number_text(quantity.value, language, pattern)


def number_text(value: float, language: Language, pattern: str) -> str:
    r"""Return a number in the language's form, with a real minus sign.

    >>> number_text(-1234.5, "sv", "#,##0.0")
    '−1\xa0234,5'
    """
    locale = "sv_SE" if language == "sv" else "en_GB"
    text = str(format_decimal(value, format=pattern, locale=locale)).replace("-", "\u2212")
    return text.removeprefix("\u2212") if not text.strip("\u22120.,") else text


def _filled(sentence: str, reason: Reason, language: Language) -> str:
    return sentence.format(**{name: written(value, language) for name, value in reason.values})
