"""Answers small enough to be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from utfall.analysis.matching import coarsened_matching
from utfall.analysis.missing import lee_bounds
from utfall.analysis.results import Estimate, NotEstimable


def test_a_fifth_too_many_known_is_cut_from_either_end() -> None:
    # Lee (2009): ten of ten known against eight of ten, so a share of 0.2 is trimmed.
    # 1..8 average 4.5 and 3..10 average 6.5; the others are all 2, ten times over.
    more = np.tile(np.arange(1.0, 11), 10)
    fewer = np.tile([2.0] * 8 + [np.nan] * 2, 10)
    arm = np.arange(200) < 100
    found = lee_bounds(np.concatenate([more, fewer]), arm, replicates=50)
    assert not isinstance(found, NotEstimable)
    assert (found.low, found.high) == pytest.approx((2.5, 4.5))


@pytest.mark.parametrize(("estimand", "answer"), [("att", 0.35), ("atc", 0.25), ("ate", 0.30)])
def test_differences_within_groups_are_weighed_by_whom_they_are_about(
    estimand: str, answer: float
) -> None:
    # Group 0: 8 of 20 against 12 of 60, +0.2. Group 1: 36 of 60 against 4 of 20, +0.4.
    # Of the target a quarter are in group 0, of the comparator three quarters, of all a half.
    cells = [(0, 1, 8, 20), (0, 0, 12, 60), (1, 1, 36, 60), (1, 0, 4, 20)]
    y = np.concatenate([np.arange(n) < hits for _, _, hits, n in cells]) * 1.0
    x = np.concatenate([np.full(n, float(group)) for group, _, _, n in cells])[:, None]
    arm = np.concatenate([np.full(n, bool(there)) for _, there, _, n in cells])
    found = coarsened_matching(y, arm, x, estimand, family="binomial")  # type: ignore[arg-type]
    assert isinstance(found, Estimate)
    assert found.estimate == pytest.approx(answer)
