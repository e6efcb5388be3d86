"""Source 002: the right answer on worlds whose naive reading is wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from utfall.analysis.questions.answer import Asked, Found, Frames
from utfall.analysis.questions.caseload import caseload, littles_law, skilled
from utfall.analysis.questions.cells import (
    Amount,
    Count,
    Number,
    Points,
    Times,
    Words,
)
from utfall.analysis.questions.payers import path, payers
from utfall.analysis.questions.queueing import queue, waiting_list
from utfall.analysis.questions.savings import break_even, chance_of_loss, precision
from utfall.pipelines.simulation.lund import draw_lund

from .conftest import numbers, value

MakeFrames = Callable[[Any], Frames]
MakeAsked = Callable[..., Asked]

LUND = {"programme": "ame_lund", "source": "lund"}


def test_leaving_assistance_for_a_kassa_is_not_work(
    frames_of: MakeFrames, ask_of: MakeAsked
) -> None:
    source = draw_lund(2)
    told = path(frames_of(source), ask_of(**LUND, activity="osa", months=[0, 24, 35]))
    assert told is not None
    assert told.tables[0].is_curve
    found = numbers(told)
    truth = source.truth["after_two_years_in_osa"]
    assert value(found["work"]) == pytest.approx(truth["wage"], abs=0.12)
    assert value(found["off_assistance"]) > 2 * value(found["work"])


def test_what_the_municipality_is_spared_the_funds_pay(
    frames_of: MakeFrames, ask_of: MakeAsked
) -> None:
    found = numbers(payers(frames_of(draw_lund(2)), ask_of(**LUND, activity="osa")))
    spared = found["municipality_before"].value - found["municipality_after"].value
    assert spared > 5_000
    assert found["funds_after"].value > 0.5 * spared


def test_the_state_s_part_of_the_subsidised_job_is_not_the_municipality_s(
    frames_of: MakeFrames, ask_of: MakeAsked
) -> None:
    frames, items = frames_of(draw_lund(2)), ["fem_osa_platser", "fem_osa_platser_bidrag"]
    whole = payers(frames, ask_of(**LUND, activity="osa"))
    shared = payers(frames, ask_of(**LUND, activity="osa", items=items))
    assert whole is not None
    assert shared is not None

    def during(found: Found, name: str) -> float | None:
        row = next(
            r for r in found.tables[0].rows if isinstance(r[0], Words) and r[0].text.en == name
        )
        cell = row[2]
        assert isinstance(cell, Amount)
        return cell.value

    everything = during(whole, "the municipality") or 0.0
    state = during(shared, "the state") or 0.0
    assert during(whole, "the state") == 0.0
    assert state == pytest.approx(everything * 900 / 1632, rel=1e-6)
    assert (during(shared, "the municipality") or 0.0) + state == pytest.approx(everything)
    # Care was never delivered: unknown, and not nought.
    assert during(shared, "the region") is None


def test_the_next_in_the_queue_is_not_helped_all_year(
    frames_of: MakeFrames, ask_of: MakeAsked
) -> None:
    source = draw_lund(2, n=4000, n_waiting=300)
    found = numbers(
        queue(frames_of(source), ask_of(**LUND, activity="osa", item="fem_osa_platser", places=5))
    )
    truth = source.truth["months_on_assistance_of_the_next_in_the_queue"]
    assert found["months"].value == pytest.approx(truth, abs=0.6)
    naive = 12.0
    assert found["months"].value < naive - 2
    assert found["of_saving"].value == pytest.approx(found["cost"].value / 732_000)


def test_a_degree_given_to_few_caseworkers_is_judged_among_them_and_not_among_cases(
    ask_of: MakeAsked,
) -> None:
    rng = np.random.default_rng(3)
    # Caseworkers differ, and the degree does nothing: cases alone would call it a difference.
    own = np.exp(rng.normal(0.0, 0.5, 8))
    sure = 0
    for _ in range(20):
        rng.shuffle(own)
        stock = pl.DataFrame(
            {
                "caseworker_id": [f"w{i}" for i in range(8)],
                "month": ["2016-01"] * 8,
                "cases": [5_000] * 8,
                "higher_education": [i < 4 for i in range(8)],
                "source": ["lund"] * 8,
            }
        )
        exits = [int(n) for n in rng.poisson(200 * own)]
        spells = pl.DataFrame(
            {
                "caseworker_id": [f"w{i}" for i, n in enumerate(exits) for _ in range(n)],
                "end_date": [date(2016, 1, 9)] * sum(exits),
                "exit_reason": ["W1"] * sum(exits),
                "programme": ["ame_lund"] * sum(exits),
            }
        )
        answer = skilled(
            Frames({"caseworkers": stock, "spells": spells}), ask_of(**LUND, codes=["W1"])
        )
        cell = numbers(answer)["ratio"]
        assert isinstance(cell, Times)
        sure += not ((cell.low or 0.0) <= 1.0 <= (cell.high or 99.0))
    assert sure <= 3


def test_many_cases_do_not_slow_exits_though_slow_months_have_many_cases(
    frames_of: MakeFrames, ask_of: MakeAsked
) -> None:
    found = numbers(caseload(frames_of(draw_lund(4, n=3000)), ask_of(**LUND)))
    lagged, same = found["lagged"], found["same_month"]
    assert isinstance(lagged, Points)
    assert isinstance(same, Points)
    assert (same.high or 0) < 0
    assert abs(lagged.value or 0) < 0.25 * abs(same.value or 0) or (
        (lagged.low or 0) <= 0 <= (lagged.high or 0)
    )


def test_stock_is_inflow_times_stay() -> None:
    assert littles_law(1500 / 72, 22) == pytest.approx(458, abs=1)


def test_a_saving_is_gone_after_as_many_months_as_it_pays_for(
    frames_of: MakeFrames, ask_of: MakeAsked
) -> None:
    frames = frames_of(draw_lund(2))
    found = break_even(frames, ask_of(**LUND, item="tre_konsulenter", payouts=[8000]))
    months = numbers(found)["household_months"]
    paid = frames["assistance_months"]["amount_sek"].mean()
    assert isinstance(months, Amount)
    assert isinstance(paid, float)
    assert months.value == pytest.approx(1_550_000 / paid)
    assert found is not None
    row = found.tables[0].rows[0]
    assert isinstance(row[1], Number)
    assert row[1].value == pytest.approx(193.75)
    assert found.tables[0].columns[found.tables[0].bars or 0] == "q_col_household_months"


def test_the_drawn_scenario_is_the_same_every_time_and_grows_with_its_assumption(
    frames_of: MakeFrames, ask_of: MakeAsked
) -> None:
    frames = frames_of(draw_lund(2))
    plain = {**LUND, "item": "tre_konsulenter", "posts": 3, "price_index": 1.0, "draws": 2000}
    losses = [
        numbers(chance_of_loss(frames, ask_of(**plain, seed=1, extra_months=months)))["loss"].value
        for months in ([0.0, 0.3, 1.0], [0.0, 0.3, 1.0], [1.0, 2.0, 4.0])
    ]
    assert losses[0] == losses[1] < losses[2]


def test_three_posts_are_too_few_to_see_five_in_a_hundred(
    frames_of: MakeFrames, ask_of: MakeAsked
) -> None:
    found = numbers(precision(frames_of(draw_lund(2)), ask_of(**LUND, posts=3, share=0.3)))
    assert (found["smallest"].value or 0) > 5


def test_with_many_cases_the_same_question_is_not_called_too_small(ask_of: MakeAsked) -> None:
    stock = pl.DataFrame(
        {
            "caseworker_id": [f"w{i}" for i in range(60)],
            "month": ["2016-01"] * 60,
            "cases": [70.0] * 60,
            "source": ["lund"] * 60,
        }
    )
    codes = [
        [one.code for one in answer.sentences]
        for posts in (3, 30)
        if (
            answer := precision(
                Frames({"caseworkers": stock}), ask_of(**LUND, posts=posts, share=0.3)
            )
        )
    ]
    assert "q_see_verdict" in codes[0]
    assert "q_see_enough" in codes[1]


def test_a_queue_that_grows_is_seen_though_as_many_are_taken_in_each_month(
    frames_of: MakeFrames, ask_of: MakeAsked
) -> None:
    source = draw_lund(2)
    found = waiting_list(frames_of(source), ask_of(**LUND, activity="comung"))
    assert found is not None
    standing = [row[2].n for row in found.tables[0].rows if isinstance(row[2], Count)]
    # Nobody joins after 2017 in this delivery.
    assert standing[-2] > standing[-3] > standing[0]
    assert numbers(found)["standing"] == Count(standing[-1])
    joins = source.tables["queue"].filter(pl.col("activity") == "comung")
    left = joins.filter(pl.col("offered_on").is_not_null()).height
    assert joins.height - left == standing[-1]
