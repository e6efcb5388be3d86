"""Rulebook: what does each broken rule mean, and what is the way out?"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from string import Formatter

import yaml

from utfall.analysis.errors import Fault


@cache
def rulebook() -> Mapping[str, Mapping[str, str]]:
    """Return ``message`` and ``way_out`` of every rule by its code."""
    return _read("rulebook.yml")


@cache
def swedish_rulebook() -> Mapping[str, Mapping[str, str]]:
    """Return the same in Swedish."""
    return _read("rulebook_sv.yml")


def _read(name: str) -> dict[str, dict[str, str]]:
    text = (files("utfall.expectations") / name).read_text(encoding="utf-8")
    rules: dict[str, dict[str, str]] = yaml.safe_load(text)
    return rules


def broken(
    rule: str,
    *,
    file: str | None = None,
    row: int | None = None,
    column: str | None = None,
    rows: int = 1,
    **words: object,
) -> Fault:
    """Return the fault of a broken rule.

    Parameters
    ----------
    rule : str
        Code in the rulebook.
    **words
        What fills the braces of its wording: declared names and counts, never a cell's value.
        One that ends in ``_sv`` fills the Swedish wording in place of its namesake.

    Examples
    --------
    >>> str(broken("nul_byte", file="a.csv", row=7))
    'a.csv:7: [nul_byte] the row holds a NUL byte → export again; the file was damaged on the way'
    """
    wording, swedish = rulebook()[rule], swedish_rulebook()[rule]
    words_sv = {**words, "hint": str(words.get("hint", "")).replace("did you mean", "menade du")}
    words_sv |= {name.removesuffix("_sv"): word for name, word in words.items() if "_sv" in name}
    return Fault(
        rule=rule,
        message=_filled(wording["message"], words),
        way_out=_filled(wording["way_out"], words),
        message_sv=_filled(swedish["message"], words_sv),
        way_out_sv=_filled(swedish["way_out"], words_sv),
        file=file,
        row=row,
        column=column,
        rows=rows,
    )


def _filled(wording: str, words: Mapping[str, object]) -> str:
    known = {name: words.get(name, "") for _, name, _, _ in Formatter().parse(wording) if name}
    return wording.format(**known)
