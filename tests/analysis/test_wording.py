"""Both languages say the same, with the same numbers."""

from __future__ import annotations

import re
import string

import pytest

from utfall.analysis.results import Quantity, Reason
from utfall.analysis.wording import catalogue, say, written


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("code", sorted(catalogue()))
def test_each_sentence_has_the_same_placeholders_in_both_languages(code: str) -> None:
    text = catalogue()[code]
    assert placeholders(text.sv) == placeholders(text.en)


def test_no_sentence_uses_the_words_that_committees_misread() -> None:
    told = " ".join(text.sv + " " + text.en for text in catalogue().values()).lower()
    assert not re.search(r"signifik|p-värde|oddskvot|odds ratio|p-value", told)


def test_a_protected_count_is_written_as_two_dots() -> None:
    values = (
        ("n_target", Quantity("count", None)),
        ("n_comparator", Quantity("count", None)),
        ("target", Quantity("text", text=catalogue()["gate_G1"])),
        ("comparator", Quantity("text", text=catalogue()["gate_G1"])),
        ("least", Quantity("number", 30)),
    )
    said = say(Reason("g2_fail_small", values))
    assert said.sv.count("..") == 2
    assert "30" in said.en


@pytest.mark.parametrize(
    ("quantity", "sv", "en"),
    [
        (Quantity("share", 0.005), "0\u00a0%", "0%"),
        (Quantity("points", -0.125), "−12", "−12"),
        (Quantity("count", 1240), "1\u00a0240", "1,240"),
        (Quantity("number", 0.25), "0,25", "0.25"),
        (Quantity("points", -0.001), "0", "0"),
    ],
)
def test_numbers_are_written_as_the_reader_writes_them(
    quantity: Quantity, sv: str, en: str
) -> None:
    assert (written(quantity, "sv"), written(quantity, "en")) == (sv, en)
