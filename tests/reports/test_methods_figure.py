"""Other methods stand in one table with how they made their error, and in one picture."""

from __future__ import annotations

from typing import Any

from utfall.reports.methods_figure import METHOD_COLUMNS, methods_figure
from utfall.reports.pages import parts_of
from utfall.reports.words import Words

from .conftest import both, comparison, document

EN, SV = Words("en", 7), Words("sv", 7)


def method(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": name, "label": both(name), "error": both("bootstrap"), "measure": "difference",
        "estimate": 0.12, "conf_low": 0.03, "conf_high": 0.21, "basis": "rows", "answers": True,
        "note": None, **changes,
    }  # fmt: skip


def compared(*methods: dict[str, Any]) -> dict[str, Any]:
    return comparison("better_uncertain", methods_compared=list(methods))


LACKING = method(
    "wild", estimate=None, conf_low=None, conf_high=None, basis=None, note=both("too few sites")
)
RATIO = method("risk_ratio", measure="ratio", estimate=1.4, conf_low=1.1, conf_high=1.8)
MONTHS = method("months_reached", measure="months", estimate=0.5, conf_low=-0.2, conf_high=1.2)


def test_every_method_has_a_row_with_its_unit_its_error_and_its_reason():
    figure = methods_figure(
        compared(method("ipw"), method("boot", answers=False), RATIO, MONTHS, LACKING), EN
    )
    assert figure is not None
    assert [len(row) for row in figure.rows] == [len(figure.header)] * 5
    assert figure.rows[0][:5] == ("ipw (en)", "percentage points", "+12", "+3", "+21")
    assert figure.rows[2][1:5] == ("ratio", "1.4", "1.1", "1.8")
    assert figure.rows[3][1:5] == ("months", "+0.5", "−0.2", "+1.2")
    assert figure.rows[4][2:5] == ("", "", "")
    assert figure.rows[4][7] == "too few sites (en)"
    assert figure.machine_header == METHOD_COLUMNS
    assert figure.machine_rows[4][-1] == "too few sites (en)"


def test_the_picture_holds_differences_alone():
    figure = methods_figure(compared(method("ipw"), method("boot"), RATIO), SV)
    assert figure is not None
    for width in (360, 900):
        drawn = figure.draw(width).to_json()
        assert "boot (sv)" in drawn
        assert "risk_ratio" not in drawn


def test_without_an_answer_there_is_no_figure():
    blank = {"estimate": None, "conf_low": None, "conf_high": None, "basis": None}
    refused = comparison("not_comparable", methods_compared=[method("ipw", **blank)] * 3)
    assert methods_figure(refused, EN) is None
    assert methods_figure(comparison("better_clear"), EN) is None


def test_it_stands_on_the_page_for_researchers():
    one = compared(method("ipw"), method("boot"))
    parts = parts_of(document(one), one, EN)
    assert "methods" in [numbered.figure.id for numbered in parts["robust"]]
