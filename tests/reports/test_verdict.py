"""The first sentence says what the numbers allow, and no more."""

from __future__ import annotations

import re
import string

import pytest

from utfall.reports.verdict import set_aside, verdict
from utfall.reports.words import Words, catalogue

from .conftest import HEADLINES, comparison, document


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
    assert not re.search(r"\d", " ".join(told.numbers))
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


def test_a_vague_answer_says_how_many_more_months_it_takes_and_a_large_one_none() -> None:
    vague = verdict(comparison("cannot_tell", months_needed=41), Words("en"))
    assert any("about 41 more months" in line for line in vague.numbers)
    for enough in (0, None):
        told = verdict(comparison("cannot_tell", months_needed=enough), Words("en"))
        assert not any("more months" in line for line in told.numbers)


@pytest.mark.parametrize("headline", HEADLINES)
def test_committee_text_is_plain_swedish(headline: str) -> None:
    assert lix(all_words(headline)) <= 40


def test_no_heading_says_better_or_worse() -> None:
    for key, entry in catalogue().items():
        if key.startswith(("verdict", "tag", "ladder", "gap", "years", "overlap")):
            assert not re.search(r"bättre|sämre|better|worse", entry["sv"] + entry["en"]), key


def test_reservations_stand_in_the_tag() -> None:
    assert verdict(comparison("better_clear"), Words("en")).tag.startswith(
        "Comparable with reservations"
    )
    sure = comparison("better_clear", fairness="comparable")
    assert verdict(sure, Words("sv")).tag == "Går att jämföra – tydlig skillnad"


def test_no_verdict_is_told_by_colour_alone() -> None:
    icons = {verdict(comparison(headline), Words("sv")).icon for headline in HEADLINES}
    assert len(icons) == len(HEADLINES)


def test_an_open_question_says_how_wide_it_is() -> None:
    told = " ".join(verdict(comparison("cannot_tell"), Words("sv")).numbers)
    assert "Osäkerheten är omkring 19 av 100" in told
    assert "14 färre och 18 fler" in told


def test_probably_follows_the_level_of_the_interval() -> None:
    told = " ".join(verdict(comparison("better_clear", conf_level=0.9), Words("en")).numbers)
    assert "9 cases out of 10" in told


def test_bounds_say_both_what_is_unknown_and_what_is_chance() -> None:
    told = verdict(comparison("bounds"), Words("en")).numbers
    assert "between 22 fewer and 37 more" in told[0]
    assert "between 30 fewer and 44 more" in told[1]


def test_those_who_could_not_be_compared_are_counted_and_nothing_is_said_of_them() -> None:
    steps = [
        {"step": "entry", "label": {}, "n_target": 280, "n_comparator": 195},
        {"step": "population", "label": {}, "n_target": 85, "n_comparator": 65},
    ]
    partly = comparison("cannot_tell", attrition=steps)
    assert "Bara 150 av 475 personer" in " ".join(verdict(partly, Words("sv")).labels)
    steps[1]["n_comparator"] = None  # type: ignore[assignment]
    assert "475" not in " ".join(verdict(partly, Words("sv")).labels)


def test_a_disrupted_period_that_was_set_aside_is_said_with_what_it_would_change() -> None:
    one = comparison("better_clear")
    one["attrition"].append({**one["attrition"][0], "step": "disruption"})
    one["sensitivity"].append({**one["sensitivity"][0], "id": "with_disruption", "estimate": -0.02})
    told = set_aside(document(one), one, Words("en"))
    assert told[0].startswith("The fire (en)")
    assert "−2 percentage points" in told[1]
    refused = {**one, "fairness": "not_comparable"}
    assert set_aside(document(refused), refused, Words("en")) == []


@pytest.mark.parametrize("key", sorted(catalogue()))
def test_no_sentence_needs_a_course_in_statistics(key: str) -> None:
    said = catalogue()[key]["sv"] + catalogue()[key]["en"]
    assert not re.search(r"signifikan|significan|p-värde|p-value|oddskvot|odds ratio", said)


def test_bounds_that_are_hidden_are_not_spoken_of_as_if_they_stood_there() -> None:
    told = verdict(comparison("bounds", bounds=None), Words("sv"))
    assert "För få personer" in told.numbers[0]
    assert "gränserna" not in " ".join(told.can)


def test_where_only_the_years_leave_the_answer_open_more_people_are_not_asked_for() -> None:
    numbers = {"estimate": 0.06, "conf_low": 0.02, "conf_high": 0.10}
    by_years = comparison("cannot_tell", **numbers, second_low=-0.03, second_high=0.15)
    told = verdict(by_years, Words("sv"))
    assert any("Fler år eller fler ställen" in line for line in told.numbers)
    assert not any("personer i varje verksamhet behövs" in line for line in told.numbers)
    assert "3 färre" in told.can[0]
    by_people = comparison("cannot_tell", **numbers | {"conf_low": -0.02}, second_low=-0.03)
    told = verdict(by_people, Words("sv"))
    assert not any("Fler år" in line for line in told.numbers)
    assert any("personer i varje verksamhet behövs" in line for line in told.numbers)
