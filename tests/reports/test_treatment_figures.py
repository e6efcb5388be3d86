"""Every treatment of a disruption keeps its row, the ones that give no number with the reason."""

from __future__ import annotations

from typing import Any

import pytest

from utfall.reports.treatment_figures import treatments_figure
from utfall.reports.words import Words

from .conftest import both, comparison
from .drawn import alike_in_grey, not_drawn, not_told

SV, EN = Words("sv"), Words("en")


def row(name: str, estimate: float | None, reason: str | None = None) -> dict[str, Any]:
    return {
        "id": name,
        "label": both(name),
        "estimate": estimate,
        "conf_low": None if estimate is None else estimate - 0.1,
        "conf_high": None if estimate is None else estimate + 0.1,
        "admissible": True,
        "reason": both(reason) if reason else None,
    }


@pytest.fixture
def one() -> dict[str, Any]:
    tried = [row("exposure", 0.10), row("did", None, "few sites"), row("counterfactual", 0.11)]
    return {**comparison("better_uncertain"), "sensitivity": [row("ipw", 0.2), *tried]}


def test_the_plan_s_own_way_stands_on_top_with_the_answer(one: dict[str, Any]) -> None:
    figure = treatments_figure(one, EN)
    assert figure.rows[0][0] == "The plan’s way: disrupted time set aside"
    assert [line[1] for line in figure.rows] == ["+12", "+10", "cannot be computed", "+11"]
    assert "few sites" in figure.rows[2][4]
    assert [line[0] for line in figure.machine_rows] == [
        "exclude", "exposure", "did", "counterfactual",
    ]  # fmt: skip
    assert len(figure.draw(900).data) > 0
    assert "borträknad" in treatments_figure(one, SV).rows[0][0]


def test_a_plan_that_recalculates_says_so(one: dict[str, Any]) -> None:
    tried = [row("exclude", 0.1), row("did", None), row("counterfactual", 0.1)]
    own = treatments_figure({**one, "sensitivity": tried}, EN)
    assert own.rows[0][0] == "The plan’s way: recalculated to normal operation"
    mixed = treatments_figure({**one, "sensitivity": [row("exposure", 0.1), *tried]}, EN)
    assert mixed.rows[0][0] == "The plan’s way: each disruption by itself"


def test_without_a_disruption_or_an_answer_there_is_no_figure(one: dict[str, Any]) -> None:
    assert treatments_figure({**one, "sensitivity": [row("ipw", 0.2)]}, EN) is None
    assert treatments_figure({**one, "estimate": None}, EN) is None


@pytest.mark.parametrize("width", [900, 390])
def test_the_picture_draws_the_table_and_nothing_else(one: dict[str, Any], width: int) -> None:
    figure = treatments_figure(one, SV)
    assert (not_drawn(figure, width), not_told(figure, width)) == ([], [])
    assert alike_in_grey(figure, width) == []
