"""The first sentence says what the numbers allow, and no more."""

from __future__ import annotations

import re
import string

import pytest

from utfall.reports.verdict import verdict
from utfall.reports.words import Words, catalogue

from .conftest import HEADLINES, comparison


def lix(text: str) -> float:
    """Return the Swedish readability index: words per sentence plus share of long words."""
    words = re.findall(r"[\wåäöÅÄÖ]+", text)
    sentences = max(len(re.findall(r"[.!?:]", text)), 1)
    long = sum(len(word) > 6 for word in words)
    return len(words) / sentences + 100 * long / max(len(words), 1)


def all_words(headline: str, language: str = "sv") -> str:
    told = verdict(comparison(headline), Words(language))  # type: ignore[arg-type]
    return " ".join((told.sentence, *told.numbers, *told.can, *told.cannot))


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("key", sorted(catalogue()))
def test_both_languages_carry_the_same_placeholders(key: str) -> None:
    entry = catalogue()[key]
    assert set(entry) == {"sv", "en"}
    assert placeholders(entry["sv"]) == placeholders(entry["en"])


@pytest.mark.parametrize("headline", HEADLINES)
def test_both_languages_carry_the_same_numbers(headline: str) -> None:
    numbers = [re.findall(r"\d+", all_words(headline, language)) for language in ("sv", "en")]
    assert sorted(numbers[0]) == sorted(numbers[1])


def test_an_open_question_never_says_fewer_or_more_in_its_verdict() -> None:
    told = verdict(comparison("cannot_tell"), Words("en"))
    assert "cannot tell" in told.sentence
    assert "appear" not in told.sentence
    assert any("11 in 100" in line for line in told.numbers)
    assert any("270" in line for line in told.numbers)


def test_a_negative_difference_says_fewer() -> None:
    down = comparison("better_clear", estimate=-0.12, conf_low=-0.21, conf_high=-0.11)
    assert "färre" in verdict(down, Words("sv")).sentence
    assert "fewer" in verdict(down, Words("en")).sentence


def test_people_out_of_a_hundred_differ_by_the_printed_difference() -> None:
    told = verdict(comparison("better_clear"), Words("en"))
    a, b = map(int, re.findall(r": (\d+) after AMA and (\d+)", told.numbers[0])[0])
    assert a - b == 12


def test_a_refusal_gives_reasons_and_no_number() -> None:
    told = verdict(comparison("not_comparable"), Words("sv"))
    assert told.numbers == ()
    assert told.reasons == ("because of the law (sv)",)
    assert not re.search(r"\d", told.sentence)


def test_an_answer_hidden_for_few_people_says_what_would_settle_it() -> None:
    hidden = comparison(
        "cannot_tell",
        estimate=None,
        conf_low=None,
        conf_high=None,
        mean_target=None,
        mean_comparator=None,
    )
    told = verdict(hidden, Words("sv"))
    assert "För få personer" in told.numbers[0]
    assert any("270" in line for line in told.numbers)


@pytest.mark.parametrize("headline", HEADLINES)
def test_committee_text_is_plain_swedish(headline: str) -> None:
    assert lix(all_words(headline)) <= 40


def test_no_heading_says_better_or_worse() -> None:
    for key, entry in catalogue().items():
        if key.startswith(("verdict", "tag", "ladder", "gap", "years", "overlap")):
            assert not re.search(r"bättre|sämre|better|worse", entry["sv"] + entry["en"]), key
