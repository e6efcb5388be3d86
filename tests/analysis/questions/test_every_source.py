"""Every source: few people stay hidden, and with the required tables alone every question ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from utfall.analysis.disclosure import Rules
from utfall.analysis.questions.answer import Asked, Frames, _table, answer_document
from utfall.analysis.questions.ask import ask_all
from utfall.analysis.questions.coordination import (
    destinations,
)
from utfall.analysis.questions.families import FAMILIES
from utfall.analysis.questions.payers import path
from utfall.analysis.questions.protection import shown
from utfall.expectations.contract import load_contracts
from utfall.pipelines.questions import asked_of, load_questions
from utfall.pipelines.simulation.lund import draw_lund
from utfall.pipelines.simulation.mia import draw_mia
from utfall.pipelines.simulation.pilots import draw_pilots
from utfall.pipelines.simulation.stockholm import draw_stockholm
from utfall.pipelines.study import load_study

MakeFrames = Callable[[Any], Frames]
MakeAsked = Callable[..., Asked]

MIA = {"programme": "mia", "source": "ostra_sodertorn"}
LUND = {"programme": "ame_lund", "source": "lund"}


def test_no_answer_of_any_source_shows_fewer_than_eight(
    frames_of: MakeFrames, ask_of: MakeAsked
) -> None:
    found = destinations(frames_of(draw_mia(3, n=40)), ask_of(**MIA))
    assert found is not None
    cells = [shown(cell, Rules()) for row in found.tables[0].rows for cell in row]
    counts = [cell.value for cell in cells if cell.kind == "count" and cell.value is not None]
    assert all(count == 0 or count >= 8 for count in counts)


def test_shares_of_a_whole_do_not_give_the_hidden_one_away(
    frames_of: MakeFrames, ask_of: MakeAsked
) -> None:
    found = path(frames_of(draw_lund(2)), ask_of(**LUND, activity="osa", months=[0, 24, 35]))
    assert found is not None
    table = _table(found.tables[0], Rules())
    for row in table["rows"]:
        hidden = [cell for cell in row[1:] if cell["withheld"]]
        assert len(hidden) != 1


def asked_questions() -> list[Asked]:
    return list(asked_of(load_questions(load_study(Path(__file__).resolve().parents[3]))))


@pytest.mark.parametrize("draw", [draw_lund, draw_mia, draw_pilots, draw_stockholm])
def test_with_the_three_required_tables_alone_every_question_still_ends(
    frames_of: MakeFrames, draw: Callable[[int], Any]
) -> None:
    whole = frames_of(draw(2))
    optional = set(load_contracts()) - {"persons", "referrals", "spells"}
    answers = ask_all(asked_questions(), whole.without(*optional), FAMILIES)
    assert len(answers) == len(asked_questions())
    for answer in answers:
        document = answer_document(answer, Rules())
        assert document["sentences"]
        assert document["status"] == "answered" or document["record"] or answer.found.sentences
    assert any(answer.status == "cannot" for answer in answers)
