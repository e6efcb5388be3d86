"""Source 001: the right answer on worlds whose naive reading is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from utfall.analysis.counts import wilson_interval
from utfall.analysis.questions.answer import Asked, Frames
from utfall.analysis.questions.cells import (
    Count,
    Points,
    Quantile,
    Times,
)
from utfall.analysis.questions.coordination import (
    before_after,
    coverage,
    destinations,
)
from utfall.analysis.questions.handovers import handovers, lag
from utfall.pipelines.simulation.mia import draw_mia

from .conftest import numbers, value

MakeFrames = Callable[[Any], Frames]
MakeAsked = Callable[..., Asked]

MIA = {"programme": "mia", "source": "ostra_sodertorn"}


def test_those_left_unmentioned_are_made_visible(frames_of: MakeFrames, ask_of: MakeAsked) -> None:
    found = numbers(destinations(frames_of(draw_mia(3)), ask_of(**MIA)))
    parts = [value(found[name]) for name in ("work_or_studies", "transferred", "unaccounted")]
    assert sum(parts) == pytest.approx(1.0)
    assert parts[2] > 0.4
    assert value(found["at_most"]) > value(found["work_or_studies"]) + 0.2


def test_the_bounds_of_the_debated_numbers() -> None:
    assert [round(x, 3) for x in wilson_interval(1750, 3000)] == [0.566, 0.601]


def test_the_longest_wait_is_not_the_usual_one(frames_of: MakeFrames, ask_of: MakeAsked) -> None:
    source = draw_mia(3, n=2000)
    found = handovers(frames_of(source), ask_of(**MIA))
    median, p90 = numbers(found)["median_months"], numbers(found)["p90_days"]
    assert isinstance(median, Quantile)
    assert median.value == pytest.approx(2.0, abs=0.5)
    longest = source.tables["handovers"].select(
        (pl.col("answered_date") - pl.col("sent_date")).dt.total_days().max()
    )
    assert longest.item() >= 240
    assert isinstance(p90, Quantile)
    assert (p90.value or 0) < 0.9 * longest.item()
    assert (median.low or 0) < (median.value or 0) < (median.high or 0)


def test_cases_without_an_answer_lengthen_the_wait(
    frames_of: MakeFrames, ask_of: MakeAsked
) -> None:
    source = draw_mia(3, n=2000)
    answered = source.tables["handovers"].drop_nulls("answered_date")
    days = answered.select((pl.col("answered_date") - pl.col("sent_date")).dt.total_days())
    naive = float(days.to_series().quantile(0.9) or 0)
    p90 = numbers(handovers(frames_of(source), ask_of(**MIA)))["p90_days"]
    assert (p90.value or 0) > naive


def test_waiting_does_no_harm_where_none_was_put_in_and_the_naive_reading_says_it_does(
    frames_of: MakeFrames, ask_of: MakeAsked
) -> None:
    frames = frames_of(draw_mia(5, n=9000))
    found = numbers(lag(frames, ask_of(**MIA, landmark=120, horizon=240)))
    difference, naive = found["difference"], found["naive"]
    assert isinstance(difference, Points)
    assert isinstance(naive, Points)
    assert (difference.low or 0) <= 0 <= (difference.high or 0)
    assert (naive.high or 0) < 0
    pace = found["pace"]
    assert isinstance(pace, Times)
    assert (pace.low or 0) < 1.0 < (pace.high or 0)


def test_questions_asked_are_counted_and_no_site_is_named(
    frames_of: MakeFrames, ask_of: MakeAsked
) -> None:
    found = coverage(frames_of(draw_mia(3)), ask_of(**MIA, unit="mia"))
    assert value(numbers(found)["asked_by_unit"]) == pytest.approx(0.5, abs=0.08)
    assert found is not None
    assert found.tables == ()


def test_everybody_is_in_one_class_before_and_one_after(
    frames_of: MakeFrames, ask_of: MakeAsked
) -> None:
    found = before_after(frames_of(draw_mia(3)), ask_of(**MIA))
    assert found is not None
    columns = [
        [
            cell.n
            for row in found.tables[0].rows
            for cell in (row[place],)
            if isinstance(cell, Count)
        ]
        for place in (1, 3)
    ]
    assert all(sum(column[:-1]) == column[-1] for column in columns)
