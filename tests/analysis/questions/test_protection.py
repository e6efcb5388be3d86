"""No cell tells of few people, whatever its kind, and an exact document is exact."""

from __future__ import annotations

import pytest

from utfall.analysis.disclosure import Rules
from utfall.analysis.questions.answer import (
    Answer,
    Asked,
    Found,
    Table,
    _table,
    answer_document,
    sentence,
    spoken,
)
from utfall.analysis.questions.cells import (
    Amount,
    Band,
    Cell,
    Chance,
    Count,
    Modelled,
    Number,
    Points,
    Quantile,
    Rate,
    Ratio,
    Share,
    Times,
    words,
)
from utfall.analysis.questions.protection import shown
from utfall.analysis.vocabulary import Text

RULES = Rules()

FEW: list[Cell] = [
    Count(3),
    Share(3, 40),
    Share(38, 40),
    Share(2, 5),
    Chance(7),
    Rate(4, 120.0, per=12),
    Ratio(4, 100.0, 40, 100.0),
    Ratio(40, 100.0, 4, 100.0),
    Band(9.0, 9),
    Quantile(30.0, 12),
    Amount(12_000.0, 8),
    Amount(12_000.0, 400, largest_share=0.8),
    Modelled(0.1, 0.02, 0.3, 40, 4),
    Modelled(0.9, 0.8, 0.97, 40, 36),
    Modelled(0.5, 0.2, 0.8, 12, 6),
    Points(-0.1, None, None, 30, 3),
    Times(1.3, 0.8, 2.0, 30, 3),
    Times(1.3, 0.8, 2.0, 19, 10),
]


@pytest.mark.parametrize("cell", FEW, ids=repr)
def test_a_number_about_few_people_is_in_no_field_of_what_is_shown(cell: Cell) -> None:
    found = shown(cell, RULES)
    assert found.withheld
    assert (found.value, found.low, found.high) == (None, None, None)
    assert found.text.sv == found.text.en == ".."


MANY: list[tuple[Cell, float]] = [
    (Count(23), 25),
    (Share(17, 40), 0.38),
    (Chance(18), 20),
    (Rate(23, 118.0, per=12), 2.5),
    (Quantile(41.4, 60), 41),
    (Amount(12_345.0, 60), 12_000),
    (Modelled(0.4444, 0.3, 0.6, 60, 27), 0.44),
    (Points(-0.0449, None, None, 60, 27), -0.04),
    (Times(1.2345, 0.8, 2.0, 60, 27), 1.2),
]


@pytest.mark.parametrize(("cell", "value"), MANY, ids=repr)
def test_other_numbers_are_coarse(cell: Cell, value: float) -> None:
    assert shown(cell, RULES).value == pytest.approx(value)


def test_bounds_are_made_of_the_protected_count_and_not_of_the_true_one() -> None:
    assert shown(Chance(18), RULES) == shown(Chance(22), RULES)
    assert shown(Share(18, 41), RULES) == shown(Share(22, 39), RULES)
    assert shown(Ratio(18, 100.0, 41, 100.0), RULES) == shown(Ratio(22, 100.0, 39, 100.0), RULES)


def test_without_rules_nothing_is_hidden() -> None:
    assert [shown(cell, None).withheld for cell in FEW] == [False] * len(FEW)
    assert shown(Share(3, 40), None).value == pytest.approx(0.075)


def test_declared_numbers_and_words_are_nobodys() -> None:
    assert shown(Number(3.0), RULES).value == 3
    assert shown(words("tre", "three"), RULES).text.en == "three"


def test_one_hidden_part_of_a_total_takes_another_with_it() -> None:
    rows = tuple((words(name), Count(n)) for name, n in (("a", 3), ("b", 30), ("c", 20)))
    table = Table(
        id="t",
        title=sentence("q_too_few"),
        columns=("q_col_who", "q_col_people"),
        rows=(*rows, (words("all"), Count(53))),
        has_total=True,
    )
    values = [row[1]["value"] for row in _table(table, RULES)["rows"]]
    assert values == [None, 30, None, 55]


def test_what_a_table_keeps_back_no_sentence_and_no_number_tells() -> None:
    share, rest, few = Share(30, 120), Share(86, 120), Share(4, 120)
    table = Table(
        id="t",
        title=sentence("q_too_few"),
        columns=("q_col_who", "q_col_share", "q_col_share", "q_col_share"),
        rows=((words("a"), share, rest, few),),
        parts="rows",
    )
    found = Found(
        sentences=(sentence("q_dest_rest", share=share), sentence("q_dest_rest", share=rest)),
        tables=(table,),
        numbers=(("kept", share), ("rest", rest)),
    )
    question = Asked(id="q", document="d", family="x", text=Text("f", "q"))
    answer = Answer(asked=question, status="answered", found=found)
    document = answer_document(answer, RULES)
    assert [cell["withheld"] for cell in document["tables"][0]["rows"][0]] == [0, 1, 0, 1]
    assert document["numbers"]["kept"]["value"] is None
    assert document["numbers"]["rest"]["value"] is not None
    assert "too few people" in document["sentences"][0]["en"]
    open_document = answer_document(answer, None)
    assert open_document["numbers"]["kept"]["value"] == 0.25


def test_a_sentence_with_a_hidden_number_says_only_that() -> None:
    said = spoken(sentence("q_turn_good", rate=Rate(3, 100.0)), RULES)
    assert said["en"] == "One number is not shown here, since it is about too few people."
    never = spoken(sentence("q_stuck_median", median=Quantile(None, 60)), RULES)
    assert "Nobody was followed that far" in never["en"]


def test_a_question_whose_number_is_kept_back_is_answered_in_part_alone() -> None:
    hidden, shown = sentence("q_turn_good", rate=Rate(3, 100.0)), sentence("q_turn_cannot")
    asked = Asked(id="q", document="d", family="x", text=Text("f", "q"))
    answers = [
        Answer(asked=asked, status="answered", found=Found(sentences=told, tables=(), numbers=()))
        for told in ((hidden, shown), (shown,))
    ]
    assert [answer_document(one, RULES)["status"] for one in answers] == ["partly", "answered"]
