"""Months won or lost, with every other exit competing and weights taken along."""

from __future__ import annotations

import numpy as np
import pytest

from utfall.analysis.exit_curves import DAYS_PER_MONTH
from utfall.analysis.exit_times import (
    ORIGIN,
    Leavers,
    months_before_any_exit,
    months_reached,
    pace,
    reached_after_landmark,
)
from utfall.analysis.exits import aalen_johansen
from utfall.analysis.results import Estimate, NotEstimable


def people(seed: int, n: int = 400) -> Leavers:
    rng = np.random.default_rng(seed)
    arm = np.arange(n) % 2 == 0
    wait = rng.geometric(np.where(arm, 0.12, 0.07)) - 1
    seen = rng.integers(10, 20, n)
    way = np.where(wait <= seen, np.where(rng.random(n) < 0.6, "work", "other"), "")
    ways = [one or None for one in way.tolist()]
    return Leavers(np.minimum(wait, seen).astype(float), ways, arm, np.ones(n))


def test_months_reached_are_the_area_under_the_published_curve():
    rows = people(1)
    found = months_reached(rows, "work", 12)
    area = []
    for arm in (rows.treated, ~rows.treated):
        months, ways, _ = rows.of(arm)
        table = aalen_johansen(months.astype(int), ways, ["work", "other"], 12)
        area.append(sum(table.exits[0].share[:12]))
    assert found.mean_target == pytest.approx(area[0], rel=1e-12)
    assert found.estimate == pytest.approx(area[0] - area[1], rel=1e-12)


def test_months_before_any_exit_are_what_the_curves_leave():
    rows = people(2)
    found = months_before_any_exit(rows, 12)
    months, ways, _ = rows.of(rows.treated)
    table = aalen_johansen(months.astype(int), ways, ["work", "other"], 12)
    left = [1 - one - other for one, other in
            zip(table.exits[0].share, table.exits[1].share, strict=True)]  # fmt: skip
    assert found.mean_target == pytest.approx(sum(left[:12]) - ORIGIN, rel=1e-12)


def test_the_landmark_asks_about_those_still_there():
    rows = people(3)
    found = reached_after_landmark(rows, "work", 3, 12)
    months, ways, _ = rows.of(rows.treated)
    later = months > 3
    table = aalen_johansen(
        months[later].astype(int), [w for w, kept in zip(ways, later, strict=True) if kept],
        ["work", "other"], 12,
    )  # fmt: skip
    assert found.mean_target == pytest.approx(table.exits[0].share[12], rel=1e-12)
    assert found.n_target == later.sum()


def test_a_weight_is_so_many_people():
    rows = people(4, 120)
    times = np.random.default_rng(5).integers(1, 4, 120)
    weighted = Leavers(rows.months, rows.way, rows.treated, times.astype(float))
    repeated = Leavers(
        np.repeat(rows.months, times), np.repeat(np.array(rows.way, dtype=object), times).tolist(),
        np.repeat(rows.treated, times), np.ones(times.sum()),
    )  # fmt: skip
    for run in (lambda p: months_reached(p, "work", 12), lambda p: months_before_any_exit(p, 12)):
        assert run(weighted).estimate == pytest.approx(run(repeated).estimate, rel=1e-12)


def test_the_error_is_the_real_one():
    found = [months_reached(people(seed), "work", 12) for seed in range(60)]
    spread = np.std([one.estimate for one in found])
    assert np.mean([one.std_error for one in found]) == pytest.approx(spread, rel=0.25)


def test_what_cannot_be_told_is_refused_by_type():
    rows = people(6, 40)
    nobody = Leavers(rows.months, [None] * 40, rows.treated, rows.weight)
    assert isinstance(months_reached(nobody, "work", 12), NotEstimable)
    assert isinstance(months_before_any_exit(nobody, 12), NotEstimable)
    assert months_reached(rows, "work", 60) == NotEstimable("follow_up_too_short")
    assert reached_after_landmark(rows, "work", 50, 60) == NotEstimable("nobody_at_origin")
    one_arm = Leavers(rows.months, rows.way, np.ones(40, dtype=bool), rows.weight)
    assert months_reached(one_arm, "work", 12) == NotEstimable("one_arm")
    assert isinstance(months_reached(rows, "work", 9), Estimate)


def test_the_pace_is_people_per_month_still_there():
    rows = people(7)
    found = pace(rows, "work", 12)
    rates = []
    for arm in (rows.treated, ~rows.treated):
        months, ways, _ = rows.of(arm)
        reached = sum(way == "work" and m <= 12 for way, m in zip(ways, months, strict=True))
        rates.append(reached / (np.minimum(months, 12) - ORIGIN).sum())
    assert found.estimate == pytest.approx(rates[0] / rates[1], rel=1e-12)
    assert found.conf_low < found.estimate < found.conf_high
    assert found == pace(rows, "work", 12)
    nobody = Leavers(rows.months, ["other"] * 400, rows.treated, rows.weight)
    assert pace(nobody, "work", 12) == NotEstimable("no_events")


def test_months_are_counted_to_the_day_and_end_where_the_follow_up_ends():
    # Left on days 61, 365 and 380 of a year's follow-up: the last came too late.
    days = np.array([61.0, 365, 380, 400, 122, 365, 380, 400])
    ways = ["work", "work", "work", None] * 2
    rows = Leavers(days / DAYS_PER_MONTH, ways, np.arange(8) < 4, np.ones(8))
    found = months_reached(rows, "work", 365 / DAYS_PER_MONTH)
    assert found.mean_target == pytest.approx((365 - 61) / DAYS_PER_MONTH / 4, rel=1e-12)
    assert found.estimate == pytest.approx(61 / DAYS_PER_MONTH / 4, rel=1e-12)
    kept = reached_after_landmark(rows, "work", 91 / DAYS_PER_MONTH, 365 / DAYS_PER_MONTH)
    # Of the three target people there on day 91, one left by day 365; of the four, two.
    assert (kept.mean_target, kept.mean_comparator) == (pytest.approx(1 / 3), pytest.approx(0.5))
