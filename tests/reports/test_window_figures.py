"""The answer as a disruption is moved stands with the plan's own on top, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from utfall.reports.window_figures import windows_figure
from utfall.reports.withheld import places_of_withheld
from utfall.reports.words import Words

from .conftest import comparison
from .drawn import alike_in_grey, not_drawn, not_told

SV, EN = Words("sv"), Words("en")


def moved(end: str, months: int, estimate: float | None) -> dict[str, Any]:
    return {
        "disruption": "fire",
        "moved": end,
        "months": months,
        "starts_on": "2016-09-10",
        "ends_on": "2018-03-31",
        "estimate": estimate,
        "conf_low": None if estimate is None else estimate - 0.1,
        "conf_high": None if estimate is None else estimate + 0.1,
        "n_target": 110,
        "n_comparator": 95,
    }


@pytest.fixture
def scan() -> list[dict[str, Any]]:
    return [moved("starts", -3, 0.10), moved("ends", 6, None)]


def test_the_plan_stands_on_top_and_a_row_that_is_not_shown_stays(scan) -> None:
    figure = windows_figure(comparison("better_uncertain", window_scan=scan), EN)
    assert [row[:2] for row in figure.rows] == [
        ("As planned", "+12"),
        ("Begins 3 months earlier, 2016-09-10", "+10"),
        ("Ends 6 months later, 2018-03-31", "not shown"),
    ]
    assert len(figure.draw(390).data) > 0
    assert figure.machine_rows[1][:3] == ("fire", "starts", -3)
    both = [*scan, {**scan[0], "disruption": "flood"}]
    several = windows_figure(comparison("better_uncertain", window_scan=both), SV)
    assert several.rows[3][0].startswith("flood: Börjar 3 månader tidigare")


def test_nothing_is_drawn_without_an_answer_and_a_leak_is_named(scan) -> None:
    for headline in ("not_comparable", "bounds"):
        one = comparison(headline, window_scan=scan)
        assert windows_figure(one, EN) is None
        assert "window_scan[0]" in list(places_of_withheld(one))
    hidden = comparison("cannot_tell", estimate=None, window_scan=scan)
    assert "window_scan[0]" in list(places_of_withheld(hidden))
    unseen = comparison("better_clear", window_scan=[moved("ends", 6, None)])
    assert windows_figure(unseen, EN) is None


@pytest.mark.parametrize("width", [900, 390])
def test_the_picture_draws_the_table_and_nothing_else(scan, width: int) -> None:
    figure = windows_figure(comparison("better_uncertain", window_scan=scan), SV)
    assert (not_drawn(figure, width), not_told(figure, width)) == ([], [])
    assert alike_in_grey(figure, width) == []
