"""Unknown outcomes: bounds that hold whatever they were."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utfall.analysis.unknowns import (
    bounds_of,
    imbens_manski_factor,
    site_year_shares,
    unknown_gate,
    worst_case_bounds,
)

from .conftest import people, plan

outcomes = st.lists(st.sampled_from([0.0, 1.0, None]), min_size=2, max_size=40)


def rows(target: list[float | None], comparator: list[float | None]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "programme": ["ama"] * len(target) + ["vac"] * len(comparator),
            "work_365": [*target, *comparator],
        },
        schema_overrides={"work_365": pl.Float64},
    )


@given(outcomes, outcomes, st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_however_the_unknown_turned_out_the_bounds_hold_it(target, comparator, random) -> None:  # type: ignore[no-untyped-def]
    bounds = worst_case_bounds(rows(target, comparator), plan())
    assert bounds is not None

    def told(values: list[float | None]) -> float:
        return float(np.mean([random.choice([0, 1]) if v is None else v for v in values]))

    truth = told(target) - told(comparator)
    assert bounds.low - 1e-12 <= truth <= bounds.high + 1e-12
    assert bounds.conf_low <= bounds.low
    assert bounds.conf_high >= bounds.high


def test_mia_bounds_are_those_of_the_arithmetic() -> None:
    """450 of 3,000 known to work or study and 1,750 unaccounted for: 15.0 to 73.3 %."""
    told = [1.0] * 450 + [0.0] * 800 + [None] * 1750
    bounds = worst_case_bounds(rows(told, [0.0] * 3000), plan())
    assert bounds is not None
    assert bounds.low == pytest.approx(0.150, abs=5e-4)
    assert bounds.high == pytest.approx(0.733, abs=5e-4)


def test_the_factor_lies_between_one_sided_and_two_sided() -> None:
    factors = [imbens_manski_factor(width, 0.05, 0.95) for width in (0.0, 0.02, 0.1, 0.5)]
    assert factors == sorted(factors, reverse=True)
    assert 1.64 < factors[-1] < factors[0] < 1.97


@pytest.mark.parametrize(
    ("unknown_target", "unknown_comparator", "expected"),
    [(0, 0, "PASS"), (30, 0, "FAIL"), (60, 60, "FAIL"), (10, 8, "PASS"), (24, 8, "RESERVE")],
)
def test_unknown_exits_are_judged_with_their_interval(
    unknown_target: int, unknown_comparator: int, expected: str
) -> None:
    frame = rows(
        [None] * unknown_target + [1.0] * (200 - unknown_target),
        [None] * unknown_comparator + [1.0] * (200 - unknown_comparator),
    )
    assert unknown_gate(frame, plan()).status == expected


def test_noise_between_site_years_shrinks_with_the_years(rng: np.random.Generator) -> None:
    cohort = people(rng, 2000)
    flat = np.ones(cohort.height)
    assert site_year_shares(cohort, plan(), flat) == pytest.approx(2 / 5, rel=0.1)
    one = cohort.filter(pl.col("referral_date").dt.year() == 2015)
    assert site_year_shares(one, plan(), np.ones(one.height)) == pytest.approx(2.0)


@pytest.mark.parametrize("reached", [0, 20])
def test_none_or_all_of_twenty_people_is_no_certainty(reached: int) -> None:
    found = bounds_of(((20, 20, reached), (20, 20, reached)), 0.95)
    assert found is not None
    assert (found.low, found.high) == (0.0, 0.0)
    # Newcombe's hybrid score interval for 0 of 20 against 0 of 20 is -0.161 to 0.161.
    assert found.conf_low == pytest.approx(-0.161, abs=0.01)
    assert found.conf_high == pytest.approx(0.161, abs=0.01)
