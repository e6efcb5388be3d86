"""The ordered table of headlines, and that it never claims more than is printed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from utfall.analysis.gates import not_evaluated
from utfall.analysis.headline import as_printed, fairness_of, headline_of, precision_of
from utfall.analysis.results import Gate, Reason


def gate(identity: str, status: str, *, structural: bool = True) -> Gate:
    return Gate(
        id=identity,
        status=status,
        statistic=None,
        threshold=None,  # type: ignore[arg-type]
        reason=Reason("g1_pass"),
        is_structural=structural,
    )


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.11, 0.30, "better_clear"),
        (-0.30, -0.12, "better_clear"),
        (0.02, 0.30, "better_uncertain"),
        (0.02, 0.06, "better_uncertain"),
        (-0.30, -0.01, "better_uncertain"),
        (-0.05, 0.06, "no_meaningful_difference"),
        (-0.20, 0.05, "cannot_tell"),
        (-0.30, 0.30, "cannot_tell"),
        (0.004, 0.30, "cannot_tell"),
        (-0.10, 0.06, "cannot_tell"),
    ],
)
def test_the_ordered_table(low: float, high: float, expected: str) -> None:
    assert headline_of("comparable", low, high, 0.10, "share") == expected


@given(st.floats(-1, 1), st.floats(0, 1))
def test_a_difference_is_claimed_only_where_the_printed_interval_excludes_zero(
    low: float, width: float
) -> None:
    high = min(low + width, 1.0)
    said = headline_of("comparable", low, high, 0.10, "share")
    excludes = as_printed(low, "share") > 0 or as_printed(high, "share") < 0
    assert (said in ("better_clear", "better_uncertain")) == excludes


@given(st.floats(-1, 1), st.floats(0, 1))
def test_swapping_the_arms_changes_no_headline(low: float, width: float) -> None:
    high = min(low + width, 1.0)
    assert headline_of("comparable", low, high, 0.10, "share") == headline_of(
        "comparable", -high, -low, 0.10, "share"
    )


def test_a_refusal_speaks_before_any_interval() -> None:
    assert headline_of("not_comparable", 0.2, 0.3, 0.1, "share") == "not_comparable"
    assert headline_of("bounds_only", 0.2, 0.3, 0.1, "share") == "bounds"


def test_a_check_that_was_not_made_keeps_the_top_grade_away() -> None:
    passed = gate("G2", "PASS")
    assert fairness_of([passed]) == "comparable"
    assert fairness_of([passed, not_evaluated("G8", "g8_not_evaluated")]) == "with_reservations"


def test_unknown_exits_alone_leave_bounds_and_anything_more_refuses() -> None:
    assert fairness_of([gate("G7", "FAIL")]) == "bounds_only"
    assert fairness_of([gate("G7", "FAIL"), gate("G2", "FAIL")]) == "not_comparable"


def test_too_little_precision_is_not_unfairness() -> None:
    assert fairness_of([gate("G10", "FAIL", structural=False)]) == "comparable"
    assert fairness_of([gate("G10", "RESERVE", structural=False)]) == "comparable"
    assert fairness_of([gate("G10", "FAIL")]) == "not_comparable"


def test_precision_looks_at_width_and_at_events() -> None:
    assert precision_of(0.09, 0.10, 40) == "sufficient"
    assert precision_of(0.11, 0.10, 40) == "weak"
    assert precision_of(0.31, 0.10, 40) == "too_few"
    assert precision_of(0.05, 0.10, 4) == "too_few"
    assert precision_of(None, 0.10, 40) == "too_few"


@pytest.mark.parametrize(
    ("low", "high", "margin", "expected"),
    [
        (-0.01, 0.0745, 0.072, "cannot_tell"),
        (0.0655, 0.2, 0.066, "better_uncertain"),
        (-0.2, -0.0655, 0.066, "better_uncertain"),
        (-0.0049, 0.0049, 0.004, "cannot_tell"),
        (-0.06, 0.06, 0.075, "no_meaningful_difference"),
        (0.08, 0.2, 0.075, "better_clear"),
    ],
)
def test_rounding_carries_no_bound_past_a_margin_that_is_no_whole_point(
    low: float, high: float, margin: float, expected: str
) -> None:
    assert headline_of("comparable", low, high, margin, "share") == expected
