"""Story: each line says what it may, and says so when it may not."""

from __future__ import annotations

from typing import Any

import pytest

from utfall.reports.story import stories
from utfall.reports.story_figures import periods_figure
from utfall.reports.words import Words

from .conftest import both, comparison

EVENT = {
    "id": "fire",
    "kind": "capacity",
    "programme": "ama",
    "label": both("The fire"),
    "starts_on": "2016-12-10",
    "ends_on": "2018-03-31",
    "capacity_share": 0.5,
    "source": "the staff",
    "evidence_grade": "party",
}


def period(name: str, per_year: float | None, places: float = 600.0) -> dict[str, Any]:
    ends = (None, None) if per_year is None else (per_year - 4, per_year + 6)
    return {
        "period": name,
        "months": 12,
        "place_months": places,
        "entrants": 50,
        "events": None if per_year is None else int(per_year),
        "per_year": per_year,
        "per_year_low": ends[0],
        "per_year_high": ends[1],
        "rate": None if per_year is None else per_year / 6,
        "rate_low": None,
        "rate_high": None,
    }


def told(headline: str, language: str = "en", **loss: Any) -> dict[str, str]:
    """Return the lines of a page by what they are about."""
    found = {
        "n_met": 60,
        "n_calm": 145,
        "share_met": 0.13,
        "share_calm": 0.29,
        "drop": 0.16,
        "composition": 0.06,
        "lost": 0.10,
        "lost_low": -0.03,
        "lost_high": 0.24,
        "reason": None,
        **loss,
    }
    story = {
        "disruption": "fire",
        "programme": "ama",
        "periods": [period("before", 16.0), period("during", 6.0, 300.0), period("after", 15.0)],
        "normal_low": 9,
        "normal_high": 25,
        "loss": found,
    }
    shown = comparison(headline, disruption_stories=[story])
    words = Words(language)  # type: ignore[arg-type]
    (one,) = stories({"disruptions": [EVENT]}, shown, words)
    keys = {words(f"story_about_{k}"): k for k in ("debated", "counted", "lost", "came", "left")}
    return {keys.get(about, "cannot"): text for about, text in one.lines}


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_refused_comparison_still_tells_what_one_programme_lost(language: str) -> None:
    lines = told("not_comparable", language)
    assert "29" in lines["lost"]
    assert "23" in lines["lost"]  # 13 reached it, 10 more would have
    assert "24" in lines["lost"]
    assert "6" in lines["came"]


def test_a_refused_comparison_says_that_nothing_is_left_to_say() -> None:
    lines = told("not_comparable")
    assert lines["left"] == "That cannot be said. The checks below show why."
    assert "cannot be worked out" in lines["came"]
    assert "must not be taken from the difference" in lines["cannot"]


def test_an_answer_is_what_is_left() -> None:
    assert "between 3 and 21 more in 100" in told("better_uncertain")["left"]


def test_a_count_outside_the_band_is_not_called_chance() -> None:
    assert "fewer than chance usually gives" in told("not_comparable")["counted"]
    assert "fewer places" in told("not_comparable")["counted"]


def test_an_interval_that_holds_zero_is_called_uncertain_and_one_that_does_not_is_not() -> None:
    assert "may be chance" in told("not_comparable")["lost"]
    assert "seldom" in told("not_comparable", lost_low=0.02)["lost"]


def test_people_who_came_may_have_had_better_prospects_or_no_other() -> None:
    assert "better prospects" in told("not_comparable", composition=-0.05)["came"]
    assert "hardly matters" in told("not_comparable", composition=0.001)["came"]


def test_hidden_numbers_leave_their_reason() -> None:
    lines = told("not_comparable", lost=None, composition=None, reason=both("too few"))
    assert lines["lost"] == "too few (en)"


def test_a_protected_period_is_two_dots_and_no_mark() -> None:
    story = {
        "disruption": "fire",
        "programme": "ama",
        "periods": [period("before", 16.0), period("during", None)],
        "normal_low": None,
        "normal_high": None,
        "loss": None,
    }
    shown = comparison("not_comparable", disruption_stories=[story])
    figure = periods_figure(shown, story, Words("sv"))
    assert figure.rows[1][1] == ".."
    marks = [trace for trace in figure.draw(800).data if trace.mode == "markers"]
    assert len(marks) == 1


def mechanism(named: str, **changes: Any) -> dict[str, Any]:
    return {
        "months_calm": 40, "months_met": 16, "started_calm": 200, "started_met": 40,
        "intake": 0.5, "intake_low": 0.35, "intake_high": 0.7, "dosed_calm": 90, "dosed_met": 40,
        "dose_calm": 60.0, "dose_met": 31.0, "dose_low": 0.45, "dose_high": 0.6, "named": named,
        **changes,
    }  # fmt: skip


def line_about(part: str, language: str = "en", **story: Any) -> str:
    one = {
        "disruption": "fire", "programme": "ama", "periods": [], "normal_low": None,
        "normal_high": None, "loss": None, **story,
    }  # fmt: skip
    tried = [{"id": "with_disruption", "estimate": 0.07}]
    shown = comparison("better_uncertain", disruption_stories=[one], sensitivity=tried)
    words = Words(language)  # type: ignore[arg-type]
    (told_of,) = stories({"disruptions": [EVENT]}, shown, words)
    return dict(told_of.lines).get(words(f"story_about_{part}"), "")


def test_a_mark_at_nought_is_drawn_whole() -> None:
    one = comparison("not_comparable")
    story = {
        "programme": one["target"],
        "disruption": "fire",
        "normal_low": None,
        "normal_high": None,
        "periods": [period("before", 0.0), period("during", 9.0)],
    }
    figure = periods_figure({**one, "disruption_stories": [story]}, story, Words("sv"))
    assert figure is not None
    for width in (800, 380):
        marks = [trace for trace in figure.draw(width).data if trace.mode == "markers"]
        assert [trace.x[0] for trace in marks] == [0.0, 9.0]
        assert all(trace.cliponaxis is False for trace in marks)


def test_what_was_halved_is_named_with_the_numbers_behind_it() -> None:
    told_of = line_about("mechanism", mechanism=mechanism("both"))
    assert "2.5 people a month" in told_of
    assert "31 hours a month" in told_of
    assert "fewer were taken in, and each was given less" in told_of
    assert "+7" not in told_of


@pytest.mark.parametrize("language", ["sv", "en"])
def test_where_nobody_knows_both_answers_stand(language: str) -> None:
    unknown = mechanism("no_dose", dose_calm=None, dose_met=None)
    told_of = line_about("mechanism", language, mechanism=unknown)
    assert "+7" in told_of
    assert "+12" in told_of


def test_a_comparator_that_took_the_diverted_is_warned_of() -> None:
    spilled = {
        "months_calm": 40, "months_met": 16, "referred_calm": 120, "referred_met": 90,
        "ratio": 1.88, "ratio_low": 1.4, "ratio_high": 2.5, "is_warned": True,
    }  # fmt: skip
    assert "probably took people" in line_about("spill", spill_over=spilled)
    calm = {**spilled, "is_warned": False}
    assert "no sure increase" in line_about("spill", spill_over=calm)
    assert line_about("spill", spill_over={**spilled, "ratio": None}) == ""
