"""The curve shows each side's best case, and nothing at all of an answer that is withheld."""

from __future__ import annotations

from typing import Any

import pytest

from utfall.reports.curve_figure import curve_figure
from utfall.reports.robust import robust_lines
from utfall.reports.withheld import places_of_withheld
from utfall.reports.words import Words

from .conftest import both, comparison

SV, EN = Words("sv"), Words("en")
NUMBERS = ("estimate", "conf_low", "conf_high")


def point(
    name: str, estimate: float | None, *, admissible: bool = True, favours: str | None = None
) -> dict[str, Any]:
    return {
        "id": name,
        "choices": {
            "estimator": both(name.split("+", maxsplit=1)[0]),
            "covariates": both("all" if "+" not in name else "fewer"),
        },
        "estimate": estimate,
        "conf_low": None if estimate is None else estimate - 0.1,
        "conf_high": None if estimate is None else estimate + 0.1,
        "admissible": admissible,
        "favours": favours,
        "reason": None if admissible else both("does not count"),
    }


def robustness(**changes: Any) -> dict[str, Any]:
    return {
        "e_value": 2.2,
        "e_value_interval": 1.7,
        "robustness_value": 0.09,
        "robustness_value_interval": 0.04,
        "strongest": both("education"),
        "strongest_with_arm": 0.02,
        "strongest_with_outcome": 0.05,
        "if_as_strong": 0.05,
        "if_as_strong_low": 0.01,
        "if_as_strong_high": 0.09,
        "times_as_strong": 3.4,
        "unknown_tipping": 0.4,
        "left_out": [
            {"what": "site", "n_units": 1, "n_answered": 0, "lowest": None, "highest": None,
             "same_headline": None},
            {"what": "month", "n_units": 48, "n_answered": 48, "lowest": 0.1, "highest": 0.13,
             "same_headline": 0.9},
        ],
        **changes,
    }  # fmt: skip


@pytest.fixture
def one() -> dict[str, Any]:
    """Return a comparison with a curve of four points."""
    curve = [
        point("aipw", 0.14, favours="target"),
        point("ipw", 0.10, favours="comparator"),
        point("ipw+covariates.nothing", 0.30, admissible=False),
        point("ipw+population.everyone", None, admissible=False),
    ]
    return {**comparison("better_clear"), "specifications": curve, "robustness": robustness()}


def test_the_curve_runs_from_one_side_s_best_case_to_the_other_s(one: dict[str, Any]) -> None:
    figure = curve_figure(one, EN)
    assert figure is not None
    assert [row[1] for row in figure.rows] == ["+10", "+14", "+30", "not shown"]
    assert "Best for VAC" in figure.rows[0][4]
    assert "Best for AMA" in figure.rows[1][4]
    assert "does not count" in figure.rows[2][4]
    assert "+10" in figure.alt
    assert "+14" in figure.alt


@pytest.mark.parametrize("width", [800, 380])
def test_what_counts_and_what_does_not_have_marks_of_their_own(
    one: dict[str, Any], width: int
) -> None:
    figure = curve_figure(one, SV)
    assert figure is not None
    drawn = figure.draw(width)
    symbols = [
        trace.marker.symbol
        for trace in drawn.data
        if trace.mode == "markers" and isinstance(trace.marker.symbol, str)
    ]
    assert symbols == ["diamond-open", "diamond", "x-thin-open"]
    low, high = drawn.layout.yaxis.range
    assert low < -10
    assert high > 40


def test_what_a_refusal_withholds_draws_no_curve_and_says_nothing(one: dict[str, Any]) -> None:
    refused = {
        **comparison("not_comparable"),
        "specifications": [{**row, **dict.fromkeys(NUMBERS)} for row in one["specifications"]],
        "robustness": None,
    }
    assert curve_figure(refused, SV) is None
    assert robust_lines(refused, SV) == []
    assert list(places_of_withheld(refused)) == []


def test_a_number_left_behind_a_refusal_is_found(one: dict[str, Any]) -> None:
    refused = {**comparison("not_comparable"), "specifications": one["specifications"]}
    assert "specifications[0]" in list(places_of_withheld(refused))
    told = {**comparison("not_comparable"), "robustness": robustness()}
    assert "robustness" in list(places_of_withheld(told))


def test_an_older_document_without_a_curve_is_read(one: dict[str, Any]) -> None:
    del one["specifications"], one["robustness"]
    assert curve_figure(one, SV) is None
    assert robust_lines(one, EN) == []


@pytest.mark.parametrize("words", [SV, EN])
def test_what_would_overturn_the_answer_is_said_in_numbers(
    one: dict[str, Any], words: Words
) -> None:
    told = " ".join(robust_lines(one, words))
    for number in ("+10", "+14", "+1", "+9", "9", "40", "+13"):
        assert number in told
    assert ("3,4" if words is SV else "3.4") in told
    assert "{" not in told


def test_what_cannot_overturn_it_is_said_too(one: dict[str, Any]) -> None:
    one["robustness"] = robustness(times_as_strong=None, unknown_tipping=None)
    told = " ".join(robust_lines(one, EN))
    assert "Nothing hidden that resembles education (en) is strong enough" in told
    assert "too few to take the difference away" in told
