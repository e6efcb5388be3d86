"""Foresight: what this many people could show is known before anybody looks."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, replace

import numpy as np
import polars as pl
import pytest

from utfall.analysis import compare
from utfall.analysis.cohort import DesignRows
from utfall.analysis.counts import smallest_detectable_difference
from utfall.analysis.disclosure import Rules, protect
from utfall.analysis.foresight import foresee, months_needed, of_counts
from utfall.analysis.precision import smallest_difference

from .conftest import people, plan


@pytest.fixture
def rows() -> pl.DataFrame:
    return people(np.random.default_rng(3), 400)


def test_it_needs_no_outcome_and_knows_none(rows: pl.DataFrame) -> None:
    bare = rows.drop("work_365", "start_date", "wait_days")
    turned = rows.with_columns(work_365=1 - pl.col("work_365"))
    found = foresee(DesignRows(bare), plan())
    assert found.n_target + found.n_comparator == 400
    assert 55 <= found.months <= 60
    assert compare(rows, plan()).foresight == compare(turned, plan()).foresight == found


def test_whatever_the_outcome_it_is_no_harder_to_see(rows: pl.DataFrame) -> None:
    found = foresee(DesignRows(rows.drop("work_365")), plan())
    known = smallest_difference(rows, plan(), is_refused=False)
    assert known < found.smallest
    assert found.smallest == smallest_detectable_difference(found.n_target, found.n_comparator, 0.5)


def test_the_widest_interval_is_wald_s_at_one_half() -> None:
    found = of_counts(80, 120, 12, margin=0.10, conf_level=0.95)
    assert found.half_width == pytest.approx(1.959964 * math.sqrt(0.25 / 80 + 0.25 / 120))


def test_no_meaningful_difference_is_within_reach_of_enough_people_only() -> None:
    few, many = (of_counts(n, n, 12, margin=0.10, conf_level=0.95) for n in (150, 250))
    assert "no_meaningful_difference" not in few.reachable
    assert "no_meaningful_difference" in many.reachable
    assert of_counts(5, 300, 12, margin=0.1, conf_level=0.95).smallest is None


def test_money_has_no_spread_before_outcomes(rows: pl.DataFrame) -> None:
    assert foresee(DesignRows(rows), plan(scale="currency", unit="kr")) is None


def test_a_plan_without_dates_knows_no_months(rows: pl.DataFrame) -> None:
    found = foresee(DesignRows(rows), plan(time_zero="not_recorded"))
    assert found.months == 0
    assert months_needed(500, found.n_target, found.n_comparator, found.months) is None


def test_months_are_those_of_the_arm_that_takes_longest() -> None:
    assert months_needed(270, 135, 90, 24) == 48
    assert months_needed(270, 300, 300, 24) == 0
    assert months_needed(None, 100, 100, 24) is None


def test_what_is_published_follows_from_protected_counts(rows: pl.DataFrame) -> None:
    found = compare(rows, plan(matters=5))
    counts = [found.foresight.n_target, found.foresight.n_comparator]
    shown = protect(found, Rules())
    assert shown.foresight.n_target % 5 == shown.foresight.n_comparator % 5 == 0
    assert shown.months_needed == months_needed(
        shown.n_needed_per_arm, shown.n_target, shown.n_comparator, shown.foresight.months
    )
    near = 5 * round(counts[0] / 5)
    moved = replace(found, foresight=replace(found.foresight, n_target=near))
    assert protect(moved, Rules()).foresight == shown.foresight
    json.dumps(asdict(shown.foresight), allow_nan=False)


def test_a_small_arm_is_neither_counted_nor_foreseen() -> None:
    rows = people(np.random.default_rng(3), 400)
    few = pl.concat(
        [
            rows.filter(pl.col("programme") == "vac"),
            rows.filter(pl.col("programme") == "ama").head(5),
        ]
    )
    shown = protect(compare(few, plan()), Rules())
    assert (shown.foresight.n_target, shown.foresight.smallest) == (None, None)
    assert shown.months_needed is None


def test_a_refused_comparison_has_no_months_to_wait() -> None:
    refused = compare(people(np.random.default_rng(1), 400, border=0.05), plan(estimand="ate"))
    assert refused.fairness == "not_comparable"
    assert refused.months_needed is None
    assert refused.foresight is not None
