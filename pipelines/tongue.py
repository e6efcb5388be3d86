"""Tongue: which language does the person at the keyboard read, and how is it said in it?"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

import yaml

from utfall.analysis.errors import Fault
from utfall.analysis.vocabulary import Language

#: In the order in which they are asked; the first is ours and goes before the machine's.
VARIABLES = ("UTFALL_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


def language_of(environment: Mapping[str, str] | None = None) -> Language:
    """Return the language of messages: Swedish where the machine speaks it, else English.

    >>> language_of({"LANG": "sv_SE.UTF-8"}), language_of({"LANG": "C"})
    ('sv', 'en')
    >>> language_of({"UTFALL_LANGUAGE": "en", "LANG": "sv_SE.UTF-8"})
    'en'
    """
    known = os.environ if environment is None else environment
    said = next((known[name] for name in VARIABLES if known.get(name)), "")
    return "sv" if said.lower().startswith("sv") else "en"


def spoken(sentence: str, language: Language) -> str:
    """Return a sentence of the program in a language; English where it has no other."""
    if language == "en":
        return sentence
    found = _swedish().get(sentence)
    return _filled(sentence) if found is None else found


def spoken_lines(text: str, language: Language) -> str:
    """Return findings in a language, line by line and column by column.

    Columns are parted by two spaces or more, and stay where they were unless what stands
    before them is longer.

    >>> print(spoken_lines("ok       fonts   Liberation", "sv"))
    finns    typsnitt  Liberation
    """
    return "\n".join(_spoken_line(line, language) for line in text.split("\n"))


def _spoken_line(line: str, language: Language) -> str:
    told = ""
    for found in re.finditer(r"(\s*)(\S+(?: \S+)*)", line):
        wanted = found.start(2)
        gap = wanted - len(told) if wanted - len(told) >= 2 or not told else 2
        told += " " * gap + spoken(found.group(2), language)
    return told


def spoken_fault(fault: Fault, language: Language) -> tuple[str, str]:
    """Return what is wrong and the way out, in a language."""
    if language == "en":
        return fault.message, fault.way_out
    return (
        fault.message_sv or spoken(fault.message, language),
        fault.way_out_sv or spoken(fault.way_out, language),
    )


def _filled(sentence: str) -> str:
    """Return a sentence that names something in Swedish, by the pattern that it follows."""
    for pattern, swedish in _patterns():
        if found := pattern.fullmatch(sentence):
            return swedish.format(*found.groups())
    return sentence


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Return the sentences with names left out, those that say most first."""
    named = [(english, swedish) for english, swedish in _swedish().items() if "{}" in english]
    named.sort(key=lambda pair: -len(pair[0].replace("{}", "")))
    return [(re.compile(re.escape(one).replace(r"\{\}", "(.+?)")), other) for one, other in named]


@cache
def _swedish() -> dict[str, str]:
    text = resources.files("utfall.pipelines").joinpath("messages_sv.yml").read_text("utf-8")
    return dict(yaml.safe_load(text))
