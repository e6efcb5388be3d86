"""Ledger figure: each payer at three times, what is unknown kept apart from nought."""

from __future__ import annotations

from typing import Any

import pytest

from utfall.analysis.disclosure import Rules
from utfall.analysis.questions.answer import Table, _table, sentence
from utfall.analysis.questions.cells import Amount, words
from utfall.reports.ledger_figure import ledger_figure
from utfall.reports.words import Words

from .drawn import alike_in_grey

ANSWER = {"id": "paid"}


def ledger(**more: Any) -> dict[str, Any]:
    named: dict[str, Any] = {
        "id": "payers",
        "title": sentence("q_pay_table"),
        "columns": ("q_col_payer", "q_col_was", "q_col_during", "q_col_became"),
        "rows": (
            (words("kommunen"), Amount(10_000.0, 40), Amount(7_600.0, 40), Amount(2_100.0, 40)),
            (words("staten"), Amount(0.0, 40), Amount(9_400.0, 40), Amount(0.0, 40)),
            (words("regionen"), *[Amount(None, 40)] * 3),
        ),
    }
    return _table(Table(**{**named, **more}), Rules())


@pytest.mark.parametrize("width", [800, 380])
def test_every_known_amount_is_a_bar_and_an_unknown_one_is_none(width: int) -> None:
    table = ledger()
    figure = ledger_figure(ANSWER, table, Words("sv"))
    assert figure is not None
    told = [cell["value"] for row in table["rows"] for cell in row[1:]]
    assert told.count(None) == 3
    plot = figure.draw(width)
    assert [bar.x[0] for bar in plot.data] == [value for value in told if value is not None]
    texts = [note.text for note in plot.layout.annotations]
    assert texts.count("–") == 3
    assert texts.count("0") == 2
    assert alike_in_grey(figure, width) == []


@pytest.mark.parametrize("width", [800, 380])
def test_bars_of_one_payer_stand_below_its_name_and_above_the_next(width: int) -> None:
    figure = ledger_figure(ANSWER, ledger(), Words("en"))
    assert figure is not None
    plot = figure.draw(width)
    first, second, *_ = [note.y for note in plot.layout.annotations if note.text[:3] == "<b>"]
    own = [bar.y[0] for bar in plot.data[:3]]
    assert first > max(own) > min(own) > second


def test_another_table_and_a_ledger_of_nothing_known_are_not_drawn() -> None:
    assert ledger_figure(ANSWER, ledger(id="sus"), Words("sv")) is None
    unknown = ((words("kommunen"), *[Amount(None, 40)] * 3),)
    assert ledger_figure(ANSWER, ledger(rows=unknown), Words("sv")) is None
    two = {
        "columns": ("q_col_payer", "q_col_was", "q_col_became"),
        "rows": ((words("kommunen"), Amount(10_000.0, 40), Amount(2_100.0, 40)),),
    }
    assert ledger_figure(ANSWER, ledger(**two), Words("sv")) is None
