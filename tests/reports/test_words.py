"""Numbers and names read as the language writes them."""

from __future__ import annotations

from importlib import resources

import pytest
import yaml

from utfall.reports.words import CATALOGUES, Words, catalogue

from .conftest import comparison

SHARES = comparison("better_clear")


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.04, 0.13, "between 4 and 13 more in 100"),
        (-0.13, -0.04, "between 4 and 13 fewer in 100"),
        (-0.25, 0.24, "between 25 fewer and 24 more in 100"),
        (0.0, 0.17, "between no difference and 17 more in 100"),
        (-0.17, 0.004, "between 17 fewer in 100 and no difference"),
        (0.0, 0.0, "at zero"),
    ],
)
def test_an_interval_is_said_without_a_sign(low: float, high: float, said: str) -> None:
    assert Words("en").between(low, high, SHARES) == said


def test_a_money_interval_keeps_a_real_minus_and_swedish_spaces() -> None:
    money = comparison("cannot_tell", scale="currency", unit="kronor")
    assert Words("sv").between(-1200.0, 3400.0, money) == "mellan −1\u00a0200 och 3\u00a0400 kronor"


def test_a_protected_number_does_not_make_a_sentence_tail_off() -> None:
    reason = {"sv": "Vi vet hur det gick för ... Resten är okänt.", "en": "Known for .. of them."}
    assert Words("sv").text(reason) == "Vi vet hur det gick för (skyddat tal). Resten är okänt."
    assert Words("en").text(reason) == "Known for (protected number) of them."


@pytest.mark.parametrize("sign", [".", ",", ";", ":", ""])
def test_no_sign_after_a_protected_number_leaves_bare_dots(sign: str) -> None:
    told = Words("sv").text({"sv": f"Andelen är ..{sign} men resten är okänt.", "en": ""})
    assert told == f"Andelen är (skyddat tal){sign} men resten är okänt."


def test_a_range_that_starts_with_dots_is_left_alone() -> None:
    assert Words("sv").text({"sv": "… och lika personer", "en": ""}) == "… och lika personer"


def test_an_event_of_one_day_is_one_day_and_says_who_reported_it() -> None:
    event = {
        "label": {"sv": "Ny kodlista", "en": "New codes"},
        "starts_on": "2017-01-01",
        "ends_on": "2017-01-01",
        "source": "a debate",
        "evidence_grade": "party",
    }
    told = Words("en").event(event)
    assert told.count("2017-01-01") == 1
    assert "stated by a party" in told
    assert "ongoing" in Words("en").event({**event, "ends_on": "9999-12-31"})


def test_things_in_a_row_are_named_once() -> None:
    assert Words("sv").listed(["a", "b", "a", "c"]) == "a, b och c"


@pytest.mark.parametrize(
    ("package", "name"),
    [
        *(("utfall.reports", f"text/{name}") for name in CATALOGUES),
        ("utfall.analysis", "wording.yml"),
    ],
)
def test_no_sentence_is_written_twice(package: str, name: str) -> None:
    """YAML takes the last of two equal keys without a word."""
    text = resources.files(package).joinpath(name).read_text("utf-8")
    root = yaml.compose(text)
    assert isinstance(root, yaml.MappingNode)
    keys = [key.value for key, _ in root.value]
    assert sorted(keys) == sorted(set(keys))


def test_no_sentence_stands_in_two_catalogues() -> None:
    texts = resources.files("utfall.reports").joinpath("text")
    found = [yaml.safe_load(texts.joinpath(name).read_text("utf-8")) for name in CATALOGUES]
    assert len(catalogue()) == sum(map(len, found))


@pytest.mark.parametrize(
    ("target", "comparator", "told"),
    [
        (1250, 35, "Hur många: AMA 1\u00a0250, VAC 35."),
        (None, 35, "Hur många: AMA (visas inte), VAC 35."),
        (None, None, "Hur många: för få för att visas."),
    ],
)
def test_a_sentence_on_how_many_ends_in_words(
    target: int | None, comparator: int | None, told: str
) -> None:
    names = {"target_name": {"sv": "AMA"}, "comparator_name": {"sv": "VAC"}}
    counts = {"n_target": target, "n_comparator": comparator}
    assert Words("sv").counted({**names, **counts}) == told
