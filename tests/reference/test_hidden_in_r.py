"""E-values, robustness values and bounds equal those that R gave, and those in the papers."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from utfall.analysis.hidden import (
    LinearContrast,
    Strength,
    adjusted_for_hidden,
    bounded_by,
    e_value,
    e_values,
    robustness_value,
    times_as_strong,
)

#: Hazlett (2020), Darfur, as printed by R's sensemakr: directly harmed on attitudes to peace.
DARFUR = LinearContrast(estimate=0.09731582, std_error=0.02325654, df=783)


@pytest.fixture(scope="module")
def in_r() -> dict[str, Any]:
    path = Path(__file__).parent / "hidden.json"
    return json.loads(path.read_text(encoding="utf-8"))["evalue"]


@pytest.mark.parametrize(
    "case", ["rr_0.80_0.71_0.91", "rr_3.9_1.8_8.7", "ci_crosses_1.2_0.9_1.6", "md_0.5_se0.25"]
)
def test_e_values_equal_those_of_the_package_evalue(in_r: dict[str, Any], case: str) -> None:
    ratio, found = in_r[case]
    assert e_value(ratio["point"]) == pytest.approx(found["point"], abs=1e-9)
    nearer = "lower" if found["lower"] is not None else "upper"
    end = ratio[nearer]
    crosses = ratio["lower"] <= 1 <= ratio["upper"]
    assert (1.0 if crosses else e_value(end)) == pytest.approx(found[nearer], abs=1e-9)


def test_the_nearer_end_of_the_interval_is_the_one_that_counts() -> None:
    point, interval = e_values(0.20, 0.10, 0.04, 0.16) or (0.0, 0.0)
    assert point == pytest.approx(e_value(1.5))
    assert interval == pytest.approx(e_value(1.2))
    fewer = e_values(0.20, -0.10, -0.16, -0.04) or (0.0, 0.0)
    assert fewer == (pytest.approx(e_value(0.5)), pytest.approx(e_value(0.8)))


def test_an_interval_that_holds_no_difference_needs_nothing_hidden() -> None:
    assert (e_values(0.2, 0.1, -0.01, 0.21) or (0.0, 0.0))[1] == 1.0
    assert e_values(0.0, 0.1, 0.05, 0.15) is None


def test_robustness_values_of_darfur() -> None:
    t_value = DARFUR.estimate / DARFUR.std_error
    assert robustness_value(t_value, DARFUR.df) == pytest.approx(0.13878, abs=5e-6)
    assert robustness_value(t_value, DARFUR.df, 0.05) == pytest.approx(0.07626, abs=5e-6)


def test_something_as_strong_as_being_a_woman_in_darfur() -> None:
    """Printed by sensemakr: estimate 0.07522, error 0.02187, once as strong as ``female``."""
    had = adjusted_for_hidden(DARFUR, 0.00916429, 0.12464092)
    assert had.estimate == pytest.approx(0.07522, abs=5e-6)
    assert had.std_error == pytest.approx(0.02187, abs=5e-6)


def test_the_bound_of_a_confounder_once_twice_and_thrice_as_strong_grows_as_printed() -> None:
    """Printed: 0.00916, 0.01833, 0.02749 with the arm; 0.12464, 0.24932, 0.37405 with outcome."""
    once = 0.00916429
    female = Strength(with_arm=once / (1 + once), with_outcome=0.10903)
    with_arm, with_outcome = zip(*(bounded_by(female, k) or (0, 0) for k in (1, 2, 3)), strict=True)
    assert with_arm == pytest.approx((0.00916, 0.01833, 0.02749), abs=6e-6)
    ratios = [value / with_outcome[0] for value in with_outcome]
    assert ratios == pytest.approx([1, 0.24932 / 0.12464, 0.37405 / 0.12464], rel=2e-3)


def test_at_the_robustness_value_nothing_is_left() -> None:
    t_value = DARFUR.estimate / DARFUR.std_error
    value = robustness_value(t_value, DARFUR.df)
    assert adjusted_for_hidden(DARFUR, value, value).estimate == pytest.approx(0, abs=1e-12)


def test_beyond_it_the_sign_turns() -> None:
    value = robustness_value(DARFUR.estimate / DARFUR.std_error, DARFUR.df) * 1.2
    assert adjusted_for_hidden(DARFUR, value, value).estimate < 0
    mirrored = LinearContrast(estimate=-DARFUR.estimate, std_error=DARFUR.std_error, df=783)
    assert adjusted_for_hidden(mirrored, value, value).estimate > 0


def test_the_number_of_times_leaves_just_nothing() -> None:
    female = Strength(with_arm=0.009081, with_outcome=0.10903)
    times = times_as_strong(DARFUR, female)
    assert times is not None
    assert 3 < times < 6
    bounds = bounded_by(female, times)
    assert bounds is not None
    assert adjusted_for_hidden(DARFUR, *bounds).estimate == pytest.approx(0, abs=1e-6)
    assert times_as_strong(DARFUR, Strength(with_arm=0.0, with_outcome=0.1)) is None


def test_a_strength_that_nothing_can_have_is_no_bound() -> None:
    assert bounded_by(Strength(with_arm=0.6, with_outcome=0.1), 1.0) is None
    assert math.isinf(e_value(0.0))
