"""Tongue: which language does the person at the keyboard read, and how is it said in it?"""

from __future__ import annotations

import os
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
    return sentence if language == "en" else _swedish().get(sentence, sentence)


def spoken_fault(fault: Fault, language: Language) -> tuple[str, str]:
    """Return what is wrong and the way out, in a language."""
    if language == "sv" and fault.message_sv:
        return fault.message_sv, fault.way_out_sv
    return spoken(fault.message, language), spoken(fault.way_out, language)


@cache
def _swedish() -> dict[str, str]:
    text = resources.files("utfall.pipelines").joinpath("messages_sv.yml").read_text("utf-8")
    return dict(yaml.safe_load(text))
